"""What may be written: keys and values are checked and put into the form in which the database keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from replicator.sandbox.strapi.refusals import Refusal, invalid, invalid_key
from replicator.sandbox.strapi.tables import Row, Tables
from replicator.sandbox.strapi.types import UNWRITABLE, Attribute, ContentType

STRING_LENGTH_MAX = 255  # varchar(255); text has no limit
DECIMAL_STEP = Decimal("0.000001")  # numeric(16,6), as our content types ask for; 10,2 unless asked
DECIMAL_LIMIT = Decimal(10) ** 10
INTEGER_LIMIT = 2**31


@dataclass(frozen=True, slots=True)
class Checker:
    """Turns what was sent into what is kept, or refuses it."""

    types: Mapping[str, ContentType]
    tables: Tables

    def known_keys(self, kind: ContentType, data: Mapping[str, object]) -> None:
        """Refuse fields that do not exist or may not be written."""
        for name in data:
            if name in UNWRITABLE or (name not in kind.attributes and name != "publishedAt"):
                raise invalid_key(name)

    def scalars(self, kind: ContentType, data: Mapping[str, object], *, creating: bool) -> dict[str, object]:
        """The scalars in `data` as they are kept; a create has all of them."""
        errors: list[tuple[str, str, object]] = []
        values: dict[str, object] = {name: each.default for name, each in kind.scalars.items()} if creating else {}
        for name, attribute in kind.scalars.items():
            value = data.get(name)
            if name in data and value is not None:
                message = _mistake(attribute, name, value)
                if message:
                    errors.append((name, message, value))
                else:
                    values[name] = _kept(attribute, value)
            elif attribute.required and (creating or name in data):
                wrong = (
                    "must be a `string` type, but the final value was: `null`." if name in data else "must be defined."
                )
                errors.append((name, f"{name} {wrong}", value))
            elif name in data:
                values[name] = None
        if errors:
            raise invalid(errors)
        return values

    def unique(self, kind: ContentType, values: Mapping[str, object], row: Row | None) -> None:
        """Refuse a value that must be unique and that another row holds at this moment."""
        errors = [
            (name, "This attribute must be unique", value)
            for name, value in values.items()
            if kind.attributes[name].unique and value is not None
            if any(other is not row for other in self.tables.holding(kind.name, name, value))
        ]
        if errors:
            raise invalid(errors)

    def links(self, kind: ContentType, data: Mapping[str, object], row: Row | None) -> dict[str, list[str]]:
        """The relations in `data` as they will be."""
        changed = {}
        for name, attribute in kind.relations.items():
            if name in data:
                present = list(row.links.get(name, [])) if row is not None else []
                links = self._linked(attribute, data[name], present)
                changed[name] = links if attribute.kind == "many" else links[-1:]
            elif row is None:
                changed[name] = []
        return changed

    def _linked(self, attribute: Attribute, given: object, present: list[str]) -> list[str]:
        if not isinstance(given, dict):
            return [target for target, _ in self._targets(attribute, given)]
        if "set" in given:
            return [target for target, _ in self._targets(attribute, given["set"])]
        if not {"connect", "disconnect"} & set(given):
            return [target for target, _ in self._targets(attribute, given)]
        gone = {target for target, _ in self._targets(attribute, given.get("disconnect"))}
        links = [each for each in present if each not in gone]
        for target, position in self._targets(attribute, given.get("connect")):
            links = [each for each in links if each != target]
            links.insert(_place(position, links), target)
        return links

    def _targets(self, attribute: Attribute, given: object) -> Iterator[tuple[str, Mapping[str, object]]]:
        if given is None:
            return
        for item in given if isinstance(given, list) else [given]:
            reference = item.get("documentId", item.get("id")) if isinstance(item, dict) else item
            if reference is None or isinstance(reference, bool | dict | list):
                raise Refusal(400, "Invalid relations")
            row = (
                self.tables.by_id(attribute.target, reference)
                if isinstance(reference, int)
                else self.tables.get(attribute.target, str(reference))
            )
            if row is None:
                raise Refusal(400, f'Document with id "{reference}", locale "null" not found')
            position = item.get("position") if isinstance(item, dict) else None
            yield row.document_id, position if isinstance(position, dict) else {}


def _place(position: Mapping[str, object], links: list[str]) -> int:
    if position.get("start"):
        return 0
    for word, offset in (("before", 0), ("after", 1)):
        neighbour = position.get(word)
        if isinstance(neighbour, str) and neighbour in links:
            return links.index(neighbour) + offset
    return len(links)


_EXPECTED: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "text": str,
    "boolean": bool,
    "integer": int,
    "biginteger": (int, str),
    "decimal": (int, float, str),
    "json": object,
}


def _mistake(attribute: Attribute, name: str, value: object) -> str | None:
    expected = _EXPECTED[attribute.kind]
    wrong = not isinstance(value, expected) or (isinstance(value, bool) and attribute.kind not in ("boolean", "json"))
    word = {"text": "string", "integer": "number", "decimal": "number"}.get(attribute.kind, attribute.kind)
    if attribute.kind == "decimal" and not wrong:
        try:
            Decimal(str(value))
        except InvalidOperation:
            wrong = True
    if wrong:
        return f"{name} must be a `{word}` type, but the final value was: {_told(value, word)}."
    if attribute.kind == "string" and len(str(value)) > STRING_LENGTH_MAX:
        return f"{name} must be at most {STRING_LENGTH_MAX} characters"
    return None


def _told(value: object, word: str) -> str:
    told = json.dumps(value, ensure_ascii=False)
    return f"`NaN` (cast from the value `{told}`)" if word == "number" else f"`{told}`"


def _kept(attribute: Attribute, value: object) -> object:
    # What the database itself refuses is nobody's message to the client: a plain 500.
    if attribute.kind == "integer" and isinstance(value, int) and abs(value) >= INTEGER_LIMIT:
        raise Refusal(500)
    if attribute.kind == "biginteger":
        return str(value)
    if attribute.kind == "decimal":
        number = Decimal(str(value)).quantize(DECIMAL_STEP, ROUND_HALF_UP)
        if abs(number) >= DECIMAL_LIMIT:
            raise Refusal(500)
        return float(number)
    if attribute.kind == "json" and isinstance(value, str):  # the database is given it as it is
        try:
            return json.loads(value)
        except ValueError as error:
            raise Refusal(500) from error
    return value
