"""Goal: the made-up catalogue has the shape of the real one and everything in it that bites an importer."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from replicator.sandbox.catalogue import Product, cent_short, generated, loaded

REAL_FILE = Path(__file__).parents[3] / "shared" / "data" / "dummyjson-products.json"
UNBRANDED = {
    *("groceries", "home-decoration", "kitchen-accessories", "sports-accessories", "tops", "womens-dresses"),
    "womens-jewellery",
}

SEEDS = pytest.mark.parametrize("catalogue", [generated(seed) for seed in range(5)])


def slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def oddities(catalogue: list[Product]) -> dict[str, object]:
    """What can be counted alike in the made-up and in the real data."""
    titles = Counter(product["title"] for product in catalogue)
    slugs = Counter(slug(product["title"]) for product in catalogue)
    return {
        "products": len(catalogue),
        "categories": Counter(product["category"] for product in catalogue),
        "ids": [product["id"] for product in catalogue],
        "same title": sorted(titles.values())[-2:],
        "same slug": sorted(slugs.values())[-3:],
        "no brand": {product["category"] for product in catalogue if "brand" not in product},
        "brand elsewhere": {product["category"] for product in catalogue if "brand" in product} & UNBRANDED,
        "a cent short": sum(cent_short(product["price"]) for product in catalogue),
        "in 99": sum(str(product["price"]).endswith(".99") for product in catalogue),
        "out of stock": sum(product["stock"] == 0 for product in catalogue),
        "order above stock": sum(product["minimumOrderQuantity"] > product["stock"] for product in catalogue),
        "skus": len({product["sku"] for product in catalogue}),
        "barcodes": len({product["meta"]["barcode"] for product in catalogue}),
        "accents": sum("é" in product["description"] for product in catalogue),
        "updated": len({product["meta"]["updatedAt"][:10] for product in catalogue}),
        "keys": sorted({tuple(key for key in product if key != "brand") for product in catalogue}),
    }


@SEEDS
def test_the_oddities_are_there_in_the_real_counts(catalogue: list[Product]) -> None:
    found = oddities(catalogue)

    assert found["products"] == 194
    assert len(found["categories"]) == 24  # type: ignore[arg-type]  # it is a Counter
    assert found["same title"] == [1, 2]
    assert found["same slug"] == [1, 2, 2]
    assert found["no brand"] == UNBRANDED
    assert (found["a cent short"], found["in 99"], found["out of stock"], found["order above stock"]) == (
        20,
        186,
        4,
        21,
    )


@SEEDS
def test_titles_and_addresses_hold_what_must_be_escaped(catalogue: list[Product]) -> None:
    assert any("&" in product["title"] for product in catalogue)
    assert any("'" in url for product in catalogue for url in product["images"])
    assert all(product["title"].isascii() and 3 <= len(product["title"]) <= 41 for product in catalogue)
    assert any(" " in tag for product in catalogue for tag in product["tags"])


@SEEDS
def test_the_equal_titles_are_in_different_categories(catalogue: list[Product]) -> None:
    counts = Counter(product["title"] for product in catalogue)
    twins = [product for product in catalogue if counts[product["title"]] > 1]

    assert [product["category"] for product in twins] == ["mens-watches", "womens-watches"]


def test_the_same_seed_gives_the_same_catalogue_and_another_seed_another() -> None:
    assert generated(3) == generated(3)
    assert generated(3) != generated(4)


@pytest.mark.skipif(not REAL_FILE.exists(), reason="the real data file is not beside this checkout")
def test_it_counts_as_the_real_catalogue_does() -> None:
    assert oddities(generated(0)) == oddities(loaded(REAL_FILE))


@pytest.mark.parametrize("raw", ["{}", "[1]", '[{"title": "no id"}]'])
def test_a_file_of_another_shape_is_refused(raw: str, tmp_path: Path) -> None:
    path = tmp_path / "products.json"
    path.write_text(raw)

    with pytest.raises(ValueError, match="no DummyJSON catalogue"):
        loaded(path)


def test_a_file_in_the_envelope_of_the_service_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "products.json"
    path.write_text(json.dumps({"products": generated(0)}))

    assert loaded(path) == generated(0)
