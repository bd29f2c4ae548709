"""Whether hooks arrive is seen by one: a record is written as it is, nobody's value changes, and nothing follows."""

from collections.abc import Sequence

import pytest

from replicator.connectors.base import Write, WriteResult
from replicator.engine.probe import NothingToWrite, probe
from replicator.log import events
from tests.web.shelf import House

WORD = {"X-Word": "hook-secret"}


async def filled(house: House) -> None:
    house.cms.put("tag", "t1", value="linen")
    await house.take_in()
    await house.write_out("shop")


async def test_a_hook_that_arrives_is_heard_of(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await filled(house)
    ((_, remote_id),) = house.shop.records
    write, answers = house.shop.write, list[int]()

    async def and_tell(writes: Sequence[Write]) -> list[WriteResult]:
        results = await write(writes)
        body = {"event": "items.update", "collection": "tags", "keys": [each.remote_id for each in writes]}
        answers.append((await house.http.post("/hooks/shop", json=body, headers=WORD)).status_code)
        return results

    monkeypatch.setattr(house.shop, "write", and_tell)
    probed = await probe(house.app.database, house.app.shop, "shop", patience=30)

    assert (answers, probed.record) == ([202], f"tag {remote_id}")
    assert probed.seconds is not None


async def test_a_hook_that_does_not_come_is_not_waited_for_for_ever(house: House) -> None:
    await filled(house)

    probed = await probe(house.app.database, house.app.shop, "shop", patience=0.3)

    assert probed.seconds is None


async def test_what_it_writes_is_an_echo(house: House) -> None:
    await filled(house)
    async with house.app.database.look() as conn:
        before = await events.head(conn)
    await probe(house.app.database, house.app.shop, "shop", patience=0)
    await house.take_in("shop")

    async with house.app.database.look() as conn:
        after = await events.head(conn)
    assert after == before


async def test_where_nothing_of_ours_is_there_nothing_is_written(house: House) -> None:
    with pytest.raises(NothingToWrite):
        await probe(house.app.database, house.app.shop, "shop", patience=0)
