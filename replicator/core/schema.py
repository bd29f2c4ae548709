"""What a type of entity is made of: its fields, their kinds and policies, and the keys it is known by.

Policies decide between *concurrent* changes only (`merge`); a change that saw the present value always takes effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from replicator.core.document import field_name


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
    """One field of a type. `order` is for `owner` and `prefer`: systems not named in it come last, by name."""

    name: str
    kind: Kind = Kind.TEXT
    target: str | None = None  # the type referred to
    policy: Policy = Policy.PREFER
    order: tuple[str, ...] = ()

    @property
    def qualified(self) -> bool:
        """Whether there is a value per qualifier, so that keys come and go."""
        return self.kind is Kind.MONEY


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityType:
    """A type. `keys` are natural keys (each one field, unique among the living); `slug` = (key field, made from
    field).
    """

    name: str
    fields: Mapping[str, Field]
    keys: tuple[str, ...] = ()
    slug: tuple[str, str] | None = None
    part_of: str | None = None  # the reference field to the aggregate it belongs to

    def field(self, key: str) -> Field:
        """The field that a document key (`title@de`, `price@usd`) belongs to."""
        return self.fields[field_name(key)]

    @property
    def references(self) -> dict[str, str]:
        """Fields that refer to other entities: field name → type."""
        return {name: each.target for name, each in self.fields.items() if each.target is not None}


def entity_type(
    name: str,
    fields: list[Field],
    *,
    keys: tuple[str, ...] = (),
    slug: tuple[str, str] | None = None,
    part_of: str | None = None,
) -> EntityType:
    """A type from a list of its fields."""
    return EntityType(name=name, fields={each.name: each for each in fields}, keys=keys, slug=slug, part_of=part_of)
