"""Hooks in masses: the same one a thousand times is one row, ten thousand at once are as many, and none is lost."""

import asyncio

import httpx
import pytest
from sqlalchemy import text

from tests.processes.hooking import Senders
from tests.processes.site import SECRET, Site

REPEATS = 1000
MANY = 10_000
AT_ONCE = 16


@pytest.mark.timeout(600)
async def test_each_is_kept_once(site: Site) -> None:
    door = site.born("serve", "--json")
    senders = Senders((await door.ready())["url"], SECRET)

    repeated = await _sent(senders, ["evt_again"] * REPEATS)
    many = await _sent(senders, [f"evt_{number}" for number in range(MANY)])
    kept = await _kept(site)

    assert {told["id"] for told in repeated} == {kept["evt_again"]}
    assert sum(not told.get("duplicate") for told in repeated) == 1
    assert len(kept) == MANY + 1
    assert {told["id"] for told in many} == set(kept.values()) - {kept["evt_again"]}
    await door.stop()


async def _sent(senders: Senders, deliveries: list[str]) -> list[dict[str, object]]:
    """Send them as fast as they are answered; what was answered, each with 202."""
    waiting, answers = iter(deliveries), list[dict[str, object]]()

    async def sender(http: httpx.AsyncClient) -> None:
        for delivery in waiting:
            answers.append(await senders.send(http, delivery))

    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        await asyncio.gather(*(sender(http) for _ in range(AT_ONCE)))
    return answers


async def _kept(site: Site) -> dict[str, int]:
    """Delivery → its row; no delivery has two."""
    async with site.app.database.look() as conn:
        rows = [tuple(row) for row in await conn.execute(text("select key, id from inbox where key is not null"))]
    assert len({key for key, _ in rows}) == len(rows)
    return dict(rows)
