"""The desk: what one transaction has before it. Dossiers loaded with locks, the shop's rules, how the systems stand.

Recognising, doubting and judging all work on one desk; what they leave on it is what the unit stores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.connectors.base import Record
from replicator.core.document import Document
from replicator.core.dossier import Dossier
from replicator.core.outcome import Outcome
from replicator.engine.pins import pinned
from replicator.engine.references import RemoteKey
from replicator.engine.shop import Shop
from replicator.log import dossiers, systems


class Noted(NamedTuple):
    """What is noted before a read starts: the newest revision, and the time (epoch seconds)."""

    revision: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A record as a connector gave it, and where it came from.

    `noted`: before the read started (None: an answer to our own call). `entity`: whose record it is, where
    that is known beforehand (a guard's read, an answer). `cause`: the inbox row.
    """

    system: str
    record: Record
    noted: Noted | None
    cause: int | None = None
    entity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A read, its entity, and its fields with entity ids for references. With an `outcome`, it is not judged any
    further.
    """

    read: Read
    entity: str | None
    fields: Document | None
    reason: str = ""
    outcome: Outcome | None = None
    waits_for: RemoteKey | None = None
    copied: bool = False
    made: Document = field(default_factory=dict)  # natural keys that we make for a new entity: its slug


@dataclass(slots=True)
class Desk:
    """The open transaction and what it has loaded. `before`: the dossiers as they were; `foreign`: systems that showed
    a marker which is not ours, and what was seen.
    """

    conn: AsyncConnection
    shop: Shop
    now: float
    standing: Mapping[str, systems.Standing]
    dossiers: dict[str, Dossier] = field(default_factory=dict)
    before: dict[str, Dossier] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)

    async def load(self, entities: Iterable[str]) -> None:
        """Lock and load dossiers that are not loaded yet. Call it once with all of them where that is possible."""
        wanted = sorted(set(entities) - set(self.dossiers))
        loaded = await dossiers.load(self.conn, wanted, lock=True)
        found = {entity: Dossier(entity=state, replicas=rows) for entity, (state, rows) in loaded.items()}
        for entity, dossier in (await pinned(self.conn, self.standing, found)).items():
            self.dossiers[entity] = self.before[entity] = dossier

    def add(self, dossier: Dossier) -> None:
        """Take a new entity, or a dossier after a step, onto the desk."""
        self.dossiers[dossier.entity.id] = dossier
