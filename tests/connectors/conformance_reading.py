"""Reading, as every connector must do it: listings, single records, hooks; and provisioning twice changes nothing."""

from __future__ import annotations

import pytest

from replicator.catalog import CATALOG
from replicator.connectors.base import Level, Locator, Record
from tests.connectors.rig import (
    Rig,
    create,
    delete,
    expected,
    known_by,
    listed,
    made_family,
    new_id,
    read,
    touched,
    written,
)
from tests.connectors.samples import sample

MANY = 130  # more than any of the systems shows on one page unless asked for more


class Reading:
    """Reading, as every one must do it: listings, single records, hooks; and provisioning twice changes nothing."""

    async def test_a_healthy_system_says_so(self, rig: Rig) -> None:
        assert (await rig.connector.health()).ok

    async def test_a_fresh_system_lists_what_it_has(self, rig: Rig) -> None:
        shown = [record.type for record in await listed(rig)]

        assert {name: shown.count(name) for name in rig.connector.features.types} == {
            name: len(rig.living(name)) for name in rig.connector.features.types
        }

    async def test_a_listing_shows_every_record_once(self, rig: Rig) -> None:
        before = [(one.type, one.remote_id) for one in await listed(rig)]
        made = await made_family(rig)
        first = rig.types[0]
        ids = await written(rig, [create(rig, first, sample(first, 1000 + n)) for n in range(MANY)])
        shown = await listed(rig)

        assert sorted((one.type, one.remote_id) for one in shown) == sorted(
            [
                *before,
                *((name, remote_id) for name, (_, remote_id) in made.items()),
                *((first, one) for one in ids),
            ]
        )
        for name in rig.connector.features.types:
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

    async def test_a_record_is_found_by_its_natural_key(self, rig: Rig) -> None:
        made = await made_family(rig)
        others = await made_family(rig, 2)
        remote = {write.entity: remote_id for write, remote_id in (*made.values(), *others.values())}

        for name, (write, remote_id) in made.items():
            key = known_by(rig, write, remote)
            odd = CATALOG[name].label or CATALOG[name].key[-1]
            other = expected(rig, name, others[name][0].fields, remote)[odd]
            strange = {**key, odd: "there is no such one" if CATALOG[name].label else other}
            found = await rig.connector.read([Locator(type=name, key=one) for one in (key, strange)])

            assert (name, [one.remote_id if isinstance(one, Record) else one for one in found]) == (
                name,
                [remote_id, None],
            )

    async def test_a_record_is_found_by_our_id_where_the_system_keeps_it(self, rig: Rig) -> None:
        made = await made_family(rig)

        for name, (write, remote_id) in made.items():
            features = rig.connector.features.types[name]
            if not (features.entity_column or features.client_ids):
                continue
            ids = (write.entity, new_id())
            found = await rig.connector.read([Locator(type=name, entity=one) for one in ids])

            assert [one.remote_id if isinstance(one, Record) else one for one in found] == [remote_id, None]

    async def test_provisioning_twice_changes_nothing(self, rig: Rig) -> None:
        await rig.connector.provision(apply=True)
        before = rig.calls()
        findings = await rig.connector.provision(apply=True)

        assert [one for one in findings if one.level is Level.ERROR] == []
        assert rig.calls() == before

    async def test_a_persons_edit_is_seen_under_our_old_marker(self, rig: Rig) -> None:
        made = await made_family(rig)

        for name, (write, remote_id) in made.items():
            field, value = touched(rig, name)
            before = await read(rig, name, remote_id)
            await rig.edit(name, remote_id, field, value)
            after = await read(rig, name, remote_id)

            assert after.fields is not None
            assert (name, after.fields[field]) == (name, value)
            assert after.marker == write.marker
            assert after.version >= before.version
            assert after.attribution is None or after.attribution.sync_id is None

    async def test_changes_are_listed_since_a_cursor(self, rig: Rig) -> None:
        made = await made_family(rig)

        for listing in sorted(rig.connector.features.since):
            cursors = [page.cursor async for page in rig.connector.pages(listing)]
            name = next(one for one in rig.connector.features.listings[listing] if one in made)
            await rig.edit(name, made[name][1], *touched(rig, name))
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
        await rig.edit(name, remote_id, *touched(rig, name))
        edited = [(hint.type, hint.remote_id) for hint in await rig.hints()]
        await rig.remove(name, remote_id)
        removed = [hint for hint in await rig.hints() if hint.verb == "deleted"]

        assert (name, remote_id) in edited
        assert (write.type, remote_id) in [(hint.type, hint.remote_id) for hint in removed]
