"""Reading from Strapi: listings in the order of change, and single records in bulk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from replicator.connectors.answers import Answer
from replicator.connectors.base import Ambiguous, Locator, Page, Record
from replicator.connectors.client import Client
from replicator.connectors.strapi import drafts, shape
from replicator.connectors.strapi.layout import Layout
from replicator.errors import BadAnswer

PAGE_SIZE = 100  # 250 at most; a page with relations takes a quarter of a second at this size
# Strapi reads at most 100 values of one list (its qs `arrayLimit`); the rest would be ignored or refused.
VALUES_MAX = 50
ADDRESS_LENGTH_MAX = 6000  # Node takes 16 KB of headers, proxies often 8
# `updatedAt` is set before the row is locked: what is committed last can carry an earlier time.
OVERLAP = timedelta(seconds=10)
NEVER = "1970-01-01T00:00:00.000Z"  # the time before all others


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads records over the content API."""

    client: Client
    layout: Layout

    async def pages(self, type_name: str, since: str | None) -> AsyncIterator[Page]:
        """A listing in the order of change; a cursor is a time.

        Pages are asked for by that time, not by number, so that nothing is skipped when records come, go or change
        meanwhile; what changes during a listing may be shown twice. The last page is empty, so that every page with
        records has a cursor to come back with; where there was none, an empty page has one.
        """
        bound = _before(since) if since is not None else None
        number, shown = 1, set[tuple[str, int]]()
        while True:
            answer = await self._page(type_name, bound, number)
            rows, pagination = rows_of(answer), _pagination(answer)
            records = [shape.record(self.layout, type_name, row) for row in await self._whole(type_name, rows)]
            fresh = [each for each in records if (each.remote_id, each.version) not in shown]
            if fresh:
                last = str(rows[-1]["updatedAt"])
                yield Page(records=fresh, cursor=last, total=pagination.get("total"))
                at_last = {(each.remote_id, each.version) for each in records if each.version == records[-1].version}
                # Records of one millisecond can fill more than a page: only then is the next page the same question.
                number, shown = (number + 1, shown | at_last) if last == bound else (1, at_last)
                bound = last
            else:
                number += 1
            if len(rows) < int(pagination.get("pageSize", PAGE_SIZE)):
                if bound is None:
                    yield Page(records=[], cursor=NEVER)
                yield Page(records=[], cursor=None)
                return

    async def newest(self, type_name: str) -> str | None:
        """When a document of a type last changed."""
        params = [("sort", "updatedAt:desc"), ("fields[0]", "updatedAt"), ("pagination[pageSize]", "1")]
        params += shape.in_state(self.layout, drafts.DRAFT)
        rows = rows_of(await self.client.request("GET", self.layout.path(type_name), params=params))
        return str(rows[0]["updatedAt"]) if rows else None

    async def read(self, locators: Sequence[Locator]) -> list[Record | Ambiguous | None]:
        """The records, found by the strongest name that each locator has and that leads to one."""
        if not locators:
            return []
        type_name = locators[0].type
        ids = await self.find(type_name, "documentId", (each.remote_id for each in locators))
        loose = [each for each in locators if each.remote_id is None]
        entities = await self.find(type_name, self.layout.entity, (each.entity for each in loose))
        named = [each for each in loose if each.key and each.entity not in entities]
        by_key = await self._named(type_name, named)
        return [_found(each, ids, entities, by_key) for each in locators]

    async def _named(self, type_name: str, locators: Sequence[Locator]) -> dict[str, list[Record]]:
        """The records that could answer to natural keys, by the first of their fields: of a price by its variant."""
        first = next((next(iter(each.key)) for each in locators), None)
        if first is None:
            return {}
        attribute = self.layout.attribute(type_name, first)
        asked = [_text(each.key[first]) for each in locators]
        if first not in self.layout.references(type_name):
            return await self.find(type_name, attribute, asked)
        found = await self._holding(type_name, f"{attribute}][documentId", asked)
        by_key: dict[str, list[Record]] = {}
        for record in found:
            by_key.setdefault(str((record.fields or {}).get(first)), []).append(record)
        return by_key

    async def find(self, type_name: str, attribute: str, values: Iterable[str | None]) -> dict[str, list[Record]]:
        """The records that hold one of the values in an attribute, by value."""
        found: dict[str, list[Record]] = {}
        # Some databases compare without regard to case: that is not the same key.
        rows = [
            row async for chunk, row in self._rows(type_name, attribute, values) if str(row.get(attribute)) in chunk
        ]
        for row, whole in zip(rows, await self._whole(type_name, rows), strict=True):
            found.setdefault(str(row[attribute]), []).append(shape.record(self.layout, type_name, whole))
        return found

    async def _holding(self, type_name: str, path: str, values: Iterable[str | None]) -> list[Record]:
        """The records that have one of the values at a path of relations."""
        rows = [row async for _, row in self._rows(type_name, path, values)]
        return [shape.record(self.layout, type_name, row) for row in await self._whole(type_name, rows)]

    async def _rows(
        self, type_name: str, path: str, values: Iterable[str | None]
    ) -> AsyncIterator[tuple[list[str], dict[str, Any]]]:
        """The rows that answer to a filter, each with the values that were asked for in the same call."""
        wanted = list(dict.fromkeys(value for value in values if value))
        for chunk in shape.in_chunks(wanted, count_max=VALUES_MAX, length_max=ADDRESS_LENGTH_MAX):
            number, more = 1, True
            asked = [(f"filters[{path}][$in][{index}]", value) for index, value in enumerate(chunk)]
            while more:
                answer = await self._ask(type_name, [*asked, ("sort", "id:asc"), *_size(number)])
                rows, pagination = rows_of(answer), _pagination(answer)
                for row in rows:
                    yield chunk, row
                more = len(rows) >= int(pagination.get("pageSize", PAGE_SIZE))
                number += 1

    async def _page(self, type_name: str, bound: str | None, number: int) -> Answer:
        changed = [("filters[updatedAt][$gte]", bound)] if bound is not None else []
        return await self._ask(
            type_name, [*changed, ("sort[0]", "updatedAt:asc"), ("sort[1]", "id:asc"), *_size(number)]
        )

    async def _ask(self, type_name: str, params: shape.Params) -> Answer:
        return await self._asked(type_name, params, drafts.DRAFT)

    async def _asked(self, type_name: str, params: shape.Params, status: str) -> Answer:
        whole = [*params, *shape.in_state(self.layout, status), *shape.asking(self.layout, type_name)]
        return await self.client.request("GET", self.layout.path(type_name), params=whole)

    async def states(self, type_name: str, ids: Sequence[str]) -> dict[str, drafts.State]:
        """How documents of a type with draft & publish stand, by id."""
        rows = [row async for _, row in self._rows(type_name, "documentId", ids)]
        published = await self._published(type_name, rows)
        return {row["documentId"]: drafts.state(row, published.get(row["documentId"])) for row in rows}

    async def _whole(self, type_name: str, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The documents of these drafts as they are: what is published of them, where something is."""
        if type_name not in self.layout.drafted:
            return list(rows)
        published = await self._published(type_name, rows)
        return [drafts.joined(self.layout, type_name, row, published.get(str(row["documentId"]))) for row in rows]

    async def _published(self, type_name: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        ids = [str(row["documentId"]) for row in rows]
        for chunk in shape.in_chunks(ids, count_max=VALUES_MAX, length_max=ADDRESS_LENGTH_MAX):
            asked = [(f"filters[documentId][$in][{index}]", value) for index, value in enumerate(chunk)]
            answer = await self._asked(type_name, [*asked, *_size(1)], drafts.PUBLISHED)
            found |= {row["documentId"]: row for row in rows_of(answer)}
        return found


def _found(
    locator: Locator,
    ids: Mapping[str, list[Record]],
    entities: Mapping[str, list[Record]],
    by_key: Mapping[str, list[Record]],
) -> Record | Ambiguous | None:
    if locator.remote_id is not None:
        absent = Record(type=locator.type, remote_id=locator.remote_id, fields=None)
        return next(iter(ids.get(locator.remote_id, [])), absent)
    matches = entities.get(locator.entity or "", [])
    if not matches and locator.key:
        candidates = by_key.get(_text(next(iter(locator.key.values()))) or "", [])
        matches = [each for each in candidates if _answers(each, locator)]
    if len(matches) > 1:
        return Ambiguous(locator.type, tuple(each.remote_id for each in matches))
    return next(iter(matches), None)


def _answers(record: Record, locator: Locator) -> bool:
    fields = record.fields or {}
    return all(fields.get(name) == value for name, value in locator.key.items())


def _size(number: int) -> shape.Params:
    return [("pagination[page]", str(number)), ("pagination[pageSize]", str(PAGE_SIZE))]


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) else None


def _before(cursor: str) -> str:
    moment = datetime.fromisoformat(cursor) - OVERLAP
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rows_of(answer: Answer) -> list[dict[str, Any]]:
    """The documents of a listing."""
    data = answer.body.get("data") if isinstance(answer.body, dict) else None
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise BadAnswer("a listing of Strapi has a list of documents in `data`", status=answer.status)
    return data


def _pagination(answer: Answer) -> Mapping[str, Any]:
    meta = answer.body.get("meta")
    told = meta.get("pagination") if isinstance(meta, dict) else None
    return told if isinstance(told, dict) else {}
