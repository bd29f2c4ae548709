"""A view: what a system carries of a type, what it may change, and how it gives values back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from replicator.core.document import Document, Value, field_name
from replicator.core.entity import Entity
from replicator.core.schema import EntityType


class Refusal(StrEnum):
    """What is done with an edit of a field that this system may not change."""

    REVERT = "revert"  # put it right by a write
    LEAVE = "leave"  # let it stand there; nobody else hears of it


def as_given(_key: str, value: Value) -> Value:
    """The normal form of a system that keeps values as they are."""
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One system's part of one type. `reads`, `writes` and `refuses` are field names.

    `marks`: a write leaves a marker on the record. `creates`: what is not there can be made there; where it cannot, it
    is simply not due, but where the remote id is the natural key (`natural_ids`), it is asked after.
    `accepts_deletes`: a deletion there counts. A `feed` is never written and cannot see what happens elsewhere: its
    edits do not bring back what people have deleted.
    """

    system: str
    schema: EntityType
    reads: frozenset[str]
    writes: frozenset[str] = frozenset()
    refuses: Mapping[str, Refusal] = field(default_factory=dict)
    marks: bool = False
    creates: bool = True
    natural_ids: bool = False
    deletes: bool = True
    accepts_deletes: bool = True
    version_skew: int = 0  # how far a version may fall although the record only went on
    normal: Callable[[str, Value], Value] = as_given

    @property
    def feed(self) -> bool:
        """Whether this system is only ever read."""
        return not self.writes

    def wanted(self, entity: Entity) -> dict[str, Value]:
        """What the log says the system's record should hold, of the fields we write there and that are settled."""
        plain = [name for name in sorted(self.writes) if not self.schema.fields[name].qualified]
        keyed = [key for key in entity.cells if field_name(key) in self.writes and key not in plain]
        return {key: entity.value(key) for key in (*plain, *keyed) if _settled(entity, key)}

    def complete(self, fields: Document, known: Document | None) -> tuple[dict[str, Value], tuple[str, ...]]:
        """The fields of this view in an observation, and the keys that are missing there altogether.

        Qualified keys (`price@eur`) come and go: one that was known and is not there any more is null.
        """
        plain = [name for name in sorted(self.reads) if not self.schema.fields[name].qualified]
        missing = tuple(name for name in plain if name not in fields)
        keyed = {key for key in (*fields, *(known or {})) if "@" in key and field_name(key) in self.reads}
        return {key: fields.get(key) for key in (*plain, *sorted(keyed - set(plain)))}, missing


def _settled(entity: Entity, key: str) -> bool:
    cell = entity.cells.get(key)
    return cell is None or cell.settled
