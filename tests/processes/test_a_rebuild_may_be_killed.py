"""A system is emptied and rebuilt from the log by a command that is killed half-way; said again it goes on where
it was: nothing is missing, nothing is there twice, and no value has changed.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from replicator.engine.apply import Apply
from replicator.engine.capture import Capture
from replicator.engine.intake import Intake
from replicator.log import systems
from replicator.sandbox.catalogue import Product, generated
from tests.processes.life import Life
from tests.processes.site import Site, opened_site

BATCH = 100
SECONDS_EACH = 0.06  # of a product, on a slow machine that does other things besides
LEASE_SECONDS = 4.0  # what the dead have left is taken up after it; a batch must be written within it
RECORDS = "select count(*) from replicas where system = 'directus' and remote_id is not null"
CHANGES = "select count(*) from events where act <> 'bind'"


def many_of(number: int) -> list[Product]:
    """A catalogue of so many products, each a thing of its own."""
    some = generated()
    turns = [(turn, each) for turn in range(number // len(some) + 1) for each in some]
    return [
        {**each, "id": place, "title": f"{each['title']} {turn}", "sku": f"{each['sku']}-{turn}"}
        for place, (turn, each) in enumerate(turns[:number], start=1)
    ]


@pytest.fixture
async def site(number: int, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    products: Sequence[Product] = many_of(number)
    async with opened_site(database_url, tmp_path, monkeypatch, LEASE_SECONDS, batch=BATCH, products=products) as site:
        yield site


async def stocked(site: Site) -> None:
    """The catalogue is in the log and at Directus; the other shops wait."""
    database, shop = site.app.database, site.app.shop
    for hooks in site.world.hooks.values():
        hooks.switches.off = True
    await Capture(database, shop, "dummyjson").full()
    while await Intake(database, shop, "dummyjson").step():
        pass
    async with database.unit() as conn:
        await systems.accept(conn, "directus")
    while await Apply(database, shop, "directus", "the test").step():
        pass


def answer_of(life: Life) -> dict[str, Any]:
    """The JSON object that a command has answered with, among what it said to its standard error."""
    (line,) = [each for each in life.said().splitlines() if each.startswith('{"')]
    told: dict[str, Any] = json.loads(line)
    return told


@pytest.mark.parametrize("number", [1_000, pytest.param(10_000, marks=(pytest.mark.long, pytest.mark.timeout(1800)))])
async def test_nothing_is_missing_and_nothing_is_there_twice(site: Site, number: int) -> None:
    await stocked(site)
    before = {(each.type, each.key): each.fields for each in site.world.systems["directus"].shown()}
    changes, half = await site.ask(CHANGES), len(before) // BATCH // 2
    site.world.systems["directus"].empty()

    first = site.born("replay", "directus", "--yes")
    first.dies_at("apply.written", half)
    await first.died(number * SECONDS_EACH)
    written = await site.ask(RECORDS)
    second = site.born("replay", "directus", "--yes", "--json")
    assert await second.end(number * SECONDS_EACH) == 0, second.said()
    compared = site.born("verify", "directus", "--json")
    assert await compared.end(number * SECONDS_EACH) == 0, compared.said()
    report = answer_of(compared)
    shown = site.world.systems["directus"].shown()

    assert 0 < written < len(before)
    assert [report[name] for name in ("equal", "differing", "missing", "extra")] == [len(before), 0, 0, 0]
    assert {(each.type, each.key): each.fields for each in shown} == before
    assert len(shown) == len(before) > number
    assert await site.ask(CHANGES) == changes
    assert answer_of(second)["state"] == "done"
