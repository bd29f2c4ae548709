"""Names over there: which content type holds a type, which attribute a field.

The defaults are what `files` writes: the content types of the older bridges between Medusa and Strapi, a price being a
`money-amount`, with `stock` and `stock-location`, which those had not. They had an `image` too; here a product's images
are a list of addresses on the product, in order, and in a media library the file itself is what stands for one.

A shop that has content types of its own gives its names instead, and leaves out what it does not carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from replicator.catalog import CATALOG
from replicator.core.schema import EntityType, Field, Kind

STATUS = "status"
PICTURES = ("images", "thumbnail")
PLURALS = {
    "tag": "product-tags",
    "category": "product-categories",
    "collection": "product-collections",
    "product_type": "product-types",
    "currency": "currencies",
    "payment_provider": "payment-providers",
    "fulfillment_provider": "fulfillment-providers",
    "region": "regions",
    "country": "countries",
    "shipping_profile": "shipping-profiles",
    "shipping_option": "shipping-options",
    "stock_location": "stock-locations",
    "store": "stores",
    "product": "products",
    "option": "product-options",
    "option_value": "product-option-values",
    "variant": "product-variants",
    "price": "money-amounts",
    "stock": "stocks",
    "metafield": "product-metafields",
}
ATTRIBUTES = {
    "category": {"active": "is_active", "parent": "parent_category"},
    "payment_provider": {"enabled": "is_enabled"},
    "fulfillment_provider": {"enabled": "is_enabled"},
    "country": {"code": "iso_2"},
    "shipping_profile": {"kind": "type"},
    "shipping_option": {"code": "type_code", "price": "prices"},
    "product": {"status": "status_code"},
    "variant": {"options": "option_values"},
    "price": {"currency": "currency_code"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How types are laid out in one Strapi. `attributes`: type → field → attribute, where their names differ.

    `marker` is a JSON attribute for the sync metadata, `entity` a unique one for our entity id, `medusa` one with the
    record's id in Medusa, which older bridges left. `writer` is the companion's name for our account
    (`api-token:replicator`), as it says itself; empty where no companion is installed. `drafted` are the types with
    draft & publish: what is published is what they say, and whether it is is their status; `media` those whose pictures
    lie in the media library.
    """

    plurals: Mapping[str, str] = field(default_factory=lambda: dict(PLURALS))
    models: Mapping[str, str] = field(default_factory=dict)  # where a singular name is not plain English
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: dict(ATTRIBUTES))
    omitted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    types: Mapping[str, EntityType] = field(default_factory=lambda: dict(CATALOG))
    drafted: frozenset[str] = frozenset()
    media: frozenset[str] = frozenset()
    assets: str = ""  # where its files are: in front of their addresses
    marker: str = "sync"
    entity: str = "entity_id"
    medusa: str = "medusa_id"
    writer: str = ""

    def carried(self) -> list[EntityType]:
        """The types that have a content type here, parents first."""
        return [schema for name, schema in self.types.items() if name in self.plurals]

    def fields(self, type_name: str) -> dict[str, Field]:
        """The fields that are carried; a reference only where its target is."""
        left_out = self.omitted.get(type_name, frozenset())
        return {
            name: each
            for name, each in self.types[type_name].fields.items()
            if name not in left_out and (each.target is None or each.target in self.plurals)
        }

    def stored(self, type_name: str) -> dict[str, Field]:
        """The fields among them that an attribute holds: of a type with draft & publish its state is the status."""
        drafted = type_name in self.drafted
        return {name: each for name, each in self.fields(type_name).items() if not (drafted and name == STATUS)}

    def pictured(self, type_name: str, field_name: str) -> bool:
        """Whether a field's pictures lie in the media library."""
        return type_name in self.media and field_name in PICTURES

    def references(self, type_name: str) -> dict[str, Field]:
        """The fields among them that refer to other records."""
        kinds = (Kind.REFERENCE, Kind.REFERENCES)
        return {name: each for name, each in self.fields(type_name).items() if each.kind in kinds}

    def attribute(self, type_name: str, field_name: str) -> str:
        """The attribute of a field."""
        return self.attributes.get(type_name, {}).get(field_name, field_name)

    def field_of(self, type_name: str, attribute: str) -> str:
        """The field of an attribute; the attribute's own name where no field has it."""
        named = (name for name in self.types[type_name].fields if self.attribute(type_name, name) == attribute)
        return next(named, attribute)

    def path(self, type_name: str, remote_id: str = "") -> str:
        """Where a type, or one of its records, is."""
        return f"/api/{self.plurals[type_name]}" + (f"/{remote_id}" if remote_id else "")

    def model(self, type_name: str) -> str:
        """The singular name, which webhooks use."""
        plural = self.plurals[type_name]
        plain = plural[:-3] + "y" if plural.endswith("ies") else plural.removesuffix("s")
        return self.models.get(type_name, plain)

    def type_of(self, model: object) -> str | None:
        """The type that a content type holds, if any."""
        return next((each.name for each in self.carried() if self.model(each.name) == model), None)
