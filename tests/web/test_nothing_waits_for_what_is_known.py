"""Two workers judge a record and what it refers to at the same time: neither sees the other, and still nobody waits."""

from datetime import UTC, datetime

from replicator.engine.intake import Intake
from replicator.log import inbox, inbox_state
from tests.web.shelf import House


async def test_a_row_made_to_wait_while_its_record_arrived_is_judged_after_all(house: House) -> None:
    house.cms.put("category", "c/1", name="Cups", handle="cups")
    await house.take_in()
    house.cms.put("product", "p1", title="Mug", handle="mug", categories=["c/1"])
    async with house.app.database.unit() as conn:
        now = datetime.now(UTC)
        (receipt,) = await inbox.receive(conn, [inbox.hint("cms", "hook", "product", "p1")], now)
        waiting = inbox.Settlement(id=receipt.id, outcome="held", reason="not read yet", waits_for="cms/category/c/1")
        await inbox.settle(conn, [waiting], now)

    while await Intake(house.app.database, house.app.shop, "cms").step():
        pass

    async with house.app.database.look() as conn:
        assert await inbox_state.open_counts(conn) == {}
    assert (await house.http.get("/store/product/mug")).json()["categories"][0]["key"] == "cups"


async def test_a_row_that_waits_for_what_is_not_there_goes_on_waiting(house: House) -> None:
    house.cms.put("product", "p1", title="Mug", handle="mug", categories=["c1"])

    await house.take_in()

    async with house.app.database.look() as conn:
        _, waiting = (await inbox_state.open_counts(conn))["cms"]
    assert waiting == 1
