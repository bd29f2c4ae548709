"""Where the catalogue comes from: the service over HTTP, or its data file on disk, which has the same shape."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from replicator.connectors.client import Client, Refused
from replicator.errors import BadAnswer, Unreachable

NOT_FOUND = 404


class Source(Protocol):
    """The two questions that are asked of it."""

    async def listed(self, skip: int, limit: int) -> object:
        """A list of products, in the service's envelope."""
        ...

    async def one(self, product_id: str) -> Mapping[str, Any] | None:
        """One product, None where there is no such."""
        ...

    async def aclose(self) -> None:
        """Let go of it."""
        ...


class Service:
    """The service. Its rate limit is kept by the client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def listed(self, skip: int, limit: int) -> object:
        """GET /products."""
        return (await self._client.request("GET", "/products", params={"limit": str(limit), "skip": str(skip)})).body

    async def one(self, product_id: str) -> Mapping[str, Any] | None:
        """GET /products/{id}."""
        if not product_id.isdigit():
            return None  # no id of theirs; and such a path could name something else
        try:
            body = (await self._client.request("GET", f"/products/{product_id}")).body
        except Refused as error:
            if error.status == NOT_FOUND:
                return None
            raise
        if not isinstance(body, dict) or "id" not in body:
            msg = f"GET /products/{product_id} answered no product"
            raise BadAnswer(msg)
        return body

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class DataFile:
    """The data file: a bare array of products. Read anew for every pass, because people replace it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._products: list[Mapping[str, Any]] | None = None

    async def listed(self, skip: int, limit: int) -> object:
        """A slice of the array; the first one of a pass reads the file."""
        if skip == 0 or self._products is None:
            self._products = await asyncio.to_thread(self._read)
        return {"products": self._products[skip : skip + limit], "total": len(self._products), "skip": skip}

    async def one(self, product_id: str) -> Mapping[str, Any] | None:
        """The product with that id in the file as it is now."""
        self._products = await asyncio.to_thread(self._read)
        return next((each for each in self._products if str(each.get("id")) == product_id), None)

    async def aclose(self) -> None:
        """Forget what was read."""
        self._products = None

    def _read(self) -> list[Mapping[str, Any]]:
        try:
            raw = json.loads(self._path.read_bytes(), parse_float=Decimal)
        except OSError as error:
            msg = f"{self._path}: {error.strerror or error}"
            raise Unreachable(msg) from error
        except ValueError as error:
            msg = f"{self._path} is not JSON: {error}"
            raise BadAnswer(msg) from error
        products = raw.get("products") if isinstance(raw, dict) else raw
        if not isinstance(products, list) or not all(isinstance(each, dict) for each in products):
            msg = f"{self._path} is no catalogue: a list of products is expected"
            raise BadAnswer(msg)
        return products
