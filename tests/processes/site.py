"""Four played systems with a small catalogue, a database, and replicator processes that live and die over them.

The test's own process takes hooks in and lists the systems, but judges and writes nothing. Hooks of a system that
shall only be found by listing are dropped (`world.hooks`).
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from replicator.app import App, opened
from replicator.engine import operate
from replicator.engine.capture import Capture
from replicator.log import cursors, deliveries, inbox_state
from replicator.log.database import Database
from replicator.sandbox.catalogue import Product, generated
from replicator.sandbox.faults import Fault
from replicator.sandbox.hooks import Target
from replicator.sandbox.ledger import Request
from replicator.sandbox.people import Access, People
from replicator.sandbox.serve import make_world, running
from replicator.sandbox.world import World
from replicator.settings import load
from replicator.web.serve import Web
from tests.processes.life import Life, until

SHOPS = ("medusa", "directus", "strapi")
PRODUCTS = (1, 95, 98, 162, 166, 190)  # 98 and 190 have the same title
PASSES_MAX = 10  # full passes until nothing is new
FAR_SECONDS = 3600  # a listing that is not due before then is neither due nor under way
SOON = text("""
select system from cursors where listing = '@full' and next_due < now() + make_interval(secs => :far)
""")
SECRET = "the secret of hooks"
HOOK_HEADER = "X-Sync-Secret"

TOML = """
database = "env:SITE_DATABASE"
web = {{ port = 0 }}
engine = {{ batch = {batch}, lease_seconds = {lease}, idle_seconds = 0.2, retry_first_seconds = 0.1 }}

[systems.dummyjson]
kind = "dummyjson"
url = "{dummyjson}"
schedule = "0 0 1 1 *"

[systems.medusa]
kind = "medusa"
url = "{medusa}"
email = "{email}"
password = "env:SITE_MEDUSA_PASSWORD"
hook_secret = "env:SITE_HOOK_SECRET"
poll_seconds = 2
full_seconds = 86400

[systems.directus]
kind = "directus"
url = "{directus}"
token = "env:SITE_DIRECTUS_TOKEN"
admin_token = "env:SITE_DIRECTUS_ADMIN"
hook_secret = "env:SITE_HOOK_SECRET"
hook_header = "X-Sync-Secret"
poll_seconds = 2
full_seconds = 86400

[systems.strapi]
kind = "strapi"
url = "{strapi}"
token = "env:SITE_STRAPI_TOKEN"
hook_secret = "env:SITE_HOOK_SECRET"
hook_header = "X-Sync-Secret"
poll_seconds = 2
full_seconds = 86400
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where processes live and die."""

    app: App
    world: World
    people: People
    folder: Path
    lives: list[Life] = field(default_factory=list)

    def born(self, *words: str, dies_at: str | None = None) -> Life:
        """A new process: a worker, if no other words are given."""
        said = self.folder / f"life-{len(self.lives)}.txt"
        given = ["--config", str(self.folder / "replicator.toml"), *(words or ("work",))]
        life = Life(given, os.environ, said, (dies_at, 1))
        self.lives.append(life)
        return life

    async def offer(self, *names: str) -> None:
        """It is time for a full listing of these systems, for whichever worker looks first."""
        now = datetime.now(UTC)
        async with self.app.database.unit() as conn:
            for name in names:
                await cursors.plan(conn, name, "@full", now)
        for name in names:
            await operate.list_now(self.app.database, self.app.shop, name)

    async def quiet(self) -> None:
        """List the shops until a pass finds nothing new; each time, wait until all is judged and written."""
        for _ in range(PASSES_MAX):
            await self.idle()
            before = await self.work_done()
            for name in SHOPS:
                await Capture(self.app.database, self.app.shop, name).full()
            self.app.wake.send()
            await self.idle()
            if await self.work_done() == before:
                return
        raise AssertionError(f"there is always something new: {before}, {await self.work_done()}")

    async def idle(self) -> None:
        """All hooks are delivered, no listing is due or cut off, nothing is unjudged, nothing is due."""
        for hooks in self.world.hooks.values():
            await hooks.settle()
        left: dict[str, object] = {}

        async def done() -> bool:
            left.clear()
            left.update(await open_work(self.app.database))
            return not left

        await until(done, lambda: f"never done: {left}; the last worker said: {self.lives[-1].said()}")

    async def under_way(self, system: str) -> Request:
        """The request that is delayed at a system, once it has come there."""

        async def seen() -> Request | None:
            requests = self.world.ledger.requests
            return next((each for each in requests if (each.system, each.fault) == (system, "delay")), None)

        request = await until(seen, lambda: f"nothing was asked of {system}: {self.lives[-1].said()}")
        assert request is not None
        return request

    async def work_done(self) -> tuple[int, int]:
        """How many events there are, and how many lines in the ledger of writes."""
        return await self.ask("select position from log_head"), await self.ask("select count(*) from writes")

    async def ask(self, question: str) -> int:
        """A number that the database knows."""
        async with self.app.database.look() as conn:
            return int((await conn.execute(text(question))).scalar_one())

    def spoil(self, system: str, fault: Fault) -> None:
        """Let a system fail so."""
        self.world.faults[system].rules.append(replace(fault))

    def shown(self, system: str, type_name: str) -> Mapping[str, Mapping[str, Any]]:
        """The records of a type that a system shows: natural key → fields."""
        return {each.key: each.fields for each in self.world.systems[system].shown() if each.type == type_name}

    def everywhere(self, type_name: str, key: str, name: str) -> list[Any]:
        """The value of one field at every shop."""
        return [self.shown(system, type_name).get(key, {}).get(name) for system in SHOPS]


async def open_work(database: Database) -> dict[str, object]:
    """What is not done yet, as the database knows it."""
    async with database.look() as conn:
        work: dict[str, object] = {
            "listings": list((await conn.execute(SOON, {"far": FAR_SECONDS})).scalars()),
            "inbox": {
                name: (many, waiting)
                for name, (many, waiting) in (await inbox_state.open_counts(conn)).items()
                if many > waiting  # what waits for a record is no work until that record is there
            },
            "deliveries": await deliveries.counts(conn),
        }
    return {name: left for name, left in work.items() if left}


@asynccontextmanager
async def opened_site(
    database: str,
    folder: Path,
    patch: pytest.MonkeyPatch,
    lease_seconds: float,
    *,
    batch: int = 4,
    products: Sequence[Product] | None = None,
) -> AsyncIterator[Site]:
    """A site whose systems are set up and empty. Every process ends with it. A small batch has many steps to die at."""
    async with AsyncExitStack() as stack:
        world = make_world(list(products or [each for each in generated() if each["id"] in PRODUCTS]), seed=7)
        access = (await stack.enter_async_context(running(world))).access
        _put_secrets(access, database, patch)
        urls = {name: access[name]["url"] for name in (*SHOPS, "dummyjson")}
        told = TOML.format(**urls, email=access["medusa"]["email"], lease=lease_seconds, batch=batch)
        (folder / "replicator.toml").write_text(told, encoding="utf-8")
        app = await stack.enter_async_context(opened(load(folder / "replicator.toml")))
        web = Web(app)
        stack.push_async_callback(web.stop)
        address = await web.start()
        people = await stack.enter_async_context(People(access))
        for name in SHOPS:
            await app.shop.connectors[name].provision(apply=True)
        await people.connect_medusa(f"{address}/hooks/medusa", SECRET)
        for name in ("directus", "strapi"):
            world.hooks[name].targets.append(Target(f"{address}/hooks/{name}", {HOOK_HEADER: SECRET}))
        site = Site(app=app, world=world, people=people, folder=folder)
        try:
            yield site
        finally:
            for life in site.lives:
                life.bury()


def _put_secrets(access: Access, database: str, patch: pytest.MonkeyPatch) -> None:
    """What an owner would put into the environment."""
    patch.setenv("SITE_DATABASE", database)
    patch.setenv("SITE_HOOK_SECRET", SECRET)
    patch.setenv("SITE_MEDUSA_PASSWORD", access["medusa"]["password"])
    patch.setenv("SITE_DIRECTUS_TOKEN", access["directus"]["token"])
    patch.setenv("SITE_DIRECTUS_ADMIN", access["directus"]["admin_token"])
    patch.setenv("SITE_STRAPI_TOKEN", access["strapi"]["token"])
