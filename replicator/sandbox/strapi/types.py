"""What a content type of the played Strapi is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

UNWRITABLE = ("id", "documentId", "createdAt", "updatedAt", "createdBy", "updatedBy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute. `kind` is Strapi's word for scalars, `one` and `many` for relations to `target`."""

    kind: str
    target: str = ""
    unique: bool = False  # checked by Strapi, and kept by an index of the database
    required: bool = False
    default: object = None  # of a new row that is not told otherwise

    @property
    def relation(self) -> bool:
        """Whether it refers to other documents."""
        return self.kind in ("one", "many")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentType:
    """One content type. `catalog` is the name the audit knows its records by, empty for those it does not, and `fields`
    the attribute of each field that it knows.
    """

    name: str
    plural: str
    catalog: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    drafts: bool = False  # draft & publish: a document is a draft and, once published, a second row
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
