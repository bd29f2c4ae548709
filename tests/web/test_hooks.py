"""Hooks are taken from whoever proves to be the sender, kept whatever they say, and answered once they are stored."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from replicator.connectors import signature
from replicator.web.hooks import DEPTH_MAX, nested_too_deep
from tests.web.shelf import House, code

KEY = b"hook-secret"


def event(*ids: str) -> bytes:
    told: object = ids[0] if len(ids) == 1 else list(ids)
    return json.dumps({"name": "product.updated", "data": {"id": told}}).encode()


def signed(body: bytes, delivery: str = "evt_1", *, key: bytes = KEY, age: int = 0) -> dict[str, str]:
    timestamp = str(int(time.time()) - age)
    return {
        "webhook-id": delivery,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature.sign(key, delivery, timestamp, body),
    }


async def send(house: House, body: bytes, headers: dict[str, str] | None = None, system: str = "cms") -> httpx.Response:
    return await house.http.post(f"/hooks/{system}", content=body, headers=headers or {})


async def stored(house: House) -> list[Any]:
    async with house.app.database.look() as conn:
        return list((await conn.execute(text("select * from inbox order by id"))).mappings())


async def test_a_signed_hook_is_stored_as_a_hint_and_answered_202(house: House) -> None:
    response = await send(house, event("p1"), signed(event("p1")))

    (row,) = await stored(house)
    assert (response.status_code, response.json()) == (202, {"accepted": 1, "id": row["id"]})
    assert (row["kind"], row["source"], row["type"], row["remote_id"]) == ("hint", "hook", "product", "p1")
    assert (row["key"], row["outcome"], row["body"]["name"]) == ("evt_1", None, "product.updated")


async def test_credentials_are_never_stored(house: House) -> None:
    headers = signed(event("p1")) | {"authorization": "Bearer hush", "x-word": "hook-secret", "cookie": "a=b"}

    await send(house, event("p1"), headers)

    (row,) = await stored(house)
    assert set(row["headers"]) <= {"webhook-id", "webhook-timestamp", "content-type", "user-agent"}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (dict, "signature_missing"),
        (lambda: signed(event("p1"), key=b"another"), "signature_wrong"),
        (lambda: signed(event("p2")), "signature_wrong"),
        (lambda: signed(event("p1"), age=400), "signature_stale"),
        (lambda: signed(event("p1"), age=-900), "signature_stale"),
    ],
    ids=["unsigned", "another key", "another body", "long ago", "from the future"],
)
async def test_what_is_not_rightly_signed_is_refused_and_not_stored(
    house: House, headers: Callable[[], dict[str, str]], expected: str
) -> None:
    response = await send(house, event("p1"), headers())

    assert (response.status_code, code(response)) == (401, expected)
    assert await stored(house) == []


async def test_a_system_that_can_only_send_a_word_is_held_to_that_word(house: House) -> None:
    body = b'{"event": "items.update", "collection": "products", "keys": ["p1", "p2"], "payload": {}}'

    wrong = await send(house, body, {"X-Word": "guess"}, "shop")
    missing = await send(house, body, signed(body), "shop")
    right = await send(house, body, {"X-Word": "hook-secret"}, "shop")

    assert [wrong.status_code, missing.status_code, right.status_code] == [401, 401, 202]
    assert [(row["remote_id"], row["key"]) for row in await stored(house)] == [("p1", None), ("p2", None)]


async def test_a_body_signature_proves_and_names_the_delivery(house: House) -> None:
    timestamp, body = str(int(time.time())), event("p1")
    headers = {
        "webhook-timestamp": timestamp,
        "x-medusa-hmac-sha256": signature.sign_body(KEY, timestamp, body),
    }

    first, again = await send(house, body, headers), await send(house, body, headers)

    assert [first.status_code, again.status_code] == [202, 202]
    assert again.json()["duplicate"]
    assert len(await stored(house)) == 1


async def test_a_replayed_delivery_is_one_row(house: House) -> None:
    first = await send(house, event("p1"), signed(event("p1")))
    again = await send(house, event("p1"), signed(event("p1"), age=5))

    assert again.status_code == 202
    assert again.json() == {"accepted": 0, "id": first.json()["id"], "duplicate": True}
    assert len(await stored(house)) == 1


async def test_an_id_that_comes_again_with_other_content_is_refused_and_the_first_stays(house: House) -> None:
    await send(house, event("p1"), signed(event("p1")))
    other = await send(house, event("p2", "p3"), signed(event("p2", "p3")))

    assert (other.status_code, code(other)) == (409, "other_content")
    assert [row["remote_id"] for row in await stored(house) if row["outcome"] is None] == ["p1"]


async def test_one_delivery_may_name_several_records(house: House) -> None:
    body = event("p1", "p2", "p3")

    response = await send(house, body, signed(body))

    rows = await stored(house)
    assert response.json()["accepted"] == 3
    assert [(row["remote_id"], row["key"]) for row in rows] == [("p1", "evt_1"), ("p2", "evt_1#2"), ("p3", "evt_1#3")]
    assert [row["body"] is None for row in rows] == [False, True, True]


async def test_without_a_secret_nobody_is_believed_and_the_setting_is_named(house: House) -> None:
    system = house.app.settings.systems["cms"].model_copy(update={"hook_secret": None})
    house.app.settings.systems["cms"] = system

    response = await send(house, event("p1"), signed(event("p1")))

    assert (response.status_code, code(response)) == (401, "no_secret")
    assert "systems.cms.hook_secret" in response.json()["error"]["mend"]


async def test_an_unknown_system_is_404(house: House) -> None:
    response = await send(house, event("p1"), signed(event("p1")), "nobody")

    assert (response.status_code, code(response)) == (404, "unknown_system")


async def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(house: House) -> None:
    response = await send(house, b"x", {"content-length": "10001"})

    assert (response.status_code, code(response)) == (413, "too_large")


async def test_a_body_that_does_not_say_its_length_is_cut_off_at_the_limit(house: House) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 1_000_000:
            sent += 1000
            yield b"x" * 1000

    request = house.http.build_request("POST", "/hooks/cms", content=endless())
    response = await house.http.send(request)

    assert "content-length" not in request.headers
    assert (response.status_code, code(response)) == (413, "too_large")
    assert await stored(house) == []


@pytest.mark.parametrize(
    "body",
    [b"no json", b"\xff\xfe", b'"text"', b"[1, 2]", b"[" * 5000, b'{"name": "product.updated"}'],
)
async def test_what_is_proven_but_unreadable_is_kept_as_rejected(house: House, body: bytes) -> None:
    response = await send(house, body, signed(body))

    (row,) = await stored(house)
    assert (response.status_code, code(response)) == (400, "unreadable")
    assert (row["kind"], row["outcome"], row["body"]) == ("raw", "rejected", {"text": body.decode("utf-8", "replace")})
    assert row["reason"] == response.json()["error"]["message"]


async def test_what_is_about_nothing_we_carry_is_kept_and_settled(house: House) -> None:
    body = b'{"name": "order.placed", "data": {"id": "o1"}}'

    response = await send(house, body, signed(body))

    (row,) = await stored(house)
    assert (response.status_code, response.json()["accepted"]) == (202, 0)
    assert (row["kind"], row["outcome"], row["body"]["name"]) == ("raw", "echo", "order.placed")


async def test_202_comes_after_the_commit_not_before(house: House) -> None:
    async with house.app.database.unit() as conn:
        await conn.execute(text("lock table inbox in access exclusive mode"))
        answer = asyncio.create_task(send(house, event("p1"), signed(event("p1"))))
        waiting = text("select count(*) from pg_locks where not granted and relation = 'inbox'::regclass")
        while not (await conn.execute(waiting)).scalar_one():
            assert not answer.done()

        assert not answer.done()

    assert (await answer).status_code == 202
    assert len(await stored(house)) == 1


async def test_two_hundred_hooks_at_once_make_few_transactions(house: House) -> None:
    bodies = {f"evt_{number}": event(f"p{number}") for number in range(200)}

    answers = await asyncio.gather(*(send(house, body, signed(body, delivery)) for delivery, body in bodies.items()))

    async with house.app.database.look() as conn:
        made = (await conn.execute(text("select count(*), count(distinct xmin::text) from inbox"))).one()
    assert {answer.status_code for answer in answers} == {202}
    assert made[0] == 200
    assert made[1] <= 20


@pytest.mark.parametrize(
    ("body", "deep"),
    [
        (b"[" * (DEPTH_MAX + 1), True),
        (b"[" * DEPTH_MAX + b"]" * DEPTH_MAX, False),
        (b"[]" * (DEPTH_MAX + 1), False),
        (b'"' + b"[" * 100 + b'"', False),
        (b'"\\"' + b"[" * 100 + b'"', False),
        (b'"\\\\"' + b"[" * 100, True),
        (b'{"a":' * 100, True),
    ],
)
def test_nesting_is_counted_outside_of_texts(body: bytes, *, deep: bool) -> None:
    assert nested_too_deep(body) is deep
