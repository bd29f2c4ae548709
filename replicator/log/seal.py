"""Seals: digests that let the log be verified, also after values were erased from it. Pure; salts are handed in.

Every value of a change (before, after) has a digest of its own: sha256(salt ‖ canonical value), with 16 random bytes
of salt, so that a digest tells nothing about a value that is gone with its salt. The event's digest covers its
header and these digests, not the values; the chain covers digests and positions. Erasing values and salts changes
neither.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from replicator.core.document import Value, canonical
from replicator.core.event import Change, Draft

SCHEMA = 1
"""The version of an event's columns and of its digest's text."""
SALT_BYTES = 16
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
HEADER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))  # spells as `canonical` does


@dataclass(frozen=True, slots=True)
class Seal:
    """Per key the digests and salts of (before, after), and the digest of the whole event."""

    digests: Mapping[str, tuple[str, str]]
    salts: Mapping[str, tuple[str, str]]
    digest: str


def seal(draft: Draft, recorded: datetime, salts: Callable[[int], bytes]) -> Seal:
    """The seal of a draft that is stored at `recorded`. `salts(n)` gives n fresh random bytes."""
    salted = {key: (_text(salts(SALT_BYTES)), _text(salts(SALT_BYTES))) for key in draft.changes}
    digests = {key: digests_of(change, salted[key]) for key, change in draft.changes.items()}
    return Seal(digests, salted, event_digest(draft, recorded, digests))


def digests_of(change: Change, salts: tuple[str, str]) -> tuple[str, str]:
    """The digests of a change's two values."""
    return _value_digest(change.before, salts[0]), _value_digest(change.after, salts[1])


def event_digest(draft: Draft, recorded: datetime, digests: Mapping[str, tuple[str, str]]) -> str:
    """The digest of header and value digests. The SQL function event_digest makes the same for events without
    values.
    """
    changes: list[Value] = [
        [key, change.rule.value, change.wins, change.depth, *digests[key]]
        for key, change in sorted(draft.changes.items())
    ]
    header: list[Value] = [
        SCHEMA,
        draft.id,
        draft.act.value,
        draft.type,
        draft.entity,
        draft.origin,
        draft.n,
        dict(draft.context),
        draft.remote_id,
        draft.generation,
        draft.author,
        draft.entry,
        None if draft.source_time is None else microseconds(draft.source_time),
        draft.clock,
        draft.cause,
        draft.note,
        microseconds(recorded),
        changes,
    ]
    return hashlib.sha256(HEADER.encode(header).encode()).hexdigest()


def link(chain: str, position: int, digest: str) -> str:
    """The chain after the event at `position`. log_append makes the same."""
    return hashlib.sha256(f"{chain}|{position}|{digest}".encode()).hexdigest()


def microseconds(moment: datetime) -> int:
    """Epoch microseconds, exactly: that is how precisely the database keeps times."""
    return (moment - EPOCH) // MICROSECOND


def _value_digest(value: Value, salt: str) -> str:
    return _text(hashlib.sha256(urlsafe_b64decode(f"{salt}==") + canonical(value)).digest())


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
