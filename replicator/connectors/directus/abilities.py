"""What a Directus can do with the types of a layout, as data: all, with client ids, markers, batches. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from replicator.connectors.base import Features, TypeFeatures
from replicator.connectors.directus import media
from replicator.connectors.directus.layout import Layout
from replicator.core.document import Value, decimal, field_name
from replicator.core.schema import EntityType, Kind

CHANGES = "directus_activity"  # the listing of what was changed, of all types
SCALE = 6  # digits kept behind the point by the decimal columns that we provision
CREATES_MAX = 100  # a batch is one transaction and blocks the server's event loop while it runs
UPDATES_MAX = 50  # an array of updates is slower, and its events go out while the transaction is still open


def features(layout: Layout) -> Features:
    """What this connector can do with the types of a layout. The listing of changes comes first: where a full listing
    begins, its cursor is taken before anything is read.
    """
    carried = tuple(each.name for each in layout.carried())
    return Features(
        types={name: _type_features(layout, name) for name in carried},
        listings={CHANGES: carried, **{layout.collections[name]: (name,) for name in carried}},
        since=frozenset({CHANGES}),
        provisions=frozenset(carried),
    )


def _type_features(layout: Layout, type_name: str) -> TypeFeatures:
    fields = frozenset(layout.types[type_name].fields)
    kinds = {name: each.kind for name, each in layout.types[type_name].fields.items()}

    def normal(key: str, value: Value) -> Value:
        if layout.pictured(type_name, key):
            return media.kept(value)
        if kinds[field_name(key)] is Kind.REFERENCES and value is None:
            return []  # no rows between are none, whoever says so
        return rounded(value) if kinds[field_name(key)] is Kind.DECIMAL else value

    return TypeFeatures(
        reads=fields,
        writes=fields,
        marker=True,
        client_ids=True,
        bulk=CREATES_MAX,
        unique=single(layout.types[type_name]) is not None,
        cascades=_parts(layout, type_name),
        normal=normal,
    )


def _parts(layout: Layout, type_name: str) -> tuple[str, ...]:
    """What goes with a record of this type: its parts, and theirs."""
    parts = [each.name for each in layout.carried() if _parent(layout, each.name) == type_name]
    return tuple(dict.fromkeys(name for part in parts for name in (part, *_parts(layout, part))))


def single(schema: EntityType) -> str | None:
    """The field that is the natural key alone: a column can be unique, several together cannot."""
    alone = len(schema.key) == 1 and schema.key[0] in schema.fields and schema.fields[schema.key[0]].target is None
    return schema.key[0] if alone else None


def _parent(layout: Layout, type_name: str) -> str | None:
    schema = layout.types[type_name]
    whole = schema.fields.get(schema.part_of or "")  # a shop may leave the field out
    return whole.target if whole is not None else None


def rounded(value: Value) -> Value:
    """A decimal as a column of our scale gives it back: Postgres rounds halves away from zero."""
    if not isinstance(value, str):
        return value
    return decimal(Decimal(value).quantize(Decimal(1).scaleb(-SCALE), ROUND_HALF_UP))
