"""The content manager: what a human editor's browser calls. Bare fields, no `data` around them; relations are counts.

An editor's save leaves every field alone that it does not name, our marker too: a marker alone proves no origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from replicator.sandbox.strapi.accounts import Accounts
from replicator.sandbox.strapi.content import json_body
from replicator.sandbox.strapi.querystring import parse
from replicator.sandbox.strapi.records import Account, Records
from replicator.sandbox.strapi.refusals import Refusal
from replicator.sandbox.strapi.tables import Row
from replicator.sandbox.strapi.types import UNWRITABLE, ContentType

BASE = "/content-manager"
PAGE_SIZE = 10


@dataclass(frozen=True, slots=True)
class Editor:
    """The routes under `/content-manager`."""

    records: Records
    accounts: Accounts

    def routes(self) -> list[Route]:
        """What can be asked."""
        collection = BASE + "/collection-types/{uid}"
        return [
            Route(collection, self.collection, methods=["GET", "POST"]),
            Route(collection + "/actions/bulkDelete", self.bulk_delete, methods=["POST"]),
            Route(collection + "/clone/{document_id}", self.clone, methods=["POST"]),
            Route(collection + "/{document_id}/actions/{action}", self.turn, methods=["POST"]),
            Route(collection + "/{document_id}", self.one, methods=["GET", "PUT", "DELETE"]),
            Route(BASE + "/relations/{uid}/{document_id}/{attribute}", self.relations, methods=["GET"]),
        ]

    async def collection(self, request: Request) -> Response:
        """List, or create."""
        kind, account = self._asked(request)
        if request.method == "POST":
            data = self._writable(kind, await json_body(request))
            row = await self.records.create(kind, data, account, publish=False)
            return self._answer(kind, row, account, status=201)
        query = parse(request.query_params.multi_items())
        finder = self.records.finder
        rows = finder.matching(kind, query.get("filters"), self.records.tables.rows(kind.name))
        rows = finder.ordered(kind, query.get("sort"), rows)
        page, size = (
            int(request.query_params.get(name, default)) for name, default in (("page", 1), ("pageSize", PAGE_SIZE))
        )
        shown = rows[(page - 1) * size : page * size]
        self.records.served(kind, shown, account.name)
        results = [self.records.writer.counted(kind, row, self.accounts.editors) for row in shown]
        pagination = {"page": page, "pageSize": size, "pageCount": -(-len(rows) // size), "total": len(rows)}
        return JSONResponse({"results": results, "pagination": pagination})

    async def one(self, request: Request) -> Response:
        """Read, change or delete one document."""
        kind, account = self._asked(request)
        row = self._row(request, kind)
        if request.method == "DELETE":
            self.records.delete(kind, row, account)
            return JSONResponse({})
        if request.method == "PUT":
            data = self._writable(kind, await json_body(request))
            row = await self.records.update(kind, row, data, account, publish=False)
        return self._answer(kind, row, account)

    async def turn(self, request: Request) -> Response:
        """Publish, unpublish or discard; a form that is published is saved before."""
        kind, account = self._asked(request)
        row, action = self._row(request, kind), request.path_params["action"]
        if not kind.drafts or action not in ("publish", "unpublish", "discard"):
            raise Refusal(404)
        if action == "publish":
            data = self._writable(kind, await json_body(request))
            row = await self.records.update(kind, row, data, account, publish=False)
        self.records.turn(kind, row, account, action)
        return self._answer(kind, row, account)

    async def clone(self, request: Request) -> Response:
        """A copy with the fields given changed: whatever must be unique has to be among them."""
        kind, account = self._asked(request)
        row = self._row(request, kind)
        links = {name: list(each) for name, each in row.links.items()}
        copied = {**row.values, **links, **self._writable(kind, await json_body(request))}
        made = await self.records.create(kind, copied, account, publish=False)
        return self._answer(kind, made, account, status=201)

    async def bulk_delete(self, request: Request) -> Response:
        """Delete several documents; each is told by itself."""
        kind, account = self._asked(request)
        body = await json_body(request)
        named = body.get("documentIds") if isinstance(body, dict) else None
        rows = [self.records.tables.get(kind.name, str(each)) for each in (named if isinstance(named, list) else [])]
        found = [row for row in rows if row is not None]
        for row in found:
            self.records.delete(kind, row, account)
        return JSONResponse({"count": len(found)})

    async def relations(self, request: Request) -> Response:
        """What a relation names, the last first."""
        kind, _ = self._asked(request)
        row = self._row(request, kind)
        attribute = kind.relations.get(request.path_params["attribute"])
        if attribute is None:
            raise Refusal(404)
        linked = reversed(row.links.get(request.path_params["attribute"], []))
        rows = [self.records.tables.get(attribute.target, each) for each in linked]
        results = [{"id": each.id, "documentId": each.document_id} for each in rows if each is not None]
        return JSONResponse({"results": results, "pagination": {"page": 1, "pageCount": 1, "total": len(results)}})

    def _asked(self, request: Request) -> tuple[ContentType, Account]:
        account = self.accounts.of_admin(request)
        uid = request.path_params["uid"]
        found = next((each for each in self.records.types.values() if each.uid == uid), None)
        if found is None:
            raise Refusal(404)
        return found, account

    def _row(self, request: Request, kind: ContentType) -> Row:
        row = self.records.tables.get(kind.name, request.path_params["document_id"])
        if row is None:
            raise Refusal(404)
        return row

    def _writable(self, kind: ContentType, body: object) -> Mapping[str, object]:
        # A form sends back all that it was shown; what it may not write is dropped without a word.
        given = body if isinstance(body, dict) else {}
        return {name: value for name, value in given.items() if name in kind.attributes and name not in UNWRITABLE}

    def _answer(self, kind: ContentType, row: Row, account: Account, *, status: int = 200) -> Response:
        self.records.served(kind, [row], account.name)
        data = self.records.writer.counted(kind, row, self.accounts.editors)
        return JSONResponse({"data": data, "meta": {"availableLocales": [], "availableStatus": []}}, status)
