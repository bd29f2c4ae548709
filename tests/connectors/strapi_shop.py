"""A played Strapi that is served, a connector to it, and a person who edits there."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx

from replicator.connectors.base import Hint
from replicator.connectors.client import Client, Login, StaticToken
from replicator.connectors.strapi import Layout, Strapi, StrapiSettings, read_webhook
from replicator.core.document import Value
from replicator.sandbox.faults import Fault
from replicator.sandbox.hooks import Target
from replicator.sandbox.serve import running
from replicator.sandbox.strapi import Strapi as Played
from replicator.sandbox.world import World
from tests.connectors.rig import Rig, at_once
from tests.sandbox.told import Told

HOOK = "http://receiver.invalid/hooks/strapi"


class Shop:
    """A played Strapi that is served, a connector to it, and a person who edits there."""

    def __init__(self, world: World, url: str, settings: StrapiSettings) -> None:
        played = world.systems["strapi"]
        told = world.hooks["strapi"]
        assert isinstance(played, Played)
        assert isinstance(told, Told)
        self.world, self.played, self.told, self.url, self.settings = world, played, told, url, settings
        access = played.access
        credentials = {"email": access["admin_email"], "password": access["admin_password"]}
        admin = Login("/admin/login", credentials, lambda body: body["data"]["token"])
        client = Client(url, auth=StaticToken(access["token"]), sleep=at_once)
        self.connector = Strapi(settings, client, Client(url, auth=admin, sleep=at_once))
        self.person = httpx.AsyncClient(base_url=url, trust_env=False)

    async def log_in(self) -> None:
        access = self.played.access
        body = {"email": access["person_email"], "password": access["person_password"]}
        token = (await self.person.post("/admin/login", json=body)).json()["data"]["token"]
        self.person.headers["authorization"] = f"Bearer {token}"

    async def edit(self, type_name: str, remote_id: str, field: str, value: Value) -> None:
        body = {self.settings.layout.attribute(type_name, field): value}
        await self.save(type_name, remote_id, body)
        if type_name in self.settings.layout.drafted:
            await self.act(type_name, remote_id, "publish")

    async def save(self, type_name: str, remote_id: str, body: Mapping[str, object]) -> None:
        answer = await self.person.put(self._form(type_name, remote_id), json=body)
        assert answer.is_success, answer.text

    async def act(self, type_name: str, remote_id: str, action: str) -> None:
        """Publish, unpublish or discard."""
        answer = await self.person.post(f"{self._form(type_name, remote_id)}/actions/{action}", json={})
        assert answer.is_success, answer.text

    async def remove(self, type_name: str, remote_id: str) -> None:
        answer = await self.person.delete(self._form(type_name, remote_id))
        assert answer.is_success, answer.text

    def fault(self, kind: str) -> None:
        self.world.faults["strapi"].rules.append(Fault(kind=kind, method="POST|PUT|DELETE", path="^/api/"))

    def living(self, type_name: str) -> list[str]:
        return [each.key for each in self.played.shown() if each.type == type_name]

    def calls(self) -> int:
        return sum(each.method != "GET" for each in self.world.ledger.requests)

    async def hints(self) -> Sequence[Hint]:
        await self.played.records.announcer.settle()
        return [hint for body in self.told.sent for hint in read_webhook({}, body)]

    def rig(self) -> Rig:
        return Rig(
            connector=self.connector,
            edit=self.edit,
            remove=self.remove,
            fault=self.fault,
            living=self.living,
            calls=self.calls,
            hints=self.hints,
        )

    def _form(self, type_name: str, remote_id: str) -> str:
        model = self.settings.layout.model(type_name)
        return f"/content-manager/collection-types/api::{model}.{model}/{remote_id}"


@asynccontextmanager
async def served(layout: Layout | None = None) -> AsyncIterator[Shop]:
    """A shop on a fresh Strapi, for one test."""
    layout = layout or Layout()
    world = World(seed=7)
    world.hooks["strapi"] = told = Told(world, "strapi")
    told.targets.append(Target(HOOK))
    played = Played(world)
    played.records.drafted = frozenset(layout.model(name) for name in layout.drafted)
    played.records.media = frozenset(layout.model(name) for name in layout.media)
    world.systems = {"strapi": played}
    async with running(world) as sandbox:
        url = sandbox.access["strapi"]["url"]
        placed = replace(layout, assets=url)
        settings = StrapiSettings(url=url, token="unused here", hook_url=HOOK, concurrency=2, layout=placed)
        shop = Shop(world, url, settings)
        await shop.log_in()
        yield shop
        await shop.connector.aclose()
        await shop.person.aclose()
