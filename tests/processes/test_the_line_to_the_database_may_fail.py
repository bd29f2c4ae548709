"""The network between a worker and Postgres is cut, or falls silent, under load: it goes on by itself, all is equal."""

from collections.abc import AsyncIterator

import pytest

from tests.processes.editing import everybody_has, people_edit
from tests.processes.life import until
from tests.processes.mortal import SILENT
from tests.processes.proxy import Proxy, to_postgres
from tests.processes.reckoning import everything_was_imported, nothing_is_wrong
from tests.processes.site import Site

WORK = "select count(*) from writes"


@pytest.fixture
async def line(site: Site, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    """What every process of the site has between itself and the database."""
    proxy, url = await to_postgres(site.app.database.conninfo)
    monkeypatch.setenv("SITE_DATABASE", url)
    monkeypatch.setenv(SILENT, "1.5")
    yield proxy
    await proxy.stop()


@pytest.mark.parametrize("way", ["cut", "half_open"])
async def test_the_worker_goes_on_when_it_is_good_again(site: Site, line: Proxy, way: str) -> None:
    """Once in the middle of the import, and once while people edit."""
    worker = site.born()
    await site.offer("dummyjson")
    await _more(site, 0)
    line.fails(way)
    await line.noticed()
    line.passes()
    await site.quiet()
    everything_was_imported(site)

    done = await site.ask(WORK)
    await people_edit(site, "title")
    await _more(site, done)
    line.fails(way)
    await people_edit(site, "subtitle")
    await line.noticed()
    line.passes()
    await people_edit(site, "description")
    await site.quiet()

    assert not worker.ended()
    assert everybody_has(site, "title", "subtitle", "description")
    await nothing_is_wrong(site)


async def _more(site: Site, before: int) -> None:
    """Something has been written."""

    async def seen() -> bool:
        return await site.ask(WORK) > before

    await until(seen, lambda: f"nothing is written: {site.lives[-1].said()}")
