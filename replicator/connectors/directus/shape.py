"""Their JSON and our documents: pure, there and back.

A row is read with `*` and the junction rows of its many-to-many fields, so that a column that was dropped, or
that our account may not read, is seen to be missing instead of being taken for null. Prices are one JSON column,
currency → amount in major units, and are always written whole. What was written comes back as it was, except that
decimals are rounded to the column's scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeAlias

from replicator.connectors.base import Action, Attribution, Features, Record, TypeFeatures, Write
from replicator.connectors.directus.layout import Junction, Layout
from replicator.core import marker
from replicator.core.document import Document, Value, decimal, field_name, members, money
from replicator.core.schema import Field, Kind
from replicator.errors import BadAnswer, CanonicalError

Row: TypeAlias = Mapping[str, object]
Links: TypeAlias = Mapping[str, Mapping[str, Sequence[object]]]
"""The junction rows of one record: field → target id → ids of the junction rows (a person can add the same twice)."""

SCALE = 6  # digits kept behind the point by the decimal columns that we provision
CREATES_MAX = 100  # a batch is one transaction and blocks the server's event loop while it runs
UPDATES_MAX = 50  # an array of updates is slower, and its events go out while the transaction is still open


def features(layout: Layout) -> Features:
    """What this connector can do with the types of a layout."""
    return Features(
        types={each.name: _type_features(layout, each.name) for each in layout.carried()},
        listings={layout.collections[each.name]: (each.name,) for each in layout.carried()},
        since=frozenset(layout.collections[each.name] for each in layout.carried()),
        repeats=frozenset(layout.collections[each.name] for each in layout.carried()),
    )


def _type_features(layout: Layout, type_name: str) -> TypeFeatures:
    fields = frozenset(layout.types[type_name].fields)
    parts = tuple(each.name for each in layout.carried() if _parent(layout, each.name) == type_name)
    kinds = {name: each.kind for name, each in layout.types[type_name].fields.items()}

    def normal(key: str, value: Value) -> Value:
        return rounded(value) if kinds[field_name(key)] is Kind.DECIMAL else value

    return TypeFeatures(
        reads=fields,
        writes=fields,
        marker=True,
        client_ids=True,
        bulk=CREATES_MAX,
        cascades=parts,
        normal=normal,
    )


def _parent(layout: Layout, type_name: str) -> str | None:
    schema = layout.types[type_name]
    whole = schema.fields.get(schema.part_of or "")  # a shop may leave the field out
    return whole.target if whole is not None else None


def rounded(value: Value) -> Value:
    """A decimal as a column of our scale gives it back: Postgres rounds halves away from zero."""
    if not isinstance(value, str):
        return value
    return decimal(Decimal(value).quantize(Decimal(1).scaleb(-SCALE), ROUND_HALF_UP))


def query(layout: Layout, type_name: str) -> list[tuple[str, str]]:
    """The parameters that make an answer show whole records: all columns, and all rows of the junctions."""
    between = layout.junctions(type_name).values()
    names = ["*", *(f"{one.field}.{name}" for one in between for name in ("id", one.theirs))]
    return [("fields", ",".join(names)), *((f"deep[{one.field}][_limit]", "-1") for one in between)]


def record(layout: Layout, type_name: str, row: Row, ours: str | None) -> Record:
    """A record from a row. `ours` is the id of our own account. Raises BadAnswer for a row without an id."""
    remote_id = row.get("id")
    if not isinstance(remote_id, str | int) or isinstance(remote_id, bool):
        raise BadAnswer(f"a row of {layout.collections[type_name]} came without its id: may our account read it?")
    fields: dict[str, Value] = {}
    missing: list[str] = []
    for name, each in layout.types[type_name].fields.items():
        column = layout.column(type_name, name)
        try:
            fields |= _values(each, row[column], layout.junctions(type_name).get(name))
        except (KeyError, CanonicalError):  # not there, or holding what cannot be told apart from nonsense
            missing.append(name)
    medusa = row.get(layout.medusa)
    return Record(
        type=type_name,
        remote_id=str(remote_id),
        fields=fields,
        version=version(row),
        marker=marker.load(row.get(layout.marker)),
        attribution=_attribution(row, ours),
        missing=tuple(missing),
        references={("medusa", type_name): medusa} if isinstance(medusa, str) and medusa else {},
    )


def version(row: Row) -> int:
    """The time of the last change, in ms: `date_updated` is null until the first update."""
    return max(_milliseconds(row.get("date_created")), _milliseconds(row.get("date_updated")))


def _milliseconds(moment: object) -> int:
    if not isinstance(moment, str):
        return 0
    try:
        told = datetime.fromisoformat(moment)
    except ValueError:
        return 0
    # A column without a time zone holds UTC.
    return round((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() * 1000)


def _attribution(row: Row, ours: str | None) -> Attribution | None:
    """Who wrote last, if that was somebody else.

    That it was us is not said: cascades, junction rows and SQL change a record without changing `user_updated`.
    """
    author = row.get("user_updated") or row.get("user_created")
    return Attribution(author=author) if isinstance(author, str) and ours is not None and author != ours else None


def _values(field: Field, raw: object, junction: Junction | None) -> dict[str, Value]:
    if field.kind is Kind.MONEY:
        return _prices(field.name, raw)
    if field.kind is Kind.REFERENCES:
        if junction is None or not isinstance(raw, Sequence) or isinstance(raw, str):
            raise CanonicalError(f"{field.name} is no list of junction rows")
        return {field.name: members(_target(row, junction) for row in raw if _target(row, junction))}
    return {field.name: None if raw is None else _plain(field.kind, raw)}


def _plain(kind: Kind, raw: object) -> Value:
    match kind:
        case Kind.DECIMAL if isinstance(raw, str | int | float | Decimal):
            return decimal(raw)
        case Kind.INTEGER if isinstance(raw, int) and not isinstance(raw, bool):
            return raw
        case Kind.FLAG if raw in (True, False):
            return bool(raw)  # SQLite and MySQL give 0 and 1
        case Kind.REFERENCE:
            return str(raw.get("id")) if isinstance(raw, Mapping) else str(raw)
        case Kind.TEXT if isinstance(raw, str | int | Decimal):
            return str(raw)
        case Kind.JSON | Kind.TEXTS:
            return exact(raw)
        case _:
            raise CanonicalError(f"{raw!r} is no {kind}")


def exact(raw: object) -> Value:
    """A JSON value without binary fractions: a person may have typed 1.5 where we keep decimals as text."""
    if isinstance(raw, Mapping):
        return {str(key): exact(value) for key, value in raw.items()}
    if isinstance(raw, list | tuple):
        return [exact(value) for value in raw]
    if raw is None or isinstance(raw, str | int):
        return raw
    if isinstance(raw, float | Decimal):
        return decimal(raw)
    raise CanonicalError(f"{raw!r} is not JSON")


def _prices(name: str, raw: object) -> dict[str, Value]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        raise CanonicalError(f"{name} is no table of currency → amount")
    return {
        f"{name}@{str(currency).lower()}": money(_amount(amount), str(currency))
        for currency, amount in raw.items()
        if amount is not None
    }


def _amount(raw: object) -> str | int | float | Decimal:
    if isinstance(raw, str | int | float | Decimal) and not isinstance(raw, bool):
        return raw
    raise CanonicalError(f"{raw!r} is no amount of money")


def _target(row: object, junction: Junction) -> str:
    """What a junction row points to ("" for a row whose target was taken away)."""
    if not isinstance(row, Mapping) or junction.theirs not in row:
        raise CanonicalError(f"a row of {junction.collection} has no {junction.theirs}")
    return str(row[junction.theirs] or "")


def links(layout: Layout, type_name: str, row: Row) -> Links:
    """The junction rows of a record as read, for `body` to keep those that stay."""
    found: dict[str, dict[str, list[object]]] = {}
    for name, junction in layout.junctions(type_name).items():
        rows = row.get(junction.field)
        by_target = found.setdefault(name, {})
        for each in rows if isinstance(rows, list) else []:
            by_target.setdefault(_target(each, junction), []).append(each.get("id"))
    return found


def body(layout: Layout, write: Write, present: Links) -> dict[str, object]:
    """The item to send. Of many-to-many fields only the differences are sent: junction rows that stay keep their ids,
    and what a person links in the same moment is not taken away.
    """
    sent: dict[str, object] = {"id": write.entity if write.action is Action.CREATE else write.remote_id}
    junctions = layout.junctions(write.type)
    for key, value in write.fields.items():
        name = field_name(key)
        column = layout.column(write.type, name)
        if name in junctions:
            sent[column] = _relinked(junctions[name], _texts(value), present.get(name, {}))
        elif layout.types[write.type].fields[name].kind is Kind.MONEY:
            sent[column] = _price_column(name, write.whole)
        else:
            sent[column] = value
    if write.marker is not None:
        sent[layout.marker] = write.marker.dump()
    return sent


def _texts(value: Value) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else []


def _relinked(junction: Junction, wanted: Iterable[str], present: Mapping[str, Sequence[object]]) -> dict[str, object]:
    wanted = set(wanted)
    surplus = [rows if target not in wanted else rows[1:] for target, rows in present.items()]
    return {
        "create": [{junction.theirs: target} for target in sorted(wanted - set(present))],
        "update": [],
        "delete": [row for rows in surplus for row in rows],
    }


def _price_column(name: str, whole: Document) -> dict[str, Value]:
    amounts = {key.partition("@")[2]: value for key, value in whole.items() if field_name(key) == name}
    return {currency: value["amount"] for currency, value in sorted(amounts.items()) if isinstance(value, Mapping)}
