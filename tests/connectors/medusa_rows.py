"""Rows as Medusa gives them, and writes to it, for tests that ask nobody."""

from __future__ import annotations

from typing import Any

from replicator.connectors.base import Action, Write
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
    """A product with its option, values and variant."""
    nothing = dict.fromkeys(("subtitle", "length", "height", "material", "hs_code", "mid_code", "type_id", "type"))
    return {
        "id": "prod_1",
        **nothing,
        "title": "Mug",
        "handle": "mug",
        "description": "A mug",
        "status": "published",
        "thumbnail": "https://example.com/m.png",
        "external_id": ENTITY,
        "discountable": True,
        "weight": 300,
        "width": 0.1,
        "origin_country": "de",
        "collection_id": "pcol_1",
        "collection": {"id": "pcol_1"},
        "metadata": {"src": "erp"},
        "options": [option("Color", "Red", "Blue")],
        "tags": [{"id": "ptag_2"}, {"id": "ptag_1"}],
        "images": [{"id": "img_2", "url": "b", "rank": 1}, {"id": "img_1", "url": "a", "rank": 0}],
        "categories": [{"id": "pcat_1"}],
        "variants": [variant()],
        **STAMPS,
        **other,
    }


def option(title: str, *values: str, number: int = 1) -> dict[str, Any]:
    """An option of a product with the values it has there, numbered from 0."""
    rows = [{"id": f"optval_{n}", "value": value, "rank": None, **STAMPS} for n, value in enumerate(values)]
    return {
        "id": f"opt_{number}",
        "title": title,
        "is_exclusive": True,
        "metadata": None,
        "values": [{**row, "option_id": f"opt_{number}"} for row in rows],
        **STAMPS,
    }


def variant(**other: object) -> dict[str, Any]:
    """A variant with what it is, its price, and what is stocked of it."""
    return {
        "id": "variant_1",
        "product_id": "prod_1",
        "title": "Red",
        "sku": "MUG-R",
        "barcode": None,
        "ean": "4006381333931",
        "upc": None,
        "manage_inventory": True,
        "allow_backorder": False,
        "metadata": None,
        "options": [{"id": "optval_0", "value": "Red", "option_id": "opt_1", "option": {"title": "Color"}}],
        "inventory_items": [item(level("sloc_2", 3), level("sloc_1", 7))],
        "prices": [price("price_1", 19.99, "eur")],
        **STAMPS,
        **other,
    }


def item(*levels: dict[str, Any]) -> dict[str, Any]:
    """The link of a variant to an inventory item with these levels."""
    return {"inventory_item_id": "iitem_1", "required_quantity": 1, "inventory": {"location_levels": list(levels)}}


def level(location: str, quantity: int) -> dict[str, Any]:
    """What is stocked at a location."""
    return {"id": f"ilev_{location}", "location_id": location, "stocked_quantity": quantity, **STAMPS}


def price(price_id: str, amount: float, currency: str, **other: object) -> dict[str, Any]:
    """A price for everybody, if nothing else is said."""
    nothing: dict[str, Any] = {"min_quantity": None, "max_quantity": None, "rules": {}}
    return {"id": price_id, "amount": amount, "currency_code": currency, **nothing, **STAMPS, **other}


def write(type_name: str, action: Action = Action.UPDATE, **fields: Value) -> Write:
    """A write with a marker."""
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
