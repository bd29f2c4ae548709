"""Reading from Directus: rows, and what its activity tells of them, asked for after the rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from replicator.connectors.base import Record
from replicator.connectors.client import Answer, Client, Denied
from replicator.connectors.directus import activity, shape
from replicator.connectors.directus.activity import Entry
from replicator.connectors.directus.layout import Layout
from replicator.core.document import Document
from replicator.errors import BadAnswer

FORBIDDEN = 403
FILTER_CHARACTERS_MAX = 2000  # of an address; encoded it is half as long again, and proxies take 4 to 8 kB
TOLD_MAX = 500  # entries for as many items as one address names: some ten of each, the newest


class Reading:
    """Reads of one Directus, by our own account."""

    def __init__(self, layout: Layout, client: Client) -> None:
        self._layout = layout
        self._client = client
        self._account: str | None = None

    async def account(self) -> str:
        """The id of our account, asked for once."""
        if self._account is None:
            body = (await self._client.request("GET", "/users/me")).body
            account = body["data"].get("id") if isinstance(body, dict) and isinstance(body.get("data"), dict) else None
            if not isinstance(account, str):
                raise BadAnswer("GET /users/me answered no account: is this a Directus?")
            self._account = account
        return self._account

    async def listed(self, type_name: str, offset: int, limit: int) -> tuple[list[Record], int | None]:
        """The records of a collection in the order of ids, and how many there are in all."""
        page = [("limit", str(limit)), ("offset", str(offset)), ("sort", "id"), ("meta", "filter_count")]
        answer = await self._rows(type_name, {}, page)
        count = (answer.body.get("meta") or {}).get("filter_count")
        return await self._told(type_name, answer.body["data"]), count if isinstance(count, int) else None

    async def by_ids(self, type_name: str, ids: Sequence[str]) -> list[Record]:
        """The records with these ids, as far as they are there."""
        return await self._told(type_name, await self._among(type_name, "id", ids))

    async def by_keys(self, type_name: str, keys: Sequence[Document]) -> list[Record]:
        """The records with these natural keys, and perhaps others of the same whole."""
        schema = self._layout.types[type_name]
        if not keys or not set(schema.key) <= set(schema.fields):
            return []
        first = schema.key[0]
        values = [str(key[first]) for key in keys if key.get(first) is not None]
        return await self._told(type_name, await self._among(type_name, self._layout.column(type_name, first), values))

    async def there(self, type_name: str, ids: Sequence[str]) -> dict[str, Record]:
        """The records with these ids, without who wrote them."""
        records = [shape.record(self._layout, type_name, row) for row in await self._among(type_name, "id", ids)]
        return {record.remote_id: record for record in records}

    async def links(self, type_name: str, ids: Sequence[str]) -> dict[str, shape.Links]:
        """The junction rows of these records."""
        rows = await self._among(type_name, "id", ids)
        return {str(row.get("id")): shape.links(self._layout, type_name, row) for row in rows}

    async def owners(self, collection: str, column: str, ids: Sequence[str]) -> list[str]:
        """What these junction rows belong to, as far as they are there."""
        found: list[str] = []
        for some in fitting(ids):
            asked = [("filter", _json({"id": {"_in": some}})), ("fields", column), ("limit", "-1")]
            rows = listed(await self._client.request("GET", f"/items/{collection}", params=asked))
            found += [str(row[column]) for row in rows if row.get(column) is not None]
        return found

    async def entries(self, condition: Mapping[str, Any], *, sort: str, limit: int) -> list[Entry]:
        """Entries of the activity."""
        asked = [("filter", _json(condition)), ("fields", activity.COLUMNS), ("sort", sort), ("limit", str(limit))]
        return [activity.entry(row) for row in listed(await self._client.request("GET", "/activity", params=asked))]

    async def _told(self, type_name: str, rows: Sequence[shape.Row]) -> list[Record]:
        """The records, with what the activity tells of each; without a right to read it, with what the row tells."""
        ours, by_item = await self.account(), dict[str, list[Entry]]()
        for some in fitting([str(row.get("id")) for row in rows]):
            for each in await self._entries_of(type_name, some):
                by_item.setdefault(each.item, []).append(each)
        records: list[Record] = []
        for row in rows:
            record = shape.record(self._layout, type_name, row)
            led = activity.leading(row, by_item.get(record.remote_id, []))
            told = activity.history(self._layout, type_name, row, led, ours)
            records.append(replace(record, attribution=activity.attribution(row, led, ours), history=told))
        return records

    async def _entries_of(self, type_name: str, ids: Sequence[str]) -> list[Entry]:
        collection = self._layout.collections[type_name]
        condition = {"collection": {"_eq": collection}, "item": {"_in": ids}, "action": {"_in": activity.WRITES}}
        try:
            return await self.entries(condition, sort="-id", limit=TOLD_MAX)
        except Denied as error:
            if error.status != FORBIDDEN:
                raise
            return []  # `provision` says that the right is missing

    async def _among(self, type_name: str, column: str, values: Sequence[str]) -> list[shape.Row]:
        rows: list[shape.Row] = []
        for some in fitting(sorted(set(values))):
            rows += (await self._rows(type_name, {column: {"_in": some}}, [("limit", "-1")])).body["data"]
        return rows

    async def _rows(
        self, type_name: str, condition: Mapping[str, Any], parameters: Sequence[tuple[str, str]]
    ) -> Answer:
        narrowed = [("filter", _json(condition))] if condition else []
        wanted = [*shape.query(self._layout, type_name), *narrowed, *parameters]
        answer = await self._client.request("GET", f"/items/{self._layout.collections[type_name]}", params=wanted)
        listed(answer)
        return answer


def listed(answer: Answer) -> list[dict[str, Any]]:
    """The rows of a list. Raises BadAnswer where it is none."""
    rows = answer.body.get("data") if isinstance(answer.body, dict) else None
    if not isinstance(rows, list):
        raise BadAnswer("a list was asked for, and no list answered", status=answer.status)
    return rows


def _json(condition: Mapping[str, Any]) -> str:
    return json.dumps(condition, ensure_ascii=False, separators=(",", ":"))


def fitting(values: Sequence[str]) -> list[list[str]]:
    """The values in groups that each fit into the address of a request."""
    groups: list[list[str]] = []
    room = 0
    for value in values:
        room -= len(json.dumps(value)) + 1
        if room < 0 or not groups:
            groups.append([])
            room = FILTER_CHARACTERS_MAX - len(json.dumps(value)) - 1
        groups[-1].append(value)
    return groups
