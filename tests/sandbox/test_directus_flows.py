"""The played Directus' Flows, over real connections: posted once, and for an array before it is committed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from replicator.sandbox.directus import Directus
from replicator.sandbox.world import World
from tests.sandbox.directus_shop import A, B

BODY = '{"trigger": {{$trigger}}, "accountability": {{$accountability}} }'


class Receiver:
    """Somebody who is told, and looks at once."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.status = 200
        self.told: list[tuple[dict[str, str], Any]] = []
        self.seen: list[list[str]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        pairs = (line.partition(": ") for line in head.split("\r\n")[1:] if line)
        headers = {name.lower(): value for name, _, value in pairs}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        self.told.append((headers, body))
        rows = (await self.client.get("/items/tags?sort=id")).json()["data"]
        self.seen.append([row["value"] for row in rows])
        writer.write(f"HTTP/1.1 {self.status} Told\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World(seed=5)
    world.systems = {"directus": Directus(world)}
    yield world
    await world.hooks["directus"].aclose()


@pytest.fixture
async def admin(world: World) -> AsyncIterator[httpx.AsyncClient]:
    system = world.systems["directus"]
    headers = {"authorization": f"Bearer {system.access['admin_token']}"}
    transport = httpx.ASGITransport(app=system.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://directus", headers=headers) as client:
        yield client


@pytest.fixture
async def receiver(admin: httpx.AsyncClient) -> AsyncIterator[Receiver]:
    receiver = Receiver(admin)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/flow"
    options = {"type": "action", "scope": ["items.create", "items.update"], "collections": ["tags"]}
    flow = {"name": "tell", "status": "active", "trigger": "event", "options": options}
    made = (await admin.post("/flows", json=flow)).json()["data"]
    secret = [{"header": "X-Sync-Secret", "value": "s3cret"}, {"header": "Content-Type", "value": "application/json"}]
    request = {"method": "POST", "url": address, "headers": secret, "body": BODY}
    operation = {"flow": made["id"], "key": "post", "name": "post", "type": "request", "options": request}
    posted = (await admin.post("/operations", json=operation)).json()["data"]
    await admin.patch(f"/flows/{made['id']}", json={"operation": posted["id"]})
    await admin.post("/items/tags", json=[{"id": A, "value": "a"}, {"id": B, "value": "b"}])
    async with server:
        yield receiver


async def test_a_flow_posts_its_template_with_its_secret(world: World, receiver: Receiver) -> None:
    await world.hooks["directus"].settle()
    headers, body = receiver.told[0]

    assert (headers["x-sync-secret"], headers["content-type"]) == ("s3cret", "application/json")
    assert body["trigger"] == {
        "event": "tags.items.create",
        "payload": {"id": A, "value": "a"},
        "key": A,
        "collection": "tags",
    }
    assert body["accountability"]["admin"] is True


async def test_a_flow_hears_only_what_it_listens_to(world: World, admin: httpx.AsyncClient, receiver: Receiver) -> None:
    await admin.post("/items/categories", json={"name": "N", "handle": "h"})
    await admin.delete(f"/items/tags/{A}")
    await world.hooks["directus"].settle()

    assert [body["trigger"]["event"] for _, body in receiver.told] == ["tags.items.create"] * 2


async def test_a_delivery_that_fails_is_not_repeated(
    world: World, admin: httpx.AsyncClient, receiver: Receiver
) -> None:
    receiver.status = 500
    answer = await admin.patch(f"/items/tags/{A}", json={"value": "x"})
    await world.hooks["directus"].settle()

    assert answer.status_code == 200
    assert len(receiver.told) == 3
    assert world.ledger.hooks_reported == {}


async def test_who_reads_at_once_after_an_early_event_sees_the_old_rows(
    world: World, admin: httpx.AsyncClient, receiver: Receiver
) -> None:
    await world.hooks["directus"].settle()
    world.hooks["directus"].switches.early = True
    await admin.patch("/items/tags", json=[{"id": A, "value": "x"}, {"id": B, "value": "y"}])
    rows = (await admin.get("/items/tags?sort=id")).json()["data"]

    assert receiver.seen[2:] == [["a", "b"], ["a", "b"]]
    assert [row["value"] for row in rows] == ["x", "y"]
