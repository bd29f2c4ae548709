"""Documents: what a record says, in one form for all systems.

A document maps field keys to values. A key is a field's name, or `name@locale` (`title@de`). Values are JSON without
floats: binary fractions differ from system to system, so decimals are strings in plain notation and money is
`{"amount": "19.99", "currency": "usd"}` in major units. A reference is the id of an entity. null is a value; a field
of the view that is not in the raw answer is not null but a shape error (`gate`).

The digest carries the version of the canonical form, so that a later form never passes for this one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from replicator.errors import CanonicalError

Value: TypeAlias = "bool | int | str | Sequence[Value] | Mapping[str, Value] | None"
Document: TypeAlias = Mapping[str, Value]

CANONICAL_VERSION = 1
DECIMAL_DIGITS_MAX = 40  # more than any of the systems can hold; a longer one is a mistake or an attack


def canonical(value: Value) -> bytes:
    """The one spelling of `value`: compact JSON, keys sorted, UTF-8.

    Raises CanonicalError for floats and for anything JSON does not know.
    """
    _refuse_floats(value, "")
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(value: Value) -> str:
    """A name for the content: `<version>:<32 hex>`; equal content, equal name."""
    return f"{CANONICAL_VERSION}:{hashlib.sha256(canonical(value)).hexdigest()[:32]}"


def decimal(number: str | float | Decimal) -> str:
    """A decimal number in plain notation without trailing zeros: `19.990` → `19.99`, `1E+2` → `100`.

    A float is taken by its shortest spelling (19.99 is 19.99, not 19.989999…). Raises CanonicalError.
    """
    try:
        exact = Decimal(str(number))
    except InvalidOperation as error:
        msg = f"{number!r} is not a decimal number"
        raise CanonicalError(msg) from error
    if (
        not exact.is_finite()
        or abs(exact.adjusted()) > DECIMAL_DIGITS_MAX
        or len(exact.as_tuple().digits) > DECIMAL_DIGITS_MAX
    ):
        msg = f"{number!r} is no finite decimal of at most {DECIMAL_DIGITS_MAX} digits"
        raise CanonicalError(msg)
    plain = format(exact, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in ("-0", "") else plain


def money(amount: str | float | Decimal, currency: str) -> dict[str, str]:
    """Money: an exact amount in major units, and its currency code in lower case."""
    return {"amount": decimal(amount), "currency": currency.lower()}


def members(values: Iterable[str]) -> list[str]:
    """A set in canonical form: each member once, sorted."""
    return sorted(set(values))


def blank(value: Value) -> bool:
    """Whether a value says nothing: null, or empty."""
    return value is None or value in ("", [], (), {})


def field_name(key: str) -> str:
    """The field a key belongs to: `title@de` → `title`."""
    return key.partition("@")[0]


def _refuse_floats(value: object, path: str) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            _refuse_floats(item, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _refuse_floats(item, f"{path}[{index}]")
    elif value is not None and not isinstance(value, str | int):
        msg = f"{path.lstrip('.') or 'value'}: {value!r} has no canonical form; give decimals as strings"
        raise CanonicalError(msg)
