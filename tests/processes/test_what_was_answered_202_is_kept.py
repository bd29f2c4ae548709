"""SIGKILL of the web process while hooks pour in: what was answered 202 is kept once, and the rest sent again."""

import asyncio
import signal

from sqlalchemy import text

from tests.processes.hooking import Senders
from tests.processes.site import SECRET, Site

ENOUGH = 100


async def test_and_the_same_delivery_again_is_known(site: Site) -> None:
    door = site.born("serve", "--json")
    senders, enough = Senders((await door.ready())["url"], SECRET), asyncio.Event()
    sending = asyncio.create_task(senders.until_cut_off(ENOUGH, enough))
    await enough.wait()

    door.signal(signal.SIGKILL)
    await door.died()
    await sending

    kept = await inbox(site)
    answered = dict(senders.answered)
    assert len(answered) >= ENOUGH
    assert {each: kept.get(each) for each in answered} == {each: [told["id"]] for each, told in answered.items()}

    next_one = Senders((await site.born("serve", "--json").ready())["url"], SECRET)
    repeated = await next_one.again(sorted(senders.sent))
    now = await inbox(site)

    assert {each for each, told in repeated.items() if told.get("duplicate")} == set(kept)
    assert {each: ids for each, ids in now.items() if each in kept} == kept
    assert {each: len(ids) for each, ids in now.items()} == dict.fromkeys(senders.sent, 1)


async def inbox(site: Site) -> dict[str, list[int]]:
    """Delivery → the rows that hold it."""
    rows = text("select key, array_agg(id) as ids from inbox where key is not null group by key")
    async with site.app.database.look() as conn:
        return {row.key: list(row.ids) for row in await conn.execute(rows)}
