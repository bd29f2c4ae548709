"""The played Strapi answers as the real one was seen to (5.54)."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.sandbox.strapi_shop import Shop

PRODUCT = "/content-manager/collection-types/api::product.product"


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
        ("filters[sync][$contains]=x", 500, "Internal Server Error"),
    ],
)
async def test_a_query_that_cannot_be_answered_is_refused(shop: Shop, query: str, status: int, message: str) -> None:
    answer = await shop.call("GET", f"/api/product-variants?{query}")

    assert (answer.status_code, answer.json()["error"]["message"]) == (status, message)


async def test_a_list_that_is_too_long_filters_nothing(shop: Shop) -> None:
    await shop.made("product-tags", value="other")
    found = [
        len((await shop.call("GET", "/api/product-tags?" + "&".join(asked))).json()["data"])
        for asked in ([f"filters[value][$in][{n}]=x" for n in range(length)] for length in (101, 102))
    ]

    assert found == [0, 1]


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
        ({"title": None}, "title must be a `string` type, but the final value was: `null`."),
        ({"title": "x" * 256}, "title must be at most 255 characters"),
        (
            {"title": "P", "weight": "heavy"},
            'weight must be a `number` type, but the final value was: `NaN` (cast from the value `"heavy"`).',
        ),
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
    weights = [
        (await shop.made("products", title="P", weight=each))["weight"] for each in (1.2345678, 1.005, 2.0, "3.5")
    ]

    assert weights == [1.234568, 1.005, 2, 3.5]


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
    shop: Shop, statuses: list[int], *, index: bool
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
