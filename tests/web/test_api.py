"""The API shows and orders what the commands do, to whoever may ask, and every refusal says what to do."""

import pytest

from replicator.log import deliveries, systems
from tests.web.shelf import House, code, housed, settings


async def filled(house: House) -> str:
    """A product made at `cms` and taken in; its id."""
    house.cms.put("product", "p1", title="Mug", handle="mug")
    await house.take_in()
    found: str = (await house.http.get("/api/entities/cms:product:p1")).json()["id"]
    return found


async def test_status_tells_where_every_system_stands(house: House) -> None:
    await filled(house)

    status = (await house.http.get("/api/status")).json()

    cms, shop = status["systems"]
    assert (status["position"], status["entities"]) == (1, {"product": 1})
    assert (cms["name"], cms["state"], cms["records"], cms["last_listing"]["read"]) == ("cms", "new", {"product": 1}, 1)
    assert (shop["due"], shop["dead"]) == (1, 0)


async def test_events_are_paged_by_position_and_filtered(house: House) -> None:
    entity = await filled(house)
    house.cms.put("product", "p1", title="Cup")
    await house.take_in()

    everything = (await house.http.get("/api/events", params={"limit": 1})).json()
    after = (await house.http.get("/api/events", params={"after": 1, "entity": "product:handle:mug"})).json()
    others = (await house.http.get("/api/events", params={"origin": "shop"})).json()

    assert (everything["head"], [each["position"] for each in everything["events"]]) == (2, [1])
    assert [(each["entity"], each["changes"]["title"]["after"]) for each in after["events"]] == [(entity, "Cup")]
    assert others["events"] == []


@pytest.mark.parametrize("name", ["product:handle:mug", "product:mug", "cms:product:p1"])
async def test_an_entity_is_found_by_any_of_its_names(house: House, name: str) -> None:
    entity = await filled(house)

    portrait = (await house.http.get(f"/api/entities/{name}")).json()

    title = next(each for each in portrait["fields"] if each["key"] == "title")
    assert (portrait["id"], title["value"], title["origin"], title["n"]) == (entity, "Mug", "cms", 1)
    assert [each["state"] for each in portrait["systems"]] == ["as wanted", "create is due"]


async def test_why_tells_the_chain_to_a_write(house: House) -> None:
    await filled(house)
    await house.write_out()

    told = (await house.http.get("/api/why/product:mug", params={"field": "title"})).json()

    assert told["value"] == "Mug"
    assert {"observation", "verdict", "rule", "event"} <= {each["step"] for each in told["chain"]}
    assert [each["sentence"].split(" as ")[0] for each in told["systems"] if each["step"] == "write"] == [
        'create "Mug" was sent',
        next(each["sentence"] for each in told["systems"] if each["sentence"].startswith("it landed")),
    ]


async def test_what_is_not_known_is_404_with_what_to_ask(house: House) -> None:
    entity = await house.http.get("/api/entities/product:handle:nothing")
    system = await house.http.post("/api/systems/nobody/pause")
    path = await house.http.get("/api/nothing")

    assert [each.status_code for each in (entity, system, path)] == [404, 404, 404]
    assert [code(each) for each in (entity, system, path)] == ["unknown_entity", "unknown_system", "not_there"]


async def test_what_is_misspelt_is_told_in_the_same_form(house: House) -> None:
    limit = await house.http.get("/api/events", params={"limit": "many"})
    body = await house.http.post("/api/dead/retry", json={"sytem": "shop"})

    assert [each.status_code for each in (limit, body)] == [422, 422]
    assert code(limit) == code(body) == "misspelt"


async def test_a_system_is_paused_resumed_and_released(house: House) -> None:
    await house.http.post("/api/systems/shop/pause")
    async with house.app.database.unit() as conn:
        paused = (await systems.load_all(conn))["shop"].paused
        await systems.hold(conn, "shop", "looks empty")

    await house.http.post("/api/systems/shop/resume")
    unclear = await house.http.post("/api/systems/shop/release", json={"believe": True, "rebuild": True})
    accepted = await house.http.post("/api/systems/shop/release", json={"accept": "another"})
    await house.http.post("/api/systems/shop/release", json={"believe": True})

    async with house.app.database.look() as conn:
        standing = (await systems.load_all(conn))["shop"]
    assert paused
    assert (unclear.status_code, code(unclear)) == (400, "ambiguous")
    assert (accepted.status_code, code(accepted)) == (409, "not_matched")
    assert (standing.paused, standing.held, standing.believed) == (False, None, True)


async def test_an_emptied_system_is_rebuilt_from_the_log(house: House) -> None:
    await filled(house)
    await house.write_out()
    house.shop.records.clear()

    done = await house.http.post("/api/systems/shop/release", json={"rebuild": True})
    await house.write_out()

    assert done.json() == {"done": "release", "many": 1}
    assert [(each.fields or {})["title"] for each in house.shop.records.values()] == ["Mug"]


async def test_a_full_listing_is_asked_for_and_accepted(house: House) -> None:
    response = await house.http.post("/api/systems/cms/pull")

    assert (response.status_code, response.json()["done"]) == (202, "pull")


async def test_what_was_given_up_is_listed_and_tried_again(house: House) -> None:
    entity = await filled(house)
    async with house.app.database.unit() as conn:
        await deliveries.park(conn, "shop", entity, "refused for good")

    dead = (await house.http.get("/api/dead")).json()["dead"]
    retried = await house.http.post("/api/dead/retry", json={"entity": "product:mug"})

    assert [(each["entity"], each["last_error"]) for each in dead] == [(entity, "refused for good")]
    assert retried.json()["many"] == 1
    assert (await house.http.get("/api/dead")).json() == {"dead": []}


async def test_conflicts_are_listed_with_both_values(house: House) -> None:
    await filled(house)
    await house.write_out()
    (shop_id,) = [remote_id for kind, remote_id in house.shop.records if kind == "product"]
    house.cms.put("product", "p1", title="Beaker")
    house.shop.put("product", shop_id, title="Goblet")
    await house.take_in("cms")
    await house.take_in("shop")

    found = (await house.http.get("/api/conflicts")).json()

    (conflict,) = found["conflicts"]
    assert found["open"] == 1
    assert {conflict["value"], conflict["winner"]} == {"Beaker", "Goblet"}


async def test_the_api_describes_itself(house: House) -> None:
    described = (await house.http.get("/api/openapi.json")).json()

    assert {"/api/status", "/api/events", "/api/systems/{system}/release"} <= set(described["paths"])


async def test_with_a_token_only_the_token_counts(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    monkeypatch.setenv("SHELF_TOKEN", "hush")
    async with housed(settings(monkeypatch, database_url, token="env:SHELF_TOKEN")) as house:
        without = await house.http.get("/api/status")
        wrong = await house.http.get("/api/status", headers={"authorization": "Bearer push"})
        metrics = await house.http.get("/metrics")
        right = await house.http.get("/api/status", headers={"authorization": "Bearer hush"})

    assert [each.status_code for each in (without, wrong, metrics, right)] == [401, 401, 401, 200]
    assert code(wrong) == "no_token"


@pytest.mark.parametrize(
    ("host", "client", "headers"),
    [
        ("0.0.0.0", "127.0.0.1", {}),  # noqa: S104 - what is tested is that this is not trusted
        ("127.0.0.1", "192.0.2.7", {}),
        ("127.0.0.1", "127.0.0.1", {"host": "rebound.example:8400"}),
        ("127.0.0.1", "127.0.0.1", {"host": "[::1"}),
        ("127.0.0.1", "127.0.0.1", {"origin": "https://other.example"}),
        ("127.0.0.1", "127.0.0.1", {"origin": "null"}),
    ],
)
async def test_without_a_token_only_this_machine_is_answered(
    monkeypatch: pytest.MonkeyPatch, database_url: str, host: str, client: str, headers: dict[str, str]
) -> None:
    async with housed(settings(monkeypatch, database_url, host=host), client=(client, 5000)) as house:
        response = await house.http.get("/api/status", headers=headers)

    assert (response.status_code, code(response)) == (403, "not_from_here")
