"""The network between a worker and a system is cut, or falls silent, under load: it goes on by itself, all is equal."""

from collections.abc import AsyncIterator

import pytest

from tests.processes.editing import everybody_has, people_edit, shops_have
from tests.processes.life import until
from tests.processes.proxy import Proxy, to_system
from tests.processes.reckoning import everything_was_imported, nothing_is_wrong
from tests.processes.site import Site


@pytest.fixture
async def line(site: Site, system: str) -> AsyncIterator[Proxy]:
    """What every process of the site has between itself and that system, whose answers it does not wait for long."""
    before, file = f'url = "{site.app.settings.systems[system].url}"', site.folder / "replicator.toml"
    proxy, url = await to_system(str(site.app.settings.systems[system].url))
    told = file.read_text(encoding="utf-8")
    assert before in told
    file.write_text(told.replace(before, f'url = "{url}"\ntimeout_seconds = 1'), encoding="utf-8")
    yield proxy
    await proxy.stop()


@pytest.mark.parametrize(("system", "way"), [("medusa", "half_open"), ("directus", "cut")])
async def test_the_others_agree_meanwhile_and_it_does_when_it_is_good_again(
    site: Site, line: Proxy, system: str, way: str
) -> None:
    worker = site.born()
    await site.offer("dummyjson")
    await site.quiet()
    everything_was_imported(site)

    await people_edit(site, "title")
    line.fails(way)
    await people_edit(site, "subtitle")

    async def the_others_agree() -> bool:
        return shops_have(site, "subtitle", without=system)

    await until(the_others_agree, worker.said)
    await line.noticed()
    assert not everybody_has(site, "subtitle")
    line.passes()
    await people_edit(site, "description")
    await site.quiet()

    assert not worker.ended()
    assert everybody_has(site, "title", "subtitle", "description")
    await nothing_is_wrong(site)
