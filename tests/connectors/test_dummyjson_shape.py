"""Goal: one of their products becomes our records without loss, without a float, and without stopping the others."""

from __future__ import annotations

from decimal import Decimal

import pytest

from replicator.catalog import CATALOG
from replicator.connectors.dummyjson import shape
from replicator.core.document import canonical, field_name
from replicator.errors import BadAnswer

RAW = {
    "id": 7,
    "title": "Salt & Pepper Mill",
    "description": "Grinds à la carte.",
    "category": "kitchen-accessories",
    "price": Decimal("19.99"),
    "stock": 0,
    "tags": ["mills", "kitchen tools", "mills"],
    "sku": "KIT-SAL-007",
    "weight": 4,
    "dimensions": {"width": Decimal("3.5"), "height": 12, "depth": Decimal("3.25")},
    "meta": {"barcode": "0000000000017", "updatedAt": "2025-04-30T09:41:02.053Z"},
    "images": ["https://cdn.example/baker's/1.webp", "https://cdn.example/baker's/2.webp"],
    "thumbnail": "https://cdn.example/baker's/thumbnail.webp",
}

UNTOLD = shape.Untold(currency="eur", location="Cellar")


def test_a_product_makes_its_parents_first() -> None:
    found = [(record.type, record.remote_id) for record in shape.records(RAW, UNTOLD)]

    assert found == [
        ("category", "kitchen-accessories"),
        ("tag", "kitchen tools"),
        ("tag", "mills"),
        ("stock_location", "Cellar"),
        ("product", "7"),
        ("variant", "7"),
        ("price", "7/eur"),
        ("stock", "7/Cellar"),
    ]


def test_a_category_is_named_after_its_slug() -> None:
    assert shape.category("kitchen-accessories").fields == {
        "name": "Kitchen Accessories",
        "handle": "kitchen-accessories",
        "active": True,
    }


def test_the_product_is_read_whole_and_an_absent_brand_is_null() -> None:
    assert shape.product(RAW).fields == {
        "title": "Salt & Pepper Mill",
        "description": "Grinds à la carte.",
        "status": "published",
        "thumbnail": "https://cdn.example/baker's/thumbnail.webp",
        "images": ["https://cdn.example/baker's/1.webp", "https://cdn.example/baker's/2.webp"],
        "brand": None,
        "weight": "4",
        "width": "3.5",
        "height": "12",
        "length": "3.25",
        "discountable": True,
        "categories": ["kitchen-accessories"],
        "tags": ["kitchen tools", "mills"],
    }
    assert (shape.product({**RAW, "brand": "Acme"}).fields or {})["brand"] == "Acme"


def test_the_variant_is_counted_and_sold_no_further_than_its_stock() -> None:
    assert shape.variant(RAW).fields == {
        "product": "7",
        "title": "Default",
        "sku": "KIT-SAL-007",
        "barcode": "0000000000017",
        "manage_inventory": True,
        "allow_backorder": False,
    }


def test_the_price_is_exact_and_in_the_currency_set() -> None:
    assert shape.price(RAW, UNTOLD).fields == {"variant": "7", "currency": "eur", "amount": "19.99"}


def test_the_stock_lies_at_the_place_set() -> None:
    assert shape.location(UNTOLD).fields == {"name": "Cellar"}
    assert shape.stock(RAW, UNTOLD).fields == {"variant": "7", "location": "Cellar", "quantity": 0}


def test_everything_declared_as_read_is_there_and_in_canonical_form() -> None:
    for record in shape.records(RAW, UNTOLD):
        fields = record.fields or {}

        assert {field_name(key) for key in fields} == shape.FEATURES.types[record.type].reads
        assert {field_name(key) for key in fields} <= set(CATALOG[record.type].fields)
        assert canonical(fields)
        assert record.missing == ()


@pytest.mark.parametrize(
    ("key", "wrong", "type_name", "field"),
    [
        ("title", None, "product", "title"),
        ("tags", "mills", "product", "tags"),
        ("images", [1], "product", "images"),
        ("weight", "heavy", "product", "weight"),
        ("category", 3, "product", "categories"),
        ("dimensions", {"width": 1, "height": 2}, "product", "width"),
        ("price", "19.99", "price", "amount"),
        ("price", Decimal(f"1.{'1' * 50}"), "price", "amount"),
        ("stock", Decimal("1.5"), "stock", "quantity"),
        ("stock", True, "stock", "quantity"),
        ("meta", {}, "variant", "barcode"),
    ],
)
def test_a_misshapen_value_is_told_on_its_record_alone(key: str, wrong: object, type_name: str, field: str) -> None:
    absent = {name: value for name, value in RAW.items() if name != key}
    for raw in (absent, {**RAW, key: wrong}):
        missing = {record.type: record.missing for record in shape.records(raw, UNTOLD)}

        assert missing.pop(type_name) == (field,)
        assert set(missing.values()) == {()}


@pytest.mark.parametrize("body", [None, [], {}, {"products": []}, {"products": [{"title": "x"}], "total": 1}])
def test_what_is_no_list_of_products_is_a_bad_answer(body: object) -> None:
    with pytest.raises(BadAnswer):
        shape.products_of(body)
