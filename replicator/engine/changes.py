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
        """The natural keys that are held now, where that changed: none once the entity is deleted."""
        was = (self.before or self._nothing()).entity
        return [
            Claim(type=self.entity.type, key=key, value=held, entity=self.entity.id, fresh=self.before is None)
            for key in self.rules.schema.keys
            for held in [_key_of(self.entity, key)]
            if _key_of(was, key) != held
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


def _key_of(entity: Entity, key: str) -> str | None:
    value = entity.value(key) if entity.exists else None
    return str(value) if value not in (None, "") else None
