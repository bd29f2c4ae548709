"""The conformance suite's rig: a live connector, a hand on its system, and the documents it is tried with."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from replicator.catalog import CATALOG
from replicator.connectors.base import (
    PENDING,
    Action,
    Connector,
    Failed,
    Hint,
    Locator,
    Record,
    Trouble,
    Write,
    WriteResult,
    Written,
)
from replicator.core.document import Document, Value, field_name, members
from replicator.core.marker import Marker
from replicator.core.schema import Kind
from tests.connectors.samples import CHANGED, sample


async def at_once(_seconds: float) -> None:
    """Wait for nothing."""


@dataclass(frozen=True, kw_only=True)
class Rig:
    """A live connector on a fresh sandbox system, and a hand on that system.

    `edit(type, remote_id, field, value)` is a person's edit of a field over the system's own API, and
    `remove(type, remote_id)` a person's delete. `fault(kind)` spoils the next writing request that the
    replicator sends: `429`, `500`, `503`, `drop` (nothing was done) or `lost` (carried out, no answer).
    `living(type)` are the natural keys of the records there are. `calls()` counts the writing requests so far
    (not GET) of any account. `hints()` awaits the hooks under way and parses all that came so far.
    """

    connector: Connector
    edit: Callable[[str, str, str, Value], Awaitable[None]]
    remove: Callable[[str, str], Awaitable[None]]
    fault: Callable[[str], None]
    living: Callable[[str], list[str]]
    calls: Callable[[], int]
    hints: Callable[[], Awaitable[Sequence[Hint]]] | None = None

    @property
    def types(self) -> list[str]:
        """The types that can be made, parents first."""
        able = self.connector.features.types
        return [name for name in CATALOG if name in able and able[name].writes and able[name].creates]

    @property
    def standing(self) -> list[str]:
        """The types of which the system has what it has: they may be changed, but none can be made."""
        able = self.connector.features.types
        return [name for name in CATALOG if name in able and name not in self.types]


def new_id() -> str:
    """An entity id."""
    return str(uuid.uuid4())


def writable(rig: Rig, type_name: str, fields: Document) -> dict[str, Value]:
    """The part of a document that the system can be asked to hold."""
    names = rig.connector.features.types[type_name].writes
    return {key: value for key, value in fields.items() if field_name(key) in names}


def marker(rig: Rig, type_name: str, entity: str, sync_id: str) -> Marker | None:
    """A marker, where the type has room for one."""
    if not rig.connector.features.types[type_name].marker:
        return None
    return Marker(
        sync_id=sync_id,
        source="elsewhere",
        written_at="2026-01-02T03:04:05.678Z",
        entity=entity,
        system="here",
        generation=1,
        installation="suite",
    )


def create(rig: Rig, type_name: str, fields: Document, entity: str | None = None) -> Write:
    """A write that makes a record."""
    entity, sync_id, whole = entity or new_id(), new_id(), writable(rig, type_name, fields)
    left = marker(rig, type_name, entity, sync_id)
    return Write(
        type=type_name,
        action=Action.CREATE,
        entity=entity,
        sync_id=sync_id,
        fields=whole,
        whole=whole,
        marker=left,
    )


def update(rig: Rig, made: Write, remote_id: str, fields: Document) -> Write:
    """A write that changes some fields of a record made before."""
    sync_id, changed = new_id(), writable(rig, made.type, fields)
    return Write(
        type=made.type,
        action=Action.UPDATE,
        entity=made.entity,
        sync_id=sync_id,
        remote_id=remote_id,
        fields=changed,
        whole={**made.whole, **changed},
        marker=marker(rig, made.type, made.entity, sync_id),
    )


def delete(made: Write, remote_id: str) -> Write:
    """A write that removes a record."""
    return Write(type=made.type, action=Action.DELETE, entity=made.entity, sync_id=new_id(), remote_id=remote_id)


async def family(rig: Rig, number: int = 1) -> dict[str, Write]:
    """One record of every type, each referring to the one before as *pending*: type → create.

    What cannot be made is referred to where the system has one.
    """
    made: dict[str, Write] = {}
    there = await standing(rig)
    for name in rig.types:
        pending = {target: PENDING + write.entity for target, write in made.items()}
        made[name] = create(rig, name, {**sample(name, number), **references(rig, name, {**there, **pending})})
    return made


async def standing(rig: Rig) -> dict[str, str]:
    """A record of each type that cannot be made, where there is one: type → remote id."""
    types = rig.connector.features.listings.items()
    wanted = [listing for listing, shown in types if any(name in rig.standing for name in shown)]
    found: dict[str, str] = {}
    for listing in wanted:
        async for page in rig.connector.pages(listing):
            for record in page.records:
                if record.type in rig.standing:
                    found.setdefault(record.type, record.remote_id)
    return found


def references(rig: Rig, type_name: str, targets: Mapping[str, str]) -> dict[str, Value]:
    """The references of a type, to these: type → remote id or pending."""
    schema = CATALOG[type_name]
    found: dict[str, Value] = {}
    for name, target in schema.references.items():
        if target in targets and target != type_name:
            found[name] = [targets[target]] if schema.fields[name].kind is Kind.REFERENCES else targets[target]
    return writable(rig, type_name, found)


Made = dict[str, tuple[Write, str]]
"""Records that are there: type → (its create, its remote id)."""


async def beside(rig: Rig, made: Made, type_name: str, number: int) -> Write:
    """The create of another record beside the one made: of the same wholes, known by another key.

    A key of references alone (stock: of what, where) is told apart by the last of them, a new record; and so is one
    that refers to several parts of its whole: two variants do not have the same values.
    """
    targets = {**await standing(rig), **{name: remote_id for name, (_, remote_id) in made.items()}}
    schema = CATALOG[type_name]
    new = [] if schema.label is not None else [schema.references[schema.key[-1]]]
    for target in new + [one for one in _chosen(type_name) if one in made]:
        targets[target] = (await written(rig, [await beside(rig, made, target, 100 + number)]))[0]
    return create(rig, type_name, {**sample(type_name, number), **references(rig, type_name, targets)})


def _chosen(type_name: str) -> list[str]:
    """The types of parts that a record has several of."""
    fields = CATALOG[type_name].fields.values()
    many = [field.target for field in fields if field.kind is Kind.REFERENCES and field.target is not None]
    return [target for target in many if CATALOG[target].part_of is not None]


def touched(rig: Rig, type_name: str) -> tuple[str, Value]:
    """A field of a type that can be written, and another value for it."""
    writes = rig.connector.features.types[type_name].writes
    field, value = next((field, value) for field, value in CHANGED.items() if field in writes)
    return field, {"changed": value} if CATALOG[type_name].fields[field].kind is Kind.JSON else value


async def written(rig: Rig, writes: Sequence[Write]) -> list[str]:
    """Write what must succeed; the remote ids."""
    results = await rig.connector.write(writes)

    assert [one for one in results if isinstance(one, Failed)] == []
    return [one.remote_id for one in results if isinstance(one, Written)]


async def made_family(rig: Rig, number: int = 1) -> Made:
    """A family that is there."""
    creates = await family(rig, number)
    ids = await written(rig, list(creates.values()))
    return {name: (creates[name], remote_id) for name, remote_id in zip(creates, ids, strict=True)}


async def read(rig: Rig, type_name: str, remote_id: str) -> Record:
    """One record, read by its id."""
    found = (await rig.connector.read([Locator(type=type_name, remote_id=remote_id)]))[0]

    assert isinstance(found, Record)
    return found


async def listed(rig: Rig) -> list[Record]:
    """All records of all listings."""
    return [
        record
        for listing in rig.connector.features.listings
        async for page in rig.connector.pages(listing)
        for record in page.records
    ]


def expected(rig: Rig, type_name: str, fields: Document, remote: Mapping[str, str]) -> dict[str, Value]:
    """What must be read after `fields` were written: the declared normal form, references as remote ids."""
    features = rig.connector.features.types[type_name]
    settled: dict[str, Value] = {}
    for key, value in fields.items():
        if field_name(key) not in features.reads:
            continue
        kind = CATALOG[type_name].field(key).kind
        if kind is Kind.REFERENCES and isinstance(value, Sequence):
            settled[key] = members(_remote(str(each), remote) for each in value)
        elif kind is Kind.REFERENCE and isinstance(value, str):
            settled[key] = _remote(value, remote)
        else:
            settled[key] = features.normal(key, value)
    return settled


def known_by(rig: Rig, write: Write, remote: Mapping[str, str]) -> dict[str, Value]:
    """The natural key of a record made, as a locator has it: what was not said of it is None."""
    shown = expected(rig, write.type, write.fields, remote)
    return {name: shown.get(name) for name in CATALOG[write.type].key}


def _remote(reference: str, remote: Mapping[str, str]) -> str:
    return remote.get(reference.removeprefix(PENDING), reference)


def assert_shows(rig: Rig, record: Record, wanted: Mapping[str, Value]) -> None:
    """The record is complete, canonical, and says what is wanted."""
    assert record.fields is not None
    assert record.missing == ()
    shown = {key: record.fields.get(key) for key in wanted}
    names = {field_name(key) for key in record.fields}
    unqualified = {
        name
        for name in rig.connector.features.types[record.type].reads
        if not CATALOG[record.type].fields[name].qualified
    }

    assert shown == wanted
    assert unqualified <= names <= rig.connector.features.types[record.type].reads


def troubles(results: Sequence[WriteResult]) -> list[Trouble | None]:
    """What became of each write: None where it is there."""
    return [one.trouble if isinstance(one, Failed) else None for one in results]


async def repeated(rig: Rig, writes: Sequence[Write]) -> list[WriteResult]:
    """Write until nothing is to be tried again, as the engine would; at most five times."""
    results = list(await rig.connector.write(writes))
    for _ in range(4):
        again = [
            index
            for index, one in enumerate(results)
            if isinstance(one, Failed) and one.trouble in (Trouble.RETRY, Trouble.UNKNOWN)
        ]
        if not again:
            break
        for index, one in zip(again, await rig.connector.write([writes[i] for i in again]), strict=True):
            results[index] = one
    return results
