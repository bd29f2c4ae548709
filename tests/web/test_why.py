"""`why` tells the whole chain in sentences: what came, what the gate said, what decided, what was written or not."""

from datetime import UTC, datetime, timedelta

import pytest

from replicator.engine import operate
from replicator.engine.explain import Explanation, explain, read, short
from replicator.engine.portrait import find
from replicator.log import deliveries, inbox
from replicator.settings import MappingSettings
from tests.web.shelf import House, housed, settings


async def why(house: House, key: str | None = None, name: str = "cms:product:p1") -> Explanation:
    async with house.app.database.look() as conn:
        evidence = await read(conn, house.app.shop, await find(conn, house.app.shop, name))
    return explain(evidence, key)


def told(links: object, step: str | None = None, system: str | None = None) -> str:
    """The sentences of some links, one a line."""
    assert isinstance(links, list)
    return "\n".join(
        each.sentence
        for each in links
        if (step is None or each.step == step) and (system is None or each.system == system)
    )


async def filled(house: House) -> None:
    house.cms.put("product", "p1", title="Mug", handle="mug")
    await house.take_in()


async def test_a_value_is_followed_from_where_it_was_seen_to_where_it_was_written(house: House) -> None:
    await filled(house)
    await house.write_out()

    found = await why(house, "title")

    assert (found.value, [each.step for each in found.chain]) == ("Mug", ["observation", "verdict", "event", "rule"])
    assert "product p1, found by listing cms (delivery 1)" in told(found.chain)
    assert 'cms changed title from nothing to "Mug"' in told(found.chain, "event")
    assert told(found.chain, "rule").startswith("title: it took effect, because the field had no value before")
    assert told(found.systems, "state") == 'cms has "Mug", as the log says\nshop has "Mug", as the log says'
    assert told(found.systems, "write").startswith('create "Mug" was sent as ')
    assert "it landed" in told(found.systems, "write")


async def test_a_concurrent_edit_that_lost_is_told_with_the_rule(house: House) -> None:
    await filled(house)
    await house.write_out()
    (shop_id,) = [remote_id for _, remote_id in house.shop.records]
    house.cms.put("product", "p1", title="Beaker")
    house.shop.put("product", shop_id, title="Goblet")
    await house.take_in("cms")
    await house.take_in("shop")

    rules = told((await why(house, "title")).chain, "rule")

    assert "title: it did not take effect, because both were made without knowing of each other" in rules


async def test_what_is_due_and_why_it_is_not_paid(house: House) -> None:
    await filled(house)
    new = told((await why(house, "title")).systems, "delivery")
    await operate.pause(house.app.database, house.app.shop, "shop", paused=True)
    paused = told((await why(house, "title")).systems, "delivery")

    assert new == "due; shop was not matched yet: nothing is written there"
    assert "shop is paused: `replicator resume`" in paused


async def test_a_write_that_was_given_up_is_told_with_its_error(house: House) -> None:
    await filled(house)
    async with house.app.database.unit() as conn:
        entity = await find(conn, house.app.shop, "cms:product:p1")
        await deliveries.park(conn, "shop", entity, "title is too long")

    assert told((await why(house)).systems, "delivery").startswith("dead after 1 attempts: title is too long")


async def test_a_field_nobody_ever_spoke_of(house: House) -> None:
    await filled(house)

    assert told((await why(house, "subtitle")).chain) == "no event has ever said anything of subtitle"


async def test_a_type_that_a_system_does_not_carry(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    chosen = settings(monkeypatch, database_url)
    mapping = MappingSettings(omit=("title",))
    chosen.systems["shop"] = chosen.systems["shop"].model_copy(update={"types": {"product": mapping}})
    async with housed(chosen) as house:
        await filled(house)

        title = told((await why(house, "title")).systems, "state", "shop")

    assert title == "shop is not written title: it does not carry it, or only gives it"


async def test_an_edit_that_was_refused_and_left_standing(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    chosen = settings(monkeypatch, database_url)
    mapping = MappingSettings.model_validate({"refuses": {"title": "leave"}})
    chosen.systems["shop"] = chosen.systems["shop"].model_copy(update={"types": {"product": mapping}})
    async with housed(chosen) as house:
        await filled(house)
        await house.write_out()
        (shop_id,) = [remote_id for _, remote_id in house.shop.records]
        house.shop.put("product", shop_id, title="Own word")
        await house.take_in("shop")

        found = await why(house, "title")
        status = (await house.http.get("/api/status")).json()

    assert "refused" in told(found.chain, "verdict")
    assert 'shop has "Own word" and was asked for "Mug"' in told(found.systems, "state", "shop")
    assert [(each["system"], each["key"], each["known"]) for each in status["left"]] == [("shop", "title", "Own word")]


async def test_a_deletion_is_told_too(house: House) -> None:
    await filled(house)
    del house.cms.records["product", "p1"]
    await house.take_in()

    found = await why(house, "*")

    assert "cms changed * from" in told(found.chain, "event")
    assert "cms has no record of it: it is deleted" in told(found.systems, "state")


async def test_a_delivery_that_is_no_longer_kept_is_named(house: House) -> None:
    await filled(house)
    async with house.app.database.unit() as conn:
        await inbox.prune(conn, datetime.now(UTC) + timedelta(hours=1))

    assert "delivery 1, which is no longer kept" in told((await why(house, "title")).chain, "observation")


def test_values_are_told_in_few_characters() -> None:
    assert [short(None), short("Tür"), short(["a"])] == ["nothing", '"Tür"', '["a"]']
    assert len(short("x" * 500)) == 60
