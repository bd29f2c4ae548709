"""Medusa's JSON and our documents, there and back; its refusals; its hooks. Nothing is asked of anybody."""

from __future__ import annotations

from typing import Any

import pytest

from replicator.connectors.base import Action, Write
from replicator.connectors.medusa import options, products, taxonomy, variants
from replicator.connectors.medusa.shape import FEATURES
from replicator.connectors.medusa.variants import Level
from replicator.core.document import Value
from replicator.core.marker import Marker

ENTITY = "0192aabb-ccdd-7eef-8123-456789abcdef"
STAMPS = {"created_at": "2026-11-20T23:45:03.269Z", "updated_at": "2026-11-20T23:45:03.269Z", "deleted_at": None}
MARKER = Marker(
    sync_id="sync-1",
    source="directus",
    written_at="2026-11-20T23:45:00Z",
    entity=ENTITY,
    system="medusa",
    generation=1,
    installation="here",
)


def product(**other: object) -> dict[str, Any]:
    """A product as Medusa gives it."""
    color = {"id": "opt_1", "title": "Color", "is_exclusive": True, "metadata": None}
    values = [{"id": f"optval_{n}", "value": value, "rank": None} for n, value in enumerate(("Red", "Blue"))]
    plain = {"title": "Mug", "handle": "mug", "subtitle": None, "description": "A mug", "status": "published"}
    return {
        "id": "prod_1",
        **plain,
        "thumbnail": "https://example.com/m.png",
        "external_id": ENTITY,
        "weight": 300,
        "metadata": {"src": "erp"},
        "options": [{**color, "values": values}, {"id": "opt_2", "title": "Age", "values": []}],
        "tags": [{"id": "ptag_2"}, {"id": "ptag_1"}],
        "images": [{"id": "img_2", "url": "b", "rank": 1}, {"id": "img_1", "url": "a", "rank": 0}],
        "categories": [{"id": "pcat_1"}],
        "variants": [variant()],
        **STAMPS,
        **other,
    }


def variant(**other: object) -> dict[str, Any]:
    """A variant as Medusa gives it."""
    return {
        "id": "variant_1",
        "product_id": "prod_1",
        "title": "Red",
        "sku": "MUG-R",
        "barcode": None,
        "manage_inventory": True,
        "metadata": None,
        "options": [{"id": "optval_0", "value": "Red", "option": {"id": "opt_1", "title": "Color"}}],
        "inventory_items": [{"inventory_item_id": "iitem_1", "required_quantity": 1}],
        "prices": [price("price_1", 19.99, "eur")],
        **STAMPS,
        **other,
    }


def price(price_id: str, amount: float, currency: str, **other: object) -> dict[str, Any]:
    nothing: dict[str, Any] = {"min_quantity": None, "max_quantity": None, "rules": {}}
    return {"id": price_id, "amount": amount, "currency_code": currency, **nothing, **other}


def write(type_name: str, action: Action = Action.UPDATE, **fields: Value) -> Write:
    remote_id = None if action is Action.CREATE else f"{type_name}_1"
    return Write(
        type=type_name,
        action=action,
        entity=ENTITY,
        sync_id="sync-1",
        remote_id=remote_id,
        fields=fields,
        whole=fields,
        marker=MARKER,
    )


def test_a_product_is_read_in_canonical_form() -> None:
    record = products.record(product())

    assert record.fields == {
        "title": "Mug",
        "handle": "mug",
        "subtitle": None,
        "description": "A mug",
        "status": "published",
        "thumbnail": "https://example.com/m.png",
        "images": ["a", "b"],
        "weight": "300",
        "options": [{"title": "Age", "values": []}, {"title": "Color", "values": ["Blue", "Red"]}],
        "categories": ["pcat_1"],
        "tags": ["ptag_1", "ptag_2"],
    }
    assert (record.entity, record.marker, record.missing) == (ENTITY, None, ())
    assert record.version == 1_795_218_303_269


def test_a_key_that_is_not_there_is_named_and_not_null() -> None:
    bare = {name: value for name, value in product().items() if name not in ("subtitle", "categories")}
    poor = {name: value for name, value in variant().items() if name not in ("inventory_items", "prices")}

    assert products.record(bare).missing == ("categories", "subtitle")
    assert variants.record(poor, {}).missing == ("price", "stock")
    assert taxonomy.record("tag", {"id": "ptag_1", **STAMPS}).missing == ("value",)


def test_what_is_deleted_inside_is_not_there() -> None:
    dead = {"id": "img_0", "url": "dead", "rank": 0, "deleted_at": "2026-11-20T23:45:03.269Z"}

    assert products.record(product(images=[dead])).fields == {**(products.record(product()).fields or {}), "images": []}


def test_ids_of_older_bridges_are_references() -> None:
    metadata = {"external_id": 7, "directus_id": "d1", "replicator": MARKER.dump()}
    record = products.record(product(metadata=metadata, external_id="sku-77"))

    assert record.references == {("dummyjson", "product"): "7", ("directus", "product"): "d1"}
    assert (record.entity, record.marker) == (None, MARKER)


def test_a_variant_is_read_with_its_stock_and_prices_of_ours() -> None:
    large = price("price_2", 15, "eur", min_quantity=10)
    region = price("price_3", 21, "eur", rules={"region_id": "reg_1"})
    raw = variant(prices=[large, region, price("price_1", 19.99, "EUR")])
    record = variants.record(raw, {"iitem_1": Level("ilev_1", 7, 1_795_218_999_999)})

    assert record.fields == {
        "product": "prod_1",
        "title": "Red",
        "sku": "MUG-R",
        "barcode": None,
        "options": {"Color": "Red"},
        "price@eur": {"amount": "19.99", "currency": "eur"},
        "stock": 7,
    }
    assert record.version == 1_795_218_999_999
    assert (variants.record(variant(manage_inventory=False), {}).fields or {})["stock"] is None


def test_a_new_variant_reads_as_ours_only_when_its_stock_is_there() -> None:
    body = variants.create_body(write("variant", Action.CREATE, title="Red", stock=7), {"title": "Red", "stock": 7})
    raw = variant(metadata=body["metadata"])
    level = {"iitem_1": Level("ilev_1", 7, 0)}
    without = variants.create_body(write("variant", Action.CREATE, title="Red"), {"title": "Red", "stock": None})

    assert variants.record(raw, {}).marker is None
    assert variants.record(raw, level).marker == MARKER
    assert variants.record(variant(metadata=without["metadata"]), {}).marker == MARKER


def test_an_update_carries_neither_variants_nor_options() -> None:
    fields = {"title": "Cup", "weight": "0.1", "options": [], "images": ["a"], "tags": ["ptag_1"], "categories": []}

    assert products.update_body(write("product"), fields) == {
        "id": "product_1",
        "title": "Cup",
        "weight": 0.1,
        "images": [{"url": "a"}],
        "tags": [{"id": "ptag_1"}],
        "categories": [],
        "metadata": {"replicator": MARKER.dump()},
    }


def test_a_category_is_never_sent_null_and_keeps_what_others_left_there() -> None:
    change = write("category", description=None)
    body = taxonomy.body(change, {"description": None, "active": None}, {"erp": 1, "replicator": {"old": True}})

    assert body == {
        "description": "",
        "is_active": False,
        "metadata": {"erp": 1, "replicator": MARKER.dump()},
    }


def test_prices_that_are_not_ours_are_sent_along() -> None:
    large = price("price_2", 15, "usd", min_quantity=10)
    raw = variant(prices=[price("price_1", 19.99, "eur"), large, price("price_4", 3, "gbp")])
    euros = {"amount": "21.5", "currency": "eur"}
    change = {"price@eur": euros, "price@gbp": None, "price@usd": {"amount": "9", "currency": "usd"}}

    assert variants.update_body(write("variant"), change, raw)["prices"] == [
        {"id": "price_1", "currency_code": "eur", "amount": 21.5},
        {"id": "price_2", "currency_code": "usd", "amount": 15, "min_quantity": 10, "rules": {}},
        {"currency_code": "usd", "amount": 9.0},
    ]
    assert "prices" not in variants.update_body(write("variant"), {"title": "x"}, raw)


def test_options_change_value_by_value_and_never_under_a_variant() -> None:
    wanted = [{"title": "Color", "values": ["Green"]}, {"title": "Size", "values": ["S"]}]
    change = options.change(product(), wanted)

    assert change.held == ("Color: Red",)
    assert change.body == {
        "add": [{"title": "Size", "values": ["S"]}],
        "remove": ["opt_2"],
        "update": [{"product_option_id": "opt_1", "add": [{"value": "Green"}], "remove": ["optval_1"]}],
    }
    assert options.change(product(), options.options_of(product())).body is None


@pytest.mark.parametrize(
    ("type_name", "key", "value", "form"),
    [
        ("product", "weight", "16777217.5", "16777218"),
        ("product", "weight", "0.1", "0.1"),
        ("product", "weight", None, None),
        ("product", "options", None, [{"title": "Default option", "values": ["Default option value"]}]),
        ("product", "options", [{"title": "B", "values": ["b", "a", "b"]}], [{"title": "B", "values": ["a", "b"]}]),
        ("category", "description", None, ""),
        ("category", "parent", None, None),
        ("variant", "options", {}, {"Default option": "Default option value"}),
        ("variant", "price@eur", {"amount": "25.555", "currency": "eur"}, {"amount": "25.555", "currency": "eur"}),
        ("variant", "price@eur", None, None),
        ("product", "images", None, []),
        ("product", "tags", None, []),
    ],
)
def test_normal_forms(type_name: str, key: str, value: Value, form: Value) -> None:
    assert form == FEATURES.types[type_name].normal(key, value)
