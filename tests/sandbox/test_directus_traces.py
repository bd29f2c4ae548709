"""What a write leaves behind at the played Directus: activity, revisions, events, cascades; and the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.directus_shop import A, B, C, Shop, error, made


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    yield shop
    for client in (shop.us, shop.person, shop.admin):
        await client.aclose()


async def test_nothing_is_suppressed(shop: Shop) -> None:
    await made(shop, "tags", {"id": A, "value": "a"})
    await shop.person.patch(f"/items/tags/{A}", json={"value": "a"})
    activity = (await shop.us.get("/activity?sort=id")).json()["data"]

    assert [row["action"] for row in activity] == ["create", "update"]
    assert shop.events() == [("tags.items.create", A), ("tags.items.update", [A])]
    assert [entry.changes for entry in shop.world.ledger.entries if entry.account == "person:Paula"] == [{}]


async def test_activity_tells_who_and_with_what(shop: Shop) -> None:
    signed = {"user-agent": "replicator/1.0 sync=42", "origin": "sync://replicator"}
    await shop.us.post("/items/tags", json={"id": A, "value": "a"}, headers=signed)
    await shop.us.request("DELETE", "/items/tags", json=[A], headers=signed)
    own = (await shop.us.get("/users/me")).json()["data"]["id"]
    create, delete = (await shop.us.get("/activity?sort=id")).json()["data"]
    (revision,) = (await shop.us.get("/revisions?fields=*,activity.*")).json()["data"]

    assert (create["user"], create["user_agent"], create["origin"]) == (own, *signed.values())
    assert (create["collection"], create["item"], create["revisions"]) == ("tags", A, [revision["id"]])
    assert (delete["action"], delete["revisions"]) == ("delete", [])
    assert revision["activity"]["id"] == create["id"]
    assert revision["data"]["value"] == "a"


async def test_revisions_leave_out_what_is_relational(shop: Shop) -> None:
    await made(shop, "categories", {"id": A, "name": "A", "handle": "a"})
    await made(shop, "categories", {"id": B, "name": "B", "handle": "b", "parent": A})
    last = (await shop.us.get("/revisions?sort=-id&limit=1")).json()["data"][0]

    assert "parent" not in last["data"]
    assert last["delta"] == {"id": B, "name": "B", "handle": "b"}


async def test_revisions_of_updates_tell_what_was_sent_and_the_dates_it_was_given(shop: Shop) -> None:
    await made(shop, "categories", {"id": A, "name": "A", "handle": "a"})
    row = (await shop.person.patch(f"/items/categories/{A}", json={"name": "A", "parent": None})).json()["data"]
    (last,) = (await shop.us.get("/activity?sort=-id&limit=1&fields=revisions.delta")).json()["data"]
    dated = {name: row[name] for name in ("date_updated", "user_updated")}

    assert last == {"revisions": [{"delta": {"name": "A", "parent": None, **dated}}]}


async def test_activity_ids_can_be_seen_out_of_order(shop: Shop) -> None:
    shop.played.late_activity = True

    async def seen() -> list[int]:
        return [row["id"] for row in (await shop.us.get("/activity?sort=id")).json()["data"]]

    views = []
    for value in "abc":
        await made(shop, "tags", {"value": value})
        views.append(await seen())

    assert views == [[], [2], [1, 2]]


async def test_each_kind_of_batch_has_its_own_events(shop: Shop) -> None:
    await made(shop, "tags", {"id": A, "value": "a"}, {"id": B, "value": "b"})
    await shop.us.patch("/items/tags", json=[{"id": A, "value": "x"}, {"id": B, "value": "y"}])
    await shop.us.patch("/items/tags", json={"keys": [A, B], "data": {"medusa_id": "m"}})
    query = {"filter": {"value": {"_in": ["x", "y"]}}, "limit": -1}
    await shop.us.patch("/items/tags", json={"query": query, "data": {"medusa_id": "n"}})
    await shop.us.request("DELETE", "/items/tags", json={"query": query})

    assert shop.events() == [
        ("tags.items.create", A),
        ("tags.items.create", B),
        ("tags.items.update", [A]),
        ("tags.items.update", [B]),
        ("tags.items.update", [A, B]),
        ("tags.items.update", [A, B]),
        ("tags.items.delete", [A, B]),
    ]
    assert shop.told.sent[2]["trigger"]["payload"] == {"value": "x"}
    assert shop.told.sent[-1]["trigger"]["payload"] == [A, B]


async def test_an_array_that_is_rolled_back_has_sent_its_events(shop: Shop) -> None:
    await made(shop, "tags", {"id": A, "value": "a"}, {"id": B, "value": "b"})
    before = len(shop.told.sent)
    refused = await shop.us.patch("/items/tags", json=[{"id": A, "value": "new"}, {"id": B, "value": "new"}])
    rows = (await shop.us.get("/items/tags")).json()["data"]

    assert error(refused) == (400, "RECORD_NOT_UNIQUE", "value")
    assert shop.events()[before:] == [("tags.items.update", [A])]
    assert [row["value"] for row in rows] == ["a", "b"]


async def test_events_carry_what_was_sent_and_who_sent_it(shop: Shop) -> None:
    await shop.person.post("/items/tags", json={"value": "a"}, headers={"user-agent": "browser"})
    (body,) = shop.told.sent

    assert body["trigger"]["payload"] == {"value": "a"}
    assert body["trigger"]["key"] == next(iter(shop.played.tables.every("tags")))["id"]
    assert (body["accountability"]["userAgent"], body["accountability"]["admin"]) == ("browser", False)
    assert "origin" not in body["accountability"]


async def test_the_databases_own_cascades_leave_no_trace(shop: Shop) -> None:
    await made(
        shop, "categories", {"id": A, "name": "A", "handle": "a"}, {"id": B, "name": "B", "handle": "b", "parent": A}
    )
    await made(shop, "products", {"id": C, "title": "T", "handle": "t", "categories": [{"categories_id": B}]})
    await made(shop, "variants", {"id": A, "product": C, "sku": "S"})
    before = len(shop.told.sent)
    await shop.person.delete(f"/items/products/{C}")
    await shop.person.delete(f"/items/categories/{A}")
    (left,) = (await shop.us.get("/items/categories")).json()["data"]
    last = shop.world.ledger.entries[-4:]

    assert (await shop.us.get("/items/variants")).json()["data"] == []
    assert list(shop.played.tables.every("products_categories")) == []
    assert (left["parent"], left["date_updated"]) == (None, None)
    assert shop.events()[before:] == [("products.items.delete", [C]), ("categories.items.delete", [A])]
    assert [(entry.type, entry.action) for entry in last] == [
        ("product", "delete"),
        ("variant", "cascade"),
        ("category", "delete"),
        ("category", "cascade"),
    ]


async def test_nested_items_are_written_and_told_before_their_parent(shop: Shop) -> None:
    await made(
        shop, "products", {"id": C, "title": "T", "handle": "t", "tags": [{"tags_id": {"id": A, "value": "red"}}]}
    )
    changes = {"create": [{"tags_id": {"id": B, "value": "blue"}}], "update": [], "delete": [1]}
    wanted = {"fields": "*,tags.tags_id.value"}
    changed = await shop.us.patch(f"/items/products/{C}", json={"tags": changes}, params=wanted)

    assert changed.json()["data"]["tags"] == [{"tags_id": {"value": "blue"}}]
    assert [name for name, _ in shop.events()] == [
        "tags.items.create",
        "products_tags.items.create",
        "products.items.create",
        "tags.items.create",
        "products_tags.items.create",
        "products_tags.items.delete",
        "products.items.update",
    ]


async def test_a_backup_is_put_back_without_a_trace(shop: Shop) -> None:
    await made(shop, "tags", {"id": A, "value": "a"})
    backup = shop.played.dump()
    await shop.person.patch(f"/items/tags/{A}", json={"value": "b"})
    before = len(shop.told.sent)
    shop.played.load(backup)
    restored = [one.key for one in shop.played.shown()]
    await shop.person.patch(f"/items/tags/{A}", json={"value": "c"})
    shop.played.load(backup)
    again = (await shop.us.get("/items/tags?filter[value][_eq]=a")).json()["data"]
    shop.played.empty()

    assert (restored, [row["id"] for row in again]) == (["a"], [A])
    assert len(shop.told.sent) == before + 1
    assert shop.played.shown() == []


async def test_only_whole_records_count_as_shown(shop: Shop) -> None:
    await made(shop, "tags", {"id": A, "value": "a"})
    await shop.person.patch(f"/items/tags/{A}", json={"value": "b"})
    edit = shop.world.ledger.entries[-1]
    await shop.us.get("/items/tags?fields=id")
    unseen = set(edit.observed)
    await shop.us.get("/items/tags")

    assert (unseen, edit.observed) == (set(), {"value"})


async def test_history_shows_values_that_are_gone(shop: Shop) -> None:
    await made(shop, "tags", {"id": A, "value": "a"})
    await shop.person.patch(f"/items/tags/{A}", json={"value": "b"})
    edit = shop.world.ledger.entries[-1]
    await shop.person.patch(f"/items/tags/{A}", json={"value": "c"})
    await shop.us.get("/revisions")

    assert edit.observed == {"value"}
