"""The database's disk is full: hooks are refused with the reason, nothing is lost, and with room again all goes on."""

import sys
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from tests.processes.disk import FULL, Disk, small_disk
from tests.processes.editing import everybody_has, people_edit
from tests.processes.hooking import Senders
from tests.processes.reckoning import everything_was_imported, nothing_is_wrong
from tests.processes.site import SECRET, Site, opened_site

WEIGHT = 1700  # four fill a page, so that a new one is soon asked for
ENOUGH = 20  # of refusals


@pytest.fixture
def disk() -> Iterator[Disk]:
    with small_disk() as disk:
        yield disk


@pytest.fixture
async def site_on_it(disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    async with opened_site(disk.server.start(), tmp_path, monkeypatch, 2.0) as site:
        yield site


@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform != "linux", reason="neither a small file system nor a limit for a running process")
async def test_it_is_said_and_nothing_is_lost(site_on_it: Site, disk: Disk) -> None:
    site = site_on_it
    worker, door = site.born(), site.born("serve", "--json")
    senders = Senders((await door.ready())["url"], SECRET, WEIGHT)
    await site.offer("dummyjson")
    await site.quiet()
    everything_was_imported(site)

    disk.fill(site.app.database.conninfo)
    refused = await _until_refused(senders)
    await people_edit(site, "title")
    disk.free(site.app.database.conninfo)
    taken = dict(senders.answered)
    repeated = await senders.again([*taken, *refused])
    await site.quiet()

    assert {status for status, _ in refused.values()} == {503}
    assert [said for _, said in refused.values() if not any(each in said for each in FULL)] == []
    assert {each for each, told in repeated.items() if told.get("duplicate")} == set(taken)
    assert sorted(await _kept(site)) == sorted([*taken, *refused])
    assert (worker.ended(), door.ended()) == (False, False)
    assert everybody_has(site, "title")
    await nothing_is_wrong(site)


async def _until_refused(senders: Senders) -> dict[str, tuple[int, str]]:
    """Send until that many are refused: delivery → status and what was said."""
    refused: dict[str, tuple[int, str]] = {}
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        for number in count():
            answer = await senders.post(http, f"evt_{number}")
            if answer.status_code != 202:
                refused[f"evt_{number}"] = answer.status_code, answer.text
            if len(refused) == ENOUGH:
                return refused
    raise AssertionError("unreachable")


async def _kept(site: Site) -> list[str]:
    """The deliveries in the inbox, as often as they are there."""
    async with site.app.database.look() as conn:
        return list((await conn.execute(text("select key from inbox where key like 'evt\\_%'"))).scalars())
