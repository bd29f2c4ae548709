"""Goal: DummyJSON is played as it is: each habit of the real one that was measured is one case here."""

from __future__ import annotations

import httpx
import pytest

from replicator.sandbox.catalogue import generated
from replicator.sandbox.dummyjson import DummyJson

CATALOGUE = generated(0)


@pytest.mark.parametrize(
    ("query", "count", "skip"),
    [
        ("", 30, 0),
        ("limit=0", 194, 0),
        ("limit=0&skip=190", 4, 190),
        ("limit=1000", 194, 0),
        ("limit=-1", 193, 0),
        ("limit=1.9", 1, 0),
        ("limit=1e2", 1, 0),
        ("limit=", 0, 0),
        ("skip=-5", 30, -5),
        ("skip=", 30, None),
        ("skip=194", 0, 194),
        ("skip=180", 14, 180),
        ("q=nonsense", 30, 0),
    ],
)
async def test_limit_is_the_number_returned_and_numbers_are_read_as_javascript_does(
    client: httpx.AsyncClient, query: str, count: int, skip: int | None
) -> None:
    body = (await client.get(f"/products?{query}")).json()

    assert (len(body["products"]), body["limit"], body["skip"], body["total"]) == (count, count, skip, 194)


@pytest.mark.parametrize("path", ["/products", "/products/1", "/nothing", "/http/200"])
@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("limit=abc", 400, "Invalid 'limit' - must be a number"),
        ("limit=1&limit=2", 400, "Invalid 'limit' - must be a number"),
        ("limit[a]=1", 400, "Invalid 'limit' - must be a number"),
        ("skip=abc", 400, "Invalid 'skip' - must be a number"),
        ("q=a&q=b", 400, "Invalid 'q' - must be a string"),
        ("sortBy=title&order=up", 400, "Order can be: 'asc' or 'desc'"),
        ("sortBy=title&order=asc&order=asc", 500, "order.toLowerCase is not a function"),
        ("delay=5001", 400, "Delay cannot be greater than 5 seconds"),
        ("delay=-1", 400, "Delay cannot be less than 0"),
        ("delay=abc", 400, "Delay must be a number in milliseconds"),
    ],
)
async def test_a_bad_query_is_refused_on_every_route(
    client: httpx.AsyncClient, path: str, query: str, status: int, message: str
) -> None:
    answer = await client.get(f"{path}?{query}")

    assert (answer.status_code, answer.json()) == (status, {"message": message})


async def test_the_file_comes_back_as_it_is(client: httpx.AsyncClient) -> None:
    answer = await client.get("/products?limit=0")

    assert answer.json()["products"] == CATALOGUE
    assert [list(product) for product in answer.json()["products"]] == [list(product) for product in CATALOGUE]
    assert "cache-control" not in answer.headers


async def test_order_without_a_field_to_sort_by_is_ignored(client: httpx.AsyncClient) -> None:
    assert (await client.get("/products?order=up")).status_code == 200


@pytest.mark.parametrize("key", ["title", "price", "stock", "sku"])
async def test_sorting_is_by_code_units_and_keeps_ties_in_order(client: httpx.AsyncClient, key: str) -> None:
    rising = (await client.get(f"/products?limit=0&sortBy={key}")).json()["products"]
    falling = (await client.get(f"/products?limit=0&sortBy={key}&order=DESC")).json()["products"]

    assert rising == sorted(CATALOGUE, key=lambda product: product[key])
    assert falling == sorted(CATALOGUE, key=lambda product: product[key], reverse=True)


async def test_an_unknown_field_sorts_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.get("/products?limit=0&sortBy=color")).json()["products"] == CATALOGUE


@pytest.mark.parametrize("select", ["select=price,title,nothing,dimensions.width", "select=price&select=title"])
async def test_select_takes_top_level_keys_the_id_first(client: httpx.AsyncClient, select: str) -> None:
    assert list((await client.get(f"/products/1?{select}")).json()) == ["id", "price", "title"]


async def test_an_absent_brand_vanishes(client: httpx.AsyncClient) -> None:
    plain = next(product["id"] for product in CATALOGUE if "brand" not in product)

    assert list((await client.get(f"/products/{plain}?select=brand,sku")).json()) == ["id", "sku"]


async def test_search_looks_at_title_and_description_and_never_finds_a_hyphen(client: httpx.AsyncClient) -> None:
    async def total(q: str) -> int:
        return int((await client.get("/products/search", params={"q": q})).json()["total"])

    titled = [each for each in CATALOGUE if "mascara" in (each["title"] + each["description"]).lower()]

    assert await total("  MASCARA ") == len(titled) > 0
    assert await total("zzz") == 0
    assert await total("") == 194
    assert await total("Eau-de-Toilette") == await total("eau de toilette") > 0
    nested = await client.get("/products/search?q[valueSearch]=mascara")
    assert nested.json()["total"] == len(titled)


async def test_categories_name_their_real_address_whatever_they_are_asked_at(client: httpx.AsyncClient) -> None:
    categories = (await client.get("/products/categories")).json()
    slugs = (await client.get("/products/category-list")).json()

    assert categories[0] == {
        "slug": "beauty",
        "name": "Beauty",
        "url": "https://dummyjson.com/products/category/beauty",
    }
    assert slugs == [category["slug"] for category in categories] == sorted(slugs)
    assert len(slugs) == 24


@pytest.mark.parametrize(("slug", "total"), [("tops", 5), ("TOPS", 5), ("none", 0)])
async def test_an_unknown_category_is_empty_not_missing(client: httpx.AsyncClient, slug: str, total: int) -> None:
    answer = await client.get(f"/products/category/{slug}")

    assert (answer.status_code, answer.json()["total"]) == (200, total)


@pytest.mark.parametrize("wanted", ["0", "01", "195", "abc", "category"])
async def test_an_unknown_id_is_a_404_in_json(client: httpx.AsyncClient, wanted: str) -> None:
    answer = await client.get(f"/products/{wanted}")

    assert (answer.status_code, answer.json()) == (404, {"message": f"Product with id '{wanted}' not found"})


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nothing"), ("GET", "//products"), ("POST", "/products"), ("GET", "/products/1/x")]
)
async def test_an_unknown_path_is_a_page(client: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await client.request(method, httpx.URL(f"http://dummyjson.example{path}"))

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


async def test_paths_may_be_in_capitals_and_singular(client: httpx.AsyncClient) -> None:
    assert (await client.get("/Product/1")).json() == CATALOGUE[0]


async def test_a_trailing_slash_is_sent_away(client: httpx.AsyncClient) -> None:
    answer = await client.post("/products/")

    assert (answer.status_code, answer.headers["location"]) == (301, "/products")


async def test_an_add_keeps_ten_keys_and_stores_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.post("/products/add", json={"title": "New", "sku": "X", "price": "free", "id": 3})

    assert (answer.status_code, answer.json()) == (201, {"id": 195, "title": "New", "price": "free"})
    assert (await client.get("/products/195")).status_code == 404
    assert (await client.post("/products/add")).json() == {"id": 195}
    assert (await client.post("/products/add", data={"title": "Form"})).json() == {"id": 195, "title": "Form"}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_change_answers_eleven_keys_ignores_nothings_and_stores_nothing(
    client: httpx.AsyncClient, method: str
) -> None:
    body = (await client.request(method, "/products/1", json={"title": "New", "price": 0})).json()

    assert (body["title"], body["price"], len(body)) == ("New", CATALOGUE[0]["price"], 11)
    assert (await client.get("/products/1")).json() == CATALOGUE[0]
    assert (await client.request(method, "/products/1", json={"id": "2"})).json()["id"] == 2
    assert (await client.request(method, "/products/1", json={"id": 2})).status_code == 404


async def test_a_delete_deletes_nothing(client: httpx.AsyncClient) -> None:
    body = (await client.delete("/products/1")).json()

    assert (body["isDeleted"], body["id"]) == (True, 1)
    assert (await client.get("/products/1")).status_code == 200


async def test_bodies_are_limited_and_must_be_whole(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json"}
    too_long = await client.post("/products/add", content=b'"' + b"x" * 310_000 + b'"', headers=headers)
    half = await client.post("/products/add", content=b"{", headers=headers)

    assert (too_long.status_code, too_long.json()) == (413, {"message": "request entity too large"})
    assert (half.status_code, half.json()) == (400, {"message": "Unexpected end of JSON input"})


async def test_a_changed_feed_is_told_to_the_ledger_field_by_field(service: DummyJson) -> None:
    ledger = service._world.ledger  # noqa: SLF001  (the test stands behind the stage)
    ledger.clear()
    service.change(1, {"stock": 1, "title": "Renamed", "tags": ["brand new"]})

    assert [(each.type, each.key, sorted(each.changes)) for each in ledger.entries] == [
        ("product", "feed:1", ["tags", "title"]),
        ("stock", f"{CATALOGUE[0]['sku']} / Main warehouse", ["quantity"]),
        ("tag", "brand new", ["value"]),
    ]
    assert service.change(999, {}) is None
