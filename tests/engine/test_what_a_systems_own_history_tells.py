"""Goal: where a system keeps a history, no edit is missed, none is without its author, and a restored one is seen."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from replicator.connectors.base import Write, WriteResult
from replicator.core.event import EXISTENCE, Act, Draft
from replicator.engine.capture import Capture, Summary
from tests.engine.shop import FROCK, OTHER, SHOPS, Shop


async def polled(shop: Shop, system: str = "directus") -> Summary:
    """Ask for what changed, and settle it."""
    summary = await Capture(shop.app.database, shop.app.shop, system).poll()
    await shop.settle()
    return summary


async def quiet(stocked: Shop) -> None:
    """No hooks, and a place in the activity to ask from."""
    stocked.switch_hooks(off=True)
    await stocked.full_pass("directus")


async def made_at_directus(shop: Shop, name: str) -> list[Draft]:
    """The edits of an entity that were made there."""
    entity = (await shop.dossier(name)).entity.id
    drafts = [each.draft for each in await shop.events_of(entity)]
    return [each for each in drafts if each.origin == "directus" and each.act is Act.CHANGE]


def type_during_a_write(shop: Shop, monkeypatch: pytest.MonkeyPatch, name: str, *values: str) -> None:
    """A person gives a field these values, one after another, when the guard has read and the next write has not
    landed.
    """
    directus, typed = shop.app.shop.connectors["directus"], iter(values)
    write = directus.write

    async def written(writes: Sequence[Write]) -> Sequence[WriteResult]:
        for value in typed:
            await shop.people.edit("directus", "product", FROCK, {name: value})
        return await write(writes)

    monkeypatch.setattr(directus, "write", written)


async def test_a_poll_finds_edits_and_deletes_with_their_author(stocked: Shop) -> None:
    await quiet(stocked)
    await stocked.people.edit("directus", "product", FROCK, {"title": "Found"})
    await stocked.people.delete("directus", "product", OTHER)
    await polled(stocked)
    (edit,) = await made_at_directus(stocked, f"product:handle:{FROCK}")

    assert stocked.everywhere("product", FROCK, "title") == ["Found"] * 3
    assert set(edit.changes) == {"title"}
    assert edit.author is not None
    assert all(OTHER not in stocked.shown(name, "product") for name in SHOPS)


async def test_each_edit_between_two_reads_is_an_event_of_its_own(stocked: Shop) -> None:
    await quiet(stocked)
    for title in ("First", "Second", "Third"):
        await stocked.people.edit("directus", "product", FROCK, {"title": title})
    await polled(stocked)
    edits = await made_at_directus(stocked, f"product:handle:{FROCK}")

    assert [each.changes["title"].after for each in edits] == ["First", "Second", "Third"]
    assert len({each.author for each in edits}) == 1
    assert stocked.everywhere("product", FROCK, "title") == ["Third"] * 3


async def test_an_edit_that_was_taken_back_before_we_looked_stays_taken_back(stocked: Shop) -> None:
    await quiet(stocked)
    (before,) = set(stocked.everywhere("product", FROCK, "title"))
    for title in ("On second thoughts", before):
        await stocked.people.edit("directus", "product", FROCK, {"title": title})
    await polled(stocked)
    edits = await made_at_directus(stocked, f"product:handle:{FROCK}")

    assert [each.changes["title"].after for each in edits] == ["On second thoughts", before]
    assert stocked.everywhere("product", FROCK, "title") == [before] * 3


async def test_edits_during_a_write_of_another_field_are_told_once_and_in_order(
    stocked: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await quiet(stocked)
    type_during_a_write(stocked, monkeypatch, "subtitle", "First", "Second", "Third")
    await stocked.people.edit("medusa", "product", FROCK, {"title": "From the shop"})
    await stocked.full_pass("medusa")
    await polled(stocked)
    edits = await made_at_directus(stocked, f"product:handle:{FROCK}")

    assert [each.changes["subtitle"].after for each in edits] == ["First", "Second", "Third"]
    assert stocked.everywhere("product", FROCK, "subtitle") == ["Third"] * 3
    assert stocked.everywhere("product", FROCK, "title") == ["From the shop"] * 3


async def test_a_poll_tells_of_an_edit_that_our_own_write_has_covered(
    stocked: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await quiet(stocked)
    type_during_a_write(stocked, monkeypatch, "title", "Typed meanwhile")
    await stocked.people.edit("medusa", "product", FROCK, {"title": "From the shop"})
    await stocked.full_pass("medusa")
    await polled(stocked)
    edits = await made_at_directus(stocked, f"product:handle:{FROCK}")

    assert [each.changes["title"].after for each in edits] == ["Typed meanwhile"]
    assert len(set(stocked.everywhere("product", FROCK, "title"))) == 1
    assert [each.key for each in await stocked.conflicts()] == ["title"]


async def test_a_poll_of_a_restored_database_lists_it_in_full_and_spreads_nothing(stocked: Shop) -> None:
    await quiet(stocked)
    played = stocked.world.systems["directus"]
    dump = played.dump()
    await stocked.people.edit("directus", "product", FROCK, {"title": "After the dump"})
    await polled(stocked)
    mark, counted = stocked.mark(), await stocked.counts()
    played.load(dump)
    summary = await polled(stocked)

    assert summary.read > len(stocked.shown("directus", "product"))
    assert (await stocked.counts()).events == counted.events
    assert {system for system, *_ in stocked.writes(mark)} == {"directus"}
    assert stocked.everywhere("product", FROCK, "title") == ["After the dump"] * 3


async def test_a_poll_of_what_did_not_change_reads_nothing(stocked: Shop) -> None:
    await quiet(stocked)
    await polled(stocked)
    summary = await polled(stocked)

    assert (summary.read, summary.changed) == (0, 0)
    assert EXISTENCE not in (await stocked.dossier(f"product:handle:{FROCK}")).entity.cells
