"""Directus over HTTP. Decides nothing: it asks, and hands on what was answered.

A listing is paged by offset in the order of ids (`id > last` is refused for uuid columns), so a page can miss a
record while others are deleted: a listing names, it never proves. Changes are told by the activity (`changes`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from replicator.connectors.base import Ambiguous, Finding, Health, Locator, Page, Record, Write, WriteResult
from replicator.connectors.client import Client
from replicator.connectors.directus.abilities import CHANGES, features
from replicator.connectors.directus.changes import Changes
from replicator.connectors.directus.provision import Provision
from replicator.connectors.directus.reading import Reading
from replicator.connectors.directus.settings import DirectusSettings
from replicator.connectors.directus.writing import Writing
from replicator.core.document import Document, canonical
from replicator.core.schema import EntityType
from replicator.errors import RemoteError

PAGE_RECORDS = 200


class Directus:
    """One Directus, as a connector. `admin` is used by `provision` alone."""

    def __init__(self, settings: DirectusSettings, client: Client, admin: Client | None = None) -> None:
        self._layout = settings.layout
        self.features = features(settings.layout)
        self._settings = settings
        self._client = client
        self._admin = admin
        self._reading = Reading(settings.layout, client)
        self._writing = Writing(settings.layout, client, self._reading)
        self._changes = Changes(settings.layout, self._reading, settings.overlap_seconds)

    async def pages(self, listing: str, since: str | None = None) -> AsyncIterator[Page]:
        """All records of a collection (a cursor of it goes on behind that page), or what changed since a cursor."""
        if listing == CHANGES:
            async for page in self._changes.pages(since):
                yield page
            return
        (type_name,) = self.features.listings[listing]
        offset = int(since or 0)
        while True:
            records, total = await self._reading.listed(type_name, offset, PAGE_RECORDS)
            offset += len(records)
            last = len(records) < PAGE_RECORDS
            yield Page(records=records, cursor=None if last else str(offset), total=total)
            if last:
                return

    async def read(self, locators: Sequence[Locator]) -> list[Record | Ambiguous | None]:
        """By remote id, else by entity id (which is the id of what we made), else by natural key."""
        if not locators:
            return []
        type_name = locators[0].type
        by_id = {one.remote_id or one.entity for one in locators} - {None}
        found = {one.remote_id: one for one in await self._reading.by_ids(type_name, [str(one) for one in by_id])}
        rest = [one for one in locators if one.remote_id is None and one.entity not in found and one.key]
        by_key = self._keyed(type_name, await self._reading.by_keys(type_name, [one.key for one in rest]))
        results: list[Record | Ambiguous | None] = []
        for one in locators:
            if one.remote_id is not None:
                absent = Record(type=type_name, remote_id=one.remote_id, fields=None)
                results.append(found.get(one.remote_id, absent))
            else:
                results.append(found.get(str(one.entity)) or self._settled(one, by_key))
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
            await self._reading.account()
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

    def _keyed(self, type_name: str, records: Sequence[Record]) -> dict[str, dict[str, Record]]:
        """Records by their natural key."""
        schema, keyed = self._layout.types[type_name], dict[str, dict[str, Record]]()
        for record in records:
            if record.fields is not None:
                keyed.setdefault(_key_of(schema, record.fields), {})[record.remote_id] = record
        return keyed

    def _settled(self, locator: Locator, by_key: Mapping[str, Mapping[str, Record]]) -> Record | Ambiguous | None:
        """What answers to the natural key of a locator: one record, several, or none."""
        schema = self._layout.types[locator.type]
        if not locator.key or schema.named(locator.key) is None:
            return None
        records = by_key.get(_key_of(schema, locator.key), {})
        if len(records) > 1:
            return Ambiguous(locator.type, tuple(sorted(records)))
        return next(iter(records.values()), None)


def _key_of(schema: EntityType, fields: Document) -> str:
    return canonical([fields.get(name) for name in schema.key]).decode()
