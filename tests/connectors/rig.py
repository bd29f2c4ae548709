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

SIZES = ("S", "M", "L", "XL")


@dataclass(frozen=True, kw_only=True)
class Rig:
    """A live connector on a fresh sandbox system, and a hand on that system.

    `edit(type, remote_id, field, value)` is a person's edit of a text field over the system's own API, and
    `remove(type, remote_id)` a person's delete. `fault(kind)` spoils the next writing request that the
    replicator sends: `429`, `500`, `503`, `drop` (nothing was done) or `lost` (carried out, no answer).
    `living(type)` are the natural keys of the records there are. `calls()` counts the writing requests so far
    (not GET) of any account. `hints()` awaits the hooks under way and parses all that came so far.
    """

    connector: Connector
    edit: Callable[[str, str, str, str], Awaitable[None]]
    remove: Callable[[str, str], Awaitable[None]]
    fault: Callable[[str], None]
    living: Callable[[str], list[str]]
    calls: Callable[[], int]
    hints: Callable[[], Awaitable[Sequence[Hint]]] | None = None

    @property
    def types(self) -> list[str]:
        """The types that can be written, parents first."""
        return [name for name in CATALOG if self.connector.features.types[name].writes]


def new_id() -> str:
    """An entity id."""
    return str(uuid.uuid4())


def sample(type_name: str, number: int) -> dict[str, Value]:
    """A plain document of a type, without references; two numbers, two documents."""
    content: dict[str, dict[str, Value]] = {
        "tag": {"value": f"tag {number}"},
        "category": {
            "name": f"Category {number}",
            "handle": f"category-{number}",
            "description": f"What belongs to {number}",
            "active": True,
            "parent": None,
        },
        "product": {
            "title": f"Product {number}",
            "handle": f"product-{number}",
            "subtitle": f"The {number}th",
            "description": "Plain, solid and blue.",
            "status": "published",
            "thumbnail": f"https://images.example/{number}/thumbnail.png",
            "images": [f"https://images.example/{number}/{name}.png" for name in ("b", "a")],
            "brand": "Acme",
            "weight": "4",
            "options": [{"title": "Size", "values": list(SIZES)}],
            "categories": [],
            "tags": [],
        },
        "variant": {
            "title": f"Variant {number}",
            "sku": f"SKU-{number}",
            "barcode": f"{number:013d}",
            "options": {"Size": SIZES[number % len(SIZES)]},
            "price@usd": {"amount": "9.99", "currency": "usd"},
            "stock": 7,
        },
    }
    return content[type_name]


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


def family(rig: Rig, number: int = 1) -> dict[str, Write]:
    """One record of every type, each referring to the one before as *pending*: type → create."""
    made: dict[str, Write] = {}
    for type_name in rig.types:
        fields = sample(type_name, number)
        for name, target in CATALOG[type_name].references.items():
            if target in made and target != type_name:
                reference = PENDING + made[target].entity
                many = CATALOG[type_name].fields[name].kind is Kind.REFERENCES
                fields[name] = [reference] if many else reference
        made[type_name] = create(rig, type_name, fields)
    return made


async def written(rig: Rig, writes: Sequence[Write]) -> list[str]:
    """Write what must succeed; the remote ids."""
    results = await rig.connector.write(writes)

    assert [one for one in results if isinstance(one, Failed)] == []
    return [one.remote_id for one in results if isinstance(one, Written)]


async def made_family(rig: Rig, number: int = 1) -> dict[str, tuple[Write, str]]:
    """A family that is there: type → (its create, its remote id)."""
    creates = family(rig, number)
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
