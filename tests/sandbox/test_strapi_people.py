"""Editors, webhooks and operators of the played Strapi: what they do, and what is told of it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.sandbox.strapi_shop import Shop

PRODUCT = "/content-manager/collection-types/api::product.product"


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    yield shop
    await shop.http.aclose()


async def test_log_ins_are_limited_and_right_ones_count(shop: Shop) -> None:
    access = shop.strapi.access
    body = {"identifier": access["identifier"], "password": access["password"]}
    answers = [await shop.call("POST", "/api/auth/local", body) for _ in range(11)]
    last = answers[-1]
    shop.strapi.accounts.user_limiter.seconds = 0
    shop.strapi.accounts.user_limiter.forget()
    later = await shop.call("POST", "/api/auth/local", body)

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert (answers[0].headers["x-ratelimit-limit"], answers[0].headers["x-ratelimit-remaining"]) == ("10", "9")
    assert int(last.headers["x-ratelimit-reset"]) <= (shop.world.now() + timedelta(seconds=60)).timestamp()
    assert last.json()["error"]["name"] == "RateLimitError"
    assert later.status_code == 200
    wrong = {"email": access["person_email"], "password": "wrong"}
    statuses = [(await shop.call("POST", "/admin/login", wrong)).status_code for _ in range(6)]
    assert statuses == [400] * 5 + [429]


async def test_an_editor_saves_bare_fields_and_leaves_our_marker(shop: Shop) -> None:
    tag = await shop.made("product-tags", value="t")
    made = await shop.made("products", title="P", sync={"v": 1})
    editor = await shop.person()
    form = {
        "title": "By a person",
        "id": 1,
        "tags": {"connect": [{"documentId": tag["documentId"], "position": {"end": True}}], "disconnect": []},
    }
    saved = (await shop.call("PUT", f"{PRODUCT}/{made['documentId']}", form, headers=editor)).json()["data"]
    listed = (await shop.call("GET", f"{PRODUCT}?page=1&pageSize=10&sort=title:ASC", headers=editor)).json()
    copied = await shop.call("POST", f"{PRODUCT}/clone/{made['documentId']}", {"title": "Copy"}, headers=editor)
    relations = f"/content-manager/relations/api::product.product/{made['documentId']}/tags"
    linked = (await shop.call("GET", relations, headers=editor)).json()["results"]
    both = {"documentIds": [made["documentId"], copied.json()["data"]["documentId"]]}
    gone = await shop.call("POST", f"{PRODUCT}/actions/bulkDelete", both, headers=editor)

    assert (saved["title"], saved["sync"], saved["tags"]) == ("By a person", {"v": 1}, {"count": 1})
    assert saved["updatedBy"]["email"] == shop.strapi.access["person_email"]
    assert (listed["results"][0]["documentId"], listed["pagination"]["total"]) == (made["documentId"], 1)
    assert (copied.status_code, copied.json()["data"]["sync"]) == (201, {"v": 1})
    assert [one["documentId"] for one in linked] == [tag["documentId"]]
    assert gone.json() == {"count": 2}
    assert [(entry.account, entry.action) for entry in shop.world.ledger.entries[2:]] == [
        ("person:editor", "update"),
        ("person:editor", "create"),
        ("person:editor", "delete"),
        ("person:editor", "delete"),
    ]


async def test_hooks_carry_the_entry_with_relations_one_level_deep(shop: Shop) -> None:
    told = shop.listen()
    parent = await shop.made("product-categories", name="All")
    child = await shop.made("product-categories", name="Some", parent_category=parent["documentId"])
    await shop.made("products", title="P", categories=[child["documentId"]])
    await shop.call("DELETE", f"/api/product-categories/{child['documentId']}")
    created, deleted = told[2], told[3]

    assert [(one["event"], one["model"]) for one in told] == [
        ("entry.create", "product-category"),
        ("entry.create", "product-category"),
        ("entry.create", "product"),
        ("entry.delete", "product-category"),
    ]
    assert list(created) == ["event", "createdAt", "model", "uid", "entry"]
    assert created["uid"] == "api::product.product"
    assert created["entry"]["categories"][0]["name"] == "Some"
    assert "parent_category" not in created["entry"]["categories"][0]
    assert created["entry"]["tags"] == []
    assert (deleted["entry"]["name"], "parent_category" in deleted["entry"]) == ("Some", False)
    assert shop.told.headers[2] == {"X-Strapi-Event": "entry.create", "user-agent": "node"}


async def test_a_hook_tells_what_is_there_when_it_is_sent_not_what_was_written(shop: Shop) -> None:
    told = shop.listen()
    tag = await shop.made("product-tags", value="first")
    shop.strapi.records.announcer.lag_seconds = 0.05
    path = f"/api/product-tags/{tag['documentId']}"
    for value in ("second", "third"):
        await shop.call("PUT", path, {"data": {"value": value}})
    await shop.settle()
    await shop.call("PUT", path, {"data": {"value": "fourth"}})
    await shop.call("DELETE", path)
    await shop.settle()

    assert [(one["event"], one["entry"] and one["entry"]["value"]) for one in told] == [
        ("entry.create", "first"),
        ("entry.update", "third"),
        ("entry.update", "third"),
        ("entry.delete", "fourth"),
        ("entry.update", None),
    ]


async def test_webhooks_are_registered_by_an_admin_and_hear_what_they_asked_for(shop: Shop) -> None:
    admin = await shop.person()
    body = {
        "name": "r",
        "url": "http://127.0.0.1:1/hook",
        "headers": {"X-Secret": "s"},
        "events": ["entry.update"],
    }
    made = await shop.call("POST", "/admin/webhooks", body, headers=admin)
    unknown = await shop.call("POST", "/admin/webhooks", {**body, "isEnabled": True}, headers=admin)
    wrong = await shop.call("POST", "/admin/webhooks", {**body, "events": ["entry.read"]}, headers=admin)
    await shop.made("product-tags", value="not told")
    path = f"/admin/webhooks/{made.json()['data']['id']}"
    changed = await shop.call("PUT", path, {**body, "events": ["entry.create"]}, headers=admin)
    await shop.made("product-tags", value="told")
    await shop.call("POST", f"{path}/trigger", headers=admin)
    await shop.call("DELETE", path, headers=admin)
    await shop.made("product-tags", value="not told either")

    assert made.status_code == 201
    assert made.json()["data"] == {"id": "1", **body, "isEnabled": True}
    assert wrong.json()["error"]["message"] == "Webhook event entry.read is not supported"
    assert unknown.json()["error"]["message"] == "this field has unspecified keys: isEnabled"
    assert changed.json()["data"]["events"] == ["entry.create"]
    assert [one["event"] for one in shop.told.sent] == ["entry.create", "trigger-test"]
    assert (await shop.call("GET", "/admin/webhooks", headers=admin)).json() == {"data": []}


async def test_the_companion_stamps_who_wrote_and_keeps_an_outbox(shop: Shop) -> None:
    shop.strapi.records.companion = True
    tag = await shop.made("product-tags", value="t", entity_id="e1", write_id="w1", last_writer="somebody")
    editor = await shop.person()
    form = {"value": "edited", "write_id": "w1"}
    path = f"/content-manager/collection-types/api::product-tag.product-tag/{tag['documentId']}"
    await shop.call("PUT", path, {"value": "edited"}, headers=editor)
    plain = (await shop.call("GET", f"/api/product-tags/{tag['documentId']}")).json()["data"]
    await shop.call("PUT", path, form, headers=editor)
    stale = (await shop.call("GET", f"/api/product-tags/{tag['documentId']}")).json()["data"]
    await shop.call("DELETE", path, headers=editor)
    changes = (await shop.call("GET", "/api/changes?filters[id][$gt]=1&sort=id:asc")).json()["data"]

    assert (tag["last_writer"], tag["write_id"]) == ("api-token:replicator", "w1")
    assert (plain["last_writer"], plain["write_id"]) == ("admin:editor@example.test", None)
    assert (stale["last_writer"], stale["write_id"]) == ("admin:editor@example.test", "w1")
    assert [(one["action"], one["actor"], one["entity_document_id"]) for one in changes] == [
        ("update", "admin:editor@example.test", tag["documentId"]),
        ("update", "admin:editor@example.test", tag["documentId"]),
        ("delete", "admin:editor@example.test", tag["documentId"]),
    ]


async def test_the_ledger_and_the_audit_see_records_in_common_words(shop: Shop) -> None:
    category = await shop.made("product-categories", name="C", handle="c", is_active=True)
    product = await shop.made(
        "products", title="P", handle="p", categories=[category["documentId"]], weight=1.5, status_code="draft"
    )
    variant = await shop.made("product-variants", sku="S", product=product["documentId"])
    price = await shop.made("money-amounts", variant=variant["documentId"], currency_code="usd", amount="9.90")
    await shop.made("shipping-options", name="Post", prices={"usd": "4.90"})
    await shop.call("PUT", f"/api/money-amounts/{price['documentId']}", {"data": {"amount": 8}})
    shown = {one.type: one for one in shop.strapi.shown()}

    assert shown["product"].fields["categories"] == ["c"]
    assert shown["product"].fields["images"] == []
    assert (shown["product"].fields["weight"], shown["product"].fields["status"]) == ("1.5", "draft")
    assert (shown["variant"].key, shown["variant"].fields["product"]) == ("S", "p")
    assert (shown["price"].key, shown["price"].fields["variant"]) == ("S / usd", "S")
    assert shown["shipping_option"].fields["price@usd"] == "4.9"
    assert shop.world.ledger.entries[-1].changes == {"amount": ("9.9", "8")}
    assert {entry.account for entry in shop.world.ledger.entries} == {"replicator"}


async def test_what_an_operator_does_makes_no_event(shop: Shop) -> None:
    told = shop.listen()
    tag = await shop.made("product-tags", value="t")
    backup = shop.strapi.dump()
    await shop.call("PUT", f"/api/product-tags/{tag['documentId']}", {"data": {"value": "changed"}})
    await shop.settle()
    before = len(told)
    shop.strapi.load(backup)
    restored = [one.fields for one in shop.strapi.shown()]
    shop.strapi.empty()
    emptied = shop.strapi.shown()
    again = await shop.made("product-tags", value="u")
    shop.strapi.reset()

    assert restored == [{"value": "t"}]
    assert (emptied, shop.strapi.shown()) == ([], [])
    assert again["id"] == tag["id"] + 1
    assert len(told) == before + 1
