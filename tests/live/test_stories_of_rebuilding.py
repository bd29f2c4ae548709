"""Goal: what was lost at a real system is written there anew from the log; another installation shows how it was."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from replicator.app import App, opened
from replicator.engine import replay
from replicator.engine.apply import Apply
from replicator.engine.follow import follow
from replicator.engine.replay import Order
from replicator.engine.verify import Report, Verify
from replicator.log import past
from replicator.sandbox.catalogue import generated
from tests.live.connecting import settings
from tests.live.fleets import Fleets
from tests.live.ready import PROVISIONED, Ready
from tests.live.story import SHOPS, Story
from tests.live.telling import Terms
from tests.live.variants import PLAIN

MANY = 30
OLD = "directus-old"


class TestEmptied:
    """A system holds nothing of all that it held."""

    @pytest.fixture
    def terms(self, tmp_path: Path) -> Terms:
        """A source with some of the made-up catalogue."""
        offered = generated()[:MANY]
        file = tmp_path / "products.json"
        offer = {"products": offered, "total": len(offered), "skip": 0, "limit": len(offered)}
        file.write_text(json.dumps(offer, default=float))
        return Terms(source=file)

    async def test_it_is_written_anew_and_nothing_differs(self, story: Story) -> None:
        await story.settled()
        for system in SHOPS:
            products = await story.count(system, "product")
            await asyncio.to_thread(story.ready[system].kept.put_back, PROVISIONED)
            emptied = await story.count(system, "product")
            await replay.begin(story.app.database, story.app.shop, Order(target=system))
            story.app.wake.send()
            await story.idle()
            await replay.close(story.app.database)

            assert (system, products, emptied) == (system, MANY, 0)
            assert found(await Verify(story.app.database, story.app.shop, system).run()) == (0, 0, 0)
            assert await story.count(system, "product") == MANY


@pytest.fixture
def another(fleets: Fleets) -> Ready:
    """Another Directus, which is empty."""
    ready = fleets.ready(PLAIN)["directus"]
    ready.emptied()
    return ready


async def test_another_installation_shows_how_it_was(
    ready_systems: Mapping[str, Ready], another: Ready, stocked: Story
) -> None:
    moment = datetime.now(UTC)
    await stocked.edit("strapi", "product", "linen-shirt", {"title": "Since then"})
    await stocked.remove("medusa", "product", "shirt-3")
    await stocked.settled()
    told = stocked.app.settings
    both = told.model_copy(update={"systems": {**told.systems, OLD: settings(another.server)}})
    async with opened(both) as app, app.database.look() as conn:
        position = await past.place(conn, moment.isoformat())
        await written(app, Order(target="directus", into=OLD, as_of=position))
        then = await Verify(app.database, app.shop, OLD).run(as_of=position)
        now = await Verify(app.database, app.shop, OLD).run(as_of=None)
        titles = await shown(app)

    assert (found(then), then.equal > 0, found(now)) == ((0, 0, 0), True, (0, 0, 0))
    assert {titles["linen-shirt"], titles["shirt-3"]} == {"Linen Shirt", "Shirt 3"}
    assert await stocked.everywhere("product", "linen-shirt", "title") == ["Since then"] * len(ready_systems)


async def written(app: App, order: Order) -> None:
    """As `replicator replay` does it, beside the process that runs."""
    run = await replay.begin(app.database, app.shop, order)
    done = await follow(Apply(app.database, app.shop, order.system, "the test"), run, lambda _: None)

    assert (done.state, done.left, done.dead) == ("done", 0, 0)


async def shown(app: App) -> dict[str, str]:
    """The titles of the other Directus' products."""
    connector = app.shop.connectors[OLD]
    records = [one async for page in connector.pages("products") for one in page.records]
    fields = [one.fields or {} for one in records if one.type == "product"]
    return {str(each["handle"]): str(each["title"]) for each in fields}


def found(report: Report) -> tuple[int, int, int]:
    """How many are not as the log says."""
    return report.differing, report.missing, report.extra
