"""Goal: a part that a system names by its natural key is followed when that key changes: it is the same one there, and
nobody takes the old name for deleted.
"""

from typing import Any

import httpx

from replicator.sandbox.world import World
from tests.engine.shop import FROCK, FROCK_SKU, Shop

PASSES = 3


async def directus(world: World, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - any JSON
    """What a person does in Directus."""
    system = world.systems["directus"]
    headers = {"authorization": f"Bearer {system.access['person_token']}"}
    transport = httpx.ASGITransport(app=system.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://directus", headers=headers) as http:
        answer = await http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json()["data"]


async def one(world: World, collection: str, field: str, value: str) -> str:
    (found,) = await directus(world, "GET", f"/items/{collection}?filter[{field}][_eq]={value}&fields=id")
    return str(found["id"])


async def test_a_price_in_another_currency_is_the_same_price(stocked: Shop) -> None:
    variant = await one(stocked.world, "variants", "sku", FROCK_SKU)
    price = await one(stocked.world, "prices", "variant", variant)
    mark = stocked.mark()
    await directus(stocked.world, "PATCH", f"/items/prices/{price}", {"currency": "eur"})
    await stocked.settle()
    for _ in range(PASSES):
        await stocked.full_pass()
    prices = stocked.shown("medusa", "price")

    assert f"{FROCK_SKU} / eur" in prices
    assert f"{FROCK_SKU} / usd" not in prices
    assert f"{FROCK_SKU} / eur" in stocked.shown("directus", "price")
    assert [each for each in stocked.writes(mark) if each[:2] == ("directus", "price")] == []
    assert await stocked.dead() == []


async def test_a_metafield_under_another_key_is_the_same_metafield(stocked: Shop) -> None:
    product = await one(stocked.world, "products", "handle", FROCK)
    new = {"product": product, "key": "care", "value": {"wash": 30}}
    made = await directus(stocked.world, "POST", "/items/metafields", new)
    await stocked.full_pass()
    mark = stocked.mark()
    await directus(stocked.world, "PATCH", f"/items/metafields/{made['id']}", {"key": "caring"})
    await stocked.settle()
    for _ in range(PASSES):
        await stocked.full_pass()

    assert {key: each["value"] for key, each in stocked.shown("medusa", "metafield").items()} == {
        f"{FROCK} / caring": {"wash": 30}
    }
    assert list(stocked.shown("directus", "metafield")) == [f"{FROCK} / caring"]
    assert [each for each in stocked.writes(mark) if each[:2] == ("directus", "metafield")] == []
    assert (await stocked.open_work())["inbox"] == {}
