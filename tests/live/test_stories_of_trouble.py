"""Goal: lost hooks, a server that dies, a restored backup and a burst of edits change nothing in how a story ends.

Each story ends with three full passes in which no system receives a write; the last one with a quiet minute, too.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.live.story import SHOPS, Story
from tests.live.telling import Terms

FIELDS = {"medusa": "title", "directus": "subtitle", "strapi": "description"}  # who edits what in a burst
SHIRTS = ("linen-shirt", "shirt-1", "shirt-2", "shirt-3")
BURST = 204  # edits: 17 of each field of each shirt
MINUTE_SECONDS = 60


class TestDeaf:
    """Hooks are switched off, and nobody asks for changes."""

    @pytest.fixture
    def terms(self) -> Terms:
        return Terms(hooks=False, polls=False)

    async def test_a_listing_finds_what_no_hook_told(self, stocked: Story) -> None:
        for system, field in FIELDS.items():
            await stocked.edit(system, "product", "linen-shirt", {field: f"By {system}"})
        await stocked.edit("medusa", "variant", "LIN-S", {"title": "Smaller"})
        await stocked.remove("directus", "product", "shirt-3")
        await stocked.idle()
        before = [await stocked.everywhere("product", "linen-shirt", field) for field in FIELDS.values()]
        await stocked.settled()

        assert [each.count(f"By {system}") for system, each in zip(FIELDS, before, strict=True)] == [1, 1, 1]
        for system, field in FIELDS.items():
            assert await stocked.everywhere("product", "linen-shirt", field) == [f"By {system}"] * 3
        assert await stocked.everywhere("variant", "LIN-S", "title") == ["Smaller"] * 3
        assert await stocked.everywhere("product", "shirt-3", "title") == [None] * 3


@pytest.mark.parametrize("system", SHOPS)
async def test_a_server_that_dies_in_the_middle_misses_nothing(stocked: Story, system: str) -> None:
    others = [name for name in SHOPS if name != system]
    first = asyncio.create_task(stocked.edit(system, "product", "linen-shirt", {FIELDS[system]: "Just before"}))
    edits = [stocked.edit(name, "product", "linen-shirt", {FIELDS[name]: f"By {name}"}) for name in others]
    await asyncio.gather(first, *edits)
    stocked.kill(system)
    for name in others:
        await stocked.edit(name, "product", "shirt-1", {FIELDS[name]: f"While {system} was down"})
    await stocked.revive(system)
    await stocked.settled()

    assert await stocked.everywhere("product", "linen-shirt", FIELDS[system]) == ["Just before"] * 3
    for name in others:
        assert await stocked.everywhere("product", "linen-shirt", FIELDS[name]) == [f"By {name}"] * 3
        assert await stocked.everywhere("product", "shirt-1", FIELDS[name]) == [f"While {system} was down"] * 3


@pytest.mark.parametrize("system", SHOPS)
async def test_a_restored_backup_is_healed_and_spreads_nothing(stocked: Story, system: str, tmp_path: Path) -> None:
    others = [name for name in SHOPS if name != system]
    await stocked.back_up(system, tmp_path / "backup.dump")
    await stocked.edit(others[0], "product", "linen-shirt", {"title": "Since the backup"})
    await stocked.edit(system, "product", "shirt-1", {"title": "Typed since the backup"})
    await stocked.settled()
    before = stocked.witness()
    await stocked.restore(system, tmp_path / "backup.dump")
    await stocked.settled()
    after = stocked.witness()

    assert await stocked.everywhere("product", "linen-shirt", "title") == ["Since the backup"] * 3
    assert await stocked.everywhere("product", "shirt-1", "title") == ["Typed since the backup"] * 3
    assert {name: after[name] for name in others} == {name: before[name] for name in others}


async def test_a_burst_of_edits_ends_with_what_was_typed_last(stocked: Story) -> None:
    turns = BURST // (len(FIELDS) * len(SHIRTS))

    async def types(system: str, key: str) -> None:
        for turn in range(turns):
            await stocked.edit(system, "product", key, {FIELDS[system]: f"{turn} by {system}"})

    await asyncio.gather(*(types(system, key) for system in FIELDS for key in SHIRTS))
    await stocked.settled()
    shown = {
        (key, field): await stocked.everywhere("product", key, field) for key in SHIRTS for field in FIELDS.values()
    }

    assert shown == {(key, FIELDS[name]): [f"{turns - 1} by {name}"] * 3 for key in SHIRTS for name in FIELDS}
    await stocked.quiet()
    before = stocked.witness()
    await asyncio.sleep(MINUTE_SECONDS)
    assert stocked.witness() == before
