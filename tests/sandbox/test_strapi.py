"""The played Strapi answers as the real one was seen to (5.54)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from replicator.sandbox.hooks import Target
from replicator.sandbox.strapi import Strapi
from replicator.sandbox.world import World
from tests.sandbox.told import Told

PRODUCT = "/content-manager/collection-types/api::product.product"


class Shop:
    """One Strapi, its tables in memory, and a client with the replicator's token."""

    def __init__(self) -> None:
        self.world = World(seed=1)
        self.told = Told(self.world, "strapi")
        self.world.hooks["strapi"] = self.told
        self.strapi = Strapi(self.world)
        self.http = httpx.AsyncClient(
            base_url="http://strapi", transport=httpx.ASGITransport(app=self.strapi.app), trust_env=False
        )
        self.ours = {"authorization": f"Bearer {self.strapi.access['token']}"}

    async def call(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return await self.http.request(method, path, json=body, headers=self.ours if headers is None else headers)

    async def made(self, plural: str, **data: object) -> dict[str, Any]:
        answer = await self.call("POST", f"/api/{plural}?populate=*", {"data": data})
        assert answer.status_code == 201, answer.text
        await self.settle()
        document: dict[str, Any] = answer.json()["data"]
        return document

    async def person(self) -> dict[str, str]:
        access = self.strapi.access
        body = {"email": access["person_email"], "password": access["person_password"]}
        token = (await self.call("POST", "/admin/login", body)).json()["data"]["token"]
        return {"authorization": f"Bearer {token}"}

    async def settle(self) -> None:
        await self.strapi.records.announcer.settle()

    def listen(self) -> list[dict[str, Any]]:
        self.told.targets.append(Target("http://receiver/hook"))
        return self.told.sent


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    yield shop
    await shop.http.aclose()


async def test_a_document_comes_in_an_envelope_without_relations_unless_asked(shop: Shop) -> None:
    tag = await shop.made("product-tags", value="new")
    answer = await shop.call("POST", "/api/products", {"data": {"title": "Shirt", "tags": [tag["documentId"]]}})
    document = answer.json()["data"]
    populated = await shop.call(
        "GET", f"/api/products/{document['documentId']}?populate[tags][fields][0]=value&populate[categories]=true"
    )

    assert answer.status_code == 201
    assert answer.json()["meta"] == {}
    assert len(document["documentId"]) == 24
    assert (document["title"], document["handle"], document["images"]) == ("Shirt", None, None)
    assert not {"tags", "categories"} & set(document)
    assert list(document)[-3:] == ["createdAt", "updatedAt", "publishedAt"]
    assert populated.json()["data"]["tags"] == [{"id": 1, "documentId": tag["documentId"], "value": "new"}]
    assert populated.json()["data"]["categories"] == []


async def test_pages_are_cut_in_silence(shop: Shop) -> None:
    for n in range(260):
        await shop.made("product-tags", value=f"{n:03d}")
    sizes = {
        query: await shop.call("GET", f"/api/product-tags?{query}")
        for query in (
            "",
            "pagination[pageSize]=1000",
            "pagination[limit]=-1",
            "pagination[page]=20",
            "pagination[start]=255&pagination[limit]=10",
        )
    }

    assert [len(answer.json()["data"]) for answer in sizes.values()] == [25, 250, 1, 0, 5]
    assert sizes["pagination[pageSize]=1000"].json()["meta"] == {
        "pagination": {"page": 1, "pageSize": 250, "pageCount": 2, "total": 260}
    }


async def test_filters_and_order(shop: Shop) -> None:
    tags = [await shop.made("product-tags", value=value) for value in ("b", "a", "c")]
    product = await shop.made("products", title="P", tags=[tags[0]["documentId"]], weight=1.5)
    queries = {
        "product-tags?filters[value][$eq]=a": ["a"],
        "product-tags?filters[value]=a": ["a"],
        "product-tags?filters[value][$in][0]=c&filters[value][$in][1]=b&sort=value:desc": ["c", "b"],
        f"product-tags?filters[documentId][$in][0]={tags[2]['documentId']}": ["c"],
        "product-tags?filters[id][$gt]=1&sort=id:asc": ["a", "c"],
        f"product-tags?filters[updatedAt][$gte]={tags[0]['updatedAt']}&sort[0]=value&sort[1]=id:asc": ["a", "b", "c"],
        "product-tags?filters[medusa_id][$null]=true&filters[value][$ne]=a&sort=value": ["b", "c"],
        "product-tags?filters[$or][0][value]=a&filters[$or][1][value]=c&sort=value": ["a", "c"],
        "products?filters[tags][value][$eq]=b": ["P"],
        "products?filters[tags][value][$eq]=a": [],
    }

    for query, wanted in queries.items():
        answer = await shop.call("GET", f"/api/{query}")
        assert (query, [one.get("value", one.get("title")) for one in answer.json()["data"]]) == (query, wanted)
    assert product["weight"] == 1.5


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("filters[colour][$eq]=x", 400, "Invalid key colour"),
        ("sort=colour", 400, "Invalid key colour"),
        ("fields[0]=colour", 400, "Invalid key colour"),
        ("populate[colour]=true", 400, "Invalid key colour"),
        ("filters[updatedAt][$gt]=soon", 400, "Invalid format, expected a timestamp or an ISO date"),
        ("filters[options][$contains]=x", 500, "Internal Server Error"),
        ("&".join(f"filters[sku][$in][{n}]=x" for n in range(102)), 400, "Invalid key 0"),
    ],
)
async def test_a_query_that_cannot_be_answered_is_refused(shop: Shop, query: str, status: int, message: str) -> None:
    answer = await shop.call("GET", f"/api/product-variants?{query}")

    assert (answer.status_code, answer.json()["error"]["message"]) == (status, message)


async def test_relations_are_set_connected_and_disconnected(shop: Shop) -> None:
    a, b, c = [(await shop.made("product-tags", value=value))["documentId"] for value in "abc"]
    path = f"/api/products/{(await shop.made('products', title='P', tags=[a, b]))['documentId']}?populate=tags"
    steps: list[tuple[object, list[str]]] = [
        ([c, a], [c, a]),
        ({"connect": [b]}, [c, a, b]),
        ({"connect": [{"documentId": b, "position": {"start": True}}], "disconnect": [a]}, [b, c]),
        ({"connect": [{"documentId": a, "position": {"before": c}}]}, [b, a, c]),
        ({"set": [{"documentId": a}]}, [a]),
        ({"disconnect": [{"documentId": a}]}, []),
    ]

    for given, wanted in steps:
        answer = await shop.call("PUT", path, {"data": {"tags": given}})
        assert [one["documentId"] for one in answer.json()["data"]["tags"]] == wanted
    parent = (await shop.made("product-categories", name="All"))["documentId"]
    child = await shop.made("product-categories", name="Some", parent_category=parent)
    cleared = await shop.call(
        "PUT", f"/api/product-categories/{child['documentId']}?populate=*", {"data": {"parent_category": None}}
    )
    assert child["parent_category"]["documentId"] == parent
    assert cleared.json()["data"]["parent_category"] is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"title": "P", "updatedAt": "2026-01-01"}, "Invalid key updatedAt"),
        ({"title": "P", "colour": "red"}, "Invalid key colour"),
        ({"subtitle": "no title"}, "title must be defined."),
        ({"title": 7, "weight": "heavy"}, "2 errors occurred"),
        ({"title": "P", "tags": ["nonexistent"]}, 'Document with id "nonexistent", locale "null" not found'),
        ({"title": "P", "tags": [{"value": "x"}]}, "Invalid relations"),
        ([], 'Missing "data" payload in the request body'),
    ],
)
async def test_what_cannot_be_written_is_refused_with_its_reason(shop: Shop, data: object, message: str) -> None:
    answer = await shop.call("POST", "/api/products", {"data": data})

    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)
    assert shop.strapi.shown() == []


async def test_numbers_come_back_as_the_database_keeps_them(shop: Shop) -> None:
    weights = [(await shop.made("products", title="P", weight=each))["weight"] for each in (1.239, 1.005, 2.0, "3.5")]

    assert weights == [1.24, 1.01, 2, 3.5]


async def test_unique_is_checked_and_names_what_clashes(shop: Shop) -> None:
    await shop.made("products", title="A", handle="same")
    await shop.made("products", title="no handle")
    await shop.made("products", title="no handle either")
    answer = await shop.call("POST", "/api/products", {"data": {"title": "B", "handle": "same"}})

    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["errors"] == [
        {
            "path": ["handle"],
            "message": "This attribute must be unique",
            "name": "ValidationError",
            "value": "same",
        }
    ]


@pytest.mark.parametrize(("index", "statuses"), [(True, [201, 500]), (False, [201, 201])])
async def test_two_creates_at_once_pass_the_check_and_only_an_index_stops_them(
    shop: Shop,
    index: bool,  # noqa: FBT001  (a column of the table above)
    statuses: list[int],
) -> None:
    shop.strapi.records.index = index
    shop.strapi.records.meeting = asyncio.Barrier(2)
    body = {"data": {"value": "v", "entity_id": "e"}}
    answers = await asyncio.gather(*(shop.call("POST", "/api/product-tags", body) for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == statuses


async def test_every_put_moves_the_times_and_changes_from_elsewhere_do_not(shop: Shop) -> None:
    tag = await shop.made("product-tags", value="t")
    product = await shop.made("products", title="P", tags=[tag["documentId"]])
    variant = await shop.made("product-variants", sku="S", product=product["documentId"])
    path = f"/api/products/{product['documentId']}"
    await asyncio.sleep(0.002)  # times are kept to the millisecond
    touched = (await shop.call("PUT", path, {"data": {}})).json()["data"]
    await asyncio.sleep(0.002)
    await shop.call("DELETE", f"/api/product-tags/{tag['documentId']}")
    left = (await shop.call("GET", path + "?populate=tags")).json()["data"]
    await shop.call("DELETE", path)
    orphan = (await shop.call("GET", f"/api/product-variants/{variant['documentId']}?populate=*")).json()["data"]

    assert touched["updatedAt"] > product["updatedAt"]
    assert touched["publishedAt"] == touched["updatedAt"]
    assert (left["tags"], left["updatedAt"]) == ([], touched["updatedAt"])
    assert (orphan["product"], orphan["updatedAt"]) == (None, variant["updatedAt"])
    assert [(entry.type, entry.changes) for entry in shop.world.ledger.entries if entry.action == "cascade"] == [
        ("product", {"tags": (["t"], [])}),
        ("variant", {"product": (product["documentId"], None)}),
    ]


async def test_a_delete_is_always_204_and_the_rest_is_404(shop: Shop) -> None:
    absent = "/api/products/nonexistentdocumentid000"
    answers = [
        await shop.call("DELETE", absent),
        await shop.call("GET", absent),
        await shop.call("PUT", absent, {"data": {}}),
        await shop.call("GET", "/api/unknown-things"),
        await shop.call("PATCH", absent, {"data": {}}),
    ]

    assert [answer.status_code for answer in answers] == [204, 404, 404, 404, 405]
    assert answers[1].json()["error"]["name"] == "NotFoundError"


async def test_who_is_let_in(shop: Shop) -> None:
    editor = await shop.person()
    reader = {"authorization": f"Bearer {shop.strapi.accounts.read_only_token}"}
    access = shop.strapi.access
    login = await shop.call(
        "POST", "/api/auth/local", {"identifier": access["identifier"], "password": access["password"]}
    )
    user = {"authorization": f"Bearer {login.json()['jwt']}"}
    body = {"data": {"value": "v"}}
    asked = [
        ("no token", await shop.call("GET", "/api/products", headers={}), 403),
        ("wrong token", await shop.call("GET", "/api/products", headers={"authorization": "Bearer x"}), 401),
        ("an editor's token", await shop.call("GET", "/api/products", headers=editor), 401),
        ("an API token in the admin", await shop.call("GET", "/admin/webhooks"), 401),
        ("a user's token in the admin", await shop.call("GET", PRODUCT, headers=user), 401),
        ("a reader", await shop.call("GET", "/api/products", headers=reader), 200),
        ("a reader who writes", await shop.call("POST", "/api/product-tags", body, headers=reader), 403),
        ("a user", await shop.call("POST", "/api/product-tags", body, headers=user), 201),
    ]

    assert [(who, answer.status_code) for who, answer, _ in asked] == [(who, status) for who, _, status in asked]


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
    assert [(one["action"], one["actor"], one["entity_id"]) for one in changes] == [
        ("update", "admin:editor@example.test", "e1"),
        ("update", "admin:editor@example.test", "e1"),
        ("delete", "admin:editor@example.test", "e1"),
    ]


async def test_the_ledger_and_the_audit_see_records_in_common_words(shop: Shop) -> None:
    category = await shop.made("product-categories", name="C", handle="c", is_active=True)
    product = await shop.made(
        "products", title="P", handle="p", categories=[category["documentId"]], weight=1.5, status_code="draft"
    )
    variant = await shop.made(
        "product-variants", sku="S", product=product["documentId"], prices={"usd": "9.90"}, inventory_quantity=3
    )
    await shop.call(
        "PUT", f"/api/product-variants/{variant['documentId']}", {"data": {"prices": {"eur": 8, "usd": "9.9"}}}
    )
    shown = {one.type: one for one in shop.strapi.shown()}

    assert shown["product"].fields["categories"] == ["c"]
    assert shown["product"].fields["images"] == []
    assert (shown["product"].fields["weight"], shown["product"].fields["status"]) == ("1.5", "draft")
    assert shown["variant"].key == "S"
    assert {"product": "p", "price@usd": "9.9", "price@eur": "8", "stock": 3}.items() <= shown["variant"].fields.items()
    assert shop.world.ledger.entries[-1].changes == {"price@eur": (None, "8")}
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
