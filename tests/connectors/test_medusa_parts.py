"""The parts of a product in Medusa: how they are named, read, chosen and composed. Nothing is asked of anybody."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from replicator.connectors.base import PENDING, Action, Failed, Trouble, Write
from replicator.connectors.medusa import composing, joining, metafields, options, prices, stocks
from replicator.connectors.medusa.aggregate import family
from replicator.connectors.medusa.batch import Item
from replicator.connectors.medusa.parts import PriceKey, named_by, price_id, price_key, wholes_of
from replicator.core.document import Value
from tests.connectors.medusa_rows import item, level, option, price, product, variant

DEFAULT = option(options.DEFAULT_TITLE, options.DEFAULT_VALUE, number=9)


def named(type_name: str, entity: str, **fields: Value) -> Write:
    """A create of an entity of that name."""
    return Write(
        type=type_name, action=Action.CREATE, entity=entity, sync_id=entity, fields=fields, whole=fields, marker=None
    )


def test_a_product_is_told_with_all_its_parts_wholes_first() -> None:
    assert [(one.type, one.remote_id) for one in family(product())] == [
        ("product", "prod_1"),
        ("option", "prod_1/opt_1"),
        ("option_value", "prod_1/opt_1/optval_0"),
        ("option_value", "prod_1/opt_1/optval_1"),
        ("variant", "variant_1"),
        ("price", "variant_1/eur"),
        ("stock", "variant_1/sloc_1"),
        ("stock", "variant_1/sloc_2"),
        ("metafield", "prod_1/src"),
    ]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (PriceKey("eur"), "v/eur"),
        (PriceKey("eur", "reg_1"), "v/eur/reg_1"),
        (PriceKey("eur", None, 10, 99), "v/eur/10-99"),
        (PriceKey("eur", None, 10), "v/eur/10-"),
        (PriceKey("eur", "reg_1", None, 0), "v/eur/reg_1/-0"),
    ],
)
def test_a_price_is_named_by_what_tells_it_apart(key: PriceKey, name: str) -> None:
    fields: Mapping[str, Value] = {
        "variant": "v",
        "currency": key.currency.upper(),
        "region": key.region,
        "min_quantity": key.least,
        "max_quantity": key.most,
    }

    assert (price_id("v", key), price_key(name)) == (name, key)
    assert named_by("price", fields) == name


def test_a_natural_key_names_a_part_where_it_can() -> None:
    assert named_by("stock", {"variant": "variant_1", "location": "sloc_1"}) == "variant_1/sloc_1"
    assert named_by("metafield", {"product": "prod_1", "key": "a/b"}) == "prod_1/a/b"
    assert named_by("option", {"product": "prod_1", "title": "Size"}) is None
    assert named_by("price", {}) is None
    assert wholes_of("prod_1/opt_1/optval_0") == ["prod_1", "prod_1/opt_1", "prod_1/opt_1/optval_0"]


def test_prices_of_ours_are_for_all_or_for_a_region() -> None:
    group = price("price_4", 1, "eur", rules={"customer.groups.id": "cusgroup_1"})
    region = price("price_3", 21, "eur", rules={"region_id": "reg_1"}, min_quantity=Decimal(10))
    found = prices.records(variant(prices=[group, region, price("price_1", 19.99, "EUR")]))

    assert [(one.remote_id, (one.fields or {})["amount"]) for one in found] == [
        ("variant_1/eur", "19.99"),
        ("variant_1/eur/reg_1/10-", "21"),
    ]


def test_one_price_changes_under_its_id_and_the_others_stay() -> None:
    group = price("price_2", 1, "eur", rules={"customer.groups.id": "g"})
    raw = variant(prices=[price("price_1", 19.99, "eur"), group, price("price_3", 3, "gbp")])
    euros, pounds, francs = PriceKey("eur"), PriceKey("gbp"), PriceKey("chf")
    nothing: dict[str, object] = {"min_quantity": None, "max_quantity": None, "rules": {}}
    kept = [
        {"id": "price_2", "currency_code": "eur", "amount": 1, "rules": {"customer.groups.id": "g"}},
        {"id": "price_3", "currency_code": "gbp", "amount": 3, "rules": {}},
    ]

    assert prices.replaced(raw, {euros: (euros, "21.5")}) == [
        {"id": "price_1", "currency_code": "eur", "amount": 21.5, **nothing},
        *kept,
    ]
    assert prices.replaced(raw, {euros: (francs, "5")})[0] == {
        "id": "price_1",
        "currency_code": "chf",
        "amount": 5.0,
        **nothing,
    }
    assert prices.replaced(raw, {euros: (euros, None), francs: (francs, "7")}) == [
        *kept,
        {"currency_code": "chf", "amount": 7.0, **nothing},
    ]
    assert [one.get("id") for one in prices.replaced(raw, {pounds: (pounds, None)})] == ["price_1", "price_2"]


def test_stock_is_kept_whether_it_is_counted_or_not_and_not_of_kits() -> None:
    uncounted = variant(manage_inventory=False, inventory_items=[item(level("sloc_1", 7))])
    kit = variant(inventory_items=[item(level("sloc_1", 7)), item(level("sloc_1", 9))])

    assert [one.fields for one in stocks.records(uncounted)] == [
        {"variant": "variant_1", "location": "sloc_1", "quantity": 7}
    ]
    assert stocks.records(kit) == []


def test_metafields_are_what_is_not_ours_in_plain_json() -> None:
    kept = {"care": {"wash": Decimal(30), "iron": [Decimal("1.5"), True, None]}, "": 1, "external_id": "7"}
    found = metafields.records(product(metadata={**kept, "replicator": {}, "directus_id": "d"}))

    assert [one.fields for one in found] == [
        {"product": "prod_1", "key": "care", "value": {"wash": 30, "iron": ["1.5", True, None]}}
    ]


def test_an_option_that_says_nothing_is_not_told() -> None:
    silent = {"id": "optval_0", "value": options.DEFAULT_VALUE, "option_id": "opt_9"}
    raw = product(options=[DEFAULT, option("Size", "S", options.DEFAULT_VALUE)])
    bare = variant(options=[{**silent, "option": {"title": options.DEFAULT_TITLE}}])

    assert [one.remote_id for one in options.records(raw)] == ["prod_1/opt_1", "prod_1/opt_1/optval_0"]
    assert options.chosen(bare) == []


def test_a_variant_has_a_value_of_every_option_or_none() -> None:
    size, color = option("Size", "S"), option("Color", "Red", number=2)
    color["values"][0]["id"] = "optval_9"
    raw = product(options=[size, color], variants=[])

    assert options.choice(raw, ["prod_1/opt_1/optval_0", "prod_1/opt_2/optval_9"]) == options.Choice(
        {"Size": "S", "Color": "Red"}
    )
    assert options.choice(raw, ["prod_1/opt_1/optval_0"]) == options.Choice(
        {"Size": "S", "Color": options.DEFAULT_VALUE}, ("opt_2",)
    )
    assert options.choice(raw, []) == options.Choice({})
    waiting = options.choice(raw, ["prod_1/opt_1/optval_7"])
    assert isinstance(waiting, Failed)
    assert waiting.trouble is Trouble.WAIT


def test_two_values_of_one_option_are_refused() -> None:
    refused = options.choice(product(variants=[]), ["prod_1/opt_1/optval_0", "prod_1/opt_1/optval_1"])

    assert isinstance(refused, Failed)
    assert (refused.trouble, refused.field) == (Trouble.REFUSED, "options")


def test_of_variants_without_options_one_has_the_value_that_says_nothing() -> None:
    silent = {"id": "optval_0", "option_id": "opt_9", "value": options.DEFAULT_VALUE, "option": {"title": "x"}}
    free = product(options=[DEFAULT], variants=[])
    taken = product(options=[DEFAULT], variants=[variant(options=[silent])])

    assert options.choice(free, []) == options.Choice({options.DEFAULT_TITLE: options.DEFAULT_VALUE})
    assert options.choice(taken, []) == options.Choice({})
    assert options.choice(taken, [], but="variant_1") == options.choice(free, [])


def test_variants_choose_anew_before_something_is_taken_from_them() -> None:
    red = options.without(product(), ["optval_0"])
    color = options.without(product(), ["opt_1"])
    twins = product(variants=[variant(), variant(id="variant_2", options=[])])
    twins["variants"][1]["options"] = [
        {"id": "optval_1", "value": "Blue", "option_id": "opt_1", "option": {"title": "Color"}}
    ]
    both = options.without({**twins, "options": [*twins["options"], DEFAULT]}, ["optval_0", "optval_1"])

    assert red == {"variant_1": options.Choice({})}
    assert color == {"variant_1": options.Choice({})}
    assert both == {"variant_1": options.Choice({}), "variant_2": options.Choice({})}


def test_what_would_make_two_variants_the_same_has_to_wait() -> None:
    size = option("Size", "S", number=2)
    size["values"][0]["id"] = "optval_9"
    small = {"id": "optval_9", "value": "S", "option_id": "opt_2", "option": {"title": "Size"}}
    red, blue = (
        {"id": f"optval_{n}", "value": value, "option_id": "opt_1", "option": {"title": "Color"}}
        for n, value in enumerate(("Red", "Blue"))
    )
    pair = [variant(options=[small, red]), variant(id="variant_2", options=[small, blue])]
    raw = product(options=[option("Color", "Red", "Blue"), size], variants=pair)
    waiting = options.without(raw, ["opt_1"])

    assert isinstance(waiting, Failed)
    assert waiting.trouble is Trouble.WAIT


def test_new_parts_go_along_with_their_product() -> None:
    writes = [
        named("product", "p"),
        named("option", "o", product=f"{PENDING}p"),
        named("option_value", "w", option=f"{PENDING}o"),
        named("variant", "v", product=f"{PENDING}p", options=[f"{PENDING}w"]),
        named("price", "m", variant=f"{PENDING}v"),
        named("stock", "s", variant=f"{PENDING}v"),
        named("metafield", "f", product=f"{PENDING}p"),
        named("variant", "x", product=f"{PENDING}p", options=[f"{PENDING}elsewhere"]),
        named("price", "y", variant=f"{PENDING}x"),
        named("option", "z", product="prod_9"),
    ]

    assert joining.homes(writes) == {1: 0, 2: 0, 3: 0, 4: 0, 6: 0}


def test_a_new_product_is_one_body_and_what_cannot_be_made_is_left_out() -> None:
    parts = [
        named("option", "o", product=f"{PENDING}p", title="Size"),
        named("option_value", "w", option=f"{PENDING}o", value="S"),
        named("variant", "v", product=f"{PENDING}p", title="Small", options=[f"{PENDING}w"]),
        named("price", "m", variant=f"{PENDING}v", currency="EUR", amount="9.99"),
        named("variant", "x", product=f"{PENDING}p", title=None),
        named("price", "y", variant=f"{PENDING}x", currency="eur", amount="1"),
        named("metafield", "f", product=f"{PENDING}p", key="care", value=""),
    ]
    items = [Item(index=n, write=one, fields=one.fields) for n, one in enumerate(parts, start=1)]
    new = named("product", "p", title="Mug")
    made = composing.compose(Item(index=0, write=new, fields=new.fields), items, {})
    body = made.item.body

    assert body["options"] == [{"title": "Size", "values": ["S"]}]
    assert body["metadata"] == {"care": None}
    assert body["variants"] == [
        {
            "title": "Small",
            "options": {"Size": "S"},
            "prices": [
                {"currency_code": "eur", "amount": 9.99, "min_quantity": None, "max_quantity": None, "rules": {}}
            ],
        }
    ]
    assert [(each.write.entity, failed.trouble) for each, failed in made.failed] == [
        ("x", Trouble.REFUSED),
        ("y", Trouble.WAIT),
    ]
