"""What a type of entity is made of: its fields, their kinds and policies, and the key it is known by.

Policies decide between *concurrent* changes only (`merge`); a change that saw the present value always takes effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from replicator.core.document import Document, canonical, field_name


class Kind(StrEnum):
    """The kinds of values. Those of the second group are qualified: `price@usd`."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"  # a string in plain notation
    FLAG = "flag"
    TEXTS = "texts"  # an ordered list of strings, one value
    JSON = "json"  # any canonical value, one value
    REFERENCE = "reference"  # an entity id
    REFERENCES = "references"  # a set of entity ids, sorted
    MONEY = "money"  # one value per currency: `price@usd`


class Policy(StrEnum):
    """What decides between concurrent changes of a field."""

    OWNER = "owner"  # the first system of the order always wins
    PREFER = "prefer"  # the system that stands first in the order wins
    SUM = "sum"  # both differences apply: stock
    UNION = "union"  # additions and removals of members apply: tags
    LATEST = "latest"  # the later by the hybrid logical clock, then by name
    MANUAL = "manual"  # keep the present, ask a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a type. `order` is for `owner` and `prefer`: systems not named in it come last, by name.

    `initial` is what a system that we provision puts into a new record whose maker says nothing of it.
    """

    name: str
    kind: Kind = Kind.TEXT
    target: str | None = None  # the type referred to
    policy: Policy = Policy.PREFER
    order: tuple[str, ...] = ()
    initial: bool | None = None

    @property
    def qualified(self) -> bool:
        """Whether there is a value per qualifier, so that keys come and go."""
        return self.kind is Kind.MONEY


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityType:
    """A type. `key`: the fields that together name one of its records among the living, the first one never empty;
    `slug` = (key field, made from field).
    """

    name: str
    fields: Mapping[str, Field]
    key: tuple[str, ...] = ()
    slug: tuple[str, str] | None = None
    part_of: str | None = None  # the reference field to the aggregate it belongs to

    def field(self, key: str) -> Field:
        """The field that a document key (`title@de`, `price@usd`) belongs to."""
        return self.fields[field_name(key)]

    @property
    def key_name(self) -> str:
        """The natural key by one name: `handle`, `variant+currency`."""
        return "+".join(self.key)

    @property
    def label(self) -> str | None:
        """The field of the natural key that people know a record by: of an option's value the value, not the option."""
        return next((name for name in self.key if self.fields[name].target is None), None)

    def named(self, fields: Document) -> str | None:
        """The value of the natural key in a document, None where it has none: the one field, or all of them as JSON."""
        values = [fields.get(name) for name in self.key]
        if not values or values[0] in (None, ""):
            return None
        return str(values[0]) if len(values) == 1 else canonical(values).decode()

    @property
    def references(self) -> dict[str, str]:
        """Fields that refer to other entities: field name → type."""
        return {name: each.target for name, each in self.fields.items() if each.target is not None}


def entity_type(
    name: str,
    fields: list[Field],
    *,
    key: tuple[str, ...] = (),
    slug: tuple[str, str] | None = None,
    part_of: str | None = None,
) -> EntityType:
    """A type from a list of its fields."""
    return EntityType(name=name, fields={each.name: each for each in fields}, key=key, slug=slug, part_of=part_of)
