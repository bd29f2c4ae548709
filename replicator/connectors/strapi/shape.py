"""Shape: Strapi's documents as our records, and our writes as what it takes. Pure.

Strapi gives relations only where asked (`populate`), numbers as numbers, and null for what is not set. A key that is
not there at all, or a value of another kind than the field's, is no null: it is named in `Record.missing`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import TypeAlias

from replicator.connectors.base import Attribution, Features, Record, TypeFeatures, Write
from replicator.connectors.strapi import media
from replicator.connectors.strapi.layout import PICTURES, Layout
from replicator.core import marker
from replicator.core.document import Document, Value, decimal, field_name, members, money
from replicator.core.schema import Field, Kind
from replicator.errors import BadAnswer, CanonicalError

Params: TypeAlias = list[tuple[str, str]]

DECIMAL_PLACES = 6  # of the columns that `files` asks for
DECIMAL_STEP = Decimal(1).scaleb(-DECIMAL_PLACES)
CHANGES = "changes"  # the listing that tells of changes, of all types
MISSING_SHOWN = 80  # characters of a strange answer in a message


class _Strange(Exception):
    """A value of another kind than the field's, or none at all."""


_ABSENT = object()  # no value of JSON, so that it is of no field's kind


def features(layout: Layout) -> Features:
    """What a Strapi of this layout can do: one document a call, no bulk."""
    types = {}
    for schema in layout.carried():
        fields = layout.fields(schema.name)
        pictured = frozenset(name for name in fields if layout.pictured(schema.name, name))
        carried = frozenset(fields)
        types[schema.name] = TypeFeatures(
            reads=carried,
            writes=carried,
            marker=True,
            entity_column=True,
            unique=len(schema.key) == 1,  # no database keeps an index over a relation of Strapi's and another column
            normal=partial(normal, fields, pictured),
        )
    # The changes come first: what happens while all is listed is told from then on.
    listings = {CHANGES: tuple(types), **{name: (name,) for name in types}}
    return Features(types=types, listings=listings, since=frozenset({CHANGES}), provisions=frozenset(types))


def normal(fields: Mapping[str, Field], pictured: frozenset[str], key: str, value: Value) -> Value:
    """The form in which Strapi gives a value back: decimals to the last place kept, an empty list for none."""
    kind = fields[field_name(key)].kind
    value = media.kept(value) if key in pictured and value is not None else value
    if kind is Kind.DECIMAL and isinstance(value, str):
        return decimal(Decimal(value).quantize(DECIMAL_STEP, ROUND_HALF_UP))
    if kind is Kind.JSON and isinstance(value, str):
        return _unquoted(value)
    return [] if kind in (Kind.TEXTS, Kind.REFERENCES) and value is None else value


def asking(layout: Layout, type_name: str) -> Params:
    """The parameters that make an answer whole: each relation, and of its target no more than the ids."""
    attributes = [layout.attribute(type_name, name) for name in layout.references(type_name)]
    pictured = [layout.attribute(type_name, name) for name in PICTURES if layout.pictured(type_name, name)]
    files = [(f"populate[{each}][fields][{n}]", name) for each in pictured for n, name in enumerate(media.SHOWN)]
    return [*((f"populate[{attribute}][fields][0]", layout.entity) for attribute in attributes), *files]


def in_state(layout: Layout, status: str) -> Params:
    """The rows that are meant where documents have several; a reference to a mere draft is shown to drafts only."""
    return [("status", status)] if layout.drafted else []


def record(layout: Layout, type_name: str, raw: object) -> Record:
    """A document as a record. Raises BadAnswer where it is none."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("documentId"), str):
        raise BadAnswer(f"a {type_name} of Strapi has a documentId; this has none: {str(raw)[:MISSING_SHOWN]}")
    fields: dict[str, Value] = {}
    missing = [name for name in _bookkeeping(layout) if name not in raw]
    for name, each in layout.fields(type_name).items():
        value = raw.get(layout.attribute(type_name, name), _ABSENT)
        try:
            if value is not _ABSENT and layout.pictured(type_name, name):
                value = media.shown(layout, value)
            fields |= _prices(name, value) if each.qualified else {name: _value(each.kind, value)}
        except (_Strange, CanonicalError, BadAnswer):
            missing.append(name)
    medusa, entity = raw.get(layout.medusa), raw.get(layout.entity)
    return Record(
        type=type_name,
        remote_id=raw["documentId"],
        fields=fields,
        version=_milliseconds(raw.get("updatedAt")),
        marker=marker.load(raw.get(layout.marker)),
        attribution=_attribution(layout, raw),
        missing=tuple(missing),
        references={("medusa", type_name): medusa} if isinstance(medusa, str) and medusa else {},
        entity=entity if isinstance(entity, str) and entity else None,
    )


def body(layout: Layout, write: Write, settled: Document) -> dict[str, object]:
    """The body of a create or an update; `settled` are its fields with every reference a remote id."""
    data: dict[str, object] = {layout.entity: write.entity}
    if write.marker is not None:
        data[layout.marker] = write.marker.dump()
    if layout.writer:
        data["write_id"] = write.sync_id
    schema = layout.types[write.type]
    for key, value in settled.items():
        name = field_name(key)
        attribute = layout.attribute(write.type, name)
        if name not in layout.stored(write.type):
            continue
        if schema.fields[name].qualified:
            data[attribute] = _price_list(name, {**write.whole, **settled})
        elif schema.fields[name].kind is Kind.DECIMAL and isinstance(value, str):
            data[attribute] = Decimal(value)
        elif schema.fields[name].kind is Kind.JSON and isinstance(value, str):
            # Strapi takes a text for JSON as it is, and reads what it kept twice: only so does it come back as it was.
            data[attribute] = json.dumps(json.dumps(value))
        else:
            data[attribute] = value
    return {"data": data}


def _bookkeeping(layout: Layout) -> tuple[str, ...]:
    # Without its marker a record of ours would look like somebody's: a dropped column must be seen as one.
    stamps = ("last_writer", "write_id") if layout.writer else ()
    return (layout.marker, layout.entity, *stamps)


def _attribution(layout: Layout, raw: Mapping[str, object]) -> Attribution | None:
    """Who the companion says has written last. A person's save repeats our write id, so both must be ours."""
    writer, write_id = raw.get("last_writer"), raw.get("write_id")
    if not layout.writer or not isinstance(writer, str):
        return None
    if writer == layout.writer and isinstance(write_id, str):
        return Attribution(sync_id=write_id)
    return Attribution(author=writer)


def _milliseconds(moment: object) -> int:
    try:
        return round(datetime.fromisoformat(str(moment)).timestamp() * 1000)
    except ValueError as error:
        raise BadAnswer(f"a document of Strapi has a time in updatedAt, not {moment!r}") from error


def _value(kind: Kind, raw: object) -> Value:
    match kind, raw:
        case Kind.TEXTS, None:
            return []
        case Kind.REFERENCES, [*linked]:
            return members(_document_id(each) for each in linked)
        case Kind.REFERENCES, _:
            raise _Strange
        case _, None:
            return None
        case (Kind.TEXT, str(text)) | (Kind.FLAG, bool(text)):
            return text
        case Kind.TEXTS, [*texts]:
            return [_text(each) for each in texts]
        case (Kind.INTEGER | Kind.DECIMAL, int() | Decimal() | str()) if not isinstance(raw, bool):
            return _integer(raw) if kind is Kind.INTEGER else decimal(raw)
        case Kind.JSON, _:
            return _unquoted(raw) if isinstance(raw, str) else _plain(raw)
        case Kind.REFERENCE, _:
            return _document_id(raw)
        case _:
            raise _Strange


def _text(raw: object) -> str:
    if isinstance(raw, str):
        return raw
    raise _Strange


def _integer(raw: int | Decimal | str) -> int:
    text = decimal(raw)  # a biginteger comes as a string
    if "." in text:
        raise _Strange
    return int(text)


def _unquoted(text: str) -> str:
    """A text as its author meant it: Strapi gives back the quotes of a JSON text that was kept as one."""
    while text.startswith('"'):
        try:
            inner = json.loads(text)
        except ValueError:
            return text
        if not isinstance(inner, str):
            return text
        text = inner
    return text


def _plain(raw: object) -> Value:
    """JSON without fractions: a number with one becomes its text, as nobody else keeps binary fractions alike."""
    if isinstance(raw, Mapping):
        return {str(name): _plain(each) for name, each in raw.items()}
    if isinstance(raw, list):
        return [_plain(each) for each in raw]
    if raw is None or isinstance(raw, bool | int | str):
        return raw
    if isinstance(raw, Decimal):
        return decimal(raw)
    raise _Strange


def _document_id(raw: object) -> str:
    if isinstance(raw, Mapping) and isinstance(raw.get("documentId"), str):
        return str(raw["documentId"])
    raise _Strange


def _prices(name: str, raw: object) -> dict[str, Value]:
    """`{"usd": "9.99"}` as one key a currency."""
    if raw is None:
        return {}
    if not isinstance(raw, Mapping) or any(isinstance(each, bool) for each in raw.values()):
        raise _Strange
    priced = {str(currency).lower(): amount for currency, amount in raw.items() if amount is not None}
    return {f"{name}@{currency}": money(amount, currency) for currency, amount in priced.items()}


def _price_list(name: str, whole: Document) -> dict[str, str]:
    """All prices of a record as one value: an attribute cannot be changed in part."""
    prices: dict[str, str] = {}
    for key, value in whole.items():
        if field_name(key) == name and isinstance(value, Mapping):
            prices[str(value["currency"])] = str(value["amount"])
    return prices


def in_chunks(values: Sequence[str], *, count_max: int, length_max: int) -> list[list[str]]:
    """Values in pieces that one address can hold."""
    chunks: list[list[str]] = []
    length = 0
    for value in values:
        cost = len(value.encode()) * 3 + 40  # at worst every byte is written %XX; the rest is the key
        if not chunks or len(chunks[-1]) >= count_max or length + cost > length_max:
            chunks.append([])
            length = 0
        chunks[-1].append(value)
        length += cost
    return chunks
