"""The played Strapi as the kernel knows it: one app, and what an operator can do to it from outside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from replicator.sandbox.strapi.accounts import Accounts
from replicator.sandbox.strapi.admin import Admin
from replicator.sandbox.strapi.content import Content
from replicator.sandbox.strapi.editor import Editor
from replicator.sandbox.strapi.records import Records
from replicator.sandbox.strapi.refusals import Refusal
from replicator.sandbox.strapi.shown import shown
from replicator.sandbox.strapi.tables import Row
from replicator.sandbox.world import Shown, World

Handler = Callable[[Request, Exception], Response | Awaitable[Response]]
METHOD_NOT_ALLOWED = 405
Dump = tuple[dict[str, dict[str, Row]], dict[str, int]]


class Strapi:
    """A Strapi with the shop's content types. `records` and `accounts` hold the switches that tests turn."""

    name = "strapi"

    def __init__(self, world: World) -> None:
        self.records = Records(world)
        self.accounts = Accounts(world)
        handlers: dict[int | type[Exception], Handler] = {Refusal: _refused, HTTPException: _unrouted}
        routes = [
            *Admin(self.records.announcer, self.accounts).routes(),
            *Editor(self.records, self.accounts).routes(),
            Route("/_health", _health),
            *Content(self.records, self.accounts).routes(),
        ]
        self.access: Mapping[str, str] = _access(self.accounts)
        self.app = Starlette(routes=routes, exception_handlers=handlers)

    def reset(self) -> None:
        """As freshly installed: accounts and content types are there, no documents, no webhooks."""
        self.records.tables.load(({}, {}))
        self.records.index = True
        self.records.companion = False
        self.records.drafted = self.records.media = frozenset()
        self.records.meeting = None
        self.records.announcer.clear()
        self.records.announcer.lag_seconds = 0.0
        self.accounts.user_limiter.forget()
        self.accounts.editor_limiter.forget()

    def empty(self) -> None:
        """An operator truncated all tables of documents: no events."""
        self.records.tables.truncate()

    def dump(self) -> object:
        """A backup of the documents."""
        return self.records.tables.dump()

    def load(self, dump: object) -> None:
        """A backup put back by SQL: no events."""
        self.records.tables.load(cast("Dump", dump))

    def shown(self) -> list[Shown]:
        """All living records."""
        tables = self.records.tables
        kinds = [each for each in self.records.types.values() if each.catalog]
        return [shown(self.records.types, kind, row, tables) for kind in kinds for row in tables.rows(kind.name)]

    def refusal(self, status: int) -> Response:
        """Strapi's own 429, 500 or 503."""
        return Refusal(status).response()


def _access(accounts: Accounts) -> dict[str, str]:
    """The keys to all doors: what a new user of the sandbox is told."""
    return {
        "token": accounts.token,
        "identifier": accounts.service.login,
        "password": accounts.service.word,
        "admin_email": accounts.admin.login,
        "admin_password": accounts.admin.word,
        "person_email": accounts.person.login,
        "person_password": accounts.person.word,
        "other_person_email": accounts.other_person.login,
    }


async def _health(_request: Request) -> Response:
    return Response(status_code=204, headers={"strapi": "You are so French!"})


def _refused(_request: Request, error: Exception) -> Response:
    return cast("Refusal", error).response()


def _unrouted(_request: Request, error: Exception) -> Response:
    status = cast("HTTPException", error).status_code
    if status == METHOD_NOT_ALLOWED:  # the router's own answer, before Strapi's error middleware
        return PlainTextResponse("Method Not Allowed", status)
    return Refusal(status).response()
