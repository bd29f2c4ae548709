"""Filter operators: which a type of field knows, and what they mean. Null compares with nothing, as in SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from replicator.sandbox.directus.refusals import invalid_query
from replicator.sandbox.directus.tables import Json
from replicator.sandbox.directus.values import moment

NULLS = ("_null", "_nnull")
MEMBERS = ("_eq", "_neq", "_in", "_nin")
ORDER = ("_lt", "_lte", "_gt", "_gte", "_between", "_nbetween")
TEXT = ("_contains", "_ncontains", "_icontains", "_starts_with", "_ends_with", "_empty", "_nempty")
# A uuid has no order and a boolean no lists: Directus refuses such a filter, whatever the database could do.
KNOWN: Mapping[str, tuple[str, ...]] = {
    "uuid": (*MEMBERS, *NULLS),
    "json": NULLS,
    "boolean": ("_eq", "_neq", *NULLS),
    "integer": (*MEMBERS, *ORDER, *NULLS),
    "decimal": (*MEMBERS, *ORDER, *NULLS),
    "timestamp": (*MEMBERS, *ORDER, *NULLS),
}


def compares(kind: str, operator: str, value: Json, operand: Json) -> bool:
    """Whether a column's value fits. Refuses an operator that this type of field does not know."""
    if operator not in KNOWN.get(kind, (*MEMBERS, *ORDER, *TEXT, *NULLS)):
        raise invalid_query(f'"{kind}" field type does not contain the "{operator}" filter operator')
    if operator in NULLS:
        return (value is None) is ((operator == "_null") is truth(operand))
    if operator in ("_empty", "_nempty"):
        return (value in (None, "")) is ((operator == "_empty") is truth(operand))
    if value is None:
        return False
    own = comparable(kind, value)
    if operator in ("_in", "_nin", "_between", "_nbetween"):
        many = [comparable(kind, each) for each in several(operand)]
        return _among(operator, own, many)
    return OPERATORS[operator](own, comparable(kind, operand))


def _among(operator: str, own: Json, many: list[Json]) -> bool:
    if operator in ("_in", "_nin"):
        return (own in many) is (operator == "_in")
    return (many[0] <= own <= many[1]) is (operator == "_between")


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "_eq": lambda own, other: bool(own == other),
    "_neq": lambda own, other: bool(own != other),
    "_lt": lambda own, other: bool(own < other),
    "_lte": lambda own, other: bool(own <= other),
    "_gt": lambda own, other: bool(own > other),
    "_gte": lambda own, other: bool(own >= other),
    "_contains": lambda own, other: other in own,
    "_ncontains": lambda own, other: other not in own,
    "_icontains": lambda own, other: other.lower() in own.lower(),
    "_starts_with": lambda own, other: bool(own.startswith(other)),
    "_ends_with": lambda own, other: bool(own.endswith(other)),
}


def comparable(kind: str, value: Json) -> Json:
    """A value that orders as its column does."""
    try:
        match kind:
            case "integer" | "bigInteger" | "decimal":
                return Decimal(str(value))
            case "timestamp" | "dateTime":
                return moment(datetime.fromisoformat(str(value)))
            case "boolean":
                return truth(value)
            case _:
                return str(value)
    except (ValueError, ArithmeticError) as error:
        raise invalid_query(f'"{value}" is not a valid value') from error


def truth(value: object) -> bool:
    """A flag as it stands in an address."""
    return value not in (False, "false", "0", 0)


def several(operand: object) -> list[object]:
    """The members of a list as it stands in an address (`a,b`, `[0]=a`) or a body."""
    if isinstance(operand, str):
        return list(operand.split(","))
    if isinstance(operand, Mapping):  # filter[id][_in][0]=…
        return list(operand.values())
    return list(operand) if isinstance(operand, list) else [operand]
