"""The state of an entity: the fold of its events, field by field.

Folding asks no policy: every change in an event carries its resolution (`merge` wrote it there), so folding the log
again, with whatever configuration, gives the same state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from replicator.core.document import Value, digest, members
from replicator.core.event import EXISTENCE, OPERATOR, Act, Change, Draft, Rule
from replicator.core.vector import Dot, Vector, advance

TRAIL_LENGTH_MAX = 8  # values remembered to see automations rewrite each other; a fight repeats two or three


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One field: its value, the dot and clock of the event that put it there.

    `elements` (of `union` fields) has a dot per member. `depth` and `trail` (names of recent values) show fights of
    automations. `frozen`: nothing is taken or written until a person decides. `undecided`: concurrent values wait for
    a person.
    """

    value: Value
    dot: Dot
    clock: int
    elements: Mapping[str, Dot] = field(default_factory=dict)
    depth: int = 0
    trail: tuple[str, ...] = ()
    frozen: bool = False
    undecided: bool = False

    @property
    def settled(self) -> bool:
        """Whether this field is written to other systems."""
        return not (self.frozen or self.undecided)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One thing that is replicated. `deleted` is the dot of its deletion while it is deleted."""

    type: str
    id: str
    cells: Mapping[str, Cell] = field(default_factory=dict)
    deleted: Dot | None = None
    vector: Vector = field(default_factory=dict)
    position: int = 0  # of the newest event folded in; 0 while that event is not stored

    @property
    def exists(self) -> bool:
        """Whether it was ever made and is not deleted."""
        return bool(self.cells) and self.deleted is None

    def value(self, key: str) -> Value:
        """The present value of a field; null where it never had one."""
        cell = self.cells.get(key)
        return None if cell is None else cell.value


def not_yet(entity: Entity) -> Entity:
    """The entity as of a time before it was made: to a system that is kept as of then it is as good as deleted."""
    return Entity(type=entity.type, id=entity.id, deleted=Dot(OPERATOR, 0))


def trail_name(value: Value) -> str:
    """A short name of a value, for trails."""
    return digest(value)[2:10]


def sum_of(present: Value, change: Change) -> int:
    """The value of a `sum` field after the difference of `change`; null counts as 0."""
    return _number(present) + _number(change.after) - _number(change.before)


def union_of(present: Value, change: Change) -> list[str]:
    """The members of a `union` field after the additions and removals of `change`."""
    before, after = member_set(change.before), member_set(change.after)
    return members((member_set(present) | (after - before)) - (before - after))


def member_set(value: Value) -> set[str]:
    """The members of a set in canonical form; null is the empty set."""
    return {str(each) for each in value} if isinstance(value, Sequence) and not isinstance(value, str) else set()


def fold(entity: Entity, draft: Draft) -> Entity:
    """The state after one more event. Raises nothing: what an event says has happened."""
    cells = dict(entity.cells)
    deleted = entity.deleted
    for key, change in draft.changes.items():
        if key == EXISTENCE:
            if change.wins:
                deleted = draft.dot if change.after is False else None
        else:
            cells[key] = _next_cell(cells.get(key), change, draft)
    return replace(entity, cells=cells, deleted=deleted, vector=advance(entity.vector, draft.dot))


def fold_all(entity: Entity, drafts: Iterable[Draft]) -> Entity:
    """The state after many events, in log order."""
    for draft in drafts:
        if draft.act is not Act.REDACT:
            entity = fold(entity, draft)
    return entity


def _next_cell(cell: Cell | None, change: Change, draft: Draft) -> Cell:
    if cell is not None and change.rule is Rule.FROZEN:
        return replace(cell, frozen=True)
    if cell is not None and not change.wins:
        return replace(cell, undecided=cell.undecided or change.rule is Rule.MANUAL)
    value, elements = change.after, dict(cell.elements) if cell else {}
    if change.rule is Rule.SUM:
        value = sum_of(cell.value if cell else None, change)
    if change.rule is Rule.UNION:
        value = union_of(cell.value if cell else None, change)
        touched = member_set(change.before) ^ member_set(change.after)
        elements.update(dict.fromkeys(sorted(touched), draft.dot))
    return Cell(
        value=value,
        dot=draft.dot,
        clock=draft.clock,
        elements=elements,
        depth=change.depth,
        trail=_trail(cell, change, draft.origin),
    )


def _trail(cell: Cell | None, change: Change, origin: str) -> tuple[str, ...]:
    """The chain of values this change stands in: it goes on where it answers a value that came from elsewhere."""
    before, after = trail_name(change.before), trail_name(change.after)
    if cell is None or cell.dot.origin == origin or before not in cell.trail:
        return before, after
    kept = cell.trail if after in cell.trail else (*cell.trail, after)
    return kept[-TRAIL_LENGTH_MAX:]


def _number(value: Value) -> int:
    return int(value) if isinstance(value, int | str) else 0
