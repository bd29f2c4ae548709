"""The shop's content types: what its developer has put into `src/api`, with the names of the older bridges to Medusa.

Relations are one-way (Strapi's `oneToOne` without an inverse side for many-to-one, `oneToMany` for many-to-many):
two-way ones deadlock on Postgres. With the companion installed every type also carries who wrote last, and there
is a `change` type, a row for every change.
"""

from __future__ import annotations

import re
from dataclasses import replace

from replicator.sandbox.strapi.types import Attribute, ContentType

STRING = Attribute(kind="string")
JSON = Attribute(kind="json")
UNIQUE = Attribute(kind="string", unique=True)

# One type a line: our name, the singular, the plural, its attributes: `[field=]attribute:kind`, with `!` for required,
# `*` for unique and `+` for true unless told otherwise. A relation names its target: `one(product)` or
# `many(product-tag)`.
SHOP = """
tag product-tag product-tags value:string!*
category product-category product-categories name:string! handle:string* description:text active=is_active:boolean
    parent=parent_category:one(product-category)
collection product-collection product-collections title:string! handle:string*
product_type product-type product-types value:string!*
currency currency currencies code:string!* name:string symbol:string decimal_digits:integer
payment_provider payment-provider payment-providers code:string!* enabled=is_enabled:boolean+
fulfillment_provider fulfillment-provider fulfillment-providers code:string!* enabled=is_enabled:boolean+
region region regions name:string!* currency:one(currency) automatic_taxes:boolean
    payment_providers:many(payment-provider)
country country countries code=iso_2:string!* iso_3:string name:string region:one(region)
shipping_profile shipping-profile shipping-profiles name:string!* kind=type:string
shipping_option shipping-option shipping-options name:string!* code=type_code:string description:text
    price_type:string price=prices:json profile:one(shipping-profile) provider:one(fulfillment-provider)
stock_location stock-location stock-locations name:string!* address:json
store store stores name:string!* default_currency:one(currency) currencies:many(currency) default_region:one(region)
    default_location:one(stock-location)
product product products title:string! handle:string* subtitle:text description:text status=status_code:string
    thumbnail:text images:json brand:string discountable:boolean+ weight:decimal length:decimal width:decimal
    height:decimal material:string origin_country:string hs_code:string mid_code:string
    collection:one(product-collection) type:one(product-type) shipping_profile:one(shipping-profile)
    categories:many(product-category) tags:many(product-tag)
option product-option product-options product:one(product) title:string
option_value product-option-value product-option-values option:one(product-option) value:string
variant product-variant product-variants product:one(product) title:string sku:string* barcode:string ean:string
    upc:string manage_inventory:boolean allow_backorder:boolean options=option_values:many(product-option-value)
price money-amount money-amounts variant:one(product-variant) currency=currency_code:string region:one(region)
    min_quantity:integer max_quantity:integer amount:decimal
stock stock stocks variant:one(product-variant) location:one(stock-location) quantity:integer
metafield product-metafield product-metafields product:one(product) key:string value:json
"""

CHANGE = ContentType(
    name="change",
    plural="changes",
    attributes=dict.fromkeys(("model_uid", "action", "entity_document_id", "actor", "write_id"), STRING),
)

_WORD = re.compile(r"(?:(\w+)=)?(\w+):(\w+)(?:\(([\w-]+)\))?(!?)(\*?)(\+?)")


FILE = ContentType(
    name="file",
    plural="upload/files",
    attributes=dict.fromkeys(("name", "caption", "url"), STRING),
)
"""A file in the media library."""


def content_types(
    *, companion: bool, drafted: frozenset[str] = frozenset(), media: frozenset[str] = frozenset()
) -> dict[str, ContentType]:
    """All content types by name. `drafted` are those with draft & publish, whose status is no attribute then; `media`
    those whose pictures are files.
    """
    ours = {"entity_id": UNIQUE, "medusa_id": UNIQUE, "sync": JSON}
    stamps = {"last_writer": STRING, "write_id": STRING} if companion else {}
    lines = SHOP.strip().replace("\n    ", " ").splitlines()
    types = [replace(each, attributes={**each.attributes, **ours, **stamps}) for each in map(_type, lines)]
    types = [_with_files(each) if each.name in media else each for each in types]
    types = [_with_drafts(each) if each.name in drafted else each for each in types]
    return {each.name: each for each in [*types, FILE, *([CHANGE] if companion else [])]}


def _with_files(kind: ContentType) -> ContentType:
    files = {"images": Attribute(kind="many", target=FILE.name), "thumbnail": Attribute(kind="one", target=FILE.name)}
    return replace(kind, attributes={**kind.attributes, **files})


def _with_drafts(kind: ContentType) -> ContentType:
    status = kind.fields.get("status", "")
    attributes = {name: each for name, each in kind.attributes.items() if name != status}
    fields = {name: each for name, each in kind.fields.items() if each != status}
    return replace(kind, fields=fields, attributes=attributes, drafts=True)


def _type(line: str) -> ContentType:
    catalog, name, plural, *words = line.split()
    fields, attributes = {}, {}
    for word in words:
        found = _WORD.fullmatch(word)
        if found is None:
            msg = f"{word!r} is no attribute"
            raise ValueError(msg)
        field, attribute, kind, target, required, unique, on = found.groups()
        fields[field or attribute] = attribute
        attributes[attribute] = Attribute(
            kind=kind,
            target=target or "",
            unique=bool(unique),
            required=bool(required),
            default=True if on else None,
        )
    return ContentType(name=name, plural=plural, catalog=catalog, fields=fields, attributes=attributes)
