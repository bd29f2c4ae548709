"""The content API: `/api/<plural>`, as shops' front ends and integrations use it. One document a call, no more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from replicator.sandbox.strapi.accounts import Accounts
from replicator.sandbox.strapi.querystring import Node, parse
from replicator.sandbox.strapi.records import Account, Records
from replicator.sandbox.strapi.refusals import Refusal, invalid_key
from replicator.sandbox.strapi.shop import CHANGE
from replicator.sandbox.strapi.tables import Row
from replicator.sandbox.strapi.types import ContentType
from replicator.sandbox.strapi.values import Checker

VERSION = "5.54.0"
DEFAULT_LIMIT = 25
MAX_LIMIT = 250


@dataclass(frozen=True, slots=True)
class Content:
    """The routes under `/api`."""

    records: Records
    accounts: Accounts

    def routes(self) -> list[Route]:
        """What can be asked."""
        return [
            Route("/api/auth/local", self.log_in, methods=["POST"]),
            Route("/api/changes/account", self.account, methods=["GET"]),
            Route("/api/changes/media", self.media, methods=["POST"]),
            Route("/api/changes/unpublish/{model}/{document_id}", self.unpublish, methods=["POST"]),
            Route("/api/{plural}", self.collection, methods=["GET", "POST"]),
            Route("/api/{plural}/{document_id}", self.one, methods=["GET", "PUT", "DELETE"]),
        ]

    async def log_in(self, request: Request) -> Response:
        """A user's token."""
        client = request.client.host if request.client else ""
        body, headers = self.accounts.log_in_user(await json_body(request), client)
        return JSONResponse(body, headers=headers)

    async def account(self, request: Request) -> Response:
        """The companion says as whom the asker writes."""
        if not self.records.companion:
            raise Refusal(404)
        account = self.accounts.of_api(request)
        return JSONResponse({"data": {"writer": account.stamp, "strapi": VERSION, "changes": 1}})

    async def media(self, request: Request) -> Response:
        """The companion tells the files of addresses, fetching those that are not there."""
        self.accounts.of_api(request)
        if not self.records.companion:
            raise Refusal(404)
        body = await json_body(request)
        addresses = body.get("addresses") if isinstance(body, dict) else None
        if not isinstance(addresses, list):
            raise Refusal(400, "addresses is a list of addresses")
        return JSONResponse({"data": [self.records.file(str(each)).id for each in addresses]})

    async def unpublish(self, request: Request) -> Response:
        """The companion takes back what is published."""
        kind = self.records.types.get(request.path_params["model"])
        account = self.accounts.of_api(request)
        if not self.records.companion or kind is None or not kind.drafts:
            raise Refusal(404)
        body = await json_body(request)
        row = self.records.tables.get(kind.name, request.path_params["document_id"])
        if row is not None and row.live is not None:
            told = body.get("write_id") if isinstance(body, dict) else None
            self.records.turn(kind, row, account, "unpublish", told)
        return Response(status_code=204)

    async def collection(self, request: Request) -> Response:
        """List, or create."""
        kind = self._kind(request)
        account = self.accounts.of_api(request)
        query = parse(request.query_params.multi_items())
        if request.method == "GET":
            return self._list(kind, query, account)
        if kind.name == CHANGE.name:  # the companion alone makes its rows
            raise Refusal(405)
        data = await self._data(request, kind, account)
        row = await self.records.create(kind, data, account, publish=not _drafts(query))
        return self._answer(kind, row, query, account, status=201)

    async def one(self, request: Request) -> Response:
        """Read, change or delete one document."""
        kind = self._kind(request)
        account = self.accounts.of_api(request)
        query = parse(request.query_params.multi_items())
        if request.method == "PUT":
            data = await self._data(request, kind, account)
        elif request.method == "DELETE" and not account.writes:
            raise Refusal(403)
        row = self.records.tables.get(kind.name, request.path_params["document_id"])
        if request.method == "DELETE":
            if row is not None:
                self.records.delete(kind, row, account)
            return Response(status_code=204)
        if row is None:
            raise Refusal(404)
        if request.method == "PUT":
            row = await self.records.update(kind, row, data, account, publish=not _drafts(query))
        return self._answer(kind, row, query, account)

    def _kind(self, request: Request) -> ContentType:
        plural = request.path_params["plural"]
        found = next((each for each in self.records.types.values() if each.plural == plural), None)
        if found is None:
            raise Refusal(404)
        return found

    async def _data(self, request: Request, kind: ContentType, account: Account) -> Mapping[str, object]:
        if not account.writes:
            raise Refusal(403)
        body = await json_body(request)
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, dict):
            raise Refusal(400, 'Missing "data" payload in the request body')
        Checker(self.records.types, self.records.tables).known_keys(kind, data)
        return data

    def _list(self, kind: ContentType, query: Mapping[str, Node], account: Account) -> Response:
        finder, writer = self.records.finder, replace(self.records.writer, drafts=_drafts(query))
        writer.fields(kind, query.get("fields"))  # a wrong name is refused even where there is nothing to show
        writer.populated(kind, query.get("populate"))
        meant = (writer.meant(kind, each) for each in self.records.tables.rows(kind.name))
        rows = finder.matching(kind, query.get("filters"), [each for each in meant if each is not None])
        rows = finder.ordered(kind, query.get("sort"), rows)
        page, pagination = paginated(rows, query.get("pagination"))
        data = [writer.document(kind, row, query.get("populate"), query.get("fields")) for row in page]
        if "fields" not in query:
            self.records.served(kind, page, account.name)
        return JSONResponse({"data": data, "meta": {"pagination": pagination}})

    def _answer(
        self, kind: ContentType, row: Row, query: Mapping[str, Node], account: Account, *, status: int = 200
    ) -> Response:
        writer = replace(self.records.writer, drafts=_drafts(query))
        meant = writer.meant(kind, row)
        if meant is None:
            raise Refusal(404)
        data = writer.document(kind, meant, query.get("populate"), query.get("fields"))
        if "fields" not in query:
            self.records.served(kind, [row], account.name)
        return JSONResponse({"data": data, "meta": {}}, status)


def _drafts(query: Mapping[str, Node]) -> bool:
    return query.get("status") == "draft"


def paginated(rows: list[Row], asked: Node | None) -> tuple[list[Row], dict[str, int]]:
    """One page, and what is told about it. A size above the limit is cut in silence; -1 does not mean all."""
    words = asked if isinstance(asked, dict) else {}
    counted = words.get("withCount") not in ("false", "0")
    if "start" in words or "limit" in words:
        start, limit = _number(words, "start", 0), min(max(_number(words, "limit", DEFAULT_LIMIT), 1), MAX_LIMIT)
        return rows[start : start + limit], {"start": start, "limit": limit} | ({"total": len(rows)} if counted else {})
    page, size = max(_number(words, "page", 1), 1), min(max(_number(words, "pageSize", DEFAULT_LIMIT), 1), MAX_LIMIT)
    told = {"page": page, "pageSize": size}
    if counted:
        told |= {"pageCount": -(-len(rows) // size), "total": len(rows)}
    return rows[(page - 1) * size : page * size], told


def _number(words: Mapping[str, Node], name: str, default: int) -> int:
    try:
        return int(str(words.get(name, default)))
    except ValueError as error:
        raise invalid_key(name, "pagination") from error


async def json_body(request: Request) -> object:
    """The body of a request; nothing in it is the empty map."""
    raw = await request.body()
    try:
        return json.loads(raw) if raw.strip() else {}
    except ValueError as error:
        raise Refusal(400, "Invalid JSON") from error
