"""Their JSON and our documents: pure, there and back.

A row is read with `*` and the junction rows of its many-to-many fields, so that a column that was dropped, or
that our account may not read, is seen to be missing instead of being taken for null. Prices are one JSON column,
currency → amount in major units, and are always written whole (of shipping options; those of variants are records of
their own). What was written comes back as it was, except for what `abilities` declares.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias

from replicator.connectors.base import Action, Attribution, Record, Write
from replicator.connectors.directus import media
from replicator.connectors.directus.layout import GALLERY, Junction, Layout
from replicator.core import marker
from replicator.core.document import Document, Value, decimal, field_name, members, money
from replicator.core.schema import Field, Kind
from replicator.errors import BadAnswer, CanonicalError

Row: TypeAlias = Mapping[str, object]
Links: TypeAlias = Mapping[str, Mapping[str, Sequence[object]]]
"""The junction rows of one record: field → target id → ids of the junction rows (a person can add the same twice)."""
NO_FILES: Mapping[str, str] = {}


def query(layout: Layout, type_name: str) -> list[tuple[str, str]]:
    """The parameters that make an answer show whole records: all columns, and all rows of the junctions."""
    between = layout.junctions(type_name).values()
    names = ["*", *(f"{one.field}.{name}" for one in between for name in ("id", one.theirs))]
    names += media.columns(layout, type_name)
    return [
        ("fields", ",".join(names)),
        *((f"deep[{one.field}][_limit]", "-1") for one in layout.between(type_name)),
    ]


def record(layout: Layout, type_name: str, row: Row) -> Record:
    """A record from a row, without who wrote it. Raises BadAnswer for a row without an id."""
    remote_id = row.get("id")
    if not isinstance(remote_id, str | int) or isinstance(remote_id, bool):
        raise BadAnswer(f"a row of {layout.collections[type_name]} came without its id: may our account read it?")
    fields: dict[str, Value] = {}
    missing: list[str] = []
    for name, each in layout.types[type_name].fields.items():
        column = layout.column(type_name, name)
        try:
            if layout.pictured(type_name, name):
                gallery = layout.gallery(type_name) if name == GALLERY else None
                fields[name] = media.shown(layout, gallery, row[column])
            else:
                fields |= values(each, row[column], layout.junctions(type_name).get(name))
        except (KeyError, CanonicalError):  # not there, or holding what cannot be told apart from nonsense
            missing.append(name)
    medusa = row.get(layout.medusa)
    return Record(
        type=type_name,
        remote_id=str(remote_id),
        fields=fields,
        version=version(row),
        marker=marker.load(row.get(layout.marker)),
        missing=tuple(missing),
        references={("medusa", type_name): medusa} if isinstance(medusa, str) and medusa else {},
    )


def version(row: Row) -> int:
    """The time of the last change, in ms: `date_updated` is null until the first update."""
    return max(milliseconds(row.get("date_created")), milliseconds(row.get("date_updated")))


def milliseconds(moment: object) -> int:
    """A date as Directus shows it, in ms; 0 for none."""
    if not isinstance(moment, str):
        return 0
    try:
        told = datetime.fromisoformat(moment)
    except ValueError:
        return 0
    # A column without a time zone holds UTC.
    return round((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() * 1000)


def by_row(row: Row, ours: str) -> Attribution | None:
    """Who wrote last as the row itself tells, if that was somebody else.

    That it was us is not said: cascades, junction rows and SQL change a record without changing `user_updated`.
    """
    author = row.get("user_updated") or row.get("user_created")
    return Attribution(author=author) if isinstance(author, str) and author != ours else None


def values(field: Field, raw: object, junction: Junction | None) -> dict[str, Value]:
    """What a column says, by document key. Raises CanonicalError for what is no value of the field."""
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
    gallery = layout.gallery(type_name)
    return found | ({GALLERY: media.rows(gallery, row.get(gallery.field))} if gallery else {})


def body(layout: Layout, write: Write, present: Links, files: Mapping[str, str] = NO_FILES) -> dict[str, object]:
    """The item to send. Of many-to-many fields only the differences are sent: junction rows that stay keep their ids,
    and what a person links in the same moment is not taken away. `files`: address of a picture → its file.
    """
    sent: dict[str, object] = {"id": write.entity if write.action is Action.CREATE else write.remote_id}
    junctions = layout.junctions(write.type)
    for key, value in write.fields.items():
        name = field_name(key)
        column = layout.column(write.type, name)
        if name in junctions:
            sent[column] = _relinked(junctions[name], _texts(value), present.get(name, {}))
        elif layout.pictured(write.type, name):
            sent[column] = _pictures(layout, write.type, name, media.kept(value), present, files)
        elif layout.types[write.type].fields[name].kind is Kind.MONEY:
            sent[column] = _price_column(name, write.whole)
        else:
            sent[column] = _sent(layout.types[write.type].fields[name].kind, value)
    if write.marker is not None:
        sent[layout.marker] = write.marker.dump()
    return sent


def _pictures(
    layout: Layout, type_name: str, name: str, value: Value, present: Links, files: Mapping[str, str]
) -> object:
    gallery = layout.gallery(type_name) if name == GALLERY else None
    if gallery is None:
        return None if value is None else files[str(value)]
    return media.arranged(gallery, [files[each] for each in _texts(value)], present.get(name, {}))


def _sent(kind: Kind, value: Value) -> object:
    """A value as a column takes it. Text in a JSON column is sent as JSON, twice where a read would unpack it."""
    if kind not in (Kind.JSON, Kind.TEXTS) or not isinstance(value, str):
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    try:
        json.loads(value)
    except ValueError:
        return quoted
    return json.dumps(quoted, ensure_ascii=False)


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
