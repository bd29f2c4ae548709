"""The played Medusa answers as the real one was seen to (2.21)."""

import base64
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from replicator.sandbox.hooks import Target
from tests.sandbox.medusa_shop import Shop


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    await shop.enter()
    yield shop
    await shop.http.aclose()


def names(shop: Shop) -> list[str]:
    """The names of the events told, in order; what was told is forgotten."""
    told = [event["name"] for sent in shop.told.sent for event in json.loads(sent.body)["events"]]
    shop.told.sent.clear()
    return told


def listen(shop: Shop) -> None:
    shop.told.targets.append(Target("http://receiver.invalid/"))


async def test_a_user_logs_in_for_a_day_and_a_key_is_sent_as_basic(shop: Shop) -> None:
    bearer = shop.http.headers["authorization"].removeprefix("Bearer ")
    claims = json.loads(base64.urlsafe_b64decode(bearer.split(".")[1] + "=="))
    secret = base64.b64encode(f"{shop.medusa.accounts.key}:".encode()).decode()
    ours = {"authorization": f"Basic {secret}"}
    wrong = {"authorization": f"Bearer {shop.medusa.accounts.key}"}

    assert claims["exp"] - claims["iat"] == 86_400
    assert (await shop.get("/users/me"))["user"]["email"] == shop.medusa.access["email"]
    assert (await shop.http.get("/admin/stores", headers=ours)).status_code == 200
    assert (await shop.http.get("/admin/users/me", headers=ours)).status_code == 404
    assert "must be sent using HTTP Basic" in (await shop.http.get("/admin/stores", headers=wrong)).json()["message"]
    shop.medusa.accounts.restart()
    assert (await shop.http.get("/admin/stores")).status_code == 401


async def test_a_person_comes_in_by_invitation(shop: Shop) -> None:
    credentials = {"email": "joe@shop.example", "password": "also secret"}
    invite = (await shop.post("/invites", {"email": credentials["email"]}))["invite"]
    registered = (await shop.http.post("/auth/user/emailpass/register", json=credentials)).json()["token"]
    accepted = await shop.http.post(
        "/admin/invites/accept",
        params={"token": invite["token"]},
        json={"email": credentials["email"], "first_name": "Joe"},
        headers={"authorization": f"Bearer {registered}"},
    )
    token = (await shop.http.post("/auth/user/emailpass", json=credentials)).json()["token"]
    shop.http.headers["authorization"] = f"Bearer {token}"
    await shop.post("/product-tags", {"value": "by joe"})

    assert accepted.status_code == 200
    assert [entry.account for entry in shop.world.ledger.entries] == ["person:joe"]


async def test_writes_are_posted_and_ids_are_medusas(shop: Shop) -> None:
    put = await shop.http.put("/admin/products/x", json={})

    assert (put.status_code, put.text.count("Cannot PUT /admin/products/x")) == (404, 1)
    answer = await shop.post("/products", {"id": "mine", "title": "Mug", "options": [{}]}, 400)
    assert answer == {"type": "invalid_data", "message": "Invalid request: Unrecognized fields: 'id'"}
    assert "for field 'title', got: '1'" in (await shop.post("/products", {"title": 1}, 400))["message"]
    assert "options are not provided" in (await shop.post("/products", {"title": "Bare"}, 400))["message"]


async def test_a_new_product_has_what_was_left_out(shop: Shop) -> None:
    product = await shop.product("red-mug", "R-S", images=[{"url": "http://i/a"}, {"url": "http://i/b"}])
    (variant,) = product["variants"]

    assert (product["status"], product["thumbnail"], product["subtitle"]) == ("draft", "http://i/a", None)
    assert [(image["url"], image["rank"]) for image in product["images"]] == [("http://i/a", 0), ("http://i/b", 1)]
    assert variant["manage_inventory"] is True
    assert variant["inventory_items"][0]["required_quantity"] == 1
    assert [(row["value"], row["option"]["title"]) for row in variant["options"]] == [("S", "Size")]
    made = await shop.post("/products", {"title": "Größe  XL!", "options": [{"title": "A", "values": ["b"]}]})
    assert made["product"]["handle"] == "gr-e-xl"


async def test_unknown_parameters_pass_on_products_and_nowhere_else(shop: Shop) -> None:
    await shop.product("mug")

    assert (await shop.get("/products", bogus="1", sku="X"))["count"] == 1
    assert "Unrecognized fields: 'bogus'" in (await shop.get("/product-tags", 400, bogus="1"))["message"]
    assert "updated_at" in (await shop.get("/inventory-items", 400, updated_at__="x"))["message"]
    assert (await shop.get("/products", 500, order="bogus"))["type"] == "unknown_error"
    since = {"updated_at[$gte]": "yesterday"}
    assert (await shop.http.get("/admin/products", params=since)).status_code == 500


async def test_fields_replace_or_add(shop: Shop) -> None:
    await shop.product("mug", "M-S")

    async def keys(fields: str) -> set[str]:
        return set((await shop.get("/products", fields=fields))["products"][0])

    assert await keys("id,title") == {"id", "title"}
    assert await keys("nonsense") == {"id"}
    assert await keys("title,*variants.prices") == {"id", "title", "variants"}
    assert "categories" not in await keys("+title")
    assert {"categories", "variants", "metadata"} <= await keys("*categories")
    assert set(await shop.get("/product-tags")) == {"product_tags", "count", "offset", "limit"}


async def test_lists_in_an_update_replace_and_scalars_do_not(shop: Shop) -> None:
    category = (await shop.post("/product-categories", {"name": "Cups"}))["product_category"]
    product = await shop.product("mug", "M-S", "M-M", categories=[{"id": category["id"]}], subtitle="A mug")
    small = product["variants"][0]
    changed = await shop.post(f"/products/{product['id']}", {"title": "Cup", "variants": [{"id": small["id"]}]})

    assert (changed["product"]["title"], changed["product"]["subtitle"]) == ("Cup", "A mug")
    assert [one["id"] for one in changed["product"]["variants"]] == [small["id"]]
    assert [one["id"] for one in changed["product"]["categories"]] == [category["id"]]
    emptied = await shop.post(f"/products/{product['id']}", {"categories": []})
    assert emptied["product"]["categories"] == []
    assert "removed in version" in (await shop.post(f"/products/{product['id']}", {"options": []}, 400))["message"]


@pytest.mark.parametrize(
    ("given", "merges", "replaces"),
    [
        ({"b": 2}, {"a": 1, "b": 2}, {"b": 2}),
        ({"a": ""}, {}, {"a": ""}),
        ({"a": None}, {"a": None}, {"a": None}),
        (None, None, None),
    ],
)
async def test_metadata_merges_or_is_replaced(shop: Shop, given: object, merges: object, replaces: object) -> None:
    before = {"metadata": {"a": 1}}
    product = await shop.product("mug", **before)
    tag = (await shop.post("/product-tags", {"value": "t", **before}))["product_tag"]
    category = (await shop.post("/product-categories", {"name": "C", **before}))["product_category"]
    answers = [
        (await shop.post(f"/products/{product['id']}", {"metadata": given}))["product"],
        (await shop.http.post(f"/admin/product-tags/{tag['id']}?fields=metadata", json={"metadata": given})).json()[
            "product_tag"
        ],
        (
            await shop.http.post(
                f"/admin/product-categories/{category['id']}?fields=metadata", json={"metadata": given}
            )
        ).json()["product_category"],
    ]

    assert [answer["metadata"] for answer in answers] == [merges, merges, replaces]


async def test_empty_metadata_clears_products_and_leaves_tags(shop: Shop) -> None:
    product = await shop.product("mug", metadata={"a": 1})
    tag = (await shop.post("/product-tags", {"value": "t", "metadata": {"a": 1}}))["product_tag"]
    cleared = (await shop.post(f"/products/{product['id']}", {"metadata": {}}))["product"]
    left = await shop.http.post(f"/admin/product-tags/{tag['id']}?fields=metadata", json={"metadata": {}})

    assert cleared["metadata"] == {}
    assert left.json()["product_tag"]["metadata"] == {"a": 1}


async def test_a_price_list_replaces_and_ids_are_new(shop: Shop) -> None:
    product = await shop.product("mug", "M-S")
    path, (price,) = f"/products/{product['id']}/variants", product["variants"][0]["prices"]
    variant = product["variants"][0]["id"]
    kept = {"id": price["id"], "amount": 12, "currency_code": "usd"}

    async def prices(given: list[dict[str, object]]) -> dict[str, tuple[str, float]]:
        answer = await shop.post(f"{path}/batch", {"update": [{"id": variant, "prices": given}]})
        return {one["currency_code"]: (one["id"], one["amount"]) for one in answer["updated"][0]["prices"]}

    both = await prices([kept, {"amount": 25.555, "currency_code": "EUR"}])
    anew = await prices([{"amount": 12, "currency_code": "usd"}])

    assert (both["usd"][0], both["usd"][1], both["eur"][1]) == (price["id"], 12, 25.555)
    assert list(anew) == ["usd"]
    assert anew["usd"][0] != price["id"]
    text = {"update": [{"id": variant, "prices": [{"amount": "12", "currency_code": "usd"}]}]}
    assert "for field 'amount'" in (await shop.post(f"{path}/batch", text, 400))["message"]


async def test_weights_are_single_precision(shop: Shop) -> None:
    weights = [(await shop.product(f"w{n}", weight=weight))["weight"] for n, weight in enumerate((16777217.5, 0.1, 3))]

    assert weights == [16777218, 0.1, 3]


async def test_uniqueness_is_a_400_among_the_living(shop: Shop) -> None:
    product = await shop.product("mug", "M-S")
    handle = {"title": "x", "handle": "mug", "options": [{"title": "Size", "values": ["S"]}]}
    sku = {
        **handle,
        "handle": "cup",
        "variants": [{"title": "x", "sku": "M-S", "prices": [], "options": {"Size": "S"}}],
    }

    assert await shop.post("/products", handle, 400) == {
        "type": "invalid_data",
        "message": "Product with handle: mug, already exists.",
    }
    assert "Product variant with sku: M-S, already exists." in (await shop.post("/products", sku, 400))["message"]
    assert (await shop.get("/products"))["count"] == 1
    await shop.http.delete(f"/admin/products/{product['id']}")
    assert (await shop.post("/products", sku))["product"]["handle"] == "cup"


async def test_a_deleted_product_stays_to_be_asked_for(shop: Shop) -> None:
    product = await shop.product("mug", "M-S")
    listen(shop)
    gone = await shop.http.delete(f"/admin/products/{product['id']}")
    unknown = await shop.http.delete("/admin/products/prod_x")
    told = Counter(names(shop))

    assert gone.json() == {"id": product["id"], "object": "product", "deleted": True}
    assert unknown.status_code == 200
    assert (told["product.deleted"], told["product.product.deleted"]) == (2, 1)
    assert (told["product.product-variant.deleted"], told["product-variant.deleted"]) == (1, 0)
    assert (await shop.get("/products"))["count"] == 0
    assert (await shop.get("/products", with_deleted="true"))["products"][0]["deleted_at"] is not None
    assert (await shop.get("/product-variants", with_deleted="true"))["count"] == 0
    assert (await shop.get(f"/products/{product['id']}", 404)) == {"type": "not_found", "message": "Product not found"}


async def test_categories_form_a_tree_and_are_deleted_for_good(shop: Shop) -> None:
    async def category(name: str, **more: object) -> str:
        made = await shop.post("/product-categories", {"name": name, **more})
        return str(made["product_category"]["id"])

    top = await category("Top")
    below = await category("Below", parent_category_id=top)
    product = await shop.product("mug", categories=[{"id": below}])
    refused = await shop.http.delete(f"/admin/product-categories/{top}")

    assert (refused.status_code, refused.json()["type"]) == (400, "not_allowed")
    assert (await shop.http.delete(f"/admin/product-categories/{below}")).status_code == 200
    assert (await shop.get(f"/products/{product['id']}", fields="*categories"))["product"]["categories"] == []
    missing = await shop.post(f"/products/{product['id']}", {"categories": [{"id": below}]}, 404)
    assert "but such entity does not exist" in missing["message"]
    unknown = await shop.post(f"/products/{product['id']}", {"tags": [{"id": "ptag_x"}]}, 400)
    assert unknown["message"] == "Tag with id ptag_x not found"


async def test_a_batch_is_all_or_nothing_and_in_no_order(shop: Shop) -> None:
    size = [{"title": "Size", "values": ["S"]}]
    new = [{"title": f"P{n}", "handle": f"p{n}", "options": size} for n in range(20)]
    made = await shop.post("/products/batch", {"create": new})
    clash = {"create": [{**new[0], "handle": "other"}, new[1]]}
    absent = {"update": [{"id": made["created"][0]["id"], "title": "x"}, {"id": "prod_x", "title": "x"}]}

    assert {one["handle"] for one in made["created"]} == {one["handle"] for one in new}
    assert [one["handle"] for one in made["created"]] != [one["handle"] for one in new]
    assert "already exists" in (await shop.post("/products/batch", clash, 400))["message"]
    assert "prod_x" in (await shop.post("/products/batch", absent, 404))["message"]
    assert (await shop.get("/products"))["count"] == 20
    assert (await shop.get("/products", title="x"))["count"] == 0


async def test_a_body_beyond_100_kb_is_refused(shop: Shop) -> None:
    answer = await shop.http.post("/admin/product-tags", json={"value": "x" * 103_000})

    assert (answer.status_code, answer.json()) == (
        413,
        {"message": "request entity too large", "type": "unknown_error"},
    )


async def test_a_token_is_void_after_a_day(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = shop.world.now() + timedelta(days=1, seconds=1)
    monkeypatch.setattr(shop.world, "now", lambda: tomorrow)
    answer = await shop.http.get("/admin/stores")

    assert isinstance(answer, httpx.Response)
    assert (answer.status_code, answer.json()["message"]) == (401, "Unauthorized")
