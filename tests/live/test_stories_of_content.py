"""Goal: all that belongs to a product travels between the real systems: category, images, price, stock; and a source.

Each story ends with three full passes in which no system receives a write.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from replicator.sandbox.catalogue import generated
from tests.live.story import SHOPS, Story
from tests.live.telling import Terms

IMPORTED = (1, 95, 98, 162, 166, 190)  # 98 and 190 have the same title
FRONT, BACK = "https://images.example/front.png", "https://images.example/back.png"
IMAGES: Mapping[str, Any] = {
    "medusa": [{"url": BACK}, {"url": FRONT}],
    "directus": [BACK, FRONT],
    "strapi": [BACK, FRONT],
}
PUT_INTO: Mapping[str, Callable[[str], Any]] = {
    "medusa": lambda category: [{"id": category}],
    "directus": lambda category: [{"categories_id": category}],
    "strapi": lambda category: {"connect": [{"documentId": category}]},
}


@pytest.fixture
def terms(tmp_path: Path) -> Terms:
    """A source that offers some of the made-up catalogue, and nothing before it is asked."""
    file = tmp_path / "products.json"
    file.write_text(json.dumps({"products": [], "total": 0, "skip": 0, "limit": 0}))
    return Terms(source=file)


async def test_a_catalogue_is_imported_into_all_of_them(story: Story, terms: Terms) -> None:
    assert terms.source is not None
    offered = [each for each in generated() if each["id"] in IMPORTED]
    offer = {"products": offered, "total": len(offered), "skip": 0, "limit": len(offered)}
    terms.source.write_text(json.dumps(offer, default=float))
    await story.settled()
    shown = [await story.shown(system) for system in SHOPS]

    assert [sum(name == "product" for name, _ in each) for each in shown] == [len(IMPORTED)] * 3
    assert [sum(name == "variant" for name, _ in each) for each in shown] == [len(IMPORTED)] * 3


@pytest.mark.parametrize("system", SHOPS)
async def test_a_product_is_put_into_a_category(stocked: Story, system: str) -> None:
    category = await stocked.create(system, "category", {"name": "Shirts", "handle": "shirts", "active": True})
    await stocked.edit(system, "product", "linen-shirt", {"categories": PUT_INTO[system](category)})
    await stocked.settled()

    assert await stocked.everywhere("product", "linen-shirt", "categories") == [["shirts"]] * 3


@pytest.mark.parametrize("system", SHOPS)
async def test_a_product_gets_other_images(stocked: Story, system: str) -> None:
    await stocked.edit(system, "product", "linen-shirt", {"images": IMAGES[system]})
    await stocked.settled()

    assert await stocked.everywhere("product", "linen-shirt", "images") == [[BACK, FRONT]] * 3


@pytest.mark.parametrize("system", SHOPS)
async def test_a_variant_gets_another_price(stocked: Story, system: str) -> None:
    if system == "medusa":
        await stocked.edit(system, "variant", "LIN-S", {"prices": [{"currency_code": "usd", "amount": 30.5}]})
    else:
        await stocked.edit_part(system, "price", "LIN-S", {"amount": 30.5})
    await stocked.settled()

    assert await stocked.of_parts("price", "LIN-S", "amount") == ["30.5"] * 3


@pytest.mark.parametrize("system", SHOPS)
async def test_stock_is_counted_anew(stocked: Story, system: str) -> None:
    await stocked.count_stock(system, "LIN-S", 7)
    await stocked.settled()

    assert await stocked.of_parts("stock", "LIN-S", "quantity") == [7] * 3
