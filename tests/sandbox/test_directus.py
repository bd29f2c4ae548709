"""The played Directus answers as the real one was seen to, where a replicator would get hurt if it did not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.directus_shop import A, B, C, Shop, error, made


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    yield shop
    for client in (shop.us, shop.person, shop.admin):
        await client.aclose()


async def test_a_batch_is_one_transaction_and_its_answer_is_sorted_by_key(shop: Shop) -> None:
    data = await made(shop, "tags", {"id": B, "value": "b"}, {"id": A, "value": "a"})
    refused = await shop.us.post("/items/tags", json=[{"value": "new"}, {"value": "a"}])
    both = [(await shop.us.get("/items/tags")).json()["data"], refused.json()["errors"][0]["extensions"]]

    assert [row["id"] for row in data] == [A, B]
    assert [row["value"] for row in both[0]] == ["a", "b"]
    assert both[1] == {"collection": "tags", "field": "value", "value": "a", "code": "RECORD_NOT_UNIQUE"}


async def test_there_is_no_upsert(shop: Shop) -> None:
    await made(shop, "tags", {"id": A, "value": "a"})
    again = await shop.us.post("/items/tags", json={"id": A, "value": "a"})

    assert error(again) == (400, "RECORD_NOT_UNIQUE", "id")


async def test_lists_stop_at_a_hundred_unless_told_otherwise(shop: Shop) -> None:
    await made(shop, "tags", *({"value": f"tag {n}"} for n in range(130)))
    short = (await shop.us.get("/items/tags?meta=*")).json()
    whole = (await shop.us.get("/items/tags", params={"limit": "-1", "fields": "id"})).json()
    second = (await shop.us.get("/items/tags?limit=50&page=3&sort=value")).json()

    assert (len(short["data"]), len(whole["data"]), len(second["data"])) == (100, 130, 30)
    assert short["meta"] == {"filter_count": 130, "total_count": 130}


async def test_missing_is_forbidden_and_for_an_administrator_it_is_nothing_but_an_event(shop: Shop) -> None:
    asked = [
        await shop.us.get(f"/items/tags/{A}"),
        await shop.us.patch(f"/items/tags/{A}", json={"value": "x"}),
        await shop.us.request("DELETE", "/items/tags", json=[A]),
        await shop.us.get("/items/ghosts"),
        await shop.us.get("/items/tags?fields=nope"),
        await shop.us.get("/items/tags/not-a-uuid"),
    ]
    filtered = await shop.us.get("/items/tags", params={"filter": f'{{"id":{{"_eq":"{A}"}}}}'})
    as_admin = await shop.admin.patch(f"/items/tags/{A}", json={"value": "x"})

    assert [error(each)[:2] for each in asked] == [(403, "FORBIDDEN")] * 6
    assert filtered.json() == {"data": []}
    assert as_admin.status_code == 204
    assert shop.events() == [("tags.items.update", [A])]


async def test_wrong_tokens_routes_and_bodies_are_told_apart(shop: Shop) -> None:
    stranger = {"authorization": "Bearer nobody"}

    assert error(await shop.us.get("/items/tags", headers=stranger))[:2] == (401, "INVALID_CREDENTIALS")
    assert error(await shop.us.get("/nope/x"))[:2] == (404, "ROUTE_NOT_FOUND")
    assert error(await shop.us.post("/items/tags", content=b"{"))[:2] == (400, "INVALID_PAYLOAD")
    assert error(await shop.us.post("/items/tags", json={"value": "x" * 1_100_000}))[:2] == (400, "INVALID_PAYLOAD")
    assert error(await shop.us.patch("/items/tags", json=[{"value": "x"}]))[:2] == (400, "INVALID_PAYLOAD")


@pytest.mark.parametrize(
    ("collection", "item", "refusal"),
    [
        ("stock_levels", {"quantity": "abc"}, (500, "INTERNAL_SERVER_ERROR", None)),
        ("stock_levels", {"quantity": 2**31}, (400, "VALUE_OUT_OF_RANGE", "quantity")),
        ("variants", {"sku": "x" * 256}, (400, "VALUE_TOO_LONG", "sku")),
        ("variants", {"product": A}, (400, "INVALID_FOREIGN_KEY", "product")),
        ("metafields", {"value": "words"}, (500, "INTERNAL_SERVER_ERROR", None)),
        ("variants", {"colour": "red"}, (403, "FORBIDDEN", None)),
    ],
)
async def test_values_that_do_not_fit_are_refused_in_different_ways(
    shop: Shop, collection: str, item: dict[str, Any], refusal: tuple[int, str, Any]
) -> None:
    assert error(await shop.us.post(f"/items/{collection}", json=item)) == refusal


async def test_required_is_told_from_null(shop: Shop) -> None:
    absent = (await shop.us.post("/items/tags", json={})).json()["errors"][0]["extensions"]
    null = (await shop.us.post("/items/tags", json={"value": None})).json()["errors"][0]["extensions"]

    assert (absent["code"], absent["type"]) == ("FAILED_VALIDATION", "required")
    assert (null["code"], null["type"]) == ("FAILED_VALIDATION", "nnull")


async def test_the_limiters_answer_in_their_own_words(shop: Shop) -> None:
    throttled, pressed = shop.played.refusal(429), shop.played.refusal(503)

    assert throttled.headers["retry-after"] == "1"
    assert b'"reset":"20' in bytes(throttled.body)
    assert "retry-after" not in pressed.headers
    assert b"SERVICE_UNAVAILABLE" in bytes(pressed.body)


async def test_decimals_are_strings_and_dates_have_milliseconds(shop: Shop) -> None:
    (row,) = await made(shop, "products", {"title": "T", "handle": "t", "weight": 1.5})

    assert row["weight"] == "1.500000"
    assert len(row["date_created"]) == len("2026-11-20T23:26:15.260Z")
    assert (row["date_updated"], row["user_updated"]) == (None, None)


async def test_dates_are_spoofable_on_create_and_not_on_update(shop: Shop) -> None:
    forged = "2001-01-01T00:00:00.000Z"
    (row,) = await made(shop, "tags", {"id": A, "value": "a", "date_updated": forged})
    updated = (await shop.person.patch(f"/items/tags/{A}", json={"date_updated": forged})).json()["data"]

    assert row["date_updated"] == forged
    assert updated["date_updated"] > row["date_created"][:10]
    assert updated["user_updated"] not in (None, updated["user_created"])


async def test_a_list_replaces_a_list_and_keeps_the_rows_it_names(shop: Shop) -> None:
    await made(shop, "tags", {"id": A, "value": "a"}, {"id": B, "value": "b"})
    await made(shop, "products", {"id": C, "title": "T", "handle": "t", "tags": [{"tags_id": A}]})
    both = await shop.us.patch(f"/items/products/{C}", json={"tags": [1, {"tags_id": B}]})
    one = await shop.us.patch(f"/items/products/{C}", json={"tags": [2]})

    assert (both.json()["data"]["tags"], one.json()["data"]["tags"]) == ([1, 2], [2])


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('{"weight":{"_gte":2}}', ["B", "C"]),
        ('{"weight":{"_between":[1,2]}}', ["A", "B"]),
        ('{"_or":[{"handle":{"_eq":"A"}},{"weight":{"_gt":2}}]}', ["A", "C"]),
        ('{"subtitle":{"_null":true}}', ["B", "C"]),
        ('{"subtitle":{"_nnull":true}}', ["A"]),
        ('{"handle":{"_nin":["A","B"]}}', ["C"]),
        ('{"collection":{"handle":{"_eq":"t"}}}', ["A"]),
        ('{"date_created":{"_gte":"2001-01-01T00:00:00Z"}}', ["A", "B", "C"]),
    ],
)
async def test_filters_choose(shop: Shop, condition: str, found: list[str]) -> None:
    await made(shop, "collections", {"id": C, "title": "T", "handle": "t"})
    own = {"A": {"subtitle": "first", "collection": C}}
    products = ({"title": "P", "handle": name, "weight": n, **own.get(name, {})} for n, name in enumerate("ABC", 1))
    await made(shop, "products", *products)
    rows = (await shop.us.get("/items/products", params={"filter": condition, "sort": "handle"})).json()["data"]
    searched = await shop.us.request("SEARCH", "/items/products", json={"query": {"sort": ["handle"], "limit": 1}})

    assert [row["handle"] for row in rows] == found
    assert [row["handle"] for row in searched.json()["data"]] == ["A"]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ('"words"', "words"),
        ('"7"', 7),
        ('"\\"7\\""', "7"),
        (7, 7),
        ([], []),
        ({"a": [1, None]}, {"a": [1, None]}),
        (None, None),
    ],
)
async def test_text_in_a_json_column_is_json_and_unpacked_twice(shop: Shop, sent: object, shown: object) -> None:
    (row,) = await made(shop, "metafields", {"key": "k", "value": sent})

    assert row["value"] == shown


@pytest.mark.parametrize("condition", ['{"id":{"_gt":"a"}}', '{"sync":{"_eq":"a"}}', "{"])
async def test_filters_that_a_field_does_not_know_are_refused(shop: Shop, condition: str) -> None:
    await made(shop, "tags", {"id": A, "value": "a"})

    assert error(await shop.us.get("/items/tags", params={"filter": condition}))[:2] == (400, "INVALID_QUERY")


async def test_rights_end_where_policies_end(shop: Shop) -> None:
    asked = [
        await shop.us.post("/collections", json={"collection": "mine"}),
        await shop.us.post("/fields/tags", json={"field": "mine", "type": "string"}),
        await shop.us.get("/users"),
        await shop.us.post("/flows", json={"name": "mine"}),
        await shop.us.get("/items/directus_users"),
    ]
    users = (await shop.admin.get("/users")).json()["data"]

    assert {each.status_code for each in asked} == {403}
    assert {user["token"] for user in users} == {"**********"}
    assert (await shop.admin.get("/server/info")).json()["data"]["version"] == "11.17.4"
    assert (await shop.us.get("/server/ping")).text == "pong"
