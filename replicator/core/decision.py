"""Decisions: events that no read of a record brought: a person's word, a part that goes with its whole, a record of
ours that was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from replicator.core.document import Value
from replicator.core.dossier import Dossier, Judgement, Rules, Stamp, drafted
from replicator.core.entity import Entity, fold
from replicator.core.event import EXISTENCE, OPERATOR, Act, Draft
from replicator.core.merge import Edit
from replicator.core.outcome import Outcome
from replicator.core.vector import advance, following


def decide(dossier: Dossier, rules: Rules, changes: Mapping[str, Value], stamp: Stamp, note: str) -> Judgement:
    """A person's decision or revert: the fields become what they say, whatever was concurrent. Context: all we know.

    The key EXISTENCE → False deletes the entity. What changes nothing and settles nothing makes no event.
    """
    entity = dossier.entity
    edit = {key: (entity.exists if key == EXISTENCE else entity.value(key), value) for key, value in changes.items()}
    edit = {key: pair for key, pair in edit.items() if pair[0] != pair[1] or not _settled(entity, key)}
    if not edit:
        return Judgement(dossier=dossier, outcome=Outcome.ECHO, reason="it is so already")
    deciding = Edit(
        origin=OPERATOR,
        dot=following(entity.vector, OPERATOR),
        context=entity.vector,
        clock=stamp.clock,
        changes=edit,
        decision=True,
    )
    draft, conflicts = drafted(entity, rules, deciding, stamp)
    draft = replace(draft, note=note)
    return Judgement(
        dossier=replace(dossier, entity=fold(entity, draft)),
        outcome=Outcome.EVENT,
        reason=note,
        draft=draft,
        conflicts=conflicts,
    )


def cascade(dossier: Dossier, rules: Rules, system: str, stamp: Stamp) -> Judgement:
    """Delete a part of something that was deleted at `system`, by whoever deleted that: no part outlives its whole."""
    entity = dossier.entity
    if not entity.exists:
        return Judgement(dossier=dossier, outcome=Outcome.ECHO, reason="it is deleted already")
    edit = Edit(
        origin=system,
        dot=following(entity.vector, system),
        context=entity.vector,
        clock=stamp.clock,
        changes={EXISTENCE: (True, False)},
    )
    draft, conflicts = drafted(entity, rules, edit, stamp)
    reason = "deleted with what it is a part of"
    draft = replace(draft, note=reason)
    folded = replace(dossier, entity=fold(entity, draft))
    return Judgement(dossier=folded, outcome=Outcome.EVENT, reason=reason, draft=draft, conflicts=conflicts)


def bind(dossier: Dossier, system: str, stamp: Stamp) -> tuple[Dossier, Draft]:
    """The fact that our create landed: this remote id at this system is this entity. It is an event, so the log knows
    it.
    """
    entity, row = dossier.entity, dossier.replica(system)
    dot = following(entity.vector, system)
    draft = Draft(
        id=stamp.event_id,
        type=entity.type,
        entity=entity.id,
        origin=system,
        n=dot.n,
        context=row.vector,
        clock=stamp.clock,
        act=Act.BIND,
        remote_id=row.remote_id,
        generation=row.generation,
        cause=stamp.cause,
    )
    bound = replace(row, vector=advance(row.vector, dot))
    return replace(dossier, entity=fold(entity, draft)).with_replica(bound), draft


def _settled(entity: Entity, key: str) -> bool:
    cell = entity.cells.get(key)
    return cell is None or cell.settled
