"""Goal: what may be repeated is repeated, what may have been done is not, and each refusal is told as what it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal

import httpx
import pytest

from replicator.connectors.base import Trouble
from replicator.connectors.client import (
    ANSWER_BYTES_MAX,
    Auth,
    BasicKey,
    Client,
    Denied,
    Login,
    NoAnswer,
    Refused,
    ServerFault,
    StaticToken,
    encoded,
    failed,
)
from replicator.errors import BadAnswer, CanonicalError, RemoteError, Throttled

Reply = httpx.Response | Exception
BASE = "http://system.example"


class Script:
    """A system that gives these replies, in order; the last one for ever. It notes what it was asked."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.asked: list[httpx.Request] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def client(self, auth: Auth | None = None) -> Client:
        return Client(BASE, transport=httpx.MockTransport(self), sleep=self.sleep, auth=auth)


def ok(body: object = None) -> httpx.Response:
    return httpx.Response(200, json=body if body is not None else {})


def refusal(status: int, headers: Mapping[str, str] | None = None, body: object = None) -> httpx.Response:
    return httpx.Response(status, json=body or {"message": "no"}, headers=headers)


async def test_a_read_is_repeated_after_1_2_and_4_seconds_and_then_given_up() -> None:
    script = Script(httpx.ConnectError("down"))

    with pytest.raises(NoAnswer) as caught:
        await script.client().request("GET", "/things")

    assert not caught.value.sent
    assert len(script.asked) == 4
    assert [0.75 * full <= wait <= full for wait, full in zip(script.slept, (1, 2, 4), strict=True)] == [True] * 3


@pytest.mark.parametrize("reply", [httpx.ReadTimeout("late"), httpx.RemoteProtocolError("cut"), refusal(500)])
async def test_a_write_that_may_have_been_made_is_not_repeated(reply: Reply) -> None:
    script = Script(reply, ok())

    with pytest.raises((NoAnswer, ServerFault)) as caught:
        await script.client().request("POST", "/things", json={})

    assert len(script.asked) == 1
    assert failed(caught.value).trouble is Trouble.UNKNOWN


@pytest.mark.parametrize("status", [429, 503])
async def test_a_write_refused_before_it_was_made_is_repeated(status: int) -> None:
    script = Script(refusal(status, {"retry-after": "3"}), ok({"id": 1}))
    answer = await script.client().request("POST", "/things", json={})

    assert answer.body == {"id": 1}
    assert max(script.slept) == pytest.approx(3, abs=0.1)


async def test_a_write_that_never_left_is_safe_to_try_again_later() -> None:
    script = Script(httpx.ConnectError("down"))

    with pytest.raises(NoAnswer) as caught:
        await script.client().request("POST", "/things", json={})

    assert failed(caught.value).trouble is Trouble.RETRY


async def test_a_post_that_only_asks_is_repeated_when_told_so() -> None:
    script = Script(httpx.ReadTimeout("late"), ok())
    await script.client().request("POST", "/search", json={}, idempotent=True)

    assert len(script.asked) == 2


async def test_a_long_wait_is_handed_up_and_kept_by_the_requests_after_it() -> None:
    script = Script(refusal(429, {"retry-after": "60"}), ok())
    client = script.client()

    with pytest.raises(Throttled) as caught:
        await client.request("GET", "/things")
    with pytest.raises(Throttled):
        await client.request("GET", "/others")

    assert caught.value.retry_after == 60
    assert len(script.asked) == 1  # the second was held back here
    assert script.slept == []


@pytest.mark.parametrize(
    ("status", "error", "trouble"),
    [
        (400, Refused, Trouble.REFUSED),
        (403, Denied, Trouble.ACCOUNT),
        (404, Refused, Trouble.REFUSED),
        (500, ServerFault, Trouble.UNKNOWN),
        (301, BadAnswer, Trouble.UNKNOWN),
    ],
)
async def test_each_status_is_one_error(status: int, error: type[RemoteError], trouble: Trouble) -> None:
    with pytest.raises(error) as caught:
        await Script(refusal(status)).client().request("POST", "/things")

    assert caught.value.status == status
    assert failed(caught.value).trouble is trouble


@pytest.mark.parametrize(
    ("body", "message", "field"),
    [
        ({"message": "bad"}, "bad", None),
        ({"error": {"message": "worse", "details": {"errors": [{"path": ["slug"]}]}}}, "worse", "slug"),
        ({"errors": [{"message": "unique", "extensions": {"field": "sku"}}]}, "unique", "sku"),
    ],
)
async def test_a_refusal_tells_what_they_said_and_which_field(body: object, message: str, field: str | None) -> None:
    with pytest.raises(Refused) as caught:
        await Script(refusal(400, body=body)).client().request("POST", "/things")

    assert message in str(caught.value)
    assert (caught.value.field, caught.value.body) == (field, body)


@pytest.mark.parametrize("raw", [b"<html>hello</html>", b"{broken", b"pong"])
async def test_what_is_not_json_is_a_bad_answer(raw: bytes) -> None:
    with pytest.raises(BadAnswer):
        await Script(httpx.Response(200, content=raw)).client().request("GET", "/things")


async def test_of_an_answer_that_is_not_text_only_what_can_be_kept_is_quoted() -> None:
    with pytest.raises(BadAnswer) as garbage:
        await Script(httpx.Response(200, content=b"a\x00\x1bb")).client().request("GET", "/things")
    with pytest.raises(Refused) as refusal:
        await Script(httpx.Response(400, content=rb'{"message": "a\u0000\ud800b"}')).client().request("GET", "/things")

    assert str(garbage.value).endswith("answered something that is not JSON: a\ufffd\ufffdb")
    assert str(refusal.value).endswith("answered 400: a\ufffd\ufffdb")


async def test_an_answer_without_a_body_is_nothing() -> None:
    assert (await Script(httpx.Response(204)).client().request("DELETE", "/things/1")).body is None


async def test_an_answer_without_end_is_cut_off() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(ANSWER_BYTES_MAX // 2**20 + 2):
            yield b" " * 2**20

    script = Script(httpx.Response(200, content=endless()))

    with pytest.raises(BadAnswer, match="longer than"):
        await script.client().request("POST", "/things")


async def test_prices_pass_exactly_in_both_directions() -> None:
    script = Script(httpx.Response(200, content=b'{"price": 19.990, "whole": 3}'))
    answer = await script.client().request("POST", "/things", json={"amount": Decimal("2499.99"), "whole": Decimal(5)})

    assert answer.body == {"price": Decimal("19.990"), "whole": 3}
    assert script.asked[0].content == b'{"amount":2499.99,"whole":5}'


def test_a_number_that_json_would_round_is_refused() -> None:
    with pytest.raises(CanonicalError, match="exactly"):
        encoded({"amount": Decimal("0.12345678901234567890123")})


async def test_addresses_from_answers_are_not_followed() -> None:
    for address in ("https://elsewhere.example/x", "//elsewhere.example/x"):
        with pytest.raises(ValueError, match="no path"):
            await Script(ok()).client().request("GET", address)


async def test_a_key_is_sent_as_a_basic_user_name_and_a_token_as_bearer() -> None:
    script = Script(ok())
    await script.client(auth=BasicKey("sk_1")).request("GET", "/things")
    await script.client(auth=StaticToken("t1")).request("GET", "/things")

    assert [each.headers["authorization"] for each in script.asked] == ["Basic c2tfMTo=", "Bearer t1"]


class Door:
    """A system with a login: a token is good until it is revoked."""

    def __init__(self) -> None:
        self.logins = 0
        self.good = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/login":
            if json.loads(request.content) != {"password": "right"}:
                return refusal(400)
            self.logins += 1
            self.good = f"t{self.logins}"
            return ok({"token": self.good})
        return ok() if request.headers.get("authorization") == f"Bearer {self.good}" else refusal(401)


def token_in(body: dict[str, str]) -> str | None:
    return body["token"]


def door_client(door: Callable[[httpx.Request], httpx.Response], login: Login) -> Client:
    return Client(BASE, auth=login, transport=httpx.MockTransport(door))


async def test_many_requests_refused_together_share_one_new_login() -> None:
    door = Door()
    client = door_client(door, Login("/login", {"password": "right"}, token_in))
    await client.request("GET", "/things")
    door.good = "revoked"
    await asyncio.gather(*(client.request("GET", "/things") for _ in range(10)))

    assert door.logins == 2


async def test_a_write_refused_for_its_token_is_made_after_the_new_login() -> None:
    door = Door()
    client = door_client(door, Login("/login", {"password": "right"}, token_in))
    await client.request("GET", "/things")
    door.good = "revoked"

    assert (await client.request("POST", "/things", json={})).status == 200


async def test_a_wrong_password_is_told_as_our_account_refused() -> None:
    with pytest.raises(Denied):
        await door_client(Door(), Login("/login", {"password": "wrong"}, token_in)).request("GET", "/things")


async def test_processes_share_a_login_through_a_store() -> None:
    class Shelf:
        token: str | None = None

        async def get(self) -> str | None:
            return self.token

        async def put(self, token: str) -> None:
            self.token = token

        @asynccontextmanager
        async def turn(self) -> AsyncIterator[None]:
            yield

    door, shelf = Door(), Shelf()
    clients = [door_client(door, Login("/login", {"password": "right"}, token_in, store=shelf)) for _ in range(2)]
    await clients[0].request("GET", "/things")
    await clients[1].request("GET", "/things")
    door.good = "revoked"
    await clients[0].request("GET", "/things")
    await clients[1].request("GET", "/things")

    assert door.logins == 2
