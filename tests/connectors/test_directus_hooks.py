"""What Directus' Flows and hook extensions send is a hint, and nothing more."""

from __future__ import annotations

import pytest

from replicator.connectors.base import Hint
from replicator.connectors.directus import read_webhook
from replicator.errors import BadAnswer

FLOW_UPDATE = {
    "trigger": {
        "event": "products.items.update",
        "payload": {"title": "T"},
        "keys": ["p-1", "p-2"],
        "collection": "products",
    },
    "accountability": {"user": "u-1"},
}


@pytest.mark.parametrize(
    ("body", "hints"),
    [
        (FLOW_UPDATE, [Hint("product", "p-1", "updated"), Hint("product", "p-2", "updated")]),
        (
            {"trigger": {"event": "tags.items.create", "payload": {}, "key": "t-1", "collection": "tags"}},
            [Hint("tag", "t-1", "created")],
        ),
        (
            {"event": "items.delete", "collection": "variants", "keys": ["v-1"], "payload": ["v-1"]},
            [Hint("variant", "v-1", "deleted")],
        ),
        (
            {
                "event": "items.create",
                "collection": "products_tags",
                "key": 5,
                "payload": {"products_id": "p-1", "tags_id": "t-1"},
            },
            [Hint("product", "p-1", "updated")],
        ),
        ({"event": "items.delete", "collection": "products_tags", "keys": [5], "payload": [5]}, []),
        (
            {"event": "items.update", "collection": "prices", "keys": ["r-1"], "at": [1795239708430], "numbers": ["4"]},
            [Hint("price", "r-1", "updated")],
        ),
        ({"event": "items.update", "collection": "orders", "keys": [5], "payload": {}}, []),
    ],
)
def test_hooks_are_hints(body: object, hints: list[Hint]) -> None:
    assert read_webhook({}, body) == hints


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {},
        {"trigger": None},
        {"event": "users.login", "collection": "products"},
        {"event": "items.update", "collection": "products", "keys": [{"a": 1}]},
        {"event": "items.update", "collection": "products"},
        {"event": "items.create", "key": "p-1"},
    ],
)
def test_what_is_no_hook_is_refused(body: object) -> None:
    with pytest.raises(BadAnswer):
        read_webhook({}, body)
