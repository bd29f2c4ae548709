"""Merge: what an edit does to the state. Causality first, then the value it replaces, then the field's policy.

A change takes effect if its author had seen the present value (the context knows its dot, or the dot is of the same
origin), or if it replaces the very value that is present. Otherwise the two are concurrent and the policy decides;
the loser is kept as a conflict. `sum` and `union` apply their differences and never lose. The result is data: the
same changes, each with its resolution, ready to be folded (`entity.fold`) by anyone at any time, whatever the
configuration is by then.

For two concurrent changes the winner is a function of the pair (ranks, clocks and names are total orders), not of who
came first: so every log of the same edits ends in the same values (a resolver that is not commutative diverges:
pgEdge/spock#608).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from replicator.core.document import Value
from replicator.core.entity import Cell, Entity, trail_name
from replicator.core.event import EXISTENCE, OPERATOR, Change, Rule
from replicator.core.schema import EntityType, Field, Policy
from replicator.core.vector import Dot, Vector, knows

DEPTH_MAX = 8  # turns of a fight between automations before a field is frozen; people do not toggle so often in turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Somebody's changes of one entity, before they are resolved: key → (before, after), and what the author had seen.

    The key EXISTENCE → (True, False) is a deletion, (False, True) a decision to bring it back; a decision about fields
    alone brings nothing back.
    """

    origin: str
    dot: Dot
    context: Vector
    clock: int
    changes: Mapping[str, tuple[Value, Value]]
    decision: bool = False  # a person settles conflicts: the changes take effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two concurrent values of one key, and the rule that chose."""

    key: str
    rule: Rule
    winner: Value
    winner_dot: Dot
    loser: Value
    loser_dot: Dot


@dataclass(frozen=True, slots=True)
class Merged:
    """The edit's changes with their resolutions, and the conflicts they made."""

    changes: Mapping[str, Change]
    conflicts: tuple[Conflict, ...]


def merge(entity: Entity, schema: EntityType, edit: Edit) -> Merged:
    """Resolve every change of `edit` against the present state of `entity`."""
    changes: dict[str, Change] = {}
    conflicts: list[Conflict] = []
    if EXISTENCE in edit.changes and edit.changes[EXISTENCE][1] is False:
        changes[EXISTENCE] = _deletion(entity, edit, conflicts)
    elif entity.deleted is not None and (EXISTENCE in edit.changes or not edit.decision):
        changes[EXISTENCE] = _revival(entity.deleted, edit, conflicts)  # any edit says that the record is there
    for key, (before, after) in edit.changes.items():
        if key != EXISTENCE:
            changes[key] = _resolve(
                entity.cells.get(key), schema.field(key), key, Change(before, after), edit, conflicts
            )
    return Merged(changes, tuple(conflicts))


def _resolve(
    cell: Cell | None, field: Field, key: str, change: Change, edit: Edit, conflicts: list[Conflict]
) -> Change:
    depth = depth_of(cell, edit.origin, change)
    rule, wins = _decide(cell, field, change, edit, depth)
    if cell is not None and rule not in _PEACEFUL:
        mine, theirs = (change.after, edit.dot), (cell.value, cell.dot)
        (winner, winner_dot), (loser, loser_dot) = (mine, theirs) if wins else (theirs, mine)
        conflicts.append(
            Conflict(key=key, rule=rule, winner=winner, winner_dot=winner_dot, loser=loser, loser_dot=loser_dot)
        )
    return Change(change.before, change.after, rule, wins, depth)


_PEACEFUL = frozenset({Rule.FIRST, Rule.CAUSAL, Rule.REPLACES, Rule.SUM, Rule.UNION, Rule.DECISION})


def _decide(cell: Cell | None, field: Field, change: Change, edit: Edit, depth: int) -> tuple[Rule, bool]:
    if edit.decision:
        return Rule.DECISION, True
    if cell is not None and (cell.frozen or depth >= DEPTH_MAX):
        return Rule.FROZEN, False
    if field.policy is Policy.SUM:
        return Rule.SUM, True
    if field.policy is Policy.UNION:
        return Rule.UNION, True
    if cell is None:
        return Rule.FIRST, True
    if knows(edit.context, cell.dot) or cell.dot.origin == edit.origin:
        return Rule.CAUSAL, True
    if cell.value in (change.before, change.after):
        return Rule.REPLACES, True
    return _policy(cell, field, edit)


def _policy(cell: Cell, field: Field, edit: Edit) -> tuple[Rule, bool]:
    match field.policy:
        case Policy.OWNER | Policy.PREFER:
            rule = Rule.OWNER if field.policy is Policy.OWNER else Rule.PREFER
            return rule, _rank(field, edit.origin) < _rank(field, cell.dot.origin)
        case Policy.LATEST:
            return Rule.LATEST, (edit.clock, edit.origin) > (cell.clock, cell.dot.origin)
        case Policy.MANUAL:
            return Rule.MANUAL, False
        case Policy.SUM | Policy.UNION:
            msg = "sum and union never compare dots"
            raise AssertionError(msg)


def _rank(field: Field, origin: str) -> tuple[int, str]:
    if origin == OPERATOR:
        return -1, origin
    return (field.order.index(origin) if origin in field.order else len(field.order)), origin


def depth_of(cell: Cell | None, origin: str, change: Change) -> int:
    """How many turns this change stands in a fight: one more than the write it answers, if it only repeats values of
    that chain.
    """
    if cell is None or cell.dot.origin == origin:
        return 0
    repeats = trail_name(change.before) in cell.trail and trail_name(change.after) in cell.trail
    return cell.depth + 1 if repeats else 0


def _deletion(entity: Entity, edit: Edit, conflicts: list[Conflict]) -> Change:
    unseen = [
        cell.dot
        for cell in entity.cells.values()
        if not knows(edit.context, cell.dot) and cell.dot.origin != edit.origin
    ]
    if entity.deleted is not None or edit.decision or not unseen:
        return Change(before=True, after=False, rule=Rule.CAUSAL)
    newest = max(unseen, key=lambda dot: (dot.n, dot.origin))
    conflicts.append(
        Conflict(key=EXISTENCE, rule=Rule.UPDATE_WINS, winner=True, winner_dot=newest, loser=False, loser_dot=edit.dot)
    )
    return Change(before=True, after=False, rule=Rule.UPDATE_WINS, wins=False)


def _revival(deleted: Dot, edit: Edit, conflicts: list[Conflict]) -> Change:
    if knows(edit.context, deleted) or deleted.origin == edit.origin or edit.decision:
        return Change(before=False, after=True, rule=Rule.CAUSAL)
    conflicts.append(
        Conflict(key=EXISTENCE, rule=Rule.UPDATE_WINS, winner=True, winner_dot=edit.dot, loser=False, loser_dot=deleted)
    )
    return Change(before=False, after=True, rule=Rule.UPDATE_WINS)
