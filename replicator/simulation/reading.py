"""What the simulated replicator is shown of a record, and the marker that it leaves on one. Pure."""

from __future__ import annotations

from replicator.core.document import Value
from replicator.core.dossier import Dossier
from replicator.core.marker import Marker
from replicator.core.observation import Observation
from replicator.core.replica import Doing
from replicator.core.view import View
from replicator.simulation.annals import entries
from replicator.simulation.systems import KEY, Ability, Record
from replicator.simulation.tables import Noted


def observed(
    view: View, ability: Ability, entity: str, remote_id: str, read: tuple[Record | None, Noted | None]
) -> Observation:
    """A record as the core is told of it: every field of the view, null where the record has none.

    `read`: the record, and what was noted before the read. A marker of another entity came with a copy that a person
    made: it is ignored. The answer to a write tells no history.
    """
    record, began = read
    revision, at = began or (None, None)
    if record is None:
        return Observation(remote_id=remote_id, fields=None, began=revision, at=at)
    copied = record.marker is not None and record.marker.entity != entity
    plain = [name for name in view.reads if not view.schema.fields[name].qualified]
    return Observation(
        remote_id=remote_id,
        fields={k: v for k, v in {**dict.fromkeys(plain), **record.fields}.items() if _shown(k, v, record)},
        version=record.version,
        marker=None if copied else record.marker,
        began=revision,
        at=at,
        wrote=record.wrote if ability.tells else None,
        author=None if record.wrote else "somebody",
        history=() if at is None or record.lacking == "history" else entries(remote_id, record.history, at),
    )


def _shown(key: str, value: Value, record: Record) -> bool:
    """A price that is taken away is not there any more, while a field without a value is null."""
    return key != record.lacking and (value is not None or "@" not in key)


def bears_our_name(record: Record, dossier: Dossier, system: str, at: float, *, tells: bool) -> bool:
    """Whether our marker says so, or the system itself, or a create of ours is under way there for that natural key."""
    if record.marker is not None:
        return record.marker.entity == dossier.entity.id
    intent = dossier.replica(system).intent
    if intent is None or intent.doing is not Doing.CREATE:
        return False
    if tells and record.wrote == intent.sync_id:
        return True
    return at < intent.deadline and record.fields.get(KEY) == dossier.entity.value(KEY)


def is_copy(record: Record, dossier: Dossier, system: str) -> bool:
    """Whether a record that bears the marker of an entity, and an id that nobody knew, is a copy by its natural key."""
    intent = dossier.replica(system).intent
    if record.marker is None or (intent is not None and intent.sync_id == record.marker.sync_id):
        return False
    return record.fields.get(KEY) != dossier.entity.value(KEY)


def marker_of(sync_id: str, system: str, entity: str) -> Marker:
    """The marker to leave with a write."""
    return Marker(
        sync_id=sync_id,
        source="simulation",
        written_at="",
        entity=entity,
        system=system,
        generation=1,
        installation="simulation",
    )
