"""The world: what the played systems share. One clock, one chance, one ledger, the switches.

Chance comes from one seed, so that a run that failed can be run again. The clock is the real one: what is
played here is spoken to over real connections, with real time-outs.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from starlette.applications import Starlette
from starlette.responses import Response

from replicator.sandbox.faults import Faults
from replicator.sandbox.hooks import Hooks
from replicator.sandbox.ledger import Ledger

SYSTEMS = ("medusa", "directus", "strapi", "dummyjson")
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # the alphabet of ULIDs: no I, L, O, U
ULID_TIME_LENGTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A living record in words that all systems share, for the audit.

    `type` and `fields` have the catalog's names; `key` is the natural key (`words.key_of`). Values are plain and
    comparable: decimals as strings ("9.99"), money as `price@usd` → "9.99", references by the key of their target, sets
    sorted. A field that a system does not carry is left out.
    """

    type: str
    key: str
    remote_id: str
    fields: dict[str, object] = field(default_factory=dict)


class System(Protocol):
    """What each system's class offers to the kernel."""

    name: str
    app: Starlette

    @property
    def access(self) -> Mapping[str, str]:
        """What one needs beside the address to work there: the replicator's own credentials and a person's.

        The names are those in which the process prints them: `token`, `person_token`, `email`, `person_email` …
        """
        ...

    def reset(self) -> None:
        """As freshly installed: accounts and schema are there, no records."""
        ...

    def empty(self) -> None:
        """An operator wiped all records, as by TRUNCATE: no events, no activity."""
        ...

    def dump(self) -> object:
        """A backup, independent of what happens later."""
        ...

    def load(self, dump: object) -> None:
        """Put a backup back, as an operator would by SQL: no events."""
        ...

    def shown(self) -> list[Shown]:
        """All living records."""
        ...

    def refusal(self, status: int) -> Response:
        """This system's own 429, 500 or 503."""
        ...


class World:
    """Where the systems live. Each finds its switches under its name; whoever starts them fills `systems`."""

    def __init__(self, seed: int = 0) -> None:
        self.rng = random.Random(seed)
        self.ledger = Ledger(self.now)
        self.faults: dict[str, Faults] = {name: Faults(random.Random(f"{seed}/{name}/faults")) for name in SYSTEMS}
        self.hooks: dict[str, Hooks] = {
            name: Hooks(name, self.ledger, random.Random(f"{seed}/{name}/hooks")) for name in SYSTEMS
        }
        self.systems: dict[str, System] = {}
        self._last_id_ms = 0

    def now(self) -> datetime:
        """This moment in UTC, to the millisecond, which is all that the played systems keep."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def id(self, prefix: str = "", length: int = 26) -> str:
        """A new id; from 14 characters on it is ULID-like: ids sort in the order in which they were made."""
        if length <= ULID_TIME_LENGTH + 3:
            return prefix + "".join(self.rng.choice(CROCKFORD) for _ in range(length))
        self._last_id_ms = max(self._last_id_ms + 1, int(self.now().timestamp() * 1000))
        tail = "".join(self.rng.choice(CROCKFORD) for _ in range(length - ULID_TIME_LENGTH))
        return prefix + _base32(self._last_id_ms, ULID_TIME_LENGTH) + tail

    def uuid(self) -> str:
        """A random UUID (version 4) from the seed."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))


def _base32(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        digits.append(CROCKFORD[digit])
    return "".join(reversed(digits))
