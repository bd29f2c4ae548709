"""A part is named by its whole: the same price of the same variant is one entity, whichever system is read first."""

from replicator.log import dossiers
from tests.web.shelf import House


def fill(house: House, system: str, prefix: str) -> None:
    shelf = house.cms if system == "cms" else house.shop
    shelf.put("product", f"{prefix}p", title="Mug", handle="mug")
    shelf.put("option", f"{prefix}o", product=f"{prefix}p", title="Size")
    for size in ("S", "M"):
        shelf.put("option_value", f"{prefix}{size}", option=f"{prefix}o", value=size)
        shelf.put("variant", f"{prefix}v{size}", product=f"{prefix}p", sku=f"MUG-{size}", options=[f"{prefix}{size}"])
        for currency in ("usd", "eur"):
            shelf.put("price", f"{prefix}{size}{currency}", variant=f"{prefix}v{size}", currency=currency, amount="9.5")


async def owners(house: House, system: str) -> dict[tuple[str, str], str]:
    shelf = house.cms if system == "cms" else house.shop
    keys = [(system, kind, remote_id) for kind, remote_id in shelf.records]
    async with house.app.database.look() as conn:
        found = await dossiers.by_remote(conn, keys)
    return {(kind, remote_id[1:]): entity for (_, kind, remote_id), entity in found.items()}


async def test_two_full_systems_are_matched_down_to_the_parts_of_parts(house: House) -> None:
    fill(house, "cms", "c")
    fill(house, "shop", "s")
    await house.take_in("cms")
    await house.take_in("shop")

    of_cms, of_shop = await owners(house, "cms"), await owners(house, "shop")
    assert of_cms == of_shop
    assert len(set(of_cms.values())) == len(house.cms.records)


async def test_the_same_word_under_another_whole_is_another_record(house: House) -> None:
    fill(house, "cms", "c")
    house.shop.put("product", "sp", title="Cup", handle="cup")
    house.shop.put("option", "so", product="sp", title="Size")
    await house.take_in("cms")
    await house.take_in("shop")

    assert (await owners(house, "shop"))["option", "o"] != (await owners(house, "cms"))["option", "o"]


async def test_a_deleted_whole_takes_the_parts_of_its_parts_along(house: House) -> None:
    fill(house, "cms", "c")
    await house.take_in("cms")
    before = await owners(house, "cms")
    for kind, remote_id in list(house.cms.records):
        if kind == "product":
            del house.cms.records[kind, remote_id]
    await house.take_in("cms")

    async with house.app.database.look() as conn:
        states = await dossiers.load(conn, sorted(before.values()), lock=False)
    assert [state.type for state, _ in states.values() if state.exists] == []
