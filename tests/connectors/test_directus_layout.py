"""What a Directus is asked to hold for a layout, and what a layout says it can do: without a server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from replicator.catalog import CATALOG
from replicator.connectors.base import Action, Write
from replicator.connectors.directus import Layout, abilities, shape, wanted
from replicator.core.schema import Field as SchemaField
from replicator.core.schema import Kind, entity_type

LAYOUT = Layout()


@pytest.mark.parametrize(
    ("value", "kept"),
    [("12.345", "12.345"), ("0.0000005", "0.000001"), ("-0.0000005", "-0.000001"), ("1.00000049", "1"), (None, None)],
)
def test_decimals_are_rounded_as_postgres_does(value: str | None, kept: str | None) -> None:
    assert abilities.features(LAYOUT).types["product"].normal("weight", value) == kept


def test_a_shop_of_its_own_names_is_carried() -> None:
    schema = entity_type(
        "article", [SchemaField(name="name"), SchemaField(name="size", kind=Kind.DECIMAL)], key=("name",)
    )
    layout = Layout(types={"article": schema}, collections={"article": "items"}, columns={"article": {"name": "label"}})
    cap = Write(type="article", action=Action.CREATE, entity="e-1", sync_id="s-1", fields={"name": "Cap"})
    record = shape.record(layout, "article", {"id": 5, "label": "Hat", "size": "1.50"})

    assert (record.remote_id, record.fields) == ("5", {"name": "Hat", "size": "1.5"})
    assert shape.body(layout, cap, {}) == {"id": "e-1", "label": "Cap"}
    assert [each["collection"] for each in wanted.collections(layout)] == ["items"]


def test_what_is_not_carried_is_neither_made_nor_referred_to() -> None:
    types = {name: schema for name, schema in CATALOG.items() if name not in ("collection", "tag", "region")}
    layout = Layout(types=types)
    able = abilities.features(layout)

    assert "collection" not in able.types
    assert {"collection", "tags"}.isdisjoint(able.types["product"].writes)
    assert "region" not in able.types["price"].reads
    assert layout.type_of("tags") is None
    assert {"tags", "products_tags"}.isdisjoint(each["collection"] for each in wanted.collections(layout))
    assert {"collections", "tags", "regions"}.isdisjoint(one["related_collection"] for one in wanted.relations(layout))


def test_every_field_of_the_catalog_is_provisioned() -> None:
    made = {each["collection"]: {field["field"] for field in each["fields"]} for each in wanted.collections(LAYOUT)}

    for name, schema in CATALOG.items():
        assert {LAYOUT.column(name, field) for field in schema.fields} <= made[LAYOUT.collections[name]]
    assert [
        each["schema"]["on_delete"] for each in wanted.relations(LAYOUT) if each["collection"] == "stock_levels"
    ] == [
        "CASCADE",
        "SET NULL",
    ]


def test_what_goes_with_a_product_is_all_that_it_is_made_of() -> None:
    types = abilities.features(LAYOUT).types

    assert set(types["product"].cascades) == {"option", "option_value", "variant", "price", "stock", "metafield"}
    assert set(types["variant"].cascades) == {"price", "stock"}
    assert {name for name, able in types.items() if not able.unique} == {
        "option",
        "option_value",
        "price",
        "stock",
        "metafield",
    }


def test_junctions_are_named_as_the_app_names_them() -> None:
    named = {(name, field): one.collection for name in CATALOG for field, one in LAYOUT.junctions(name).items()}

    assert named["variant", "options"] == "variants_product_option_values"
    assert LAYOUT.owner_of("products_tags") == ("product", LAYOUT.junctions("product")["tags"])
    assert LAYOUT.owner_of("products") is None


def test_a_shop_may_leave_fields_out_even_the_one_that_makes_a_part() -> None:
    schema = CATALOG["variant"]
    kept = {name: each for name, each in schema.fields.items() if name != "product"}
    features = abilities.features(Layout(types={**CATALOG, "variant": replace(schema, fields=kept)}))

    assert "product" not in features.types["variant"].reads
    assert set(features.types["product"].cascades) == {"option", "option_value", "metafield"}


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
