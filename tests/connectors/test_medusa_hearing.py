"""What the companion in Medusa posts becomes hints: each record once, parts under the ids that they are known by."""

import json
from typing import Any

import pytest

from replicator.connectors.base import Hint
from replicator.connectors.medusa import read_webhook
from replicator.connectors.medusa.shape import FEATURES
from replicator.errors import BadAnswer
from replicator.sandbox.medusa import naming

HEADERS = {"Webhook-Id": "msg_1"}
PRICE = {"variant_id": "v", "shipping_option_id": None, "currency_code": "EUR", "region_id": None}
ANY_QUANTITY = {"min_quantity": None, "max_quantity": None}


def event(name: str, data_id: object, *about: dict[str, Any]) -> dict[str, Any]:
    return {"seq": 1, "name": name, "data": {"id": data_id}, "about": list(about), "metadata": {}}


def told(*events: dict[str, Any]) -> list[Hint]:
    return read_webhook(HEADERS, {"events": list(events)})


def test_a_bare_event_is_a_post_of_one() -> None:
    bare = event("product.updated", "prod_1")

    assert read_webhook(HEADERS, bare) == told(bare) == [Hint("product", "prod_1", "updated", "msg_1")]


@pytest.mark.parametrize(
    ("name", "type_name"),
    [
        ("product.product.deleted", "product"),
        ("product-variant.created", "variant"),
        ("product.product-category.updated", "category"),
        ("product-tag.deleted", "tag"),
        ("product.product-collection.updated", "collection"),
        ("product-type.updated", "product_type"),
        ("region.country.updated", "country"),
        ("fulfillment.shipping-profile.created", "shipping_profile"),
        ("shipping-option.updated", "shipping_option"),
        ("stock_location.stock-location.updated", "stock_location"),
        ("store.store.updated", "store"),
    ],
)
def test_events_of_both_families_name_their_record(name: str, type_name: str) -> None:
    (hint,) = told(event(name, "one"))

    assert (hint.type, hint.remote_id, hint.verb) == (type_name, "one", name.rpartition(".")[2])


@pytest.mark.parametrize(
    ("name", "about", "record"),
    [
        ("inventory-level.updated", {"variant_id": "v", "location_id": "l"}, ("stock", "v/l")),
        ("pricing.price.created", {**PRICE, **ANY_QUANTITY}, ("price", "v/eur")),
        ("pricing.price.created", {**PRICE, "region_id": "reg_1", **ANY_QUANTITY}, ("price", "v/eur/reg_1")),
        ("pricing.price.updated", {**PRICE, "min_quantity": 10, "max_quantity": 99}, ("price", "v/eur/10-99")),
        ("pricing.price.updated", {"variant_id": None, "shipping_option_id": "so"}, ("shipping_option", "so")),
        ("product-option.updated", {"product_id": "p", "option_id": "o"}, ("option", "p/o")),
        (
            "product-option-value.updated",
            {"product_id": "p", "option_id": "o", "option_value_id": "ov"},
            ("option_value", "p/o/ov"),
        ),
        ("product.product-image.created", {"product_id": "p"}, ("product", "p")),
        ("LinkRegionPaymentProvider.attached", {"region_id": "r"}, ("region", "r")),
        ("stock_location.stock-location-address.updated", {"location_id": "l"}, ("stock_location", "l")),
        ("store.store-currency.created", {"store_id": "s"}, ("store", "s")),
    ],
)
def test_what_is_told_by_another_id_is_what_it_is_about(
    name: str, about: dict[str, object], record: tuple[str, str]
) -> None:
    assert [(hint.type, hint.remote_id) for hint in told(event(name, "another", about))] == [record]


def test_a_record_is_told_once_a_post_and_that_it_is_gone_last() -> None:
    hints = told(
        event("product.product.updated", "a"),
        event("product.updated", ["a", "b"]),
        event("product.deleted", "a"),
        event("product.product.updated", "a"),
    )

    assert [(hint.remote_id, hint.verb, hint.key) for hint in hints] == [
        ("a", "deleted", "msg_1:product:a"),
        ("b", "updated", "msg_1:product:b"),
    ]


def test_what_is_about_nothing_carried_gives_no_hint() -> None:
    assert told(event("pricing.price.deleted", "price_1"), event("order.placed", "order_1")) == []
    assert read_webhook({}, {"name": "order.placed", "data": {"order": 1}}) == []
    assert told(event("inventory-level.updated", "ilev_1", {"variant_id": 7, "location_id": None})) == []


@pytest.mark.parametrize("body", [["product.updated"], {"events": {}}, {"events": [{"name": 1, "data": {}}]}, {}, None])
def test_what_is_no_post_of_the_companion_is_refused(body: object) -> None:
    with pytest.raises(BadAnswer):
        read_webhook({}, body)


def test_who_made_a_change_is_no_attribution_of_what_is_read_later() -> None:
    stamped = event("product.updated", "prod_1") | {"metadata": {"actor": {"actor_id": "user_ours"}}}

    assert told(stamped) == told(event("product.updated", "prod_1"))


def test_the_played_companion_names_what_we_carry() -> None:
    posts = {noun: json.dumps(event(f"{noun}.updated", "x")) for noun in naming.PLAIN}
    hints = {noun: read_webhook({}, json.loads(post)) for noun, post in posts.items()}

    assert {noun: hint.type for noun, (hint,) in hints.items()} == dict(naming.PLAIN)
    assert set(naming.PLAIN.values()) <= set(FEATURES.types)
