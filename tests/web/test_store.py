"""A storefront reads one merged document, is sent it only when it changed, and sees what is for sale and no more."""

import pytest

from tests.web.shelf import House, housed, settings

NO_ID = f"product/----{'0' * 32}"  # as long as an id, and none


async def filled(house: House) -> None:
    house.cms.put("category", "c1", name="Cups", handle="cups")
    house.cms.put("product", "p1", title="Mug", handle="mug", categories=["c1"])
    house.cms.put("option", "o1", product="p1", title="Size")
    house.cms.put("option_value", "ov1", option="o1", value="S")
    house.cms.put("variant", "v1", product="p1", title="One", sku="MUG-1", options=["ov1"])
    house.cms.put("price", "v1/usd", variant="v1", currency="usd", amount="19.99")
    house.cms.put("stock_location", "here", name="Here")
    house.cms.put("stock", "v1/here", variant="v1", location="here", quantity=3)
    await house.take_in()


async def test_a_product_comes_with_its_categories_variants_prices_and_stock(house: House) -> None:
    await filled(house)

    product = (await house.http.get("/store/product/mug")).json()

    (variant,) = product["variants"]
    assert (product["title"], [each["key"] for each in product["categories"]]) == ("Mug", ["cups"])
    (price,), (stock,) = variant["prices"], variant["stocks"]
    assert (variant["sku"], price["currency"], price["amount"]) == ("MUG-1", "usd", "19.99")
    assert (stock["location"]["key"], stock["quantity"]) == ("Here", 3)
    assert variant["product"] == {"id": product["id"], "key": "mug"}


async def test_options_come_with_their_values_and_variants_name_theirs(house: House) -> None:
    await filled(house)

    product = (await house.http.get("/store/product/mug")).json()

    ((size,), (variant,)) = product["options"], product["variants"]
    (value,) = size["option_values"]
    assert (size["title"], value["value"]) == ("Size", "S")
    assert variant["options"] == [{"id": value["id"], "key": "S"}]


async def test_it_is_found_by_id_and_by_natural_key(house: House) -> None:
    await filled(house)

    by_key = (await house.http.get("/store/variant/MUG-1")).json()
    by_id = (await house.http.get(f"/store/variant/{by_key['id']}")).json()

    assert by_id == by_key


async def test_what_has_not_changed_is_not_sent_again(house: House) -> None:
    await filled(house)
    first = await house.http.get("/store/product/mug")

    same = await house.http.get("/store/product/mug", headers={"if-none-match": first.headers["etag"]})
    house.cms.put("stock", "v1/here", quantity=2)
    await house.take_in()
    changed = await house.http.get("/store/product/mug", headers={"if-none-match": first.headers["etag"]})

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (changed.status_code, changed.json()["variants"][0]["stocks"][0]["quantity"]) == (200, 2)


@pytest.mark.parametrize("path", ["product/nothing", "nothing/mug", "category/mug", NO_ID])
async def test_what_is_not_there_is_404(house: House, path: str) -> None:
    await filled(house)

    response = await house.http.get(f"/store/{path}")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


async def test_what_was_deleted_is_no_longer_read(house: House) -> None:
    await filled(house)
    entity = (await house.http.get("/store/product/mug")).json()["id"]
    del house.cms.records["product", "p1"]
    await house.take_in()

    answers = [await house.http.get(f"/store/product/{name}") for name in ("mug", entity)]

    assert [each.status_code for each in answers] == [404, 404]


async def test_others_read_it_only_where_it_is_made_public(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    answers = []
    for public in (False, True):
        chosen = settings(monkeypatch, database_url, store_public=public)
        async with housed(chosen, client=("192.0.2.7", 5000)) as house:
            await filled(house)
            answers.append(await house.http.get("/store/product/mug"))

    assert [each.status_code for each in answers] == [403, 200]
    assert answers[1].headers["cache-control"].startswith("public")
