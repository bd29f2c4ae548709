"""Medusa's JSON and our documents, there and back: products and variants, tags and categories. Nothing is asked of
anybody; the parts are in `test_medusa_parts`.
"""

from __future__ import annotations

import pytest

from replicator.connectors.base import Action
from replicator.connectors.medusa import aggregate, options, products, taxonomy, variants
from replicator.connectors.medusa.raw import FILLED_KEY
from replicator.connectors.medusa.shape import FEATURES
from replicator.core.document import Value
from tests.connectors.medusa_rows import ENTITY, MARKER, product, variant, write

USUAL = {"sales_channels": [{"id": "sc_1"}], "shipping_profile_id": "sp_usual"}


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
        "discountable": True,
        "weight": "300",
        "length": None,
        "width": "0.1",
        "height": None,
        "material": None,
        "origin_country": "de",
        "hs_code": None,
        "mid_code": None,
        "collection": "pcol_1",
        "type": None,
        "shipping_profile": None,
        "categories": ["pcat_1"],
        "tags": ["ptag_1", "ptag_2"],
    }
    assert (record.entity, record.marker, record.missing) == (ENTITY, None, ())
    assert record.version == 1_795_218_303_269


def test_a_key_that_is_not_there_is_named_and_not_null() -> None:
    bare = {name: value for name, value in product().items() if name not in ("subtitle", "categories")}
    poor = {name: value for name, value in variant().items() if name not in ("options", "ean")}

    assert products.record(bare).missing == ("categories", "subtitle")
    assert variants.record(poor).missing == ("ean", "options")
    assert taxonomy.record("tag", {"id": "ptag_1", "updated_at": product()["updated_at"]}).missing == ("value",)


def test_what_is_deleted_is_not_there() -> None:
    dead = {"id": "img_0", "url": "dead", "rank": 0, "deleted_at": "2026-11-20T23:45:03.269Z"}
    dangling = products.record(product(images=[dead], collection=None)).fields

    assert dangling == {**(products.record(product()).fields or {}), "images": [], "collection": None}


def test_ids_of_older_bridges_are_references() -> None:
    metadata = {"external_id": 7, "directus_id": "d1", "replicator": MARKER.dump()}
    record = products.record(product(metadata=metadata, external_id="sku-77"))

    assert record.references == {("dummyjson", "product"): "7", ("directus", "product"): "d1"}
    assert (record.entity, record.marker) == (None, MARKER)


def test_a_shipping_profile_that_we_filled_in_is_nobodys_choice() -> None:
    new = write("product", Action.CREATE)
    made = products.create_body(new, {"title": "Mug", "shipping_profile": None}, USUAL)
    named = products.create_body(new, {"title": "Mug", "shipping_profile": "sp_1"}, USUAL)
    noted = {FILLED_KEY: "sp_usual"}

    assert (made["shipping_profile_id"], named["shipping_profile_id"]) == ("sp_usual", "sp_1")
    assert made["metadata"] == {"replicator": MARKER.dump(), **noted}
    assert named["metadata"] == {"replicator": MARKER.dump()}
    assert made["sales_channels"] == [{"id": "sc_1"}]
    for profile, shown in (("sp_usual", None), ("sp_1", "sp_1")):
        fields = products.record(product(shipping_profile={"id": profile}, metadata=noted)).fields or {}
        assert fields["shipping_profile"] == shown
    chosen = products.update_body(write("product"), {"shipping_profile": "sp_1"})
    assert (chosen["shipping_profile_id"], chosen["metadata"]) == (
        "sp_1",
        {FILLED_KEY: "", "replicator": MARKER.dump()},
    )


def test_a_variant_is_read_without_its_parts() -> None:
    assert variants.record(variant()).fields == {
        "product": "prod_1",
        "title": "Red",
        "sku": "MUG-R",
        "barcode": None,
        "ean": "4006381333931",
        "upc": None,
        "manage_inventory": True,
        "allow_backorder": False,
        "options": ["prod_1/opt_1/optval_0"],
    }


def test_an_update_carries_neither_variants_nor_options() -> None:
    fields: dict[str, Value] = {"title": "Cup", "weight": "0.1", "images": ["a"], "tags": ["ptag_1"], "categories": []}

    assert products.update_body(write("product"), {**fields, "type": None}) == {
        "id": "product_1",
        "title": "Cup",
        "weight": 0.1,
        "images": [{"url": "a"}],
        "tags": [{"id": "ptag_1"}],
        "categories": [],
        "type_id": None,
        "metadata": {"replicator": MARKER.dump()},
    }


def test_an_update_of_a_variant_carries_neither_prices_nor_stock() -> None:
    plain = variants.update_body(write("variant"), {"title": "Cup", "manage_inventory": None}, None)
    choosing = variants.update_body(write("variant"), {}, options.Choice({"Color": "Blue"}))

    assert plain == {
        "id": "variant_1",
        "title": "Cup",
        "manage_inventory": True,
        "metadata": {"replicator": MARKER.dump()},
    }
    assert choosing["options"] == {"Color": "Blue"}


def test_a_new_variant_says_something_of_options_or_nothing() -> None:
    new = write("variant", Action.CREATE)

    assert "options" not in variants.create_body(new, {"title": "Red"}, options.Choice({}))
    assert variants.create_body(new, {}, options.Choice({"Color": "Red"}))["options"] == {"Color": "Red"}
    assert variants.update_body(write("variant"), {}, options.Choice({}))["options"] == {}


def test_a_category_is_never_sent_null_and_keeps_what_others_left_there() -> None:
    change = write("category", description=None)
    body = taxonomy.body(change, {"description": None, "active": None}, {"erp": 1, "replicator": {"old": True}})

    assert body == {
        "description": "",
        "is_active": False,
        "metadata": {"erp": 1, "replicator": MARKER.dump()},
    }


def test_what_somebody_may_just_be_making_is_told_from_the_rest() -> None:
    bare = {**product(), "variants": []}
    unpriced = {**product(), "variants": [variant(prices=[])]}
    ours = {**bare, "metadata": {"replicator": MARKER.dump()}}

    assert [aggregate.half_made(each, 59_000) for each in (bare, unpriced, ours, product())] == [
        True,
        True,
        False,
        False,
    ]
    assert not aggregate.half_made(bare, 61_000)


@pytest.mark.parametrize(
    ("type_name", "key", "value", "form"),
    [
        ("product", "weight", "16777217.5", "16777218"),
        ("product", "height", "0.1", "0.1"),
        ("product", "weight", None, None),
        ("product", "images", None, []),
        ("product", "tags", None, []),
        ("product", "status", None, "draft"),
        ("product", "discountable", None, True),
        ("category", "description", None, ""),
        ("category", "parent", None, None),
        ("variant", "manage_inventory", None, True),
        ("variant", "allow_backorder", None, False),
        ("variant", "sku", None, None),
        ("price", "amount", "25.555", "25.555"),
        ("price", "amount", "0.10000000000000000001", "0.1"),
        ("price", "currency", "EUR", "eur"),
        ("price", "min_quantity", None, None),
        ("metafield", "value", "", None),
        ("metafield", "value", {"a": ""}, {"a": ""}),
        ("metafield", "key", "care", "care"),
    ],
)
def test_normal_forms(type_name: str, key: str, value: Value, form: Value) -> None:
    assert form == FEATURES.types[type_name].normal(key, value)
