"""Why a value is what it is, or why something was not written: the chain, link by link, in sentences.

observation (what came in) → verdict (what the gate said) → rule (what decided) → event (what changed) → delivery (what
was due) → write (what became of it). Pure over rows: `read` loads them, `explain` reads them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.document import Value, field_name
from replicator.core.dossier import Dossier, Rules
from replicator.core.event import EXISTENCE, Act, Change, Event, Rule
from replicator.core.outcome import Outcome
from replicator.core.replica import Doing, Replica
from replicator.core.view import View
from replicator.engine.portrait import dossier_of
from replicator.engine.shop import Shop
from replicator.log import deliveries, events, inbox, inbox_state, systems, writes

EVENTS_MAX = 500  # of one entity: the newest ones explain the present
STORY_EVENTS = 10  # told where no field is asked for
TURNED_AWAY_MAX = 5
NAMED_MAX = 4  # fields of one event, where all of them are told
VALUE_LENGTH_MAX = 60

RULES = {
    Rule.FIRST: "the field had no value before",
    Rule.CAUSAL: "its author had seen the value before it",
    Rule.REPLACES: "it replaced the very value that was there",
    Rule.OWNER: "both were made without knowing of each other, and the owner of the field decides",
    Rule.PREFER: "both were made without knowing of each other, and the order of systems decides",
    Rule.LATEST: "both were made without knowing of each other, and the later one counts",
    Rule.MANUAL: "both were made without knowing of each other; a person has to decide, see `replicator conflicts`",
    Rule.SUM: "both differences count",
    Rule.UNION: "additions and removals of both count",
    Rule.UPDATE_WINS: "an edit beats a deletion that did not know of it",
    Rule.FROZEN: "automations rewrite each other here; nothing is taken until a person decides",
    Rule.DECISION: "a person decided",
}
TURNED_AWAY = frozenset({Outcome.REFUSED, Outcome.REJECTED, Outcome.HELD, Outcome.REGRESSION})
SOURCES = {"hook": "told by a hook of", "poll": "found among the changes of", "listing": "found by listing"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of the chain. `step`: observation | verdict | rule | event | delivery | write | state."""

    step: str
    sentence: str
    system: str | None = None
    at: datetime | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why one field (or, without one, the whole entity) is as it is, here and at every system."""

    entity: str
    type: str
    field: str | None
    value: Any
    chain: Sequence[Link]
    systems: Sequence[Link]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All rows that speak of one entity; events oldest first, the others newest first."""

    dossier: Dossier
    rules: Rules
    events: Sequence[Event]
    causes: Mapping[int, inbox.Row]
    turned_away: Sequence[inbox.Row]
    deliveries: Mapping[str, deliveries.Delivery]
    writes: Sequence[writes.Line]
    standing: Mapping[str, systems.Standing]
    configured: Sequence[str] = field(default_factory=tuple)


async def read(conn: AsyncConnection, shop: Shop, entity: str) -> Evidence:
    """Load everything that is known of one entity, with bounds."""
    dossier = await dossier_of(conn, entity)
    found = await events.newest(conn, EVENTS_MAX, entity=entity)
    causes = [each.draft.cause for each in found if each.draft.cause is not None]
    rows = await inbox_state.of_entity(conn, entity)
    return Evidence(
        dossier=dossier,
        rules=shop.rules[dossier.entity.type],
        events=found,
        causes=await inbox_state.of_ids(conn, causes),
        turned_away=[row for row in rows if row.outcome in TURNED_AWAY or row.outcome is None][:TURNED_AWAY_MAX],
        deliveries={each.system: each for each in await deliveries.of_entity(conn, entity)},
        writes=await writes.of_entity(conn, entity),
        standing=await systems.load_all(conn),
        configured=tuple(shop.connectors),
    )


def explain(evidence: Evidence, key: str | None = None) -> Explanation:
    """The chain for a field's value, or for the entity; and for every system, what it holds of it and why."""
    entity = evidence.dossier.entity
    told = [each for each in evidence.events if key is None or key in each.draft.changes]
    told = told[-STORY_EVENTS:]
    chain = [link for event in told for link in _of_event(evidence, event, key)]
    chain += [link for row in evidence.turned_away for link in _of_delivery(row)]
    if key is not None and not told:
        chain.append(Link(step="state", sentence=f"no event has ever said anything of {key}"))
    return Explanation(
        entity=entity.id,
        type=entity.type,
        field=key,
        value=None if key is None else entity.value(key),
        chain=chain,
        systems=[link for system in evidence.configured for link in _at_system(evidence, system, key)],
    )


def _of_event(evidence: Evidence, event: Event, key: str | None) -> Iterable[Link]:
    draft = event.draft
    if draft.cause is not None and (row := evidence.causes.get(draft.cause)) is not None:
        yield from _of_delivery(row)
    elif draft.act is Act.CHANGE:
        yield Link(step="observation", sentence=_unrecorded(event), system=draft.origin, at=event.recorded)
    yield Link(
        step="event", sentence=_said(event, key), system=draft.origin, at=event.recorded, position=event.position
    )
    for name, change in draft.changes.items():
        if name == key or (key is None and not change.wins):
            yield Link(step="rule", sentence=_ruled(name, change), system=draft.origin, position=event.position)


def _unrecorded(event: Event) -> str:
    if event.draft.cause is not None:
        return f"delivery {event.draft.cause}, which is no longer kept"
    if event.draft.origin == "operator":
        return f"a person decided: {event.draft.note}"
    return f"seen at {event.draft.origin} when the record was read or answered for a write of ours"


def _of_delivery(row: inbox.Row) -> Iterable[Link]:
    came = SOURCES.get(row.source, f"came from {row.source} of")
    what = f"{row.type} {row.remote_id}" if row.remote_id else row.kind
    yield Link(
        step="observation",
        sentence=f"{what}, {came} {row.system} (delivery {row.id})",
        system=row.system,
        at=row.received,
    )
    verdict = row.outcome or "not judged yet"
    reason = f": {row.reason}" if row.reason else ""
    waits = f", waits for {row.waits_for}" if row.waits_for else ""
    yield Link(step="verdict", sentence=f"{verdict}{reason}{waits}", system=row.system, at=row.settled)


def _said(event: Event, key: str | None) -> str:
    draft = event.draft
    if draft.act is Act.BIND:
        return f"{draft.origin} has it now as {draft.remote_id}"
    if draft.act is Act.REDACT:
        return f"values of it were erased from the log by {draft.author}: {draft.note}"
    by = f" by {draft.author}" if draft.author else ""
    if key is not None:
        return f"{draft.origin}{by} changed {_changed(event, key)}"
    if EXISTENCE in draft.changes:
        return f"{draft.origin}{by} " + ("deleted it" if draft.changes[EXISTENCE].after is False else "brought it back")
    changes = "; ".join(_changed(event, name) for name in list(draft.changes)[:NAMED_MAX])
    left = len(draft.changes) - NAMED_MAX
    more = f"; and {left} more" if left > 0 else ""
    return f"{draft.origin}{by} changed {changes}{more}"


def _changed(event: Event, name: str) -> str:
    if name in event.erased:
        return f"{name}; its values were erased from the log"
    change = event.draft.changes[name]
    return f"{name} from {short(change.before)} to {short(change.after)}"


def _ruled(name: str, change: Change) -> str:
    effect = "took effect" if change.wins else "did not take effect"
    return f"{name}: it {effect}, because {RULES[change.rule]} (rule: {change.rule})"


def _at_system(evidence: Evidence, system: str, key: str | None) -> Iterable[Link]:
    """What one system holds, what is due there and what became of the last write: or why nothing is written."""
    view = evidence.rules.views.get(system)
    row = evidence.dossier.replica(system)
    reason = _never(evidence, system, view, key)
    if view is None or reason is not None:
        yield Link(step="state", sentence=reason or f"{system} does not carry it", system=system)
    else:
        yield Link(step="state", sentence=_state(evidence, row, view, key), system=system)
    owed = evidence.deliveries.get(system)
    if owed is not None:
        yield Link(step="delivery", sentence=_owed(owed, evidence.standing.get(system)), system=system, at=owed.due_at)
    yield from _last_write(evidence, system, key)


def _never(evidence: Evidence, system: str, view: View | None, key: str | None) -> str | None:
    """Why nothing is written to this system, whatever the value."""
    kind = evidence.dossier.entity.type
    if view is None:
        return f"{system} carries no {kind}"
    if view.feed:
        return f"{system} is only read, never written"
    if key is not None and key != EXISTENCE and field_name(key) not in view.writes:
        return f"{system} is not written {key}: it does not carry it, or only gives it"
    cell = evidence.dossier.entity.cells.get(key or "")
    if cell is not None and not cell.settled:
        why = "frozen" if cell.frozen else "undecided"
        return f"{key} is {why}: nothing is written anywhere until a person decides, see `replicator conflicts`"
    return None


def _state(evidence: Evidence, row: Replica, view: View, key: str | None) -> str:
    entity = evidence.dossier.entity
    if row.held is not None:
        return f"{row.system}: its record is held: {row.held}"
    if not row.present:
        why = f": none can be made of a {entity.type} there" if not view.creates else ""
        return f"{row.system} has no record of it" + (why if entity.exists else ": it is deleted")
    if key is None or key == EXISTENCE:
        return f"{row.system} has it as {row.remote_id}"
    known, asked, wanted = (row.known or {}).get(key), row.asked.get(key), entity.value(key)
    if known == wanted:
        return f"{row.system} has {short(known)}, as the log says"
    if asked == wanted and view.normal(key, asked) == known:
        return f"{row.system} has {short(known)}: its own form of {short(wanted)}"
    if asked == wanted:
        return (
            f"{row.system} has {short(known)} and was asked for {short(wanted)}: an edit there that was left standing"
        )
    return f"{row.system} has {short(known)}; {short(wanted)} is due"


def _owed(owed: deliveries.Delivery, standing: systems.Standing | None) -> str:
    stops = {
        "is paused: `replicator resume`": standing is not None and standing.paused,
        f"is held: {standing.held if standing else ''}": standing is not None and standing.held is not None,
        "was not matched yet: nothing is written there": standing is not None and not standing.matched,
    }
    why = "".join(f"; {owed.system} {reason}" for reason, holds in stops.items() if holds)
    tried = f" after {owed.attempts} attempts" if owed.attempts else ""
    error = f": {owed.last_error}" if owed.last_error else ""
    return f"{owed.state}{tried}{error}{why}"


def _last_write(evidence: Evidence, system: str, key: str | None) -> Iterable[Link]:
    """The newest write to a system that was about this field, and its outcome."""
    lines = [line for line in evidence.writes if line.system == system]
    intents = (line for line in lines if line.kind == "intent" and _is_about(line, key))
    intent = next(intents, None)
    if intent is None:
        return
    asked = "" if key is None or not intent.asked else f" {short(intent.asked.get(key))}"
    yield Link(
        step="write", sentence=f"{intent.doing}{asked} was sent as {intent.sync_id}", system=system, at=intent.at
    )
    for line in reversed(lines):
        if line.kind == "outcome" and line.sync_id == intent.sync_id:
            came = {True: "it landed", False: "it was not made", None: "whether it landed is not known"}[line.landed]
            detail = f": {line.answer}" if line.answer else ""
            took = f" in {line.duration_ms} ms" if line.duration_ms is not None else ""
            yield Link(step="write", sentence=f"{came}{took}{detail}", system=system, at=line.at)


def _is_about(line: writes.Line, key: str | None) -> bool:
    return key is None or key in (line.asked or {}) or (key == EXISTENCE and line.doing != Doing.UPDATE)


def short(value: Value) -> str:
    """A value in few characters."""
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= VALUE_LENGTH_MAX else f"{text[: VALUE_LENGTH_MAX - 1]}…"
