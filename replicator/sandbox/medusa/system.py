"""The played Medusa as the kernel knows it: one app, and what an operator can do to it from outside."""

from __future__ import annotations

import hashlib
from typing import Any, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from replicator.sandbox.hooks import Target
from replicator.sandbox.medusa import inventory, standing
from replicator.sandbox.medusa.accounts import OURS, PERSON, WORD, Accounts
from replicator.sandbox.medusa.catalogue import Catalogue
from replicator.sandbox.medusa.checks import checked
from replicator.sandbox.medusa.door import Call, Door, read_body, refused
from replicator.sandbox.medusa.events import Announcer
from replicator.sandbox.medusa.lists import LISTS
from replicator.sandbox.medusa.refusals import Broken, Refusal, no_route, trouble
from replicator.sandbox.medusa.render import level
from replicator.sandbox.medusa.shopfront import Shopfront
from replicator.sandbox.medusa.shown import all_shown
from replicator.sandbox.medusa.tables import Row, Tables
from replicator.sandbox.medusa.work import stamp
from replicator.sandbox.world import Shown, World

BATCH = {"create": "array", "update": "array", "delete": "array"}
COMPANION = {"url": "string?", "secret": "string?", "actor": "boolean"}


class Medusa:
    """A Medusa with our companion in it. `accounts`, `announcer` and `catalogue` hold the switches that tests turn."""

    name = "medusa"

    def __init__(self, world: World) -> None:
        self.tables = Tables()
        self.accounts = Accounts(world)
        self.announcer = Announcer(world, self.tables)
        self._world = world
        self._door = Door(world, self.tables, self.announcer, self.accounts)
        self.catalogue = Catalogue(self._door)
        self.access = {"email": OURS, "password": WORD, "person_email": PERSON, "person_password": WORD}
        handlers: Any = {Refusal: refused, Broken: refused, HTTPException: _unrouted}
        routes = [*self._entry(), *self.catalogue.routes(), *self._shop(), *Shopfront(self._door).routes()]
        self.app = Starlette(routes=routes, exception_handlers=handlers)
        self.reset()

    def reset(self) -> None:
        """As after migration and the first user: a store in euros and dollars, no region, no stock location."""
        self.tables.clear(settings=True)
        self.accounts.reset()
        self.announcer.forget()
        self.catalogue.half_made_seconds = 0.0
        for table, columns in standing.rows():
            self._put(table, "", columns)
        channel = self._put("channels", "sc_", standing.CHANNEL)
        self._put("api_keys", "", standing.api_key(self._world.id("apk_"), channel["id"]))
        self._put("profiles", "sp_", standing.PROFILE)
        self._put("stores", "", standing.store(self._world.id("store_"), channel["id"]))

    def empty(self) -> None:
        """An operator truncated the tables of the catalogue: no events."""
        self.tables.clear(settings=False)

    def dump(self) -> object:
        """A backup."""
        return self.tables.dump()

    def load(self, dump: object) -> None:
        """A backup put back by SQL: no events."""
        self.tables.load(cast("dict[str, dict[str, Row]]", dump))

    def shown(self) -> list[Shown]:
        """All living records."""
        return all_shown(self.tables)

    def refusal(self, status: int) -> Response:
        """Medusa's own 500, and what a proxy before it says else."""
        return trouble(status)

    def _put(self, table: str, prefix: str, columns: Row) -> Row:
        now = stamp(self._world.now())
        stamps = {"created_at": now, "updated_at": now, "deleted_at": None}
        row = {"id": self._world.id(prefix), "metadata": None, **columns, **stamps}
        self.tables.put(table, row)
        return row

    def _entry(self) -> list[Route]:
        """Getting in, and the companion."""

        async def health(_: Request) -> Response:
            return PlainTextResponse("OK")

        async def log_in(request: Request) -> Response:
            return JSONResponse({"token": self.accounts.log_in(await read_body(request))})

        async def refresh(request: Request) -> Response:
            return JSONResponse({"token": self.accounts.refresh(await self._door.enter(request))})

        async def register(request: Request) -> Response:
            return JSONResponse({"token": self.accounts.register(await read_body(request))})

        async def me(request: Request) -> Response:
            return JSONResponse({"user": self.accounts.me(await self._door.enter(request))})

        async def invite(request: Request) -> Response:
            await self._door.enter(request)
            return JSONResponse({"invite": self.accounts.invite(await read_body(request))})

        async def accept(request: Request) -> Response:
            bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
            body = await read_body(request)
            return JSONResponse({"user": self.accounts.accept(request.query_params.get("token", ""), bearer, body)})

        async def companion(request: Request) -> Response:
            await self._door.enter(request)
            return JSONResponse({"companion": self._companions()})

        return [
            Route("/health", health),
            Route("/auth/user/emailpass", log_in, methods=["POST"]),
            Route("/auth/user/emailpass/register", register, methods=["POST"]),
            Route("/auth/token/refresh", refresh, methods=["POST"]),
            Route("/admin/users/me", me),
            Route("/admin/invites", invite, methods=["POST"]),
            Route("/admin/invites/accept", accept, methods=["POST"]),
            Route("/admin/replicator/companion", companion, methods=["GET"]),
            Route("/admin/replicator/companion", self._door.writes(self._companion), methods=["POST"]),
        ]

    def _shop(self) -> list[Route]:
        """Inventory."""
        writes, lists, gets = self._door.writes, self._door.lists, self._door.gets
        item, levels = "/admin/inventory-items", LISTS["inventory_levels"]
        return [
            Route(item, lists(LISTS["inventory_items"]), methods=["GET"]),
            Route(item, writes(self._make_item), methods=["POST"]),
            Route(f"{item}/location-levels/batch", writes(self._levels), methods=["POST"]),
            Route(item + "/{id}", gets("items", "inventory_item", "Inventory item"), methods=["GET"]),
            Route(item + "/{id}/location-levels", lists(levels, "inventory_item_id"), methods=["GET"]),
            Route(item + "/{id}/location-levels", writes(self._make_level), methods=["POST"]),
            Route(item + "/{id}/location-levels/{location}", writes(self._change_level), methods=["POST"]),
        ]

    async def _companion(self, call: Call) -> dict[str, Any]:
        """Set up the companion: where it posts, with which secret, and whether it stamps who made the request."""
        given = checked(call.body, COMPANION)
        if "url" in given:
            self._world.hooks[self.name].targets = [Target(given["url"])] if given["url"] else []
        if "secret" in given:
            self.announcer.secret = given["secret"]
        self.announcer.actor = given.get("actor", self.announcer.actor)
        return {"companion": self._companions()}

    def _companions(self) -> dict[str, Any]:
        """What the companion tells of its settings: of the secret a name only."""
        targets, secret = self._world.hooks[self.name].targets, self.announcer.secret
        name = None if secret is None else hashlib.sha256(secret.encode()).hexdigest()[:16]
        return {"url": targets[0].url if targets else None, "secret_name": name, "actor": self.announcer.actor}

    async def _levels(self, call: Call) -> dict[str, Any]:
        """Many levels at once. What is told to be available is what was before."""
        given = checked(call.body, {**BATCH, "force": "boolean"})
        stale = {row["id"]: level(self.tables, row)["available_quantity"] for row in self.tables.rows("levels")}
        done = inventory.level_batch(call.work, given)
        for key in ("created", "updated"):
            done[key] = [
                {**level(self.tables, row), "available_quantity": stale.get(row["id"], 0)} for row in done[key]
            ]
        return done

    async def _make_item(self, call: Call) -> dict[str, Any]:
        row = inventory.make_item(call.work, call.body)
        return {"inventory_item": self._door.shown(call, "items", [row])[0]}

    async def _make_level(self, call: Call) -> dict[str, Any]:
        inventory.make_level(call.work, call.path["id"], call.body)
        return self._item(call)

    async def _change_level(self, call: Call) -> dict[str, Any]:
        inventory.change_level(call.work, call.path["id"], call.path["location"], call.body)
        return self._item(call)

    def _item(self, call: Call) -> dict[str, Any]:
        row = self.tables.living("items", call.path["id"])
        return {"inventory_item": self._door.shown(call, "items", [row])[0] if row else None}


async def _unrouted(request: Request, _: Exception) -> Response:
    return no_route(request.method, request.url.path)
