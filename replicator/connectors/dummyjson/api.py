"""DummyJSON as a connector: read page by page, never written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from replicator.connectors.base import (
    Ambiguous,
    Failed,
    Features,
    Finding,
    Health,
    Level,
    Locator,
    Page,
    Record,
    Trouble,
    Write,
    WriteResult,
)
from replicator.connectors.client import Client
from replicator.connectors.dummyjson import shape
from replicator.connectors.dummyjson.source import DataFile, Service, Source
from replicator.errors import RemoteError

PAGE = 30  # the service's own page; a larger one would save requests and lose more when one fails
PAGES_MAX = 100_000  # a source that never ends is broken
OF_PRODUCTS = ("product", "variant", "price", "stock")  # the records whose id names the product they are made from
ONE_BY_ONE_MAX = 12  # from here on a pass over all pages costs less than asking for each


@dataclass(frozen=True, slots=True, kw_only=True)
class DummyJsonSettings:
    """`url` may also name the data file: a path or a `file:` address. `untold`: what its prices and stock lack."""

    url: str
    untold: shape.Untold = field(default_factory=shape.Untold)


def connect(settings: DummyJsonSettings, client: Client | None = None) -> DummyJson:
    """A connector to the service, or to a data file of its shape."""
    parts = urlsplit(settings.url)
    if parts.scheme in ("http", "https"):
        return DummyJson(settings, Service(client or Client(settings.url)))
    path = unquote(parts.path) if parts.scheme == "file" else settings.url
    return DummyJson(settings, DataFile(Path(path)))


class DummyJson:
    """The connector."""

    features: Features = shape.FEATURES

    def __init__(self, settings: DummyJsonSettings, source: Source) -> None:
        self._untold = settings.untold
        self._source = source

    async def pages(self, listing: str, since: str | None = None) -> AsyncIterator[Page]:
        """All products, 30 at a time, each page with what its products refer to and was not yet on one.

        A page that cannot be read raises; to go on there, ask again with the cursor of the last page that came. That is
        all that `since` does here: nothing tells what has changed.
        """
        if listing not in self.features.listings:
            msg = f"DummyJSON has no listing {listing!r}; it has {', '.join(self.features.listings)}"
            raise ValueError(msg)
        skip, seen = int(since or 0), set[tuple[str, str]]()
        for _ in range(PAGES_MAX):
            products, total = shape.products_of(await self._source.listed(skip, PAGE))
            found = [record for raw in products for record in shape.records(raw, self._untold)]
            skip += len(products)
            last = not products or skip >= total
            yield Page(records=_unseen(found, seen), cursor=None if last else str(skip), total=total)
            if last:
                return

    async def read(self, locators: Sequence[Locator]) -> list[Record | Ambiguous | None]:
        """The records. Few products are asked for one by one; all else is looked up in a pass over all pages."""
        by_id = all(each.type in OF_PRODUCTS and each.remote_id is not None for each in locators)
        if by_id and len(locators) <= ONE_BY_ONE_MAX:
            return list(await asyncio.gather(*(self._by_id(each.type, each.remote_id or "") for each in locators)))
        found = [record async for page in self.pages("catalogue") for record in page.records]
        return [await self._found(each, found) for each in locators]

    async def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Nothing: the service would answer as if it had stored it, and has not."""
        return [Failed(trouble=Trouble.REFUSED, message="DummyJSON is a source: it stores nothing") for _ in writes]

    async def provision(self, *, apply: bool) -> list[Finding]:  # noqa: ARG002  (the contract; there is nothing to mend)
        """Whether the catalogue has the shape that is expected."""
        products, total = shape.products_of(await self._source.listed(0, 1))
        missing = sorted({key for raw in products for each in shape.records(raw, self._untold) for key in each.missing})
        if missing:
            message = f"products have no {', '.join(missing)}"
            return [Finding("catalogue", Level.ERROR, message, "look whether this is DummyJSON")]
        return [Finding("catalogue", Level.OK, f"{total} products")]

    async def health(self) -> Health:
        """One product asked for."""
        try:
            _, total = shape.products_of(await self._source.listed(0, 1))
        except RemoteError as error:
            return Health(ok=False, message=str(error))
        return Health(ok=True, message=f"{total} products")

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._source.aclose()

    async def _by_id(self, type_name: str, remote_id: str) -> Record:
        raw = await self._source.one(shape.product_id(remote_id))
        if raw is None:
            return shape.absent(type_name, remote_id)
        found = shape.of_product(type_name, raw, self._untold)
        return found if found.remote_id == remote_id else shape.absent(type_name, remote_id)

    async def _found(self, locator: Locator, records: Sequence[Record]) -> Record | Ambiguous | None:
        candidates = [record for record in records if record.type == locator.type]
        if locator.remote_id is not None:
            for record in candidates:
                if record.remote_id == locator.remote_id:
                    return record
            if locator.type in OF_PRODUCTS:  # pages shift: an absence is believed from that very id only
                return await self._by_id(locator.type, locator.remote_id)
            return shape.absent(locator.type, locator.remote_id)
        matching = [record for record in candidates if _matches(record, locator)]
        if len(matching) > 1:
            return Ambiguous(locator.type, tuple(record.remote_id for record in matching))
        return matching[0] if matching else None


def _unseen(records: Sequence[Record], seen: set[tuple[str, str]]) -> list[Record]:
    """Those not yet seen in this pass; what products refer to comes before them."""
    fresh = []
    for record in records:
        if (record.type, record.remote_id) not in seen:
            seen.add((record.type, record.remote_id))
            fresh.append(record)
    return sorted(fresh, key=lambda record: record.type in OF_PRODUCTS)


def _matches(record: Record, locator: Locator) -> bool:
    fields = record.fields or {}
    return bool(locator.key) and all(fields.get(name) == value for name, value in locator.key.items())
