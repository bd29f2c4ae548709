"""Goal: the three shops show the same content in the same words, so that the audit compares what can be compared.

What a source offers is written to each by its connector, exactly once; the audit must find nothing at all.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator

import pytest

from replicator.catalog import CATALOG
from replicator.connectors import directus, medusa, strapi
from replicator.connectors.base import Action, Connector, Record, Write, Written
from replicator.connectors.dummyjson import DummyJsonSettings, connect
from replicator.core.document import Value, field_name, members
from replicator.core.marker import Marker
from replicator.sandbox.audit import Excused, audit
from replicator.sandbox.catalogue import generated
from replicator.sandbox.serve import Sandbox, make_world, running

CATALOGUE = [product for product in generated(0) if product["category"] in ("tops", "mens-watches", "womens-watches")]
BATCH = 25
NAMES = uuid.NAMESPACE_OID


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running(make_world(CATALOGUE)) as made:
        yield made


def shops(sandbox: Sandbox) -> dict[str, Connector]:
    access = sandbox.access
    return {
        "medusa": medusa.connect(
            medusa.MedusaSettings(
                url=access["medusa"]["url"], email=access["medusa"]["email"], password=access["medusa"]["password"]
            )
        ),
        "directus": directus.connect(
            directus.DirectusSettings(
                url=access["directus"]["url"],
                token=access["directus"]["token"],
                admin_token=access["directus"]["admin_token"],
            )
        ),
        "strapi": strapi.connect(strapi.StrapiSettings(url=access["strapi"]["url"], token=access["strapi"]["token"])),
    }


async def offered(sandbox: Sandbox) -> dict[str, list[Record]]:
    """What the source offers, by type, with the handles that its titles make."""
    source = connect(DummyJsonSettings(url=sandbox.access["dummyjson"]["url"]))
    found: dict[str, list[Record]] = {name: [] for name in CATALOG}
    taken: set[str] = set()
    async for page in source.pages("catalogue"):
        for record in page.records:
            fields = dict(record.fields or {})
            if record.type == "product":
                handle = re.sub(r"[^a-z0-9]+", "-", str(fields["title"]).lower()).strip("-")
                fields["handle"] = handle if handle not in taken else f"{handle}-2"
                taken.add(handle)
            found[record.type].append(Record(type=record.type, remote_id=record.remote_id, fields=fields))
    await source.aclose()
    return found


class Shelf:
    """One shop being filled: which of the source's records is which there."""

    def __init__(self, name: str, connector: Connector) -> None:
        self.name = name
        self.connector = connector
        self.there: dict[tuple[str, str], str] = {}

    async def fill(self, type_name: str, records: list[Record]) -> None:
        for start in range(0, len(records), BATCH):
            batch = records[start : start + BATCH]
            results = await self.connector.write([self._write(record) for record in batch])
            for record, result in zip(batch, results, strict=True):
                assert isinstance(result, Written), (self.name, result)
                self.there[type_name, record.remote_id] = result.remote_id

    def _write(self, record: Record) -> Write:
        able = self.connector.features.types[record.type]
        entity, sync_id = (str(uuid.uuid5(NAMES, f"{what} {record.type} {record.remote_id}")) for what in ("", "sync"))
        fields = {
            key: self._translated(record.type, key, value)
            for key, value in (record.fields or {}).items()
            if field_name(key) in able.writes
        }
        marker = Marker(
            sync_id=sync_id,
            source="dummyjson",
            written_at="2026-01-02T03:04:05.678Z",
            entity=entity,
            system=self.name,
            generation=1,
            installation="suite",
        )
        return Write(
            type=record.type,
            action=Action.CREATE,
            entity=entity,
            sync_id=sync_id,
            fields=fields,
            whole=fields,
            marker=marker if able.marker else None,
        )

    def _translated(self, type_name: str, key: str, value: Value) -> Value:
        target = CATALOG[type_name].fields[field_name(key)].target
        if target is None or value is None:
            return value
        if isinstance(value, str):
            return self.there[target, value]
        assert isinstance(value, list)
        return members(self.there[target, str(each)] for each in value)


async def test_the_same_content_written_once_to_each_shop_is_found_right_in_every_respect(sandbox: Sandbox) -> None:
    records = await offered(sandbox)
    for name, connector in shops(sandbox).items():
        await connector.provision(apply=True)
        shelf = Shelf(name, connector)
        for type_name in CATALOG:
            await shelf.fill(type_name, records[type_name])
        await connector.aclose()
    told = {type_name for type_name, found in records.items() if found}  # Medusa has more from its first start
    shown = {
        name: [each for each in system.shown() if each.type in told] for name, system in sandbox.world.systems.items()
    }
    report = audit(sandbox.world.ledger, shown, Excused())

    assert {name: len(found) for name, found in shown.items()} == {
        "medusa": sum(map(len, records.values())),
        "directus": sum(map(len, records.values())),
        "strapi": sum(map(len, records.values())),
        "dummyjson": 0,
    }
    assert report.details == []
    assert (report.loops, report.lost_edits, report.duplicates, report.diverged) == (0, 0, 0, 0)
