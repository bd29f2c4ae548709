"""Reading, as every connector must do it: listings, single records, hooks; and provisioning twice changes nothing."""

from __future__ import annotations

import pytest

from replicator.catalog import CATALOG
from replicator.connectors.base import Level, Locator, Record
from tests.connectors.rig import (
    Rig,
    create,
    delete,
    listed,
    made_family,
    new_id,
    read,
    sample,
    written,
)

MANY = 130  # more than any of the systems shows on one page unless asked for more


class Reading:
    """Reading, as every one must do it: listings, single records, hooks; and provisioning twice changes nothing."""

    async def test_a_healthy_system_says_so(self, rig: Rig) -> None:
        assert (await rig.connector.health()).ok

    async def test_an_empty_system_lists_nothing(self, rig: Rig) -> None:
        assert await listed(rig) == []

    async def test_a_listing_shows_every_record_once(self, rig: Rig) -> None:
        made = await made_family(rig)
        first = rig.types[0]
        ids = await written(rig, [create(rig, first, sample(first, 1000 + n)) for n in range(MANY)])
        shown = await listed(rig)

        assert sorted((one.type, one.remote_id) for one in shown) == sorted(
            [*((name, remote_id) for name, (_, remote_id) in made.items()), *((first, one) for one in ids)]
        )
        for name in rig.types:
            of_type = [record for record in shown if record.type == name]
            locators = [Locator(type=name, remote_id=record.remote_id) for record in of_type]
            assert of_type == await rig.connector.read(locators)

    async def test_records_are_read_in_the_order_asked_for(self, rig: Rig) -> None:
        first = rig.types[0]
        creates = [create(rig, first, sample(first, n)) for n in range(MANY)]
        ids = await written(rig, creates)
        gone = ids[7]
        await written(rig, [delete(creates[7], gone)])
        asked = [*reversed(ids)]
        found = await rig.connector.read([Locator(type=first, remote_id=one) for one in asked])

        assert [one.remote_id for one in found if isinstance(one, Record)] == asked
        assert [one.remote_id for one in found if isinstance(one, Record) and one.fields is None] == [gone]

    async def test_a_record_is_found_by_what_it_is_known_by(self, rig: Rig) -> None:
        made = await made_family(rig)

        for name, (write, remote_id) in made.items():
            features = rig.connector.features.types[name]
            key = CATALOG[name].keys[0]
            locators = [
                Locator(type=name, keys={key: write.fields[key]}),
                Locator(type=name, keys={key: "there is no such one"}),
            ]
            if features.entity_column or features.client_ids:
                locators.append(Locator(type=name, entity=write.entity))
                locators.append(Locator(type=name, entity=new_id()))
            by_key, nothing, *by_entity = await rig.connector.read(locators)

            assert isinstance(by_key, Record)
            assert by_key.remote_id == remote_id
            assert nothing is None
            assert [one.remote_id if isinstance(one, Record) else one for one in by_entity[:1]] == [
                remote_id for _ in by_entity[:1]
            ]
            assert by_entity[1:] == [None for _ in by_entity[1:]]

    async def test_provisioning_twice_changes_nothing(self, rig: Rig) -> None:
        await rig.connector.provision(apply=True)
        before = rig.calls()
        findings = await rig.connector.provision(apply=True)

        assert [one for one in findings if one.level is Level.ERROR] == []
        assert rig.calls() == before

    async def test_a_persons_edit_is_seen_under_our_old_marker(self, rig: Rig) -> None:
        made = await made_family(rig)

        for name, (write, remote_id) in made.items():
            field = "title" if "title" in CATALOG[name].fields else CATALOG[name].keys[0]
            before = await read(rig, name, remote_id)
            await rig.edit(name, remote_id, field, "by-a-person")
            after = await read(rig, name, remote_id)

            assert after.fields is not None
            assert after.fields[field] == "by-a-person"
            assert after.marker == write.marker
            assert after.version >= before.version
            assert after.attribution is None or after.attribution.sync_id is None

    async def test_changes_are_listed_since_a_cursor(self, rig: Rig) -> None:
        made = await made_family(rig)

        for listing in sorted(rig.connector.features.since):
            cursors = [page.cursor async for page in rig.connector.pages(listing)]
            name = next(one for one in rig.connector.features.listings[listing] if one in made)
            field = "title" if "title" in CATALOG[name].fields else CATALOG[name].keys[0]
            await rig.edit(name, made[name][1], field, "edited-since")
            since = [cursor for cursor in cursors if cursor is not None][-1]
            changed = [one async for page in rig.connector.pages(listing, since) for one in page.records]

            assert made[name][1] in [one.remote_id for one in changed]

    async def test_what_is_made_after_an_empty_listing_is_found_since_its_cursor(self, rig: Rig) -> None:
        listings = sorted(rig.connector.features.since)
        cursors = {listing: [page.cursor async for page in rig.connector.pages(listing)] for listing in listings}
        made = await made_family(rig)
        found = [
            (one.type, one.remote_id)
            for listing in listings
            for since in [each for each in cursors[listing] if each is not None][-1:]
            async for page in rig.connector.pages(listing, since)
            for one in page.records
        ]
        asked = [name for listing in listings for name in rig.connector.features.listings[listing] if name in made]

        assert sorted({name for name, _ in found}) == sorted(asked)
        assert {(name, made[name][1]) for name in asked} <= set(found)

    async def test_hooks_name_what_a_person_touched(self, rig: Rig) -> None:
        if rig.hints is None:
            pytest.skip("this system sends no hooks")
        made = await made_family(rig)
        name = "product" if "product" in made else rig.types[0]
        write, remote_id = made[name]
        field = "title" if "title" in CATALOG[name].fields else CATALOG[name].keys[0]
        await rig.edit(name, remote_id, field, "told-by-a-hook")
        edited = [(hint.type, hint.remote_id) for hint in await rig.hints()]
        await rig.remove(name, remote_id)
        removed = [hint for hint in await rig.hints() if hint.verb == "deleted"]

        assert (name, remote_id) in edited
        assert (write.type, remote_id) in [(hint.type, hint.remote_id) for hint in removed]
