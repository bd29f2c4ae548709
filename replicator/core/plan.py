"""Plan: what a system is due, from the state and its replica row. A decision as data; `apply` carries it out.

A field needs writing when what we want differs from what we last asked for, not from what is there: a system that
gives values back in another form is not written for ever. A frozen or undecided field is not wanted at all
(`View.wanted`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from replicator.core.document import Document
from replicator.core.entity import Entity
from replicator.core.replica import Doing, Intent, Replica
from replicator.core.vector import Vector
from replicator.core.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One write to make: `fields` is what is to be changed, `whole` all that the record should hold."""

    doing: Doing
    fields: Document
    whole: Document
    vector: Vector


def plan(entity: Entity, replica: Replica, view: View) -> Plan | None:
    """What is to be written to this system for this entity, or None where it has what it should.

    A part that belongs to nothing is made nowhere: it is written once it has its whole. What a system cannot make (a
    currency) is never due where it is not.
    """
    if view.feed or replica.held is not None:
        return None
    if not entity.exists:
        if entity.deleted is None or not replica.present or not view.deletes:
            return None
        return Plan(doing=Doing.DELETE, fields={}, whole={}, vector=entity.vector)
    if not replica.present and not view.creates:
        return None
    wanted = view.wanted(entity)
    if not replica.present and view.schema.part_of in wanted and wanted[view.schema.part_of] is None:
        return None
    if not replica.present:
        return Plan(doing=Doing.CREATE, fields=wanted, whole=wanted, vector=entity.vector)
    fields = {key: value for key, value in wanted.items() if replica.asked.get(key) != value}
    return Plan(doing=Doing.UPDATE, fields=fields, whole=wanted, vector=entity.vector) if fields else None


def intend(replica: Replica, planned: Plan, *, sync_id: str, deadline: float) -> Replica:
    """The row with the write recorded, to be committed before the call is made.

    A plan equal to an intent that is still open is a retry of it and keeps its sync id; a new plan gets the new one.
    """
    before = replica.intent
    again = before is not None and (before.doing, dict(before.asked)) == (planned.doing, dict(planned.fields))
    kept = before.sync_id if again and before is not None else sync_id
    intent = Intent(sync_id=kept, doing=planned.doing, asked=planned.fields, vector=planned.vector, deadline=deadline)
    return replace(replica, intent=intent)


def given_up(replica: Replica, *, until: float | None) -> Replica:
    """The row after a call without success. `until`: the write may still land before that time (None: it certainly
    did not).
    """
    if replica.intent is None or until is None:
        return replace(replica, intent=None)
    return replace(replica, intent=replace(replica.intent, over=True, deadline=until))
