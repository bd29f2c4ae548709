"""Goal: every system names a record alike, and as the catalog does."""

from __future__ import annotations

from replicator.catalog import CATALOG
from replicator.sandbox.words import KEYS, changes, key_of


def test_records_are_known_by_what_the_catalog_says() -> None:
    assert {name: schema.key for name, schema in CATALOG.items()} == KEYS


def test_a_part_is_named_after_its_whole() -> None:
    assert key_of("option_value", {"option": "shirt / Size", "value": "M"}) == "shirt / Size / M"
    assert key_of("price", {"variant": "S-1", "currency": "usd", "region": None}) == "S-1 / usd"
    assert key_of("price", {"variant": "S-1", "currency": "usd", "min_quantity": 10}) == "S-1 / usd /  / 10"
    assert key_of("stock", {"variant": None, "location": "Quay"}) == ""
    assert key_of("tag", {"value": ""}) == ""


def test_nothing_and_an_empty_list_are_no_change() -> None:
    assert changes({}, {"images": [], "title": None, "handle": "a"}) == {"handle": (None, "a")}
    assert changes({"title": "a", "handle": "b"}, {"title": "c", "handle": "b"}) == {"title": ("a", "c")}
