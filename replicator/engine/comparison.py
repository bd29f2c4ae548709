"""Comparison: records as a system shows them against what the log wants there, field by field. Reading only.

What the log wants is the entity as of a position, in the view of that system and its normal form. A field that waits
for a person is not wanted, one that was refused and left is excused, and a reference to what is deleted is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.connectors.base import Record
from replicator.core.document import Value, field_name, members
from replicator.core.entity import Entity
from replicator.core.plan import plan
from replicator.core.replica import Replica
from replicator.core.schema import Kind
from replicator.core.view import Refusal, View
from replicator.engine.references import RemoteKey, inward, mentioned, targets_of
from replicator.engine.shop import Shop
from replicator.log import dossiers, past

VERSION_IS_TIME = 10**11  # ms: versions above it are times, below it counters


class Difference(StrEnum):
    """How a record is not as the log says."""

    DIFFERING = "differing"
    MISSING = "missing"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One record that is not as wanted. `fields`: key → (there, wanted). `unseen`: it shows what was not judged yet.

    `entity` is None where nobody knows the record, `remote_id` where none was ever made. `since`: when it was changed
    there (epoch seconds), if the system tells.
    """

    kind: Difference
    type: str
    entity: str | None
    remote_id: str | None
    fields: Mapping[str, tuple[Value, Value]] = field(default_factory=dict)
    unseen: bool = False
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A record that was looked at: what is wrong with it (None: nothing), and how many fields of it are excused."""

    finding: Finding | None
    left: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compares what one system shows with the log as of a position."""

    shop: Shop
    system: str
    position: int

    async def compare(self, conn: AsyncConnection, records: Sequence[Record]) -> list[Compared]:
        """The records of a page, or of a read by id, in order; absent ones are missing if they should be there."""
        keys = {self._key(each) for each in records}
        for each in records:
            keys |= mentioned(self.system, self.shop.rules[each.type].schema, each.fields or {})
        stored = await dossiers.by_remote(conn, sorted(keys))
        owners = {RemoteKey(*key): entity for key, entity in stored.items()}
        named = owners | {key: key.path for key in keys if key not in owners}
        known = sorted({owners[key] for each in records if (key := self._key(each)) in owners})
        states, rows = await past.as_of(conn, known, self.position), await dossiers.rows_at(conn, self.system, known)
        referred = {
            entity
            for state in states.values()
            for entity in targets_of(self.shop.rules[state.type].schema, _values(state))
        }
        living = {
            entity
            for entity, state in (await past.as_of(conn, sorted(referred), self.position)).items()
            if state.exists
        }
        return [self._compare(each, owners, named, states, rows, living) for each in records]

    async def missing(self, conn: AsyncConnection, entities: Sequence[str]) -> list[Finding]:
        """Of entities that no listing has shown, those that should be there."""
        found: list[Finding] = []
        states, rows = (
            await past.as_of(conn, entities, self.position),
            await dossiers.rows_at(conn, self.system, entities),
        )
        for entity, state in states.items():
            view = self.shop.view(self.system, state.type)
            row = rows.get(entity) or Replica(system=self.system, entity=entity, type=state.type)
            if view is not None and state.exists and plan(state, row.vacated(), view) is not None:
                unseen = row.remote_id is not None
                found.append(
                    Finding(
                        kind=Difference.MISSING, type=state.type, entity=entity, remote_id=row.remote_id, unseen=unseen
                    )
                )
        return found

    def _key(self, record: Record) -> RemoteKey:
        return RemoteKey(self.system, record.type, record.remote_id)

    def _compare(
        self,
        record: Record,
        owners: Mapping[RemoteKey, str],
        named: Mapping[RemoteKey, str],
        states: Mapping[str, Entity],
        rows: Mapping[str, Replica],
        living: set[str],
    ) -> Compared:
        entity = owners.get(self._key(record))
        state, row = states.get(entity or ""), rows.get(entity or "")
        since = record.version / 1000 if record.version > VERSION_IS_TIME else None
        if record.fields is None:
            should = state is not None and state.exists
            return Compared(self._finding(Difference.MISSING, record, entity, unseen=True) if should else None)
        if state is None or row is None or not state.exists:
            unseen = row is None or not row.present
            return Compared(self._finding(Difference.EXTRA, record, entity, unseen=unseen, since=since))
        view = self.shop.rules[record.type].views[self.system]
        fields, _ = inward(self.system, view.schema, record.fields, named)
        content, _ = view.complete(fields, row.known)
        differing = {
            key: (content.get(key), value)
            for key, value in _wanted(view, state, content, living).items()
            if content.get(key) not in (value, view.normal(key, value))
        }
        left = {key for key in differing if view.refuses.get(field_name(key)) is Refusal.LEAVE}
        wrong = {key: pair for key, pair in differing.items() if key not in left}
        if not wrong:
            return Compared(None, len(left))
        unseen = content != dict(row.known or {})
        return Compared(
            self._finding(Difference.DIFFERING, record, entity, unseen=unseen, since=since, fields=wrong), len(left)
        )

    @staticmethod
    def _finding(
        kind: Difference,
        record: Record,
        entity: str | None,
        *,
        unseen: bool,
        since: float | None = None,
        fields: Mapping[str, tuple[Value, Value]] | None = None,
    ) -> Finding:
        return Finding(
            kind=kind,
            type=record.type,
            entity=entity,
            remote_id=record.remote_id,
            fields=fields or {},
            unseen=unseen,
            since=since if unseen else None,
        )


def _values(state: Entity) -> dict[str, Value]:
    return {key: cell.value for key, cell in state.cells.items()}


def _wanted(view: View, state: Entity, content: Mapping[str, Value], living: set[str]) -> dict[str, Value]:
    """What should be there, of the fields that can be seen: no references to what is deleted, no qualified key that is
    not wanted.
    """
    wanted = {key: value for key, value in view.wanted(state).items() if field_name(key) in view.reads}
    for name in view.schema.references:
        if name in wanted:
            wanted[name] = _only_living(view, name, wanted[name], living)
    surplus = {key for key in content if "@" in key and key not in state.cells and field_name(key) in view.writes}
    return {**wanted, **dict.fromkeys(sorted(surplus), None)}


def _only_living(view: View, name: str, value: Value, living: set[str]) -> Value:
    if view.schema.fields[name].kind is Kind.REFERENCES:
        return members(each for each in value or () if each in living) if isinstance(value, list | tuple) else value
    return value if value in living else None
