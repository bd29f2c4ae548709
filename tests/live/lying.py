"""What truly lies in the database of a real system, for tests that count: asked in SQL, past all APIs.

A record is told by its remote id and what people know it by: the first plain field of its natural key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from replicator.catalog import CATALOG
from replicator.connectors.directus import Layout as DirectusLayout
from replicator.connectors.strapi import Layout as StrapiLayout
from tests.live.fleet import Server

MEDUSA = {
    "tag": "select id, value as key from product_tag where deleted_at is null",
    "category": "select id, handle as key from product_category where deleted_at is null",
    "collection": "select id, handle as key from product_collection where deleted_at is null",
    "product_type": "select id, value as key from product_type where deleted_at is null",
    "currency": """
        select distinct currency_code as id, currency_code as key from store_currency
        where deleted_at is null""",  # it knows more, and sells in these
    "payment_provider": "select id, id as key from payment_provider where deleted_at is null",
    "fulfillment_provider": "select id, id as key from fulfillment_provider where deleted_at is null",
    "region": "select id, name as key from region where deleted_at is null",
    "country": """
        select iso_2 as id, iso_2 as key from region_country
        where deleted_at is null and region_id is not null""",
    "shipping_profile": "select id, name as key from shipping_profile where deleted_at is null",
    "shipping_option": "select id, name as key from shipping_option where deleted_at is null",
    "stock_location": "select id, name as key from stock_location where deleted_at is null",
    "store": "select id, name as key from store where deleted_at is null",
    "product": "select id, handle as key from product where deleted_at is null",
    "option": """
        select l.product_id || '/' || o.id as id, o.title as key from product_product_option l
        join product p on p.id = l.product_id and p.deleted_at is null
        join product_option o on o.id = l.product_option_id and o.deleted_at is null and o.title <> 'Default option'
        where l.deleted_at is null""",
    "option_value": """
        select l.product_id || '/' || o.id || '/' || e.id as id, e.value as key from product_product_option l
        join product p on p.id = l.product_id and p.deleted_at is null
        join product_option o on o.id = l.product_option_id and o.deleted_at is null and o.title <> 'Default option'
        join product_option_value e on e.option_id = o.id and e.deleted_at is null
        where l.deleted_at is null and e.value <> 'Default option value'""",
    "variant": "select id, sku as key from product_variant where deleted_at is null",
    "price": """
        select l.variant_id || '/' || c.currency_code as id, c.currency_code as key from product_variant_price_set l
        join product_variant v on v.id = l.variant_id and v.deleted_at is null
        join price c on c.price_set_id = l.price_set_id and c.deleted_at is null and c.price_list_id is null
        where l.deleted_at is null""",
    "stock": """
        select l.variant_id || '/' || e.location_id as id, e.location_id as key from product_variant_inventory_item l
        join product_variant v on v.id = l.variant_id and v.deleted_at is null
        join inventory_level e on e.inventory_item_id = l.inventory_item_id and e.deleted_at is null
        where l.deleted_at is null""",
    "metafield": """
        select p.id || '/' || one.key as id, one.key as key from product p, jsonb_object_keys(p.metadata) as one(key)
        where p.deleted_at is null
        and one.key not in ('replicator', 'external_id', 'replicator_profile', 'directus_id', 'strapi_id')""",
}


class Lying(NamedTuple):
    """One record."""

    remote_id: str
    key: str


def lying(server: Server, type_name: str) -> list[Lying]:
    """The records of a type that are there, by what people know them by."""
    asked = _QUESTIONS[server.name](type_name)
    rows = server.cluster.rows(server.database, asked)
    return sorted((Lying(str(row["id"]), str(row["key"])) for row in rows), key=lambda each: (each.key, each.remote_id))


def living(server: Server, type_name: str) -> list[str]:
    """What people know the records of a type by."""
    return [each.key for each in lying(server, type_name)]


def remote_ids(server: Server, type_name: str, key: str) -> Sequence[str]:
    """The remote ids of the records that people know by this."""
    return [each.remote_id for each in lying(server, type_name) if each.key == key]


def _in_directus(type_name: str) -> str:
    layout, label = DirectusLayout(), CATALOG[type_name].label
    column = "id" if label is None else layout.column(type_name, label)
    return f"select id, {column}::text as key from {layout.collections[type_name]}"  # noqa: S608 - names of ours


def _in_strapi(type_name: str) -> str:
    """What is published, or where nothing is, the draft: two rows are one document."""
    layout, label = StrapiLayout(), CATALOG[type_name].label
    column = "document_id" if label is None else layout.attribute(type_name, label)
    table = layout.plurals[type_name].replace("-", "_")
    return (
        f"select distinct on (document_id) document_id as id, {column}::text as key from {table} "  # noqa: S608 - as above
        "order by document_id, published_at nulls last"
    )


_QUESTIONS: dict[str, Callable[[str], str]] = {
    "medusa": MEDUSA.__getitem__,
    "directus": _in_directus,
    "strapi": _in_strapi,
}
