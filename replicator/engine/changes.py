"""Changes: what became of each entity in a unit, and so what is to be stored of it. Pure.

A change is a dossier before the unit and after it. From that alone follow the rows to be saved, the natural keys that
are held now, what has become due at which system, and what is due no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from replicator.core.dossier import Dossier, Rules
from replicator.core.entity import Entity
from replicator.core.plan import Plan
from replicator.core.replica import Replica
from replicator.core.schema import EntityType
from replicator.engine.references import RemoteKey
from replicator.log.claims import Claim
from replicator.log.deliveries import Due


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entity in one unit. `before` is None where it is new. `rank`: its type's place in the order of writing."""

    before: Dossier | None
    after: Dossier
    rules: Rules
    rank: int

    @property
    def entity(self) -> Entity:
        """The entity as it is now."""
        return self.after.entity

    def rows(self, revision: int) -> list[Replica]:
        """The replica rows that changed, raised to the unit's revision."""
        was = self.before.replicas if self.before else {}
        changed = [row for name, row in self.after.replicas.items() if was.get(name) != row]
        return [replace(row, revision=max(row.revision, revision)) for row in changed]

    def arrived(self) -> list[Replica]:
        """The rows that have got a remote id: what waits for such a record can go on."""
        return [
            row
            for name, row in self.after.replicas.items()
            if row.remote_id is not None and row.remote_id != (self.before or self._nothing()).replica(name).remote_id
        ]

    def due(self, priority: int) -> list[Due]:
        """What has become due. What was due before, and is still the same, keeps its attempts and its time."""
        before = self._plans(self.before)
        return [
            Due(
                system=system,
                entity=self.entity.id,
                type=self.entity.type,
                position=sum(self.entity.vector.values()),
                priority=priority * 100 + self.rank,
            )
            for system, planned in self._plans(self.after).items()
            if system not in before or (before[system].doing, before[system].fields) != (planned.doing, planned.fields)
        ]

    def paid(self) -> list[tuple[str, str]]:
        """What is due no more: a write was seen to have landed, or somebody typed that very value there."""
        now = self._plans(self.after)
        return [(system, self.entity.id) for system in self._plans(self.before) if system not in now]

    def claims(self) -> list[Claim]:
        """The natural key that is held now, where that changed: none once the entity is deleted."""
        schema = self.rules.schema
        held, was = _key_of(schema, self.entity), _key_of(schema, (self.before or self._nothing()).entity)
        if held == was:
            return []
        fresh = self.before is None
        return [Claim(type=schema.name, key=schema.key_name, value=held, entity=self.entity.id, fresh=fresh)]

    def sought(self) -> list[RemoteKey]:
        """Records that may be this entity's where it cannot be made: of a system whose remote ids are natural keys."""
        schema = self.rules.schema
        held, was = _key_of(schema, self.entity), _key_of(schema, (self.before or self._nothing()).entity)
        if held is None or held == was:
            return []
        return [
            RemoteKey(system, schema.name, held)
            for system, view in self.rules.views.items()
            if view.natural_ids and not self.after.replica(system).present
        ]

    def parent(self) -> str | None:
        """The aggregate it is a part of."""
        part_of = self.rules.schema.part_of
        parent = self.entity.value(part_of) if part_of else None
        return parent if isinstance(parent, str) else None

    def _plans(self, dossier: Dossier | None) -> dict[str, Plan]:
        """What is due by itself. To a pinned system nothing is: what is written there a replay has ordered."""
        plans = dossier.due(self.rules) if dossier else {}
        return {system: planned for system, planned in plans.items() if dossier and system not in dossier.pinned}

    def _nothing(self) -> Dossier:
        return Dossier(entity=Entity(type=self.entity.type, id=self.entity.id))


def paths(rows: Sequence[Replica]) -> Iterator[str]:
    """The names by which held inbox rows wait for these records."""
    for row in rows:
        yield RemoteKey(row.system, row.type, str(row.remote_id)).path


def _key_of(schema: EntityType, entity: Entity) -> str | None:
    return schema.named({name: entity.value(name) for name in schema.key}) if entity.exists else None
