"""Goal: what an editor sets up for selling is sold by in the shop, in money and countries that the shop knows."""

from __future__ import annotations

from tests.engine.shop import Shop


async def test_a_region_in_money_made_elsewhere_is_made_in_the_shop_that_knows_it(shop: Shop) -> None:
    await shop.people.create("directus", "currency", {"code": "gbp", "name": "British Pound Sterling"})
    currency = await shop.people.find("directus", "currency", "gbp")
    await shop.people.create("directus", "region", {"name": "Islands", "currency": currency})
    await shop.settle()

    assert shop.shown("medusa", "region")["Islands"]["currency"] == "gbp"
    assert await shop.dead() == []


async def test_money_that_the_shop_does_not_know_is_not_due_there(shop: Shop) -> None:
    await shop.people.create("directus", "currency", {"code": "xyz", "name": "Shells"})
    await shop.settle()

    assert "xyz" in shop.shown("strapi", "currency")
    assert "medusa" not in await shop.owed("currency:xyz")
    assert await shop.dead() == []


async def test_a_country_goes_to_the_region_that_an_editor_gives_it(shop: Shop) -> None:
    await shop.full_pass("medusa")
    euro = await shop.people.find("directus", "currency", "eur")
    await shop.people.create("directus", "region", {"name": "North", "currency": euro})
    north = await shop.people.find("directus", "region", "North")
    await shop.people.create("directus", "country", {"code": "dk", "name": "Denmark", "region": north})
    await shop.settle()

    assert shop.shown("medusa", "country")["dk"]["region"] == "North"
    assert shop.everywhere("country", "dk", "iso_3") == ["dnk"] * 3


async def test_what_a_new_shop_has_reaches_the_others_once_and_then_nothing_moves(shop: Shop) -> None:
    await shop.full_pass("medusa")
    since = shop.mark()
    await shop.full_pass("medusa", "directus", "strapi")

    assert set(shop.shown("strapi", "currency")) == set(shop.shown("directus", "currency")) == {"eur", "usd"}
    assert "Default Shipping Profile" in shop.shown("directus", "shipping_profile")
    assert "Medusa Store" in shop.shown("strapi", "store")
    assert shop.writes(since) == []
    assert await shop.dead() == []
