"""SIGKILL of Postgres itself while workers write: it recovers, they go on by themselves, nothing is lost or doubled."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from replicator.errors import LogError
from replicator.log.embedded import PrivatePostgres
from replicator.log.throwaway import throwaway_postgres
from tests.processes.editing import people_edit
from tests.processes.life import until
from tests.processes.reckoning import everything_was_imported, nothing_is_wrong
from tests.processes.site import Site, opened_site

DURABLE = {"synchronous_commit": "on", "max_connections": "100"}
DEATHS = 2


@pytest.fixture
def postgres() -> Iterator[PrivatePostgres]:
    """A server of the test's own, as durable as an owner's."""
    with throwaway_postgres(DURABLE) as server:
        yield server


@pytest.fixture
async def mortal_site(
    postgres: PrivatePostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Site]:
    async with opened_site(postgres.start(), tmp_path, monkeypatch, 2.0) as site:
        yield site


@pytest.mark.timeout(300)
async def test_the_workers_go_on_when_it_is_back(mortal_site: Site, postgres: PrivatePostgres) -> None:
    site = mortal_site
    await site.offer("dummyjson")
    site.born()
    for _ in range(DEATHS):
        before = await _written(site)
        await until(partial(_more, site, before), lambda: f"nothing is written: {site.lives[-1].said()}")
        _kill(postgres)
        postgres.start()
        await until(lambda: _answers(site), lambda: "the database does not answer")
    await site.quiet()
    everything_was_imported(site)
    await people_edit(site, "title")
    await site.quiet()

    assert await _setting(site, "synchronous_commit") == "on"
    assert not site.lives[-1].ended()
    await nothing_is_wrong(site)


def _kill(postgres: PrivatePostgres) -> None:
    """The whole server at once, as when the machine's memory runs out."""
    pid = int((postgres.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    os.kill(pid, signal.SIGKILL)
    postgres.stop()  # nothing is left to stop; its end is taken note of


async def _written(site: Site) -> int:
    return await site.ask("select count(*) from writes")


async def _more(site: Site, before: int) -> bool:
    return await _written(site) > before


async def _answers(site: Site) -> bool:
    """Connections that died with it are found out one by one."""
    try:
        async with site.app.database.look() as conn:
            await conn.execute(text("select 1"))
    except LogError:
        return False
    return True


async def _setting(site: Site, name: str) -> str:
    async with site.app.database.look() as conn:
        return str((await conn.execute(text("select current_setting(:name)"), {"name": name})).scalar_one())
