"""SIGKILL of the web process while hooks pour in: what was answered with 202 is in the inbox, once."""

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
    repeated = await next_one.again(sorted({*answered, *kept}))

    assert {each for each, told in repeated.items() if not told.get("duplicate")} == set()
    assert await inbox(site) == kept


async def inbox(site: Site) -> dict[str, list[int]]:
    """Delivery → the rows that hold it."""
    rows = text("select key, array_agg(id) as ids from inbox where key is not null group by key")
    async with site.app.database.look() as conn:
        return {row.key: list(row.ids) for row in await conn.execute(rows)}
