"""The replica row: what one system holds of one entity, and what we asked it to hold.

`known` and `asked` are two things on purpose. A system that lower-cases a handle or rounds a price returns something
else than we sent; compared with `known` alone it would be written for ever, at any time window. So: an *edit* is a
difference from `known`; a field *needs writing* when what we want differs from `asked`.

`revision` orders knowledge: it is drawn from one counter when knowledge is stored, and a read notes the counter
before it starts. A row whose revision is above what a read noted knows something newer than that read: the read is
stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from replicator.core.document import Document
from replicator.core.vector import Vector


class Doing(StrEnum):
    """What a write was to do."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A write recorded before its call. Until `deadline` (epoch seconds) the call may still land.

    `over`: the call has come back without a clear answer (time-out, kill). It may still land, or be half done: the
    record is neither written nor judged before the deadline has passed.
    """

    sync_id: str
    doing: Doing
    asked: Document
    vector: Vector
    deadline: float
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One entity at one system. `known` is None where the record is absent or was never seen."""

    system: str
    entity: str
    type: str
    generation: int = 1
    remote_id: str | None = None
    known: Document | None = None
    asked: Document = field(default_factory=dict)
    vector: Vector = field(default_factory=dict)
    sync_id: str | None = None
    intent: Intent | None = None
    version: int = 0
    revision: int = 0
    turns: Mapping[str, int] = field(default_factory=dict)  # `field=value name` → refusals of it in a row
    entry: int | None = None  # the newest change that the system's own history has told us of this record
    held: str | None = None  # why nothing is judged or written here until a person looks

    @property
    def present(self) -> bool:
        """Whether the record is there, as far as we know."""
        return self.known is not None

    def under_way(self, at: float) -> bool:
        """Whether a call of ours may have been writing this record at that moment."""
        return self.intent is not None and at < self.intent.deadline

    def vacated(self) -> Replica:
        """The row after the record has vanished: coming back will write the whole document.

        A new record counts its versions anew, and has a history of its own.
        """
        return replace(
            self, remote_id=None, known=None, asked={}, sync_id=None, intent=None, version=0, turns={}, entry=None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A state that was seen at a system: under which vector, at which remote version."""

    digest: str
    vector: Vector
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The state last seen under the marker of one sync id: the base of an old copy that comes back."""

    sync_id: str
    known: Document
    asked: Document
    vector: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the gate needs of a row's past, looked up by the observation: by its digest and by its marker.

    `abandoned` is what the write of that marker asked for, if that write was never confirmed.
    """

    seen: Seen | None = None
    signed: Signed | None = None
    abandoned: Document | None = None


NO_PAST = Past()
