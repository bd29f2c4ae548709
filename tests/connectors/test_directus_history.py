"""Goal: Directus' own history tells who wrote what, and what was changed, whatever order its entries show in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from replicator.connectors.base import Attribution, Record
from replicator.connectors.directus import changes, connect, reading
from replicator.connectors.directus.abilities import CHANGES
from replicator.connectors.directus.api import Directus
from replicator.errors import CursorLost
from tests.connectors.directus_shop import Shop, served
from tests.connectors.rig import Rig, at_once, create, made_family, read, update, written
from tests.connectors.samples import sample


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async for one in served(bare=False):
        yield one


@pytest.fixture
def rig(shop: Shop) -> Rig:
    return shop.rig()


def paula(shop: Shop) -> str:
    return next(str(row["id"]) for row in shop.played.tables.every("directus_users") if row["first_name"] == "Paula")


async def marked(connector: Directus) -> str:
    """The cursor of this moment."""
    (cursor,) = [page.cursor async for page in connector.pages(CHANGES)]

    assert cursor is not None
    return cursor


async def polled(connector: Directus, since: str) -> tuple[list[Record], str]:
    """What changed since a cursor, and the next one."""
    pages = [page async for page in connector.pages(CHANGES, since)]

    assert pages[-1].cursor is not None
    return [record for page in pages for record in page.records], pages[-1].cursor


async def test_our_write_is_told_by_its_sync_id_and_anybody_else_by_name(shop: Shop, rig: Rig) -> None:
    made = await made_family(rig)
    write, remote_id = made["tag"]
    before = await read(rig, "tag", remote_id)
    await shop.edit("tag", remote_id, "value", "typed")
    edited = await read(rig, "tag", remote_id)
    change = update(rig, write, remote_id, {"value": "ours"})
    await written(rig, [change])

    assert before.attribution == Attribution(sync_id=write.sync_id)
    assert edited.attribution == Attribution(author=paula(shop))
    assert (await read(rig, "tag", remote_id)).attribution == Attribution(sync_id=change.sync_id)


async def test_each_record_of_a_batch_is_told_its_own_sync_id(rig: Rig) -> None:
    writes = [create(rig, "tag", sample("tag", n)) for n in range(80)]
    ids = await written(rig, writes)
    shown = [record async for page in rig.connector.pages("tags") for record in page.records]
    told = {record.remote_id: record.attribution for record in shown}

    assert told == {remote_id: Attribution(sync_id=write.sync_id) for write, remote_id in zip(writes, ids, strict=True)}


async def test_an_entry_newer_than_the_row_does_not_name_its_author(
    shop: Shop, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await made_family(rig)
    write, remote_id = made["tag"]
    entries = reading.Reading.entries

    async def edited_meanwhile(*given: object, **named: object) -> object:
        await shop.edit("tag", remote_id, "value", "typed while we read")
        return await entries(*given, **named)  # type: ignore[arg-type]  # handed through as it came

    monkeypatch.setattr(reading.Reading, "entries", edited_meanwhile)
    record = await read(rig, "tag", remote_id)

    assert record.attribution == Attribution(sync_id=write.sync_id)
    assert [each.fields for each in record.history] == [write.fields]


async def test_without_the_right_to_the_activity_the_row_names_its_last_writer(shop: Shop, rig: Rig) -> None:
    made = await made_family(rig)
    for right in shop.played.tables.every("directus_permissions"):
        if right["collection"] == "directus_activity":
            shop.played.tables.put("directus_permissions", right["id"], None)
    ours = await read(rig, "tag", made["tag"][1])
    await shop.edit("tag", made["tag"][1], "value", "typed")
    theirs = await read(rig, "tag", made["tag"][1])

    assert (ours.attribution, ours.history) == (None, ())
    assert (theirs.attribution, theirs.history) == (Attribution(author=paula(shop)), ())


async def test_the_history_of_a_record_tells_each_change_with_its_author(shop: Shop, rig: Rig) -> None:
    made = await made_family(rig)
    write, remote_id = made["product"]
    await shop.patch("product", remote_id, {"title": "first", "weight": "1.50"})
    await shop.patch("product", remote_id, {"title": "second", "collection": None})
    await written(rig, [update(rig, write, remote_id, {"title": "ours"})])
    record = await read(rig, "product", remote_id)
    _, *changes_told = record.history

    assert [(each.fields, each.ours, each.author) for each in changes_told] == [
        ({"title": "first", "weight": "1.5"}, False, paula(shop)),
        ({"title": "second"}, False, paula(shop)),
        ({"title": "ours"}, True, None),
    ]
    assert sorted({each.number for each in changes_told}) == [each.number for each in changes_told]
    assert changes_told[-1].version == record.version


async def test_a_poll_tells_of_edits_deletes_and_links_of_all_types_once(shop: Shop, rig: Rig) -> None:
    made = await made_family(rig)
    since = await marked(shop.connector)
    told, since = await polled(shop.connector, since)
    await shop.edit("price", made["price"][1], "amount", "3")
    await shop.remove("metafield", made["metafield"][1])
    link = {"products_id": made["product"][1], "tags_id": made["tag"][1]}
    answer = await shop.person.post("/items/products_tags", json=link)
    changed, since = await polled(shop.connector, since)
    again, _ = await polled(shop.connector, since)

    assert answer.is_success
    assert {(record.type, record.remote_id) for record in told} == {(name, each[1]) for name, each in made.items()}
    assert [(record.type, record.remote_id, record.fields is None) for record in changed] == [
        ("product", made["product"][1], False),
        ("price", made["price"][1], False),
        ("metafield", made["metafield"][1], True),
    ]
    assert changed[1].attribution == Attribution(author=paula(shop))
    assert again == []


async def test_what_vanished_past_the_history_is_left_to_a_listing(shop: Shop, rig: Rig) -> None:
    edited, removed = await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(2)])
    since = await marked(shop.connector)
    _, since = await polled(shop.connector, since)
    await shop.edit("tag", edited, "value", "edited")
    await shop.remove("tag", removed)
    shop.played.empty()
    told, _ = await polled(shop.connector, since)

    assert [(record.remote_id, record.fields) for record in told] == [(removed, None)]


async def test_entries_that_show_late_are_told(shop: Shop, rig: Rig) -> None:
    ids = await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(4)])
    since = await marked(shop.connector)
    _, since = await polled(shop.connector, since)
    shop.played.late_activity = True
    told = []
    for remote_id in ids:
        await shop.edit("tag", remote_id, "value", f"edited {remote_id}")
        records, since = await polled(shop.connector, since)
        told.append([record.remote_id for record in records])

    assert told == [[], [ids[1]], [ids[0]], [ids[3]]]


async def test_the_floor_rises_when_nothing_can_lie_hidden_below_any_more(shop: Shop, rig: Rig) -> None:
    connector = connect(replace(shop.settings, overlap_seconds=0.0), sleep=at_once)
    first = await marked(connector)
    ids = await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(3)])
    _, since = await polled(connector, first)
    _, after = await polled(connector, since)
    await shop.edit("tag", ids[0], "value", "edited")
    told, _ = await polled(shop.connector, after)
    await connector.aclose()

    assert (first, since.partition("@")[0], after.partition("@")[0]) == ("0:0@0", "0:3", "3:3")
    assert [record.remote_id for record in told] == ids[:1]


async def test_a_page_that_was_not_stored_is_told_again(shop: Shop, rig: Rig) -> None:
    since = await marked(shop.connector)
    (remote_id,) = await written(rig, [create(rig, "tag", sample("tag", 1))])
    pages = shop.connector.pages(CHANGES, since)
    first = await anext(pages)
    told, _ = await polled(shop.connector, since)

    assert [record.remote_id for record in first.records] == [remote_id]
    assert [record.remote_id for record in told] == [remote_id]


async def test_many_changes_come_in_pages(shop: Shop, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "ENTRIES", 10)
    since = await marked(shop.connector)
    ids = await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(25)])
    pages = [page async for page in shop.connector.pages(CHANGES, since)]

    assert [len(page.records) for page in pages] == [10, 10, 5]
    assert sorted(record.remote_id for page in pages for record in page.records) == sorted(ids)


@pytest.mark.parametrize("cursor", ["0:3@1", "3:999@1", "yesterday"])
async def test_a_place_that_is_gone_or_another_one_is_said_to_be_lost(shop: Shop, rig: Rig, cursor: str) -> None:
    await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(5)])

    with pytest.raises(CursorLost):
        await polled(shop.connector, cursor)


async def test_a_restored_database_loses_the_place(shop: Shop, rig: Rig) -> None:
    dump = shop.played.dump()
    await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(5)])
    _, since = await polled(shop.connector, await marked(shop.connector))
    shop.played.load(dump)
    with pytest.raises(CursorLost):
        await polled(shop.connector, since)
    for number in range(9):  # what is done there since has other entries in the old places
        await shop.person.post("/items/tags", json={"value": f"new {number}"})

    with pytest.raises(CursorLost):
        await polled(shop.connector, since)


async def test_the_head_is_looked_for_on_later_pages_too(shop: Shop, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "ENTRIES", 10)
    ids = await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(25)])
    _, since = await polled(shop.connector, await marked(shop.connector))
    await shop.edit("tag", ids[3], "value", "edited")
    told, _ = await polled(shop.connector, since)

    assert since.startswith("0:25@")
    assert [record.remote_id for record in told] == [ids[3]]
