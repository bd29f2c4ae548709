"""Names over there: which collection holds a type, which column a field, and how many-to-many junctions are called.

The defaults are what `provision` makes. A shop that has collections of its own gives its names instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from replicator.catalog import CATALOG
from replicator.core.schema import EntityType, Kind

COLLECTIONS = {
    "tag": "tags",
    "category": "categories",
    "collection": "collections",
    "product_type": "product_types",
    "currency": "currencies",
    "payment_provider": "payment_providers",
    "fulfillment_provider": "fulfillment_providers",
    "region": "regions",
    "country": "countries",
    "shipping_profile": "shipping_profiles",
    "shipping_option": "shipping_options",
    "stock_location": "stock_locations",
    "store": "stores",
    "product": "products",
    "option": "product_options",
    "option_value": "product_option_values",
    "variant": "variants",
    "price": "prices",
    "stock": "stock_levels",
    "metafield": "metafields",
}
FILES = "directus_files"
GALLERY, COVER = "images", "thumbnail"
COLUMNS = {"shipping_option": {"price": "prices"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Junction:
    """A many-to-many field: the collection between, and its two columns."""

    field: str  # the alias on our collection
    collection: str
    ours: str
    theirs: str
    target: str  # the collection referred to


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How types are laid out in one Directus. `columns`: type → field → column, where their names differ.

    `marker` is a JSON column for the sync metadata, `medusa` a column with the record's id in Medusa, which older
    bridges left; a type with no such columns can do without them. Of `types` those that have a collection are kept,
    and of their fields those that refer to what is kept. `media`: the types whose pictures lie in the media library,
    which serves them under the address `assets`.
    """

    collections: Mapping[str, str] = field(default_factory=lambda: dict(COLLECTIONS))
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: dict(COLUMNS))
    types: Mapping[str, EntityType] = field(default_factory=lambda: dict(CATALOG))
    marker: str = "sync"
    medusa: str = "medusa_id"
    media: frozenset[str] = frozenset()
    assets: str = ""

    def __post_init__(self) -> None:
        """Leave out what this Directus does not carry."""
        carried = {name for name in self.types if name in self.collections}
        kept = {name: _within(carried, schema) for name, schema in self.types.items() if name in carried}
        object.__setattr__(self, "types", kept)

    def carried(self) -> list[EntityType]:
        """The types that have a collection here, parents first."""
        return list(self.types.values())

    def column(self, type_name: str, field_name: str) -> str:
        """The column of a field."""
        return self.columns.get(type_name, {}).get(field_name, field_name)

    def type_of(self, collection: str) -> str | None:
        """The type a collection holds, if any."""
        return next((name for name in self.types if self.collections[name] == collection), None)

    def field_of(self, type_name: str, column: str) -> str:
        """The field a column holds; the column's own name where it is none of ours."""
        fields = self.types[type_name].fields
        return next((name for name in fields if self.column(type_name, name) == column), column)

    def owner_of(self, collection: str) -> tuple[str, Junction] | None:
        """The type whose many-to-many field a junction holds, and that field; None where it is no junction of ours."""
        between = ((each.name, one) for each in self.carried() for one in self.between(each.name))
        return next(((name, one) for name, one in between if one.collection == collection), None)

    def pictured(self, type_name: str, field_name: str) -> bool:
        """Whether a field holds pictures that lie in the media library."""
        return type_name in self.media and field_name in (GALLERY, COVER)

    def gallery(self, type_name: str) -> Junction | None:
        """The field with the pictures of a type, where they lie in the media library."""
        if type_name not in self.media or GALLERY not in self.types[type_name].fields:
            return None
        ours = self.collections[type_name]
        column = self.column(type_name, GALLERY)
        return Junction(field=column, collection=f"{ours}_files", ours=f"{ours}_id", theirs=f"{FILES}_id", target=FILES)

    def cover(self, type_name: str) -> str | None:
        """The column with the one picture that stands for a record, where it lies in the media library."""
        there = type_name in self.media and COVER in self.types[type_name].fields
        return self.column(type_name, COVER) if there else None

    def between(self, type_name: str) -> list[Junction]:
        """All collections between a type and others, the media library among them."""
        gallery = self.gallery(type_name)
        return [*self.junctions(type_name).values(), *([gallery] if gallery else [])]

    def junctions(self, type_name: str) -> dict[str, Junction]:
        """The many-to-many fields of a type: field → junction. Named as the Directus app itself names them."""
        found: dict[str, Junction] = {}
        ours = self.collections[type_name]
        for name, each in self.types[type_name].fields.items():
            target = self.collections.get(each.target or "")
            if each.kind is Kind.REFERENCES and target is not None:
                found[name] = Junction(
                    field=self.column(type_name, name),
                    collection=f"{ours}_{target}",
                    ours=f"{ours}_id",
                    theirs=f"{target}_id",
                    target=target,
                )
        return found

    def collections_all(self) -> list[str]:
        """Every collection that we read or write: those of the types, and the junctions between them."""
        between = [one.collection for each in self.carried() for one in self.between(each.name)]
        return [*(self.collections[each.name] for each in self.carried()), *between]


def _within(carried: set[str], schema: EntityType) -> EntityType:
    kept = {name: each for name, each in schema.fields.items() if each.target is None or each.target in carried}
    return replace(schema, fields=kept)
