"""Directus, played: version 11.17.4 as measured, for what a connector uses.

What is faithful here and matters: a batch is one transaction, and an error does not say which item; answers are
sorted by key; 403 stands for missing; nothing is suppressed; an array of updates tells its events before it commits;
flows deliver once; the database's own cascades leave no trace; activity is written with the write, but its ids can
be seen out of order (`late_activity`).
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from replicator.sandbox.directus import accounts, flows, refusals, shop, shown
from replicator.sandbox.directus.accounts import Caller
from replicator.sandbox.directus.installed import furnish
from replicator.sandbox.directus.items import Items
from replicator.sandbox.directus.journal import Journal
from replicator.sandbox.directus.library import LibraryRoutes
from replicator.sandbox.directus.query import Query
from replicator.sandbox.directus.schema import Schema
from replicator.sandbox.directus.server import ServerRoutes
from replicator.sandbox.directus.system import SystemRoutes
from replicator.sandbox.directus.tables import Row, Tables, Transaction
from replicator.sandbox.directus.writer import Writer
from replicator.sandbox.world import Shown, World

__all__ = ["Directus"]


class Directus:
    """One Directus. `bare`: only the administrator is there, no shop and no other accounts, as after `bootstrap`."""

    name = "directus"

    def __init__(self, world: World, *, bare: bool = False) -> None:
        self.schema = Schema()
        self.tables = Tables()
        self.late_activity = False
        self.extensions: list[dict[str, Any]] = []
        self.access: Mapping[str, str] = {}
        self._world = world
        self._bare = bare
        self._lock = asyncio.Lock()
        self._held: list[Transaction] = []
        self._overdue: list[Transaction] = []
        items = Items(self)
        self.app = Starlette(
            routes=[
                *items.routes,
                *ServerRoutes(self).routes,
                *LibraryRoutes(self, items).routes,
                *SystemRoutes(self, items).routes,
            ],
            exception_handlers={refusals.Refused: _refused, HTTPException: _no_route},
        )
        self.reset()

    def reset(self) -> None:
        """As freshly installed."""
        self.schema, self.tables = Schema(), Tables()
        self._lock, self._held, self._overdue = asyncio.Lock(), [], []
        accounts.install(self.schema, self.tables)
        self.access = furnish(self.schema, self.tables, self._world, bare=self._bare)

    def empty(self) -> None:
        """TRUNCATE of everything in the shop."""
        for name in self.schema.collections:
            if not name.startswith("directus_"):
                self.tables.truncate(name)

    def dump(self) -> object:
        """A backup of the database, with schema and accounts."""
        return self.tables.dump(), copy.deepcopy(self.schema)

    def load(self, dump: object) -> None:
        """Put it back."""
        if not isinstance(dump, tuple):
            raise TypeError(dump)
        rows, schema = dump
        self.schema = copy.deepcopy(schema)
        self.tables.load(rows)
        self._held, self._overdue = [], []

    def shown(self) -> list[Shown]:
        """All living records."""
        return [
            Shown(
                type=name,
                key=shown.natural_key(self.tables, name, row),
                remote_id=str(row["id"]),
                fields=shown.shown(self.tables, name, row),
            )
            for name, collection in shop.COLLECTIONS.items()
            for row in self.tables.every(collection)
        ]

    def refusal(self, status: int) -> Response:
        """Its own 429, 500 or 503."""
        return refusals.under_fault(status, self._world.now())

    def caller(self, request: Request) -> Caller:
        """Who asks."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        found = accounts.caller(
            self.tables,
            token if scheme.lower() == "bearer" and token else request.query_params.get("access_token"),
            origin=request.headers.get("origin"),
            user_agent=request.headers.get("user-agent"),
        )
        request.state.account = found.account
        return found

    @asynccontextmanager
    async def writing(self, who: Caller) -> AsyncIterator[Writer]:
        """One transaction; what is raised inside rolls it back."""
        async with self._lock:
            rows = Transaction(self.tables)
            journal = Journal(
                who=who,
                at=self._world.now(),
                schema=self.schema,
                tables=self.tables,
                rows=Transaction(self.tables),
            )
            writer = Writer(self.schema, rows, journal, self._world.uuid)
            yield writer
            rows.commit()
            self._show_activity(journal.rows)
            journal.tell(self._world.ledger, self.name)
        await self.tell(writer, settle=False)

    async def tell(self, writer: Writer, *, settle: bool) -> None:
        """Send the events there are. With the switch `early`, those of an open transaction arrive before it ends."""
        hooks = self._world.hooks[self.name]
        for event in writer.journal.events:
            flows.deliver(self.tables, hooks, event, writer.who)
        writer.journal.events.clear()
        if settle and hooks.switches.early:
            await hooks.settle()

    def saw(self, who: Caller, collection: str, rows: Sequence[Row], query: Query) -> None:
        """Tell the ledger what the replicator has been shown: whole records, or their history."""
        ledger, account = self._world.ledger, who.account or "nobody"
        if collection in shop.TYPES and "*" in query.fields:
            for row in rows:
                ledger.served(system=self.name, account=account, type=shop.TYPES[collection], remote_id=str(row["id"]))
        if collection == "directus_revisions":
            for row in rows:
                self._saw_history(account, row)
        if collection == "directus_activity" and "revisions.delta" in query.fields:
            for row in rows:
                for revision in self.tables.where("directus_revisions", "activity", row["id"]):
                    self._saw_history(account, revision)

    def _saw_history(self, account: str, revision: Row) -> None:
        if revision["collection"] in shop.TYPES:
            name = shop.TYPES[revision["collection"]]
            values: dict[str, Any] = shown.told(name, revision["delta"] or {})
            remote_id = str(revision["item"])
            self._world.ledger.served(system=self.name, account=account, type=name, remote_id=remote_id, values=values)

    def _show_activity(self, rows: Transaction) -> None:
        """Committed with the write. With `late_activity`, every other transaction's rows show after the next's."""
        for each in self._overdue:
            each.commit()
        self._overdue, late = self._held, self.late_activity and not self._held
        self._held = [rows] if late else []
        if not late:
            rows.commit()


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, refusals.Refused):
        raise error
    return error.response()


async def _no_route(request: Request, _: Exception) -> Response:
    return refusals.no_route(request.url.path).response()
