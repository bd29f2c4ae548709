"""What the tests of the core share: a small type, views of it, short ways to make a state, a row, an observation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from replicator.core.document import Value
from replicator.core.dossier import Dossier, Judgement, Rules, Stamp, observe
from replicator.core.entity import Entity
from replicator.core.marker import Marker
from replicator.core.merge import Edit, Merged, merge
from replicator.core.observation import Observation
from replicator.core.replica import NO_PAST, Doing, Intent, Past, Replica
from replicator.core.schema import Field, Kind, Policy, entity_type
from replicator.core.vector import following
from replicator.core.view import Refusal, View

THING = entity_type(
    "thing",
    [
        Field(name="title", order=("directus", "medusa")),
        Field(name="brand", policy=Policy.OWNER, order=("medusa",)),
        Field(name="body", policy=Policy.LATEST),
        Field(name="note", policy=Policy.MANUAL),
        Field(name="price", kind=Kind.MONEY),
        Field(name="tags", kind=Kind.TEXTS, policy=Policy.UNION),
        Field(name="stock", kind=Kind.INTEGER, policy=Policy.SUM),
    ],
)
EMPTY = Entity(type="thing", id="e1")
NOW = 1000.0


def lower(key: str, value: Value) -> Value:
    """The normal form of a system that keeps titles in lower case."""
    return value.lower() if key == "title" and isinstance(value, str) else value


def view(
    system: str = "directus",
    fields: tuple[str, ...] = ("title", "body"),
    *,
    marks: bool = True,
    feed: bool = False,
    lowers: bool = False,
    accepts_deletes: bool = True,
    refuses: Mapping[str, Refusal] | None = None,
) -> View:
    """A system's view, of two plain fields if nothing else is said."""
    plain = View(
        system=system,
        schema=THING,
        reads=frozenset(fields),
        writes=frozenset() if feed else frozenset(fields),
        marks=marks,
        accepts_deletes=accepts_deletes,
        refuses=refuses or {},
    )
    return replace(plain, normal=lower) if lowers else plain


def edit(origin: str, entity: Entity, changes: Mapping[str, tuple[Value, Value]], **more: object) -> Edit:
    """Somebody's edit at `origin`; without a context they had seen nothing from elsewhere."""
    plain = Edit(origin=origin, dot=following(entity.vector, origin), context={}, clock=1, changes=changes)
    return replace(plain, **more)  # type: ignore[arg-type]  # the names are those of Edit


def merged(entity: Entity, each: Edit) -> Merged:
    """The edit, resolved against the state."""
    return merge(entity, THING, each)


def marker(sync_id: str) -> Marker:
    """A marker of ours with this sync id."""
    return Marker(
        sync_id=sync_id,
        source="medusa",
        written_at="2025-01-01T00:00:00Z",
        entity="e1",
        system="directus",
        generation=1,
        installation="home",
    )


def intent(sync_id: str, asked: Mapping[str, Value], *, doing: Doing = Doing.UPDATE, deadline: float = NOW) -> Intent:
    """A write that was recorded before its call; its deadline has just passed."""
    return Intent(sync_id=sync_id, doing=doing, asked=asked, vector={"medusa": 2}, deadline=deadline)


def row(known: Mapping[str, Value] | None, **more: object) -> Replica:
    """The row of directus; asked is what is known, if nothing else is said."""
    plain = Replica(
        system="directus",
        entity="e1",
        type="thing",
        remote_id="d1" if known is not None else None,
        known=known,
        asked=known or {},
        vector={"medusa": 1},
        version=5,
        sync_id="w1",
        revision=10,
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # the names are those of Replica


def seen(fields: Mapping[str, Value] | None, **more: object) -> Observation:
    """The record of directus as read just now, with our last marker on it."""
    plain = Observation(remote_id="d1", fields=fields, version=6, marker=marker("w1"), began=10, at=NOW)
    return replace(plain, **more)  # type: ignore[arg-type]  # the names are those of Observation


def state(fields: Mapping[str, Value], *, origin: str = "medusa") -> Entity:
    """An entity that was made at `origin` with these fields."""
    everything = View(system=origin, schema=THING, reads=frozenset(key.partition("@")[0] for key in fields))
    observation = Observation(remote_id="m1", fields=dict(fields), began=0)
    return observe(Dossier(entity=EMPTY), rules(everything), origin, observation, stamp()).dossier.entity


def rules(*views: View) -> Rules:
    """The rules of these systems."""
    return Rules(schema=THING, views={each.system: each for each in views})


def stamp(clock: int = 1, name: str = "v1") -> Stamp:
    """The time, a clock reading, and the id of an event."""
    return Stamp(now=NOW, clock=clock, event_id=name)


def judged(
    entity: Entity, replica: Replica, each: View, observation: Observation, past: Past = NO_PAST
) -> tuple[Judgement, Replica]:
    """What the observation did, and the row after it."""
    dossier = Dossier(entity=entity).with_replica(replica)
    judgement = observe(dossier, rules(each), each.system, observation, stamp(), past)
    return judgement, judgement.dossier.replica(each.system)


def changes(judgement: Judgement) -> dict[str, tuple[Value, Value]]:
    """What the event of a judgement changed, from and to; nothing where there is none."""
    draft = judgement.draft
    return {} if draft is None else {key: (each.before, each.after) for key, each in draft.changes.items()}
