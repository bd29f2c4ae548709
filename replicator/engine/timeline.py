"""The timeline of one entity: what happened to it, where, by whom, and what was written of it, in order.

Moments are of three kinds: an *event* of the log, with its fields before and after and how the gate came to it; a
*write* of ours and what came of it; a *verdict* about something seen or told that made no event. Echoes, the most of
what is seen, are counted and left out unless asked for. `read` loads rows, `tell` puts them in order; the latter is
pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.event import EXISTENCE, Act, Event
from replicator.core.outcome import Outcome
from replicator.log import events, inbox, inbox_state, writes

NOISE = frozenset({Outcome.ECHO, Outcome.DUPLICATE, Outcome.STALE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One field in an event. `effect`: whether the change took effect; `erased`: the values are in the log no more."""

    key: str
    before: Any
    after: Any
    rule: str
    effect: bool
    erased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened. `kind`: event | write | verdict; `what`: the act, what a write was to do, the outcome.

    `landed`, of a write: True, False, or None where it is not known. `reason`: why the gate said so, or what was
    answered.
    """

    at: datetime
    kind: str
    system: str
    what: str
    position: int | None = None
    author: str | None = None
    fields: Sequence[Changed] = field(default_factory=tuple)
    values: Mapping[str, Any] = field(default_factory=dict)
    source: str | None = None
    reason: str = ""
    remote_id: str | None = None
    sync_id: str | None = None
    landed: bool | None = None
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What happened to an entity, oldest first. `left_out`: echoes and their like that are not shown.

    `whole`: nothing before the first moment was left out for its age.
    """

    entity: str
    type: str
    moments: Sequence[Moment]
    left_out: int
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All rows that tell of one entity."""

    events: Sequence[Event]
    writes: Sequence[writes.Line]
    heard: Sequence[inbox.Row]
    causes: Mapping[int, inbox.Row]


async def read(conn: AsyncConnection, entity: str, *, limit: int) -> Rows:
    """The newest rows of each kind, at most `limit`."""
    found = await events.newest(conn, limit, entity=entity)
    causes = [each.draft.cause for each in found if each.draft.cause is not None]
    return Rows(
        events=found,
        writes=await writes.of_entity(conn, entity, limit=2 * limit),
        heard=await inbox_state.of_entity(conn, entity, limit=limit),
        causes=await inbox_state.of_ids(conn, causes),
    )


def tell(entity: str, kind: str, rows: Rows, *, limit: int, noise: bool = False) -> Timeline:
    """The newest `limit` moments, in order; with `noise` also what was seen and made no difference."""
    heard = [row for row in rows.heard if row.outcome != Outcome.EVENT]
    shown = [row for row in heard if noise or row.outcome not in NOISE]
    from_the_start = len(rows.events) < limit
    moments = [_event(each, rows.causes, first=from_the_start and place == 0) for place, each in enumerate(rows.events)]
    moments += [*_writes(rows.writes), *(_verdict(row) for row in shown)]
    ordered = sorted(moments, key=lambda each: (each.at, each.position or 0, each.kind))
    return Timeline(
        entity=entity,
        type=kind,
        moments=ordered[-limit:],
        left_out=len(heard) - len(shown),
        whole=len(ordered) <= limit and from_the_start and len(rows.writes) < 2 * limit,
    )


def _event(event: Event, causes: Mapping[int, inbox.Row], *, first: bool) -> Moment:
    draft = event.draft
    cause = None if draft.cause is None else causes.get(draft.cause)
    reason = draft.note or (cause.reason if cause is not None else None) or ""
    return Moment(
        at=event.recorded,
        kind="event",
        system=draft.origin,
        what=_act(event, first=first),
        position=event.position,
        author=draft.author,
        fields=[
            Changed(
                key=key,
                before=each.before,
                after=each.after,
                rule=each.rule,
                effect=each.wins,
                erased=key in event.erased,
            )
            for key, each in draft.changes.items()
            if key != EXISTENCE
        ],
        source=None if cause is None else cause.source,
        reason=reason,
        remote_id=draft.remote_id,
    )


def _act(event: Event, *, first: bool) -> str:
    """What an event did, in a word or two."""
    draft = event.draft
    if draft.act is not Act.CHANGE:
        return "bound" if draft.act is Act.BIND else "values erased"
    existence = draft.changes.get(EXISTENCE)
    if existence is not None:
        deleted = "deleted" if existence.wins else "deletion lost"
        return deleted if existence.after is False else "brought back"
    return "made" if first else "changed"


def _writes(lines: Sequence[writes.Line]) -> Iterable[Moment]:
    """Each intent with the last that was heard of it before it was tried again; `lines` are newest first."""
    outcomes: dict[tuple[str, str], writes.Line] = {}
    for line in lines:
        if line.kind == "outcome":
            outcomes.setdefault((line.system, line.sync_id), line)
            continue
        came = outcomes.pop((line.system, line.sync_id), None)
        yield Moment(
            at=line.at,
            kind="write",
            system=line.system,
            what=line.doing or "",
            values=line.asked or {},
            reason=(came.answer or "") if came is not None and not came.landed else "",
            sync_id=line.sync_id,
            landed=None if came is None else came.landed,
            duration_ms=None if came is None else came.duration_ms,
        )


def _verdict(row: inbox.Row) -> Moment:
    return Moment(
        at=row.settled or row.received,
        kind="verdict",
        system=row.system,
        what=row.outcome or "waits",
        source=row.source,
        reason=row.reason or "",
        remote_id=row.remote_id,
    )
