"""Directus over HTTP. Decides nothing: it asks, and hands on what was answered.

A listing is paged by offset in the order of ids (`id > last` is refused for uuid columns), so a page can miss a
record while others are deleted: a listing names, it never proves. Changes are asked for by date, from a little before
the newest date seen: by *their* clock, which the application reads before it commits.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from replicator.connectors.base import Ambiguous, Finding, Health, Locator, Page, Record, Write, WriteResult
from replicator.connectors.client import Answer, Client
from replicator.connectors.directus import shape
from replicator.connectors.directus.provision import Provision
from replicator.connectors.directus.settings import DirectusSettings
from replicator.connectors.directus.writing import Writing
from replicator.errors import BadAnswer, RemoteError

PAGE_RECORDS = 200
FILTER_CHARACTERS_MAX = 2000  # of an address; encoded it is half as long again, and proxies take 4 to 8 kB


class Directus:
    """One Directus, as a connector. `admin` is used by `provision` alone."""

    def __init__(self, settings: DirectusSettings, client: Client, admin: Client | None = None) -> None:
        self._layout = settings.layout
        self.features = shape.features(settings.layout)
        self._settings = settings
        self._client = client
        self._admin = admin
        self._account: str | None = None
        self._writing = Writing(settings.layout, client, self._found)

    async def pages(self, listing: str, since: str | None = None) -> AsyncIterator[Page]:
        """All records of a collection, or those changed since a cursor.

        Every page has a cursor, the last one too. That of a page in the middle goes on behind it; that of the last
        asks for what changed since the listing began.
        """
        (type_name,) = self.features.listings[listing]
        began, offset, mark = _place(since)
        condition = self._changed(began) if began else {}
        while True:
            page = [("limit", str(PAGE_RECORDS)), ("offset", str(offset)), ("sort", "id"), ("meta", "filter_count")]
            answer = await self._rows(type_name, condition, page)
            records = [self._record(type_name, row) for row in answer.body["data"]]
            last = len(records) < PAGE_RECORDS
            offset += len(records)
            if mark is None:
                newest = max((record.version for record in records), default=0)
                mark = max(began or "", _iso(newest) if last else await self._newest(type_name))
            cursor = mark if last else f"{began or ''}~{offset}~{mark}"
            yield Page(records=records, cursor=cursor, total=_total(answer.body))
            if last:
                return

    async def read(self, locators: Sequence[Locator]) -> list[Record | Ambiguous | None]:
        """By remote id, else by entity id (which is the id of what we made), else by natural keys."""
        if not locators:
            return []
        type_name = locators[0].type
        by_id = {one.remote_id or one.entity for one in locators} - {None}
        found = {one.remote_id: one for one in await self._found(type_name, "id", [str(one) for one in by_id])}
        rest = [one for one in locators if one.remote_id is None and one.entity not in found]
        by_key = await self._by_keys(type_name, rest)
        results: list[Record | Ambiguous | None] = []
        for one in locators:
            if one.remote_id is not None:
                absent = Record(type=type_name, remote_id=one.remote_id, fields=None)
                results.append(found.get(one.remote_id, absent))
            else:
                results.append(found.get(str(one.entity)) or _settled(type_name, one, by_key))
        return results

    async def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """In batches, each one transaction over there; a failed batch is taken apart."""
        return await self._writing.write(writes)

    async def provision(self, *, apply: bool) -> list[Finding]:
        """Collections, fields, relations, our account's rights, the Flow."""
        return await Provision(self._settings, self._client, self._admin).run(apply=apply)

    async def health(self) -> Health:
        """Who we are over there; the version is told to administrators only."""
        try:
            await self._own_account()
            info = (await self._client.request("GET", "/server/info")).body
        except RemoteError as error:
            return Health(ok=False, message=str(error))
        version = info["data"].get("version") if isinstance(info, dict) and isinstance(info.get("data"), dict) else None
        return Health(ok=True, message="it answers, and our account is let in", version=version)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._client.aclose()
        if self._admin is not None:
            await self._admin.aclose()

    async def _found(self, type_name: str, field: str, values: Sequence[str]) -> list[Record]:
        """The records that hold one of these values."""
        column = "id" if field == "id" else self._layout.column(type_name, field)
        records: list[Record] = []
        for some in _fitting(sorted(set(values))):
            answer = await self._rows(type_name, {column: {"_in": some}}, [("limit", "-1")])
            records += [self._record(type_name, row) for row in answer.body["data"]]
        return records

    async def _by_keys(self, type_name: str, locators: Sequence[Locator]) -> dict[tuple[str, object], list[Record]]:
        found: dict[tuple[str, object], list[Record]] = {}
        for name in dict.fromkeys(name for one in locators for name in one.keys):
            values = [value for one in locators if isinstance(value := one.keys.get(name), str)]
            for record in await self._found(type_name, name, values):
                if record.fields is not None:
                    found.setdefault((name, record.fields.get(name)), []).append(record)
        return found

    async def _rows(
        self, type_name: str, condition: Mapping[str, Any], parameters: Sequence[tuple[str, str]]
    ) -> Answer:
        await self._own_account()
        narrowed = [("filter", json.dumps(condition, ensure_ascii=False, separators=(",", ":")))] if condition else []
        collection = self._layout.collections[type_name]
        wanted = [*shape.query(self._layout, type_name), *narrowed, *parameters]
        answer = await self._client.request("GET", f"/items/{collection}", params=wanted)
        if not isinstance(answer.body, dict) or not isinstance(answer.body.get("data"), list):
            raise BadAnswer(f"GET /items/{collection} answered no list", status=answer.status)
        return answer

    def _record(self, type_name: str, row: Mapping[str, Any]) -> Record:
        return shape.record(self._layout, type_name, row, self._account)

    async def _newest(self, type_name: str) -> str:
        """The newest date in a collection, asked for where one page does not show them all."""
        dates = ["", _iso(0)]
        for column in ("date_updated", "date_created"):
            newest = [("sort", f"-{column}"), ("limit", "1")]
            answer = await self._rows(type_name, {column: {"_nnull": True}}, newest)
            dates += [_iso(shape.version(row)) for row in answer.body["data"]]
        return max(dates)

    def _changed(self, since: str) -> dict[str, Any]:
        start = datetime.fromisoformat(since) - timedelta(seconds=self._settings.overlap_seconds)
        begin = max(start, datetime.fromtimestamp(0, UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        # `date_updated` is null until the first update.
        return {"_or": [{column: {"_gte": begin}} for column in ("date_updated", "date_created")]}

    async def _own_account(self) -> str:
        if self._account is None:
            body = (await self._client.request("GET", "/users/me")).body
            account = body["data"].get("id") if isinstance(body, dict) and isinstance(body.get("data"), dict) else None
            if not isinstance(account, str):
                raise BadAnswer("GET /users/me answered no account: is this a Directus?")
            self._account = account
        return self._account


def _place(since: str | None) -> tuple[str | None, int, str | None]:
    """A cursor read: changes since when (None: all), how many were shown, and the moment to ask from next time."""
    if since is None:
        return None, 0, None
    if "~" not in since:
        return since, 0, None
    began, offset, mark = since.split("~")
    return began or None, int(offset), mark


def _iso(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _total(body: Mapping[str, Any]) -> int | None:
    meta = body.get("meta")
    count = meta.get("filter_count") if isinstance(meta, dict) else None
    return int(count) if isinstance(count, int | str) else None


def _settled(
    type_name: str, locator: Locator, by_key: Mapping[tuple[str, object], Sequence[Record]]
) -> Record | Ambiguous | None:
    """What answers to the keys of a locator: one record, several, or none."""
    records = {one.remote_id: one for name, value in locator.keys.items() for one in by_key.get((name, value), ())}
    if len(records) > 1:
        return Ambiguous(type_name, tuple(sorted(records)))
    return next(iter(records.values()), None)


def _fitting(values: Sequence[str]) -> list[list[str]]:
    """Values in groups that fit an address."""
    groups: list[list[str]] = []
    room = 0
    for value in values:
        room -= len(json.dumps(value)) + 1
        if room < 0 or not groups:
            groups.append([])
            room = FILTER_CHARACTERS_MAX - len(json.dumps(value)) - 1
        groups[-1].append(value)
    return groups
