"""The stage of the engine's tests: the played systems in this process, and a replicator set up between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from replicator.app import opened
from replicator.engine.supervise import first_meeting
from replicator.log import migrate
from replicator.sandbox.catalogue import Product, generated
from replicator.sandbox.hooks import Target
from replicator.sandbox.people import Access, People
from replicator.sandbox.serve import faulty, make_world
from replicator.settings import read
from replicator.web.doors import Doors
from tests.engine.clock import Clock
from tests.engine.shop import Copy, Shop
from tests.engine.wire import Wire

SECRET = "the secret of hooks"
HOOK_HEADER = "X-Sync-Secret"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a test says of its shop: what the source offers, what else stands in the settings, and which systems are
    not known to be empty, so that they may not be written to. `copies`: further installations of Directus, empty and
    unmet.
    """

    products: Sequence[Product]
    overrides: Mapping[str, Any]
    unmet: Sequence[str]
    copies: Sequence[str] = ()


@asynccontextmanager
async def playing(
    database: str,
    patch: pytest.MonkeyPatch,
    clock: Clock,
    setting: Setting,
) -> AsyncIterator[Shop]:
    """A shop for one test. Hooks go through the real door; only the loops are missing."""
    patch.setattr(migrate, "upgrade", lambda _url: None)  # the database is a copy of one that was migrated
    async with AsyncExitStack() as stack:
        world, wire = make_world(list(setting.products), seed=7), Wire.lay(patch)
        access = {
            name: {"url": wire.serve(f"{name}.test", faulty(world, name)), **system.access}
            for name, system in world.systems.items()
        }
        for hooks in world.hooks.values():
            stack.push_async_callback(hooks.aclose)
        copies = {name: await _copy(stack, wire, name) for name in setting.copies}
        toml = merged(replicator_toml(access, database, patch), _copies(copies, patch))
        settings = read(merged(toml, setting.overrides))
        app = await stack.enter_async_context(opened(settings))
        doors = Doors(app)
        doors.start()
        stack.push_async_callback(doors.stop)
        address = wire.serve("replicator.test", doors.asgi)
        people = await stack.enter_async_context(People(access))
        for system in app.shop.targets():
            await app.shop.connectors[system].provision(apply=True)
            if system not in (*setting.unmet, *copies):
                await first_meeting(app.database, app.shop, system)
            if system in world.systems and system != "medusa":
                target = Target(f"{address}/hooks/{system}", {HOOK_HEADER: SECRET})
                world.hooks[system].targets.append(target)
        if "medusa" in app.shop.connectors:
            await people.connect_medusa(f"{address}/hooks/medusa", SECRET)
        begun = world.ledger.mark("the story")
        yield Shop(app=app, world=world, people=people, clock=clock, begun=begun, copies=copies)


async def _copy(stack: AsyncExitStack, wire: Wire, name: str) -> Copy:
    world = make_world([], seed=9)
    access = {"url": wire.serve(f"{name}.test", faulty(world, "directus")), **world.systems["directus"].access}
    return Copy(world, await stack.enter_async_context(People({"directus": access})))


def _copies(copies: Mapping[str, Copy], patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The settings of further installations."""
    systems: dict[str, Any] = {}
    for name, copy in copies.items():
        access, variable = copy.world.systems["directus"].access, f"ENGINE_TEST_{name.upper().replace('-', '_')}"
        patch.setenv(variable, access["token"])
        patch.setenv(f"{variable}_ADMIN", access["admin_token"])
        tokens = {"token": f"env:{variable}", "admin_token": f"env:{variable}_ADMIN"}
        systems[name] = {"kind": "directus", "url": f"http://{name}.test", **tokens}
    return {"systems": systems}


def merged(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with others put over them, table by table."""
    both = dict(settings)
    for key, value in changes.items():
        old = both.get(key)
        both[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return both


def catalogue(*ids: int) -> list[Product]:
    """Some products of the made-up catalogue."""
    return [product for product in _generated() if product["id"] in ids]


@cache
def _generated() -> Sequence[Product]:
    return generated(0)


def replicator_toml(access: Access, database: str, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What an owner would write into `replicator.toml`; the secrets go into the environment."""
    secrets = {
        "MEDUSA_PASSWORD": access["medusa"]["password"],
        "DIRECTUS_TOKEN": access["directus"]["token"],
        "DIRECTUS_ADMIN": access["directus"]["admin_token"],
        "STRAPI_TOKEN": access["strapi"]["token"],
        "HOOK_SECRET": SECRET,
        "DATABASE": database,
    }
    for name, value in secrets.items():
        patch.setenv(f"ENGINE_TEST_{name}", value)
    hooks = {"hook_secret": "env:ENGINE_TEST_HOOK_SECRET"}
    return {
        "database": "env:ENGINE_TEST_DATABASE",
        "web": {"port": 0},
        "systems": {
            "dummyjson": {"kind": "dummyjson", "url": access["dummyjson"]["url"]},
            "medusa": {
                **hooks,
                "kind": "medusa",
                "url": access["medusa"]["url"],
                "email": access["medusa"]["email"],
                "password": "env:ENGINE_TEST_MEDUSA_PASSWORD",
            },
            "directus": {
                **hooks,
                "kind": "directus",
                "url": access["directus"]["url"],
                "token": "env:ENGINE_TEST_DIRECTUS_TOKEN",
                "admin_token": "env:ENGINE_TEST_DIRECTUS_ADMIN",
                "hook_header": HOOK_HEADER,
            },
            "strapi": {
                **hooks,
                "kind": "strapi",
                "url": access["strapi"]["url"],
                "token": "env:ENGINE_TEST_STRAPI_TOKEN",
                "hook_header": HOOK_HEADER,
            },
        },
    }
