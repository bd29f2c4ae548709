"""What DummyJSON makes of a query: validation, paging, sorting, selection and search, pure.

The real server is JavaScript and lets it show: `parseInt` for numbers, `slice` for pages, raw `<` for sorting. All of
that is kept, because an importer meets it.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from replicator.sandbox.catalogue import Product

PAGE = 30
DELAY_MS_MAX = 5000


class BadQuery(Exception):
    """A query that is refused, with the status and the message of the real server."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A valid query. `limit` and `skip` are NaN where they were given without a value."""

    limit: float = PAGE
    skip: float = 0
    q: str = ""
    delay_seconds: float = 0
    select: tuple[str, ...] = ()
    sort_by: str | None = None
    descending: bool = False


def validated(pairs: Sequence[tuple[str, str]]) -> Query:
    """The query, or BadQuery. It is looked at for every route and method, in this order."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    limit = _integer(values, "limit", PAGE)
    skip = _integer(values, "skip", 0)
    searched = values.get("q", values.get("q[valueSearch]", [""]))
    if len(searched) > 1:
        raise BadQuery("Invalid 'q' - must be a string")
    sort_by = values.get("sortBy", [None])[0]
    return Query(
        limit=limit,
        skip=skip,
        q=searched[0],
        delay_seconds=_delay(values.get("delay", [""])[0]),
        select=tuple(key.strip() for each in values.get("select", []) for key in each.split(",") if key.strip()),
        sort_by=sort_by,
        descending=bool(sort_by) and _descending(values.get("order", ["asc"])),
    )


def page(products: Iterable[Product], query: Query) -> dict[str, object]:
    """The envelope of a list. `limit` is the number of products in it, not the number asked for."""
    sorted_products = _sorted(list(products), query)
    total = len(sorted_products)
    rest = sorted_products[int(query.skip) :] if query.skip > 0 else sorted_products
    if math.isnan(query.limit):
        rest = []
    elif query.limit != 0:
        rest = rest[: int(query.limit)]
    return {
        "products": [pick(product, query.select) for product in rest],
        "total": total,
        "skip": None if math.isnan(query.skip) else int(query.skip),
        "limit": len(rest),
    }


def pick(product: Product, select: Sequence[str]) -> Product:
    """The keys selected, the id always first; what is not there silently vanishes."""
    if not select:
        return product
    return {key: product[key] for key in dict.fromkeys(("id", *select)) if key in product}


def search(products: Iterable[Product], q: str) -> list[Product]:
    """Those whose title or description contains it. A hyphen counts as a space, so hyphenated text is never found."""
    wanted = q.strip().lower().replace("-", " ")
    return [each for each in products if wanted in each["title"].lower() or wanted in each["description"].lower()]


def _integer(values: Mapping[str, list[str]], name: str, default: float) -> float:
    given = values.get(name, [])
    nested = any(key.startswith(f"{name}[") for key in values)
    if nested or len(given) > 1 or (given and not _is_number(given[0])):
        raise BadQuery(f"Invalid '{name}' - must be a number")
    if not given:
        return default
    leading = re.match(r"\s*([+-]?\d+)", given[0])
    return int(leading.group(1)) if leading else math.nan


def _is_number(text: str) -> bool:
    """Whether JavaScript's Number() makes something of it; an empty text is 0 there."""
    return re.fullmatch(r"\s*([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)?\s*", text) is not None


def _delay(text: str) -> float:
    if not _is_number(text):
        raise BadQuery("Delay must be a number in milliseconds")
    milliseconds = float(text.strip() or 0)
    if milliseconds < 0:
        raise BadQuery("Delay cannot be less than 0")
    if milliseconds > DELAY_MS_MAX:
        raise BadQuery(f"Delay cannot be greater than {DELAY_MS_MAX // 1000} seconds")
    return milliseconds / 1000


def _descending(order: Sequence[str]) -> bool:
    if len(order) > 1:
        raise BadQuery("order.toLowerCase is not a function", 500)
    if order[0].lower() not in ("asc", "desc"):
        raise BadQuery("Order can be: 'asc' or 'desc'")
    return order[0].lower() == "desc"


def _sorted(products: list[Product], query: Query) -> list[Product]:
    if query.sort_by is None:
        return products
    key, sign = query.sort_by, -1 if query.descending else 1

    def compare(left: Product, right: Product) -> int:
        one, other = _comparable(left.get(key)), _comparable(right.get(key))
        if one is None or other is None or isinstance(one, str) != isinstance(other, str):
            return 0  # in JavaScript neither `<` nor `>` holds for undefined
        return sign if one > other else -sign if one < other else 0

    return sorted(products, key=functools.cmp_to_key(compare))


def _comparable(value: object) -> Any:  # noqa: ANN401  (a number, a text or nothing; compared with its like only)
    if isinstance(value, list):
        return ",".join("[object Object]" if isinstance(item, dict) else str(item) for item in value)
    return "[object Object]" if isinstance(value, dict) else value
