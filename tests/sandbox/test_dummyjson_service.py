"""Goal: DummyJSON's limit, caching and status tool are played as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping

import httpx
import pytest

from replicator.sandbox.dummyjson import DummyJson


async def test_without_a_limit_set_nobody_is_throttled(client: httpx.AsyncClient) -> None:
    answer = await client.get("/products/1")

    assert "x-ratelimit-limit" not in answer.headers


async def test_the_limit_counts_everything_per_address_and_says_when_it_is_over(
    service: DummyJson, client: httpx.AsyncClient
) -> None:
    service.limit = 3
    origin = {"origin": "http://shop.example"}
    answers = [
        await client.get(path, headers=origin) for path in ("/products/1", "/nothing", "/products?limit=x", "/ip")
    ]
    elsewhere = await client.get("/products/1", headers={"x-forwarded-for": "9.9.9.9"})

    assert [answer.status_code for answer in answers] == [200, 404, 400, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[-1].headers["retry-after"] == "10"
    assert answers[-1].json() == {"message": "request limit exceeded, please wait a few seconds"}
    assert "access-control-allow-origin" not in answers[-1].headers
    assert answers[0].headers["access-control-allow-origin"] == "http://shop.example"
    assert elsewhere.status_code == 200


async def test_the_window_is_fixed_and_ends_for_all_at_once(service: DummyJson, client: httpx.AsyncClient) -> None:
    service.limit = 1
    statuses = [(await client.get("/products/1")).status_code for _ in range(2)]
    service._window_ends -= 20  # noqa: SLF001  (the window of ten seconds has gone by)

    assert statuses == [200, 429]
    assert (await client.get("/products/1")).status_code == 200


async def test_what_is_known_is_answered_with_304(client: httpx.AsyncClient) -> None:
    first = await client.get("/products/1")
    again = await client.get("/products/1", headers={"if-none-match": first.headers["etag"]})

    assert first.headers["etag"].startswith('W/"')
    assert (again.status_code, again.content) == (304, b"")


async def test_long_answers_are_packed_and_short_ones_are_not(client: httpx.AsyncClient) -> None:
    assert (await client.get("/products")).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in (await client.get("/products/1?select=id")).headers


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/http/200", 200, {"status": 200, "message": "OK"}),
        ("/https/200/fine", 200, {"status": 200, "message": "fine"}),
        ("/http/999", 500, {"message": "Status code '999' is not supported"}),
        ("/http/abc", 500, {"message": "Status code 'abc' is invalid"}),
        ("/test", 200, {"status": "ok", "method": "GET"}),
        (
            "/http/404",
            404,
            {
                "status": 404,
                "title": "Not Found",
                "type": "about:blank",
                "detail": "Not Found",
                "message": "Not Found",
            },
        ),
    ],
)
async def test_the_status_tool_answers_as_told(
    client: httpx.AsyncClient, path: str, status: int, body: Mapping[str, object]
) -> None:
    answer = await client.get(path)

    assert (answer.status_code, json.loads(answer.content)) == (status, body)


@pytest.mark.parametrize("status", [204, 304, 301, 429, 503])
async def test_the_status_tool_tells_neither_where_to_go_nor_how_long_to_wait(
    client: httpx.AsyncClient, status: int
) -> None:
    answer = await client.get(f"/http/{status}")

    assert answer.status_code == status
    assert not {"location", "retry-after"} & set(answer.headers)
