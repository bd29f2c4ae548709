"""Goal: the sandbox fails when told to, does what control says, and ends with who started it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message
from typing_extensions import override

from replicator.sandbox.faults import Fault, Faulty
from replicator.sandbox.serve import make_world, running
from replicator.sandbox.world import World

RECEIVER = "http://receiver.invalid/hooks"
ONE_PRODUCT: list[dict[str, Any]] = [
    {
        "id": 1,
        "title": "Solo",
        "description": "",
        "category": "tops",
        "sku": "S-1",
        "price": 9.99,
        "stock": 1,
        "tags": [],
    }
]


class Stage:
    """A world that is served, and clients of its DummyJSON and its control."""

    def __init__(self, world: World, access: dict[str, dict[str, str]]) -> None:
        self.world = world
        self.access = access
        self.client = httpx.AsyncClient(base_url=access["dummyjson"]["url"])
        token = access["control"]["token"]
        self.control = httpx.AsyncClient(
            base_url=access["control"]["url"], headers={"authorization": f"Bearer {token}"}
        )

    async def told(self, path: str, body: object = None) -> Any:  # noqa: ANN401  (any JSON)
        answer = await self.control.post(path, json=body if body is not None else {})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with running(make_world(ONE_PRODUCT, seed=1)) as sandbox:
        made = Stage(sandbox.world, sandbox.access)
        yield made
        await made.client.aclose()
        await made.control.aclose()


def faulty(world: World, app: Starlette) -> Faulty:
    def refusal(status: int) -> Response:
        return Response(status_code=status)

    return Faulty(app, name="medusa", ledger=world.ledger, faults=world.faults["medusa"], refusal=refusal)


async def test_every_system_answers_at_its_own_address(stage: Stage) -> None:
    assert set(stage.access) == {"medusa", "directus", "strapi", "dummyjson", "control"}
    assert len({each["url"] for each in stage.access.values()}) == 5
    assert (await stage.client.get("/products/1")).json()["title"] == "Solo"


async def test_nothing_is_controlled_without_the_token(stage: Stage) -> None:
    answer = await stage.control.post("/reset", headers={"authorization": "Bearer guessed"})

    assert answer.status_code == 401


@pytest.mark.parametrize("kind", ["429", "500", "503"])
async def test_a_refusal_uses_the_systems_own_words_and_is_used_up(stage: Stage, kind: str) -> None:
    await stage.told("/dummyjson/faults", {"kind": kind, "path": "^/products"})
    statuses = [(await stage.client.get(path)).status_code for path in ("/ip", "/products/1", "/products/1")]

    assert statuses == [200, int(kind), 200]


async def test_a_dropped_request_is_not_processed_and_a_lost_one_is(stage: Stage) -> None:
    await stage.told("/dummyjson/faults", [{"kind": "drop"}, {"kind": "lost"}])
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            await stage.client.post("/products/add", json={})
    dropped, lost = stage.world.ledger.requests[-2:]

    assert (dropped.status, dropped.answered, lost.status, lost.answered) == (None, False, 201, False)
    assert (await stage.client.get("/products/1")).status_code == 200  # the system itself is well


async def test_what_hangs_is_not_processed_and_what_is_answered_badly_may_be(stage: Stage) -> None:
    kinds = ["half", "garbage", "page", "hang"]
    await stage.told("/dummyjson/faults", [{"kind": kind} for kind in kinds])
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        await stage.client.post("/products/add", json={})
    garbage = await stage.client.post("/products/add", json={})
    page = await stage.client.post("/products/add", json={})
    with pytest.raises(httpx.ReadTimeout):
        await stage.client.post("/products/add", json={}, timeout=0.1)
    asked = stage.world.ledger.requests[-4:]

    assert [(each.fault, each.answered) for each in asked] == [(kind, False) for kind in kinds]
    assert [each.status for each in asked] == [201, 201, None, None]
    assert (garbage.status_code, page.status_code) == (200, 200)
    assert (b"\x00" in garbage.content, page.text.startswith("<!doctype html>")) == (True, True)


class Gone(asyncio.Transport):
    """A connection that the other side has closed."""

    @override
    def is_closing(self) -> bool:
        return True


async def test_a_slow_request_is_carried_out_for_an_asker_who_gave_up_and_counts_as_unanswered() -> None:
    world, bodies = World(0), list[bytes]()
    gave_up = asyncio.Event()

    async def keep(request: Request) -> Response:
        bodies.append(await request.body())
        return JSONResponse({})

    async def receive() -> Message:
        return {"type": "http.disconnect"} if gave_up.is_set() else {"type": "http.request", "body": b"kept"}

    async def send(_: Message) -> None:
        return

    world.faults["medusa"].rules.append(Fault(kind="delay"))
    served = faulty(world, Starlette(routes=[Route("/", keep, methods=["POST"])]))
    asyncio.get_running_loop().call_soon(gave_up.set)
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [],
        "state": {"transport": Gone()},
    }
    await served(scope, receive, send)

    assert bodies == [b"kept"]
    assert [(each.status, each.answered) for each in world.ledger.requests] == [(200, False)]


async def test_faults_can_be_taken_back_and_an_unknown_one_is_refused(stage: Stage) -> None:
    await stage.told("/dummyjson/faults", {"kind": "500", "count": 9})
    left = (await stage.control.delete("/dummyjson/faults")).json()
    unknown = await stage.control.post("/dummyjson/faults", json={"kind": "flood"})

    assert (left, unknown.status_code) == ([], 400)
    assert "there is no fault 'flood'" in unknown.json()["message"]
    assert (await stage.client.get("/ip")).status_code == 200


async def test_a_rule_may_be_for_one_account_once_that_has_shown_itself() -> None:
    async def greet(request: Request) -> Response:
        request.state.account = request.headers["authorization"]
        return JSONResponse({})

    world = World(0)
    served = faulty(world, Starlette(routes=[Route("/", greet)]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=served), base_url="http://shop.example") as client:
        for account in ("person:ada", "replicator"):
            await client.get("/", headers={"authorization": account})
        world.faults["medusa"].rules.append(Fault(kind="503", account="replicator"))
        accounts = ("person:ada", "replicator", "replicator")
        statuses = [(await client.get("/", headers={"authorization": account})).status_code for account in accounts]

    assert statuses == [200, 503, 200]
    assert [each.account for each in world.ledger.requests[-2:]] == ["replicator", "replicator"]


async def test_control_sets_hooks_changes_the_feed_and_backs_up(stage: Stage) -> None:
    await stage.told("/strapi/hooks", {"drop": 0.5, "targets": [{"url": RECEIVER, "headers": {"x-secret": "s"}}]})
    backup = await stage.told("/dummyjson/dump")
    await stage.told("/dummyjson/products/1", {"title": "Changed"})
    changed = (await stage.client.get("/products/1")).json()["title"]
    await stage.told("/dummyjson/load", backup)
    restored = (await stage.client.get("/products/1")).json()["title"]
    await stage.told("/dummyjson/empty")
    emptied = (await stage.client.get("/products")).json()["total"]

    assert (stage.world.hooks["strapi"].switches.drop, stage.world.hooks["strapi"].targets[0].url) == (0.5, RECEIVER)
    assert (changed, restored, emptied) == ("Changed", "Solo", 0)
    assert [each.action for each in stage.world.ledger.entries if each.account == "operator"] == ["load", "empty"]


async def test_control_tells_what_it_does_not_know(stage: Stage) -> None:
    for path in ("/magento/empty", "/dummyjson/explode", "/dummyjson/products/77"):
        assert (await stage.control.post(path, json={})).status_code == 404
    assert (await stage.control.post("/dummyjson/load", json={"name": "none"})).status_code == 404


async def test_the_ledger_can_be_read_from_a_mark_on_and_begins_anew_at_a_reset(stage: Stage) -> None:
    mark = (await stage.told("/mark", {"name": "end"}))["n"]
    await stage.told("/dummyjson/products/1", {"stock": 5})
    seen = (await stage.control.get("/ledger", params={"after": mark})).json()
    await stage.told("/reset")
    anew = (await stage.control.get("/ledger")).json()

    assert [(each["type"], each["changes"]) for each in seen["entries"]] == [("stock", {"quantity": [1, 5]})]
    assert seen["marks"] == {"end": mark}
    assert (anew["marks"], anew["requests"]) == ({}, [])
    assert {each["account"] for each in anew["entries"]} == {"feed"}
    assert (await stage.told("/audit"))["loops"] == 0


def test_ids_come_from_the_seed_and_sort_in_the_order_they_were_made() -> None:
    world = World(7)
    ids = [world.id("prod_") for _ in range(1000)]

    assert ids == sorted(set(ids))
    assert all(len(each) == 31 for each in ids)
    assert [World(7).uuid(), World(7).id(length=8)] == [World(7).uuid(), World(7).id(length=8)]


def test_the_process_tells_its_addresses_in_one_line_and_ends_with_its_standard_input() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "replicator.sandbox", "--seed", "3"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    access = json.loads(process.stdout.readline())
    categories = httpx.get(access["dummyjson"]["url"] + "/products/category-list").json()
    rest, _ = process.communicate(timeout=30)

    assert len(categories) == 24
    assert (rest, process.returncode) == ("", 0)


def test_a_catalogue_that_cannot_be_read_is_told_in_one_sentence() -> None:
    command = [sys.executable, "-m", "replicator.sandbox", "--catalogue", "missing.json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)

    assert done.returncode == 2
    assert "--catalogue" in done.stderr.splitlines()[-1]
