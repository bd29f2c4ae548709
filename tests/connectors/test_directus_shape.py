"""Directus' rows are documents, there and back: without a server."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicator.catalog import CATALOG
from replicator.connectors.base import Action, Attribution, Write
from replicator.connectors.directus import Layout, shape, wanted
from replicator.core.document import Document, Value, decimal
from replicator.core.marker import Marker
from replicator.core.schema import Field as SchemaField
from replicator.core.schema import Kind, entity_type
from replicator.errors import BadAnswer

LAYOUT = Layout()
MARKER = Marker(
    sync_id="s-1",
    source="medusa",
    written_at="2026-01-02T03:04:05.678Z",
    entity="e-1",
    system="directus",
    generation=1,
    installation="here",
)
PRODUCT_ROW: dict[str, Any] = {
    "id": "p-1",
    "title": "Mascara",
    "handle": "mascara",
    "subtitle": None,
    "description": "Black.",
    "status": "published",
    "thumbnail": None,
    "images": ["https://images.example/b.png", "https://images.example/a.png"],
    "brand": "Essence",
    "weight": "4.000000",
    "options": [{"title": "Size", "values": ["S"]}],
    "categories": [{"id": 7, "categories_id": "c-2"}, {"id": 3, "categories_id": "c-1"}],
    "tags": [{"id": 1, "tags_id": "t-1"}, {"id": 2, "tags_id": "t-1"}, {"id": 4, "tags_id": None}],
    "sync": MARKER.dump(),
    "medusa_id": "prod_01",
    "date_created": "2026-11-20T23:26:15.260Z",
    "date_updated": None,
    "user_created": "u-ours",
    "user_updated": None,
}


def variant_row(**columns: object) -> dict[str, object]:
    columns = {"prices": {"usd": "9.99"}, "stock": 7, **columns}
    plain = {"id": "v-1", "product": "p-1", "title": "S", "sku": "A", "barcode": None, "options": {"Size": "S"}}
    return {**plain, **columns}


def create(type_name: str, fields: Document, marker: Marker | None = None) -> Write:
    create_, entity, sync_id = Action.CREATE, "e-1", "s-1"
    return Write(
        type=type_name, action=create_, entity=entity, sync_id=sync_id, fields=fields, whole=fields, marker=marker
    )


def update(type_name: str, fields: Document, remote_id: str, whole: Document | None = None) -> Write:
    made = create(type_name, fields)
    return replace(made, action=Action.UPDATE, remote_id=remote_id, whole=fields if whole is None else whole)


def test_a_row_is_read_whole() -> None:
    record = shape.record(LAYOUT, "product", PRODUCT_ROW, "u-ours")

    assert record.fields == {
        "title": "Mascara",
        "handle": "mascara",
        "subtitle": None,
        "description": "Black.",
        "status": "published",
        "thumbnail": None,
        "images": ["https://images.example/b.png", "https://images.example/a.png"],
        "brand": "Essence",
        "weight": "4",
        "options": [{"title": "Size", "values": ["S"]}],
        "categories": ["c-1", "c-2"],
        "tags": ["t-1"],
    }
    assert record.missing == ()
    assert record.marker == MARKER
    assert record.attribution is None
    assert record.references == {("medusa", "product"): "prod_01"}
    assert record.version == 1795217175260


def test_the_version_is_the_later_of_both_dates_and_columns_without_a_zone_hold_utc() -> None:
    row = {**PRODUCT_ROW, "date_updated": "2026-11-20T23:26:16.260"}

    assert shape.version(row) == 1795217176260
    assert shape.version({"date_created": "whenever"}) == 0


def test_the_last_writer_is_named_where_it_is_not_us() -> None:
    row = {**PRODUCT_ROW, "user_updated": "u-paula"}

    assert shape.record(LAYOUT, "product", row, "u-ours").attribution == Attribution(author="u-paula")
    assert shape.record(LAYOUT, "product", row, None).attribution is None


def test_prices_are_keyed_by_currency_and_a_null_price_is_none() -> None:
    row = variant_row(prices={"usd": "9.90", "EUR": Decimal("8.5"), "gbp": None})
    fields = shape.record(LAYOUT, "variant", row, None).fields

    assert fields is not None
    assert {key: value for key, value in fields.items() if "@" in key} == {
        "price@usd": {"amount": "9.9", "currency": "usd"},
        "price@eur": {"amount": "8.5", "currency": "eur"},
    }


@pytest.mark.parametrize(
    ("column", "raw", "field"),
    [
        ("prices", {"usd": "cheap"}, "price"),
        ("prices", ["9.99"], "price"),
        ("prices", {"usd": True}, "price"),
        ("stock", "seven", "stock"),
        ("stock", True, "stock"),
        ("title", {"de": "S"}, "title"),
    ],
)
def test_what_cannot_be_read_is_missing_and_never_null(column: str, raw: object, field: str) -> None:
    record = shape.record(LAYOUT, "variant", variant_row(**{column: raw}), None)

    assert record.missing == (field,)
    assert record.fields is not None
    assert field not in record.fields


def test_a_row_without_its_columns_names_them() -> None:
    row = {name: value for name, value in PRODUCT_ROW.items() if name not in ("brand", "tags")}

    assert shape.record(LAYOUT, "product", row, None).missing == ("brand", "tags")


def test_a_row_without_an_id_is_no_answer() -> None:
    with pytest.raises(BadAnswer, match="products"):
        shape.record(LAYOUT, "product", {"title": "x"}, None)


def test_fractions_typed_into_json_are_kept_exactly_as_text() -> None:
    fields = shape.record(LAYOUT, "variant", variant_row(options={"Width": Decimal("1.50")}), None).fields

    assert fields is not None
    assert fields["options"] == {"Width": "1.5"}


def test_a_create_carries_our_id_and_the_marker() -> None:
    fields: dict[str, Value] = {"value": "red"}

    assert shape.body(LAYOUT, create("tag", fields, MARKER), {}) == {
        "id": "e-1",
        "value": "red",
        "sync": MARKER.dump(),
    }


def test_of_links_only_the_differences_are_sent() -> None:
    links = shape.links(LAYOUT, "product", PRODUCT_ROW)
    change = update("product", {"categories": ["c-1", "c-9"]}, "p-1")

    assert shape.body(LAYOUT, change, links) == {
        "id": "p-1",
        "categories": {"create": [{"categories_id": "c-9"}], "update": [], "delete": [7]},
    }


def test_a_doubled_link_and_one_to_nothing_are_taken_away() -> None:
    links = shape.links(LAYOUT, "product", PRODUCT_ROW)
    change = update("product", {"tags": ["t-1"]}, "p-1")
    sent: Any = shape.body(LAYOUT, change, links)["tags"]

    assert (sent["create"], sorted(sent["delete"])) == ([], [2, 4])


def test_prices_are_written_whole() -> None:
    whole: dict[str, Value] = {
        "sku": "A",
        "price@usd": {"amount": "10", "currency": "usd"},
        "price@eur": {"amount": "9.5", "currency": "eur"},
        "price@gbp": None,
    }
    change = update("variant", {"price@usd": whole["price@usd"]}, "v-1", whole)

    assert shape.body(LAYOUT, change, {}) == {"id": "v-1", "prices": {"eur": "9.5", "usd": "10"}}


plain_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(
    st.fixed_dictionaries(
        {
            "title": plain_text | st.none(),
            "stock": st.integers(-(2**31) + 1, 2**31 - 1) | st.none(),
            "options": st.dictionaries(plain_text, plain_text, max_size=3),
            "price@usd": st.decimals("0", "1e9", places=4).map(
                lambda amount: {"amount": decimal(amount), "currency": "usd"}
            ),
        }
    )
)
def test_what_is_written_is_read(fields: dict[str, Any]) -> None:
    sent = shape.body(LAYOUT, create("variant", fields), {})
    read = shape.record(LAYOUT, "variant", {**variant_row(), **sent}, None)

    assert read.fields is not None
    assert {key: read.fields[key] for key in fields} == fields


@pytest.mark.parametrize(
    ("value", "kept"),
    [("12.345", "12.345"), ("0.0000005", "0.000001"), ("-0.0000005", "-0.000001"), ("1.00000049", "1"), (None, None)],
)
def test_decimals_are_rounded_as_postgres_does(value: str | None, kept: str | None) -> None:
    assert shape.features(LAYOUT).types["product"].normal("weight", value) == kept


def test_a_shop_of_its_own_names_is_carried() -> None:
    schema = entity_type(
        "article", [SchemaField(name="name"), SchemaField(name="size", kind=Kind.DECIMAL)], key=("name",)
    )
    layout = Layout(types={"article": schema}, collections={"article": "items"}, columns={"article": {"name": "label"}})
    record = shape.record(layout, "article", {"id": 5, "label": "Hat", "size": "1.50"}, None)

    assert (record.remote_id, record.fields) == ("5", {"name": "Hat", "size": "1.5"})
    assert shape.body(layout, create("article", {"name": "Cap"}), {}) == {"id": "e-1", "label": "Cap"}
    assert [each["collection"] for each in wanted.collections(layout)] == ["items"]


def test_every_field_of_the_catalog_is_provisioned() -> None:
    made = {each["collection"]: {field["field"] for field in each["fields"]} for each in wanted.collections(LAYOUT)}

    for name, schema in CATALOG.items():
        assert {LAYOUT.column(name, field) for field in schema.fields} <= made[LAYOUT.collections[name]]
    assert [each["schema"]["on_delete"] for each in wanted.relations(LAYOUT) if each["collection"] == "variants"] == [
        "CASCADE"
    ]


def test_a_shop_may_leave_fields_out_even_the_one_that_makes_a_part() -> None:
    schema = CATALOG["variant"]
    kept = {name: each for name, each in schema.fields.items() if name != "product"}
    features = shape.features(Layout(types={**CATALOG, "variant": replace(schema, fields=kept)}))

    assert "product" not in features.types["variant"].reads
    assert features.types["product"].cascades == ()


@pytest.mark.parametrize(
    ("ours", "fitting", "unfit"),
    [
        ("text", "string", "json"),
        ("string", "text", "integer"),
        ("uuid", "string", "integer"),
        ("decimal", "float", "text"),
    ],
)
def test_a_column_that_is_there_is_judged_by_what_it_can_hold(ours: str, fitting: str, unfit: str) -> None:
    assert wanted.fits({"type": ours}, {"type": fitting})
    assert not wanted.fits({"type": ours}, {"type": unfit})
