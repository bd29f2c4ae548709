"""The gate: from an observation to what it means. Pure; the heart of loop prevention.

An observation is a record read at one moment. It is compared with the *base*: the state its content was made from.
What differs from the base was changed by somebody; what does not is our own write coming back (an echo), however
late, however often. Which base it is tells `base`.

No clock decides: there is no window in which an edit is ignored, and none after which an echo becomes an edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from replicator.core.base import Base, base_of
from replicator.core.document import Document, Value, blank, field_name
from replicator.core.entity import Entity, trail_name
from replicator.core.event import EXISTENCE
from replicator.core.observation import Observation
from replicator.core.outcome import Outcome
from replicator.core.replica import NO_PAST, Doing, Past, Replica
from replicator.core.schema import Policy
from replicator.core.vector import Vector, join
from replicator.core.view import Refusal, View

TURNS_MAX = 6  # refusals of one value in a row before it is left alone: an automation over there does not give up


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an observation means. `edit`: key → (before, after), with `context`, what its author had seen.

    `replica` is the row as it is to be kept (its vector without the edit's own dot, which the event will bring).
    """

    outcome: Outcome
    reason: str
    replica: Replica
    edit: Mapping[str, tuple[Value, Value]] = field(default_factory=dict)
    context: Vector = field(default_factory=dict)
    refused: Mapping[str, Value] = field(default_factory=dict)
    content: Document | None = None  # the complete document judged


def judge(
    entity: Entity, replica: Replica, view: View, observation: Observation, now: float, past: Past = NO_PAST
) -> Verdict:
    """What this observation means. `now` is in epoch seconds and only tells whether a call of ours may still be under
    way.
    """
    if replica.held is not None:
        return Verdict(outcome=Outcome.HELD, reason=replica.held, replica=replica)
    stale = _stale(replica, observation, now)
    if stale is not None:
        return Verdict(outcome=Outcome.STALE, reason=stale, replica=replica)
    if observation.fields is None:
        return _absent(entity, replica, view, observation)
    content, missing = view.complete(observation.fields, replica.known)
    if missing:
        reason = f"the answer has no {', '.join(missing)}: a dropped column or a missing right"
        return Verdict(outcome=Outcome.REJECTED, reason=reason, replica=replica)
    if not replica.present and entity.deleted is not None and (observation.heal or observation.doubt):
        return _back_again(replica, observation, content)
    row = _landed(replica, view, observation, content)
    if row is not replica:  # of what our write put there, what is there no more is null: a price that somebody removed
        content, _ = view.complete(observation.fields, row.known)
    if observation.began is None and replica.entry is not None and content != row.known and not observation.history:
        reason = "an answer without the history of what it shows: to be read with it"
        return Verdict(outcome=Outcome.STALE, reason=reason, replica=replica)
    if observation.began is None or row is not replica:  # the answer to our call, or our call just seen to have landed
        base = Base(row.known or {}, row.vector, row.asked)
    else:
        base = base_of(row, view, observation, content, past)
    return _compare(entity, row, view, observation, content, base)


def _stale(replica: Replica, observation: Observation, now: float) -> str | None:
    """Why a read was too early to be judged."""
    if observation.began is None:
        return None
    if replica.revision > observation.began:
        return "read before our newest knowledge of it"
    at = now if observation.at is None else observation.at
    return "a write of ours is under way" if replica.under_way(at) else None


def _back_again(replica: Replica, observation: Observation, content: Document) -> Verdict:
    """What was deleted is there again: held while that is doubted, or to be deleted there; nobody else hears of it."""
    if not observation.heal:
        return Verdict(outcome=Outcome.HELD, reason=str(observation.doubt), replica=replica)
    row = replace(
        replica,
        remote_id=observation.remote_id,
        known=content,
        asked=content,
        sync_id=observation.marker.sync_id if observation.marker else None,
        version=observation.version,
    )
    reason = "deleted, and back there: to be deleted again, a person said so"
    return Verdict(outcome=Outcome.REGRESSION, reason=reason, replica=row, content=content)


def confirmed(replica: Replica, view: View) -> Replica:
    """The row after its intent has landed: what we asked for is known, in the normal form of that system."""
    intent = replica.intent
    if intent is None:
        return replica
    if intent.doing is Doing.DELETE:
        return replace(replica.vacated(), vector=join(replica.vector, intent.vector))
    normal = {key: view.normal(key, value) for key, value in intent.asked.items()}
    return replace(
        replica,
        known={**(replica.known or {}), **normal},
        asked={**replica.asked, **intent.asked},
        vector=join(replica.vector, intent.vector),
        sync_id=intent.sync_id,
        intent=None,
    )


def _landed(replica: Replica, view: View, observation: Observation, content: Document) -> Replica:
    """The row, with its intent confirmed where the content shows that it landed: by its marker, by who wrote it, or
    where there are no markers by all the values it was to change (not if it is older than what we know).
    """
    intent = replica.intent
    if intent is None or intent.doing is Doing.DELETE:
        return replica
    if view.marks:
        signed = observation.marker is not None and observation.marker.sync_id == intent.sync_id
    else:
        known = replica.known or {}
        normal = {key: view.normal(key, value) for key, value in intent.asked.items()}
        changes = {key: value for key, value in normal.items() if known.get(key) != value}
        newer = bool(changes) and observation.version >= replica.version
        signed = newer and all(content.get(key) == value for key, value in changes.items())
    return confirmed(replica, view) if signed or observation.wrote == intent.sync_id else replica


def _compare(
    entity: Entity, row: Replica, view: View, observation: Observation, content: Document, base: Base
) -> Verdict:
    asked = _asked_before(row, view, base, content)
    edit: dict[str, tuple[Value, Value]] = {}
    for key, value in content.items():
        before = base.known.get(key)
        if before == value:
            continue
        follows = _ours(entity, row, view, base, key, value)
        if follows is not None:
            asked[key] = follows[0]
        else:
            edit[key] = (before, value)
    emptied = [key for key, (before, after) in edit.items() if observation.heal and blank(after) and not blank(before)]
    for key in emptied:  # asked takes theirs, so that a delivery puts it right
        asked[key] = edit.pop(key)[1]
    edit, refused, turns = _permitted(row, view, edit, asked)
    for key, value in content.items():
        if key in edit or key not in asked:
            asked[key] = value
    signed = observation.marker.sync_id if observation.marker and view.marks else row.sync_id  # what it bears now
    kept = replace(
        row,
        remote_id=observation.remote_id,
        known=dict(content),
        asked=asked,
        vector=base.vector,
        sync_id=signed,
        intent=row.intent if view.marks else None,  # without markers this was the only moment to recognise it
        version=observation.version or row.version,
        turns=turns,
    )
    if edit and entity.deleted is not None and view.feed:
        reason = "deleted elsewhere: a feed does not bring it back"
        return Verdict(outcome=Outcome.REFUSED, reason=reason, replica=kept, refused={EXISTENCE: True}, content=content)
    outcome, reason = _name(edit, refused, emptied, base)
    return Verdict(
        outcome=outcome, reason=reason, replica=kept, edit=edit, context=base.vector, refused=refused, content=content
    )


def _asked_before(row: Replica, view: View, base: Base, content: Document) -> dict[str, Value]:
    """What counts as asked. With an old base what was asked then, so that what went back is put right; but a field that
    is left alone here stays so.
    """
    if not base.old:
        return dict(row.asked)
    left = {key for key in row.asked if view.refuses.get(field_name(key)) is Refusal.LEAVE}
    return {key: row.asked[key] if key in left else base.asked.get(key, value) for key, value in content.items()}


def _name(
    edit: Mapping[str, object], refused: Mapping[str, object], emptied: Sequence[str], base: Base
) -> tuple[Outcome, str]:
    if edit:
        return Outcome.EVENT, f"changed there: {', '.join(sorted(edit))} (compared with the state {base.reason})"
    if refused:
        return Outcome.REFUSED, f"may not be changed there: {', '.join(sorted(refused))}"
    if emptied:
        return Outcome.REGRESSION, f"emptied there, and to be put back: {', '.join(sorted(emptied))}"
    if base.old:
        return Outcome.REGRESSION, base.reason
    return Outcome.ECHO, "nothing differs from what is known"


def _ours(entity: Entity, row: Replica, view: View, base: Base, key: str, value: Value) -> tuple[Value] | None:
    """What `asked` follows to, where a difference is not somebody's edit: a write of ours seen late, a coincidence, or
    a part that lost its whole over there and is deleted with it.
    """
    if value is None and key == view.schema.part_of and entity.deleted is not None:
        return (None,)
    under_way = row.intent.asked if row.intent is not None and not view.marks else {}
    for wrote in (under_way, base.ours):
        if key in wrote and value in (wrote[key], view.normal(key, wrote[key])):
            return (wrote[key],)
    summed = view.schema.field(key).policy is Policy.SUM
    if not base.old and not summed and key in entity.cells:
        present = entity.value(key)
        if value in (present, view.normal(key, present)):
            return (present,)
    return None


def _permitted(
    row: Replica, view: View, edit: dict[str, tuple[Value, Value]], asked: dict[str, Value]
) -> tuple[dict[str, tuple[Value, Value]], dict[str, Value], dict[str, int]]:
    """Part the edit into what may be changed there and what may not; `asked` takes theirs where it is to be put right.

    A part is never taken from its whole: that is what some systems do to the parts of a record that is deleted there.
    """
    refused: dict[str, Value] = {}
    turns = dict(row.turns)
    for key in list(edit):
        torn = key == view.schema.part_of and edit[key][1] is None
        policy = Refusal.REVERT if torn else view.refuses.get(view.schema.field(key).name)
        if policy is None:
            continue
        refused[key] = edit.pop(key)[1]
        turn = f"{key}={trail_name(refused[key])}"
        count = turns.get(turn, 0) + 1
        turns = {other: n for other, n in turns.items() if not other.startswith(f"{key}=")} | {turn: count}
        if policy is Refusal.REVERT and count <= TURNS_MAX:
            asked[key] = refused[key]
    return edit, refused, turns


def _absent(entity: Entity, replica: Replica, view: View, observation: Observation) -> Verdict:
    intent, another = replica.intent, observation.remote_id != replica.remote_id
    if intent is not None and intent.doing is Doing.DELETE and not another:
        return Verdict(outcome=Outcome.ECHO, reason="our deletion landed", replica=confirmed(replica, view))
    if not replica.present:
        return Verdict(outcome=Outcome.ECHO, reason="it is not there, as known", replica=replica)
    if another:  # a late hint of the record it had there before
        return Verdict(outcome=Outcome.ECHO, reason="a record it had there before; it has another now", replica=replica)
    if entity.deleted is not None:
        return Verdict(outcome=Outcome.ECHO, reason="deleted here as well", replica=replica.vacated())
    if observation.heal:
        reason = "gone there, and to be put back: a person said so"
        return Verdict(outcome=Outcome.REGRESSION, reason=reason, replica=replica.vacated())
    if observation.doubt:
        return Verdict(outcome=Outcome.HELD, reason=observation.doubt, replica=replica)
    if not view.accepts_deletes:
        reason = "records may not be deleted there"
        return Verdict(outcome=Outcome.REFUSED, reason=reason, replica=replica.vacated(), refused={EXISTENCE: False})
    return Verdict(
        outcome=Outcome.EVENT,
        reason="deleted there",
        replica=replica.vacated(),
        edit={EXISTENCE: (True, False)},
        context=replica.vector,
    )
