"""Directus' rows are documents, there and back: without a server."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicator.connectors.base import Action, Attribution, Write
from replicator.connectors.directus import Layout, shape
from replicator.core.document import Document, Value, decimal
from replicator.core.marker import Marker
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
    "discountable": True,
    "weight": "4.000000",
    **dict.fromkeys(("length", "width", "height", "material", "origin_country", "hs_code", "mid_code")),
    "collection": "l-1",
    "type": None,
    "shipping_profile": None,
    "categories": [{"id": 7, "categories_id": "c-2"}, {"id": 3, "categories_id": "c-1"}],
    "tags": [{"id": 1, "tags_id": "t-1"}, {"id": 2, "tags_id": "t-1"}, {"id": 4, "tags_id": None}],
    "sync": MARKER.dump(),
    "medusa_id": "prod_01",
    "date_created": "2026-11-20T23:26:15.260Z",
    "date_updated": None,
    "user_created": "u-ours",
    "user_updated": None,
}


def option_row(**columns: object) -> dict[str, object]:
    """A row of a shipping option: the one type with amounts of several currencies."""
    plain = {
        "name": "Land",
        "code": "land",
        "description": None,
        "price_type": "flat",
        "profile": None,
        "provider": None,
    }
    return {"id": "o-1", **plain, "prices": {"usd": "9.99"}, **columns}


def create(type_name: str, fields: Document, marker: Marker | None = None) -> Write:
    create_, entity, sync_id = Action.CREATE, "e-1", "s-1"
    return Write(
        type=type_name, action=create_, entity=entity, sync_id=sync_id, fields=fields, whole=fields, marker=marker
    )


def update(type_name: str, fields: Document, remote_id: str, whole: Document | None = None) -> Write:
    made = create(type_name, fields)
    return replace(made, action=Action.UPDATE, remote_id=remote_id, whole=fields if whole is None else whole)


def test_a_row_is_read_whole() -> None:
    record = shape.record(LAYOUT, "product", PRODUCT_ROW)

    assert record.fields == {
        "title": "Mascara",
        "handle": "mascara",
        "subtitle": None,
        "description": "Black.",
        "status": "published",
        "thumbnail": None,
        "images": ["https://images.example/b.png", "https://images.example/a.png"],
        "brand": "Essence",
        "discountable": True,
        "weight": "4",
        **dict.fromkeys(("length", "width", "height", "material", "origin_country", "hs_code", "mid_code")),
        "collection": "l-1",
        "type": None,
        "shipping_profile": None,
        "categories": ["c-1", "c-2"],
        "tags": ["t-1"],
    }
    assert record.missing == ()
    assert record.marker == MARKER
    assert record.references == {("medusa", "product"): "prod_01"}
    assert record.version == 1795217175260


def test_the_version_is_the_later_of_both_dates_and_columns_without_a_zone_hold_utc() -> None:
    row = {**PRODUCT_ROW, "date_updated": "2026-11-20T23:26:16.260"}

    assert shape.version(row) == 1795217176260
    assert shape.version({"date_created": "whenever"}) == 0


def test_the_last_writer_is_named_where_it_is_not_us() -> None:
    row = {**PRODUCT_ROW, "user_updated": "u-paula"}

    assert shape.by_row(row, "u-ours") == Attribution(author="u-paula")
    assert shape.by_row(PRODUCT_ROW, "u-ours") is None


def test_prices_are_keyed_by_currency_and_a_null_price_is_none() -> None:
    row = option_row(prices={"usd": "9.90", "EUR": Decimal("8.5"), "gbp": None})
    fields = shape.record(LAYOUT, "shipping_option", row).fields

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
        ("name", {"de": "S"}, "name"),
    ],
)
def test_what_cannot_be_read_is_missing_and_never_null(column: str, raw: object, field: str) -> None:
    record = shape.record(LAYOUT, "shipping_option", option_row(**{column: raw}))

    assert record.missing == (field,)
    assert record.fields is not None
    assert field not in record.fields


def test_a_row_without_its_columns_names_them() -> None:
    row = {name: value for name, value in PRODUCT_ROW.items() if name not in ("brand", "tags")}

    assert shape.record(LAYOUT, "product", row).missing == ("brand", "tags")


def test_a_row_without_an_id_is_no_answer() -> None:
    with pytest.raises(BadAnswer, match="products"):
        shape.record(LAYOUT, "product", {"title": "x"})


@pytest.mark.parametrize(("type_name", "column", "raw"), [("stock", "quantity", "7"), ("stock", "quantity", True)])
def test_what_is_no_number_is_missing(type_name: str, column: str, raw: object) -> None:
    row = {"id": "s-1", "variant": None, "location": None, column: raw}

    assert shape.record(LAYOUT, type_name, row).missing == (column,)


def test_fractions_typed_into_json_are_kept_exactly_as_text() -> None:
    row = {"id": "m-1", "product": "p-1", "key": "width", "value": {"cm": Decimal("1.50")}}
    fields = shape.record(LAYOUT, "metafield", row).fields

    assert fields is not None
    assert fields["value"] == {"cm": "1.5"}


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("words", '"words"'),
        ("", '""'),
        ("7", '"\\"7\\""'),
        ("null", '"\\"null\\""'),
        (7, 7),
        (None, None),
        ({"a": "b"}, {"a": "b"}),
        (["7"], ["7"]),
    ],
)
def test_text_goes_into_a_json_column_so_that_it_comes_back_as_text(value: Value, sent: object) -> None:
    assert shape.body(LAYOUT, create("metafield", {"value": value}), {})["value"] == sent


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
        "name": "Land",
        "price@usd": {"amount": "10", "currency": "usd"},
        "price@eur": {"amount": "9.5", "currency": "eur"},
        "price@gbp": None,
    }
    change = update("shipping_option", {"price@usd": whole["price@usd"]}, "o-1", whole)

    assert shape.body(LAYOUT, change, {}) == {"id": "o-1", "prices": {"eur": "9.5", "usd": "10"}}


plain_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(
    st.fixed_dictionaries(
        {
            "name": plain_text | st.none(),
            "price@usd": st.decimals("0", "1e9", places=4).map(
                lambda amount: {"amount": decimal(amount), "currency": "usd"}
            ),
        }
    )
)
def test_what_is_written_is_read(fields: dict[str, Any]) -> None:
    sent = shape.body(LAYOUT, create("shipping_option", fields), {})
    read = shape.record(LAYOUT, "shipping_option", {**option_row(), **sent})

    assert read.fields is not None
    assert {key: read.fields[key] for key in fields} == fields
