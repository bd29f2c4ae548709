"""`/items/…`: what a shop reads and writes."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from replicator.sandbox.directus.accounts import Caller, require
from replicator.sandbox.directus.bodies import body_of, query_of
from replicator.sandbox.directus.query import Query, from_body
from replicator.sandbox.directus.reader import Reader
from replicator.sandbox.directus.refusals import forbidden, forbidden_collection, invalid_payload
from replicator.sandbox.directus.schema import Schema
from replicator.sandbox.directus.tables import Key, Row, Tables
from replicator.sandbox.directus.values import valid_key
from replicator.sandbox.directus.writer import Writer


class Service(Protocol):
    """What the routes need of a Directus."""

    schema: Schema
    tables: Tables
    extensions: list[dict[str, Any]]

    def caller(self, request: Request) -> Caller:
        """Who asks. 401 for a wrong token."""
        ...

    def writing(self, who: Caller) -> AbstractAsyncContextManager[Writer]:
        """One transaction, committed at the end of the block; its events go out after that."""
        ...

    async def tell(self, writer: Writer, *, settle: bool) -> None:
        """Send the events that there are, though the transaction is still open."""
        ...

    def saw(self, who: Caller, collection: str, rows: Sequence[Row], query: Query) -> None:
        """Rows were shown."""
        ...


class Items:
    """The routes of items."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.routes = [
            Route("/items/{collection}", self.listed, methods=["GET", "SEARCH"]),
            Route("/items/{collection}", self.create, methods=["POST"]),
            Route("/items/{collection}", self.update_many, methods=["PATCH"]),
            Route("/items/{collection}", self.delete_many, methods=["DELETE"]),
            Route("/items/{collection}/{key}", self.show, methods=["GET"]),
            Route("/items/{collection}/{key}", self.update, methods=["PATCH"]),
            Route("/items/{collection}/{key}", self.delete, methods=["DELETE"]),
        ]

    async def listed(self, request: Request) -> Response:
        """Those that fit a query."""
        who, collection = self._admitted(request, "read")
        query = query_of(request)
        if request.method == "SEARCH":
            query = from_body((await body_of(request)).get("query") or {})
        return JSONResponse(self.answer(who, collection, query))

    async def show(self, request: Request) -> Response:
        """One; 403 where it is not there."""
        who, collection = self._admitted(request, "read")
        return JSONResponse({"data": self._shown(who, collection, [self._key(request)], query_of(request))[0]})

    async def create(self, request: Request) -> Response:
        """One or several, in one transaction. The answer is sorted by key, not as they were sent."""
        who, collection = self._admitted(request, "create")
        sent = await body_of(request)
        async with self._service.writing(who) as writer:
            if not isinstance(sent, list):
                keys = [writer.create(collection, _item(sent))]
            else:
                keys = [writer.create(collection, _item(each)) for each in sent]
        shown = self._shown(who, collection, keys, query_of(request))
        return JSONResponse({"data": shown if isinstance(sent, list) else shown[0]})

    async def update(self, request: Request) -> Response:
        """One. An administrator gets 204 for what is not there, and an event."""
        who, collection = self._admitted(request, "update")
        key, sent = self._key(request), _item(await body_of(request))
        async with self._service.writing(who) as writer:
            writer.update(collection, [key], sent)
        if self._service.tables.get(collection, key) is None:
            return Response(status_code=204)
        return JSONResponse({"data": self._shown(who, collection, [key], query_of(request))[0]})

    async def update_many(self, request: Request) -> Response:
        """`[{id, …}]`, `{"keys", "data"}` or `{"query", "data"}`."""
        who, collection = self._admitted(request, "update")
        sent = await body_of(request)
        async with self._service.writing(who) as writer:
            if isinstance(sent, list):
                keys = await self._update_each(writer, collection, sent)
            else:
                # The keys are read first and written by key then: no guard against what happens in between.
                keys = self._named(collection, sent)
                writer.update(collection, keys, _item(sent.get("data")))
        return JSONResponse({"data": self._shown(who, collection, keys, query_of(request))})

    async def delete(self, request: Request) -> Response:
        """One."""
        who, collection = self._admitted(request, "delete")
        async with self._service.writing(who) as writer:
            writer.delete(collection, [self._key(request)])
        return Response(status_code=204)

    async def delete_many(self, request: Request) -> Response:
        """`[ids]`, `{"keys"}` or `{"query"}`."""
        who, collection = self._admitted(request, "delete")
        sent = await body_of(request)
        keys = self._named(collection, {"keys": sent} if isinstance(sent, list) else sent)
        async with self._service.writing(who) as writer:
            writer.delete(collection, keys)
        return Response(status_code=204)

    def answer(self, who: Caller, collection: str, query: Query) -> dict[str, Any]:
        """A list, as it is answered."""
        reader = Reader(self._service.tables, self._service.schema)
        rows, matching = reader.chosen(collection, query)
        self._service.saw(who, collection, rows, query)
        answer: dict[str, Any] = {"data": reader.shown(collection, rows, query)}
        counts = {"filter_count": matching, "total_count": len(list(self._service.tables.every(collection)))}
        meta = {name: count for name, count in counts.items() if name in query.meta or "*" in query.meta}
        return answer | ({"meta": meta} if query.meta else {})

    async def _update_each(self, writer: Writer, collection: str, sent: Sequence[Any]) -> list[Key]:
        """An array of different changes: each event goes out at once, before the commit, which may never come."""
        primary = self._service.schema.collection(collection).primary
        keys: list[Key] = []
        for each in sent:
            if primary.name not in _item(each):
                raise invalid_payload("Item in update misses primary key")
            key = valid_key(primary, each[primary.name])
            writer.update(collection, [key], each)
            keys.append(key)
            await self._service.tell(writer, settle=False)
            await asyncio.sleep(0)  # others read meanwhile, and see the old rows
        await self._service.tell(writer, settle=True)
        return keys

    def _named(self, collection: str, sent: Mapping[str, Any]) -> list[Key]:
        table = self._service.schema.collection(collection)
        if isinstance(sent.get("keys"), list):
            return [valid_key(table.primary, each) for each in sent["keys"]]
        if not isinstance(sent.get("query"), Mapping):
            raise invalid_payload('"keys" or "query" is required')
        reader = Reader(self._service.tables, self._service.schema)
        rows, _ = reader.chosen(collection, from_body(sent["query"]))
        return [row[table.primary.name] for row in rows]

    def _shown(self, who: Caller, collection: str, keys: Sequence[Key], query: Query) -> list[dict[str, Any]]:
        found = [self._service.tables.get(collection, key) for key in dict.fromkeys(keys)]
        rows = [row for row in found if row is not None]
        if not rows and keys:
            raise forbidden()
        primary = self._service.schema.collection(collection).primary.name
        rows.sort(key=operator.itemgetter(primary))
        self._service.saw(who, collection, rows, query)
        return Reader(self._service.tables, self._service.schema).shown(collection, rows, query)

    def _key(self, request: Request) -> Key:
        table = self._service.schema.collection(request.path_params["collection"])
        return valid_key(table.primary, request.path_params["key"])

    def _admitted(self, request: Request, action: str) -> tuple[Caller, str]:
        who, collection = self._service.caller(request), str(request.path_params["collection"])
        if collection.startswith("directus_"):
            raise forbidden_collection(collection)
        self._service.schema.collection(collection)
        require(self._service.tables, who, action, collection)
        return who, collection


def _item(sent: object) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise invalid_payload("An item has to be an object")
    return sent
