"""Goal: a shop says in its settings which fields a system leaves out, calls otherwise or has of its own."""

import pytest

from replicator.sandbox.directus import Directus
from replicator.sandbox.strapi import Strapi
from replicator.sandbox.strapi.types import Attribute
from tests.engine.shop import FROCK, Shop

LEFT_OUT = {"systems": {"strapi": {"types": {"product": {"omit": ["subtitle"]}}}}}
RENAMED = {"systems": {"directus": {"types": {"product": {"fields": {"subtitle": "tagline"}}}}}}
ADDED = {"types": {"product": {"fields": {"care": {"kind": "text", "order": ["directus", "strapi"]}}}}}


def column(shop: Shop, system: str, name: str) -> object:
    """What a column of the frock holds, whatever the catalog calls it."""
    played = shop.world.systems[system]
    if isinstance(played, Strapi):
        (row,) = played.records.tables.holding("product", "handle", FROCK)
        return row.values.get(name)
    assert isinstance(played, Directus)
    (item,) = played.tables.where("products", "handle", FROCK)
    return item.get(name)


@pytest.mark.parametrize("overrides", [LEFT_OUT])
async def test_a_field_that_a_system_leaves_out_is_neither_read_nor_written_there(stocked: Shop) -> None:
    mark = stocked.mark()
    await stocked.people.edit("strapi", "product", FROCK, {"subtitle": "For this site only"})
    await stocked.full_pass()
    untouched = stocked.writes(mark)
    await stocked.people.edit("medusa", "product", FROCK, {"subtitle": "For the rest"})
    await stocked.full_pass()

    assert untouched == []
    assert stocked.everywhere("product", FROCK, "subtitle") == ["For the rest", "For the rest", "For this site only"]


@pytest.mark.parametrize("overrides", [RENAMED])
async def test_a_field_that_a_system_calls_otherwise_is_carried_both_ways(stocked: Shop) -> None:
    await stocked.people.edit("directus", "product", FROCK, {"tagline": "Said by the editors"})
    await stocked.settle()
    told = stocked.everywhere("product", FROCK, "subtitle")
    await stocked.people.edit("strapi", "product", FROCK, {"subtitle": "Said by marketing"})
    await stocked.settle()

    assert (told[0], told[2]) == ("Said by the editors", "Said by the editors")
    assert column(stocked, "directus", "tagline") == "Said by marketing"
    assert column(stocked, "directus", "subtitle") is None


@pytest.mark.parametrize("overrides", [ADDED])
async def test_a_field_of_the_shops_own_is_carried_between_those_that_have_it(shop: Shop) -> None:
    played = shop.world.systems["strapi"]
    assert isinstance(played, Strapi)
    attributes = played.records.types["product"].attributes
    assert isinstance(attributes, dict)
    attributes["care"] = Attribute(kind="text")
    await shop.full_pass("dummyjson")
    await shop.full_pass()
    await shop.people.edit("directus", "product", FROCK, {"care": "Linen"})
    await shop.settle()
    told = column(shop, "strapi", "care")
    mark = shop.mark()
    await shop.people.edit("strapi", "product", FROCK, {"care": "Cotton"})
    await shop.settle()
    await shop.full_pass()

    assert told == "Linen"
    assert column(shop, "directus", "care") == "Cotton"
    assert {name for name, *_ in shop.writes(mark)} == {"directus"}
