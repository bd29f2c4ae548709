"""A played Directus that is served, a connector to it, and a person who edits there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx
from typing_extensions import override

from replicator.connectors.base import Hint
from replicator.connectors.directus import Directus, DirectusSettings, Layout, connect, read_webhook
from replicator.core.document import Value
from replicator.core.schema import Kind
from replicator.sandbox.directus import Directus as Played
from replicator.sandbox.faults import Fault
from replicator.sandbox.hooks import Target
from replicator.sandbox.serve import running
from replicator.sandbox.world import World
from tests.connectors.rig import Rig, at_once
from tests.sandbox.told import Told

HOOK = "http://receiver.invalid/hooks/directus"
LAYOUT = Layout()


class FlowsTold(Told):
    """Flows send text that they made from a template."""

    @override
    def send(
        self,
        body: Mapping[str, object] | bytes,
        headers: Mapping[str, str],
        about: tuple[str, str],
        *,
        values: Mapping[str, object] | None = None,
        targets: list[Target] | None = None,
    ) -> None:
        body = json.loads(body) if isinstance(body, bytes) else body
        sent = {**headers, **(targets[0].headers if targets else {})}
        super().send(body, sent, about, values=values, targets=targets)


class Shop:
    """A played Directus that is served, a connector to it, and a person who edits there."""

    def __init__(self, world: World, url: str) -> None:
        played, told = world.systems["directus"], world.hooks["directus"]
        assert isinstance(played, Played)
        assert isinstance(told, FlowsTold)
        self.world, self.url = world, url
        self.played: Played = played
        self.told: FlowsTold = told
        access = played.access
        self.settings: DirectusSettings = DirectusSettings(
            url=url,
            token=access.get("token", "a-token-nobody-knows"),
            admin_token=access["admin_token"],
            hook_url=HOOK,
            hook_secret="s3cret",
        )
        self.connector: Directus = connect(self.settings, sleep=at_once)
        token = access.get("person_token", access["admin_token"])
        self.person: httpx.AsyncClient = httpx.AsyncClient(
            base_url=url, headers={"authorization": f"Bearer {token}"}, trust_env=False
        )

    def another(self, *, token: str | None = None, admin_token: str | None = None) -> Directus:
        """A connector with other tokens."""
        return connect(
            replace(self.settings, token=token or self.settings.token, admin_token=admin_token), sleep=at_once
        )

    async def edit(self, type_name: str, remote_id: str, field: str, value: Value) -> None:
        typed = json.dumps(value) if LAYOUT.types[type_name].fields[field].kind is Kind.JSON else value
        await self.patch(type_name, remote_id, {LAYOUT.column(type_name, field): typed})

    async def patch(self, type_name: str, remote_id: str, body: Mapping[str, Any]) -> None:
        answer = await self.person.patch(f"/items/{LAYOUT.collections[type_name]}/{remote_id}", json=body)
        assert answer.is_success, answer.text

    async def remove(self, type_name: str, remote_id: str) -> None:
        answer = await self.person.delete(f"/items/{LAYOUT.collections[type_name]}/{remote_id}")
        assert answer.is_success, answer.text

    def fault(self, kind: str) -> None:
        self.world.faults["directus"].rules.append(Fault(kind=kind, method="POST|PATCH|DELETE", path="^/items/"))

    def living(self, type_name: str) -> list[str]:
        return [each.key for each in self.played.shown() if each.type == type_name]

    def calls(self) -> int:
        return sum(each.method != "GET" for each in self.world.ledger.requests)

    async def hints(self) -> Sequence[Hint]:
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


async def served(*, bare: bool) -> AsyncIterator[Shop]:
    world = World(seed=7)
    world.hooks["directus"] = FlowsTold(world, "directus")
    world.systems = {"directus": Played(world, bare=bare)}
    async with running(world) as sandbox:
        shop = Shop(world, sandbox.access["directus"]["url"])
        yield shop
        await shop.connector.aclose()
        await shop.person.aclose()
