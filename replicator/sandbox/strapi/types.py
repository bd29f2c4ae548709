"""The content types of the played Strapi: what a shop's developer has put into `src/api`.

Relations are one-way (Strapi's `oneToOne` without an inverse side for many-to-one, `oneToMany` for many-to-many):
two-way ones deadlock on Postgres. With the companion installed every type also carries who wrote last, and there
is a `change` type that holds the outbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SYSTEM_ATTRIBUTES = ("id", "documentId", "createdAt", "updatedAt", "publishedAt")
UNWRITABLE = ("id", "documentId", "createdAt", "updatedAt", "createdBy", "updatedBy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute. `kind` is Strapi's word for scalars, `one` and `many` for relations to `target`."""

    kind: str
    target: str = ""
    unique: bool = False
    required: bool = False

    @property
    def relation(self) -> bool:
        """Whether it refers to other documents."""
        return self.kind in ("one", "many")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentType:
    """One content type; `catalog` is the name the audit knows its records by, empty for those it does not."""

    name: str
    plural: str
    catalog: str = ""
    attributes: Mapping[str, Attribute] = field(default_factory=dict)

    @property
    def uid(self) -> str:
        """Its name inside Strapi."""
        return f"api::{self.name}.{self.name}"

    @property
    def relations(self) -> dict[str, Attribute]:
        """The attributes that refer to other documents."""
        return {name: each for name, each in self.attributes.items() if each.relation}

    @property
    def scalars(self) -> dict[str, Attribute]:
        """The attributes that do not."""
        return {name: each for name, each in self.attributes.items() if not each.relation}


STRING = Attribute(kind="string")
TEXT = Attribute(kind="text")
REQUIRED = Attribute(kind="string", required=True)
REQUIRED_UNIQUE = Attribute(kind="string", required=True, unique=True)
JSON = Attribute(kind="json")
INTEGER = Attribute(kind="integer")
BOOLEAN = Attribute(kind="boolean")
UNIQUE = Attribute(kind="string", unique=True)


def one(target: str) -> Attribute:
    """At most one document of another type."""
    return Attribute(kind="one", target=target)


def many(target: str) -> Attribute:
    """Any number of documents of another type, in order."""
    return Attribute(kind="many", target=target)


def _shop() -> list[ContentType]:
    return [
        ContentType(name="product-tag", plural="product-tags", catalog="tag", attributes={"value": REQUIRED_UNIQUE}),
        ContentType(
            name="product-category",
            plural="product-categories",
            catalog="category",
            attributes={
                "name": REQUIRED,
                "handle": UNIQUE,
                "description": TEXT,
                "is_active": BOOLEAN,
                "parent_category": one("product-category"),
            },
        ),
        ContentType(
            name="product",
            plural="products",
            catalog="product",
            attributes={
                "title": REQUIRED,
                "handle": UNIQUE,
                "subtitle": TEXT,
                "description": TEXT,
                "status_code": STRING,
                "thumbnail": TEXT,
                "images": JSON,
                "brand": STRING,
                "weight": Attribute(kind="decimal"),
                "options": JSON,
                "categories": many("product-category"),
                "tags": many("product-tag"),
            },
        ),
        ContentType(
            name="product-variant",
            plural="product-variants",
            catalog="variant",
            attributes={
                "product": one("product"),
                "title": STRING,
                "sku": UNIQUE,
                "barcode": STRING,
                "options": JSON,
                "prices": JSON,
                "inventory_quantity": INTEGER,
            },
        ),
    ]


OUTBOX = ContentType(
    name="change",
    plural="changes",
    attributes={
        "model_uid": STRING,
        "action": STRING,
        "entity_document_id": STRING,
        "entity_id": STRING,
        "actor": STRING,
        "write_id": STRING,
        "payload": JSON,
    },
)


def content_types(*, companion: bool) -> dict[str, ContentType]:
    """All content types by name."""
    ours = {"entity_id": UNIQUE, "medusa_id": UNIQUE, "sync": JSON}
    stamps = {"last_writer": STRING, "write_id": STRING} if companion else {}
    types = [
        ContentType(
            name=each.name,
            plural=each.plural,
            catalog=each.catalog,
            attributes={**each.attributes, **ours, **stamps},
        )
        for each in _shop()
    ]
    return {each.name: each for each in [*types, *([OUTBOX] if companion else [])]}
