"""Strapi's JSON and our documents, there and back, without a wire."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from replicator.connectors.base import Action, Record, Write
from replicator.connectors.strapi import Layout, features
from replicator.connectors.strapi.shape import asking, body, record
from replicator.core.document import Value
from replicator.core.marker import Marker
from replicator.errors import BadAnswer

LAYOUT = Layout()


MARKER = Marker(
    sync_id="s1",
    source="medusa",
    written_at="2026-11-20T23:22:00.889Z",
    entity="e1",
    system="strapi",
    generation=1,
    installation="shop",
)


PRODUCT: dict[str, Any] = {
    "id": 1,
    "documentId": "g5cj4ipqmclwsdfxeuun120o",
    "title": "Shirt",
    "handle": "shirt",
    "subtitle": None,
    "description": "Blue",
    "status_code": "published",
    "thumbnail": None,
    "images": ["https://images.example/b.png", "https://images.example/a.png"],
    "brand": "Acme",
    "discountable": True,
    "weight": Decimal("1.50"),
    **dict.fromkeys(("length", "width", "height", "material", "origin_country", "hs_code", "mid_code")),
    "collection": {"id": 4, "documentId": "c1", "entity_id": None},
    "type": None,
    "shipping_profile": None,
    "entity_id": "e1",
    "medusa_id": "prod_1",
    "sync": MARKER.dump(),
    "createdAt": "2026-11-20T23:22:00.889Z",
    "updatedAt": "2026-11-20T23:22:00.889Z",
    "publishedAt": "2026-11-20T23:22:00.838Z",
    "categories": [{"id": 2, "documentId": "d2", "entity_id": "e3"}, {"id": 1, "documentId": "d1", "entity_id": None}],
    "tags": [],
}


VARIANT: dict[str, Any] = {
    **{name: PRODUCT[name] for name in ("id", "entity_id", "medusa_id", "sync", "createdAt", "updatedAt")},
    "documentId": "v1",
    "title": "S",
    "sku": "SKU-1",
    **dict.fromkeys(("barcode", "ean", "upc")),
    "manage_inventory": True,
    "allow_backorder": False,
    "option_values": [{"id": 1, "documentId": "o1", "entity_id": None}],
    "product": {"id": 1, "documentId": "g5cj4ipqmclwsdfxeuun120o", "entity_id": "e1"},
}


AT = {name: PRODUCT[name] for name in ("id", "documentId", "entity_id", "medusa_id", "sync", "createdAt", "updatedAt")}
STOCK: dict[str, Any] = {**AT, "variant": {"documentId": "v1"}, "location": {"documentId": "l1"}, "quantity": 3}
METAFIELD: dict[str, Any] = {**AT, "product": {"documentId": "p1"}, "key": "care", "value": {"wash": 30}}
SHIPPING: dict[str, Any] = {
    **AT,
    **dict.fromkeys(("name", "type_code", "description", "price_type", "profile", "provider")),
    "prices": {"usd": "4.90", "eur": Decimal("8.5")},
}
RAW = {"product": PRODUCT, "variant": VARIANT, "stock": STOCK, "metafield": METAFIELD, "shipping_option": SHIPPING}


def write(type_name: str, fields: Mapping[str, Value], **more: Any) -> Write:  # noqa: ANN401  (any field of a Write)
    told = {"entity": "e1", "sync_id": "s1", "whole": fields, "marker": MARKER, "action": Action.UPDATE, **more}
    return Write(type=type_name, fields=fields, **told)


def test_a_product_as_it_is_answered() -> None:
    assert record(LAYOUT, "product", PRODUCT) == Record(
        type="product",
        remote_id="g5cj4ipqmclwsdfxeuun120o",
        fields={
            "title": "Shirt",
            "handle": "shirt",
            "subtitle": None,
            "description": "Blue",
            "status": "published",
            "thumbnail": None,
            "images": ["https://images.example/b.png", "https://images.example/a.png"],
            "brand": "Acme",
            "discountable": True,
            "weight": "1.5",
            **dict.fromkeys(("length", "width", "height", "material", "origin_country", "hs_code", "mid_code")),
            "collection": "c1",
            "type": None,
            "shipping_profile": None,
            "categories": ["d1", "d2"],
            "tags": [],
        },
        version=1795216920889,
        marker=MARKER,
        references={("medusa", "product"): "prod_1"},
        entity="e1",
    )


def test_a_variant_refers_to_its_options_and_its_stock_to_it() -> None:
    assert record(LAYOUT, "variant", VARIANT).fields == {
        "product": "g5cj4ipqmclwsdfxeuun120o",
        "title": "S",
        "sku": "SKU-1",
        "barcode": None,
        "ean": None,
        "upc": None,
        "manage_inventory": True,
        "allow_backorder": False,
        "options": ["o1"],
    }
    assert record(LAYOUT, "stock", STOCK).fields == {"variant": "v1", "location": "l1", "quantity": 3}


def test_an_amount_has_a_key_for_each_currency() -> None:
    fields = record(LAYOUT, "shipping_option", SHIPPING).fields or {}

    assert {key: value for key, value in fields.items() if value is not None} == {
        "price@usd": {"amount": "4.9", "currency": "usd"},
        "price@eur": {"amount": "8.5", "currency": "eur"},
    }


@pytest.mark.parametrize(
    ("type_name", "change", "missing"),
    [
        ("product", {"brand": ...}, ("brand",)),
        ("product", {"categories": ...}, ("categories",)),  # not populated, or no right to
        ("product", {"categories": {"count": 2}}, ("categories",)),
        ("product", {"sync": ...}, ("sync",)),
        ("product", {"title": 7}, ("title",)),
        ("product", {"images": [{"url": "x"}]}, ("images",)),
        ("product", {"weight": "heavy"}, ("weight",)),
        ("product", {"weight": True}, ("weight",)),
        ("stock", {"quantity": Decimal("1.5")}, ("quantity",)),
        ("shipping_option", {"prices": {"usd": "cheap"}}, ("price",)),
        ("shipping_option", {"prices": ["9.99"]}, ("price",)),
        ("shipping_option", {"prices": ...}, ("price",)),
        ("variant", {"product": "not populated"}, ("product",)),
    ],
)
def test_what_is_not_there_or_not_of_its_kind_is_named(
    type_name: str, change: Mapping[str, object], missing: tuple[str, ...]
) -> None:
    raw = {**RAW[type_name], **change}
    found = record(LAYOUT, type_name, {name: value for name, value in raw.items() if value is not ...})

    assert found.missing == missing
    assert found.fields is not None
    assert not {key for key in found.fields if key.partition("@")[0] in missing}


@pytest.mark.parametrize(
    ("type_name", "name", "raw", "value"),
    [
        ("stock", "quantity", "12345678901", 12345678901),  # a biginteger comes as a string
        ("stock", "quantity", None, None),
        ("metafield", "value", {"wash": Decimal("1.5")}, {"wash": "1.5"}),
        ("variant", "product", None, None),
    ],
)
def test_other_forms_of_a_value(type_name: str, name: str, raw: object, value: Value) -> None:
    fields = record(LAYOUT, type_name, {**RAW[type_name], LAYOUT.attribute(type_name, name): raw}).fields

    assert fields is not None
    assert fields[name] == value


def test_null_amounts_are_no_keys_and_null_images_no_images() -> None:
    option = record(LAYOUT, "shipping_option", {**SHIPPING, "prices": {"usd": None}})
    product = record(LAYOUT, "product", {**PRODUCT, "images": None})

    assert option.fields is not None
    assert not [key for key in option.fields if key.startswith("price@")]
    assert (option.missing, product.fields and product.fields["images"]) == ((), [])


@pytest.mark.parametrize("raw", [None, [], {"id": 1}, {"documentId": "d", "updatedAt": "soon"}])
def test_what_is_no_document_is_a_bad_answer(raw: object) -> None:
    with pytest.raises(BadAnswer):
        record(LAYOUT, "tag", raw)


def test_a_write_names_the_entity_the_marker_and_only_what_changes() -> None:
    change = write("product", {"title": "New", "weight": "1.5", "categories": ["d2"]}, remote_id="d")

    assert body(LAYOUT, change, change.fields) == {
        "data": {
            "entity_id": "e1",
            "sync": MARKER.dump(),
            "title": "New",
            "weight": Decimal("1.5"),
            "categories": ["d2"],
        }
    }


def test_one_amount_is_written_with_all_the_others() -> None:
    dollars, euros = ({"amount": "9.99", "currency": "usd"}, {"amount": "8", "currency": "eur"})
    whole = {"price@usd": {"amount": "1", "currency": "usd"}, "price@eur": euros, "price@gbp": None, "name": "S"}
    change = write("shipping_option", {"price@usd": dollars}, whole=whole)
    last = write("shipping_option", {"price@eur": None}, whole={"price@eur": None})

    assert body(LAYOUT, change, change.fields)["data"] == {
        "entity_id": "e1",
        "sync": MARKER.dump(),
        "prices": {"usd": "9.99", "eur": "8"},
    }
    assert body(LAYOUT, last, last.fields)["data"] == {"entity_id": "e1", "sync": MARKER.dump(), "prices": {}}


def test_the_companion_is_told_the_sync_id_and_believed_only_with_our_name() -> None:
    layout = Layout(writer="api-token:replicator")
    change = write("tag", {"value": "t"})
    raw = {"documentId": "d", "updatedAt": "2026-11-20T23:22:00Z", "value": "t", "sync": None, "entity_id": None}
    ours = record(layout, "tag", {**raw, "last_writer": "api-token:replicator", "write_id": "s1"})
    stale = record(layout, "tag", {**raw, "last_writer": "admin:a@example.test", "write_id": "s1"})

    assert body(layout, change, change.fields)["data"] == {
        "entity_id": "e1",
        "sync": MARKER.dump(),
        "write_id": "s1",
        "value": "t",
    }
    assert ours.attribution is not None
    assert ours.attribution.sync_id == "s1"
    assert stale.attribution is not None
    assert (stale.attribution.sync_id, stale.attribution.author) == (None, "admin:a@example.test")
    assert record(layout, "tag", raw).missing == ("last_writer", "write_id")


def test_names_can_be_a_shops_own() -> None:
    layout = Layout(
        plurals={"product": "articles", "tag": "buzzwords"},
        attributes={"product": {"title": "headline"}, "tag": {"value": "word"}},
        omitted={"product": frozenset({"brand", "material"})},
    )
    raw = {**PRODUCT, "headline": "Shirt", "status": "draft"}
    found = record(
        layout, "product", {name: value for name, value in raw.items() if name not in ("brand", "material", "title")}
    )

    assert found.missing == ()
    assert found.fields is not None
    assert (found.fields["title"], found.fields["status"]) == ("Shirt", "draft")
    assert not {"brand", "material", "categories", "collection"} & set(found.fields)
    assert (layout.path("product", "d"), layout.type_of("article")) == ("/api/articles/d", "product")
    assert asking(layout, "product") == [("populate[tags][fields][0]", "entity_id")]
    assert list(features(layout).listings) == ["changes", "tag", "product"]
