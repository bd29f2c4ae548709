"""Queries: filter, sort, limit and fields as they stand in an address (`filter[sku][_eq]=A`) or a body."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from replicator.sandbox.directus.refusals import invalid_query
from replicator.sandbox.directus.tables import Json

LIMIT_DEFAULT = 100
BRACKETED = re.compile(r"\[([^\[\]]*)\]")
PATH_DEPTH_MAX = 10
LOGICAL = ("_or", "_and")


@dataclass(slots=True, kw_only=True)
class Query:
    """What to show of a collection."""

    filter: Mapping[str, Any] = field(default_factory=dict)
    fields: list[str] = field(default_factory=lambda: ["*"])
    sort: list[str] = field(default_factory=list)
    limit: int = LIMIT_DEFAULT
    offset: int = 0
    meta: list[str] = field(default_factory=list)
    deep: Mapping[str, Any] = field(default_factory=dict)

    def nested_limit(self, alias: str) -> int:
        """How many rows of a nested list are shown: a list inside a list is cut at the same default."""
        return _number((self.deep.get(alias) or {}).get("_limit"), LIMIT_DEFAULT)


def from_parameters(parameters: Iterable[tuple[str, str]]) -> Query:
    """A query from an address."""
    nested: dict[str, Any] = {}
    for name, value in parameters:
        root, path = name.partition("[")[0], BRACKETED.findall(name)
        if len(path) > PATH_DEPTH_MAX:
            raise invalid_query("Filter is too deep")
        if not path or path == [""]:
            nested[root] = _json(value) if root in ("filter", "deep") else value
            continue
        here = nested.setdefault(root, {})
        for step in path[:-1]:
            here = here.setdefault(step, {})
        here[path[-1]] = value
    return from_body(nested)


def from_body(sent: Mapping[str, Any]) -> Query:
    """A query from a body: `{"query": {…}}` of SEARCH, PATCH and DELETE."""
    limit, page = _number(sent.get("limit"), LIMIT_DEFAULT), _number(sent.get("page"), 1)
    condition = _ordered(sent.get("filter") or {})
    if not isinstance(condition, Mapping):
        raise invalid_query("Filter has to be an object")
    return Query(
        filter=condition,
        fields=_listed(sent.get("fields")) or ["*"],
        sort=_listed(sent.get("sort")),
        limit=limit,
        offset=_number(sent.get("offset"), 0) or (max(page, 1) - 1) * max(limit, 0),
        meta=_listed(sent.get("meta")),
        deep=sent.get("deep") or {},
    )


def _ordered(condition: Json) -> Json:
    """`_or[0]…, _or[1]…` of an address becomes a list."""
    if not isinstance(condition, Mapping):
        return condition
    ordered = {name: _ordered(each) for name, each in condition.items()}
    for name in LOGICAL:
        if isinstance(ordered.get(name), Mapping):
            ordered[name] = list(ordered[name].values())
        if name in ordered:
            ordered[name] = [_ordered(each) for each in ordered[name]]
    return ordered


def _listed(given: object) -> list[str]:
    if isinstance(given, Mapping):
        given = list(given.values())
    parts = given if isinstance(given, list) else [given] if given else []
    return [name.strip() for part in parts for name in str(part).split(",") if name.strip()]


def _json(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError as error:
        raise invalid_query("Invalid JSON") from error


def _number(given: object, default: int) -> int:
    if given is None:
        return default
    try:
        return int(str(given))
    except ValueError as error:
        raise invalid_query(f'"{given}" is not a number') from error
