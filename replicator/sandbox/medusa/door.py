"""The door: what every request passes. Who it is, a body of at most 100 kB, one work per write, and the answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from replicator.sandbox.medusa import selling_words
from replicator.sandbox.medusa.accounts import Accounts, Actor
from replicator.sandbox.medusa.events import Announcer, current_actor
from replicator.sandbox.medusa.lists import List, listed
from replicator.sandbox.medusa.part_words import price_id
from replicator.sandbox.medusa.refusals import TOO_LARGE, UNKNOWN_ERROR, Broken, Refusal
from replicator.sandbox.medusa.render import Tree, answered
from replicator.sandbox.medusa.tables import Row, Tables
from replicator.sandbox.medusa.work import Work
from replicator.sandbox.world import World

BODY_BYTES_MAX = 100 * 1024
TYPES = {
    "tags": "tag",
    "categories": "category",
    "products": "product",
    "variants": "variant",
    **{table: type_name for type_name, table in selling_words.TABLES.items()},
}
CONTENT = ("title", "value", "name")  # an answer without any of these shows ids, not content


@dataclass(slots=True, kw_only=True)
class Call:
    """A request that was let in: who makes it, and what was sent."""

    request: Request
    account: str
    body: Any
    work: Work

    @property
    def path(self) -> dict[str, str]:
        """The ids in the address."""
        return {name: str(value) for name, value in self.request.path_params.items()}


Writer: TypeAlias = Callable[[Call], Awaitable[dict[str, Any]]]


class Door:
    """Lets requests in, and answers."""

    def __init__(self, world: World, tables: Tables, announcer: Announcer, accounts: Accounts) -> None:
        self.world = world
        self.tables = tables
        self.accounts = accounts
        self._announcer = announcer

    def writes(self, writer: Writer) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that changes something: all of it or nothing."""

        async def endpoint(request: Request) -> Response:
            actor = await self.enter(request)
            stamped: dict[str, object] = {"actor_id": actor.id, "actor_type": actor.type, "method": request.method}
            stamped |= {"path": request.url.path, "origin": request.headers.get("x-replicator-origin")}
            token = current_actor.set({**stamped, "request_id": request.headers.get("x-request-id")})
            work = Work(self.world, self.tables, self._announcer, actor.account)
            try:
                body = await read_body(request)
                answer = await writer(Call(request=request, account=actor.account, body=body, work=work))
                await work.done()
            except (Refusal, Broken):
                work.undo()
                raise
            finally:
                current_actor.reset(token)
            return JSONResponse(answer)

        return endpoint

    async def enter(self, request: Request) -> Actor:
        """Who it is; a key takes its time."""
        actor = self.accounts.actor(request)
        request.state.account = actor.account
        if actor.type == "api-key":
            await asyncio.sleep(self.accounts.key_seconds)
        return actor

    def lists(self, kind: List, parent: str | None = None) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that lists: all, or what is below the row that its address names (`parent`: by which column)."""

        async def endpoint(request: Request) -> Response:
            actor = await self.enter(request)
            below = [(parent, request.path_params["id"])] if parent else []
            rows, numbers = listed(self.tables, kind, [*request.query_params.multi_items(), *below])
            fields = request.query_params.get("fields")
            trees = [self.show(kind.table, row, fields, actor.account) for row in rows]
            return JSONResponse({kind.name: trees, **numbers})

        return endpoint

    def gets(self, table: str, name: str, noun: str, param: str = "id") -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that shows the row that its address names; asking for deleted ones is refused."""

        async def endpoint(request: Request) -> Response:
            actor = await self.enter(request)
            if "with_deleted" in request.query_params:
                raise Refusal("Invalid request: Unrecognized fields: 'with_deleted'")
            row = self.tables.living(table, request.path_params[param])
            if row is None:
                raise Refusal(f"{noun} not found", status=404, type_="not_found")
            return JSONResponse({name: self.show(table, row, request.query_params.get("fields"), actor.account)})

        return endpoint

    def show(self, table: str, row: Row, fields: str | None, account: str) -> Tree:
        """A row as it is answered. What the replicator is shown of people's edits counts as observed."""
        tree = answered(self.tables, table, row, fields)
        if any(name in tree for name in CONTENT) and table in TYPES:
            self._served(TYPES[table], row["id"], account)
        for type_name, remote_id in parts_in(tree, table):
            self._served(type_name, remote_id, account)
        return tree

    def shown(self, call: Call, table: str, rows: Sequence[Row]) -> list[Tree]:
        """Rows just written, as they are answered."""
        fields = call.request.query_params.get("fields")
        return [self.show(table, row, fields, call.account) for row in rows]

    def _served(self, type_name: str, remote_id: str, account: str) -> None:
        self.world.ledger.served(system="medusa", account=account, type=type_name, remote_id=remote_id)


def parts_in(tree: Tree, table: str) -> Iterator[tuple[str, str]]:
    """The records that are told along with a product or a variant: type and id."""
    for option in tree.get("options", ()) if table == "products" else ():
        yield "option", f"{tree['id']}/{option['id']}"
        for value in option.get("values", ()):
            yield "option_value", f"{tree['id']}/{option['id']}/{value['id']}"
    for key in (tree.get("metadata") or ()) if table == "products" else ():
        yield "metafield", f"{tree['id']}/{key}"
    for variant in tree.get("variants", ()):
        if "title" in variant:
            yield "variant", variant["id"]
            yield from parts_in(variant, "variants")
    for price in tree.get("prices", ()) if table == "variants" else ():
        yield "price", price_id(price)
    for item in tree.get("inventory_items", ()) if table == "variants" else ():
        for level in (item.get("inventory") or {}).get("location_levels", ()):
            yield "stock", f"{tree['id']}/{level['location_id']}"


async def read_body(request: Request) -> Any:  # noqa: ANN401  (any JSON)
    """What was sent. Raises Refusal 413 beyond 100 kB, 400 for what is no JSON."""
    raw = await request.body()
    if len(raw) > BODY_BYTES_MAX:
        raise Refusal("request entity too large", status=TOO_LARGE, type_="unknown_error")
    if not raw:
        return {}
    try:
        return json.loads(raw)
    except ValueError as error:
        raise Refusal(f"Expected property name or '}}' in JSON: {error}") from error


async def refused(_: Request, error: Exception) -> Response:
    """A refusal's answer."""
    return error.response() if isinstance(error, Refusal) else JSONResponse(UNKNOWN_ERROR, 500)
