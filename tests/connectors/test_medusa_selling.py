"""Selling in Medusa: lists that are replaced as a whole keep what others put there; what cannot be is said."""

from collections.abc import Mapping

import pytest

from replicator.connectors.base import Action, Failed, Locator, Record, Trouble, Write, WriteResult, Written
from replicator.connectors.medusa.atlas import countries
from replicator.core.document import Value
from tests.connectors.medusa_hand import Hand, now, posts
from tests.connectors.rig import Rig, create, new_id, read, standing, written


@pytest.fixture
def rig(hand: Hand) -> Rig:
    return hand.rig()


async def changed(rig: Rig, type_name: str, remote_id: str, fields: Mapping[str, Value]) -> WriteResult:
    write = Write(
        type=type_name,
        action=Action.UPDATE,
        entity=new_id(),
        sync_id=new_id(),
        remote_id=remote_id,
        fields=fields,
        whole=fields,
    )
    return (await rig.connector.write([write]))[0]


async def region(rig: Rig, name: str) -> str:
    there = await standing(rig)
    return (await written(rig, [create(rig, "region", {"name": name, "currency": there["currency"]})]))[0]


async def fields_of(rig: Rig, type_name: str, remote_id: str) -> Mapping[str, Value]:
    return (await read(rig, type_name, remote_id)).fields or {}


async def test_countries_are_given_to_a_region_beside_those_it_has(hand: Hand, rig: Rig) -> None:
    north, south = await region(rig, "North"), await region(rig, "South")
    await hand.shop.post(f"/regions/{north}", {"countries": ["dk", "no"]})
    moved = await changed(rig, "country", "no", {"region": south})
    added = await changed(rig, "country", "se", {"region": south})
    owners = {code: (await fields_of(rig, "country", code))["region"] for code in ("dk", "no", "se", "de")}

    assert [isinstance(each, Written) for each in (moved, added)] == [True, True]
    assert owners == {"dk": north, "no": south, "se": south, "de": None}


async def test_a_country_that_no_region_has_is_there_all_the_same(rig: Rig) -> None:
    asked = [Locator(type="country", key={"code": code}) for code in ("fr", "xx")]
    found = await rig.connector.read([*asked, Locator(type="country", remote_id="xx")])
    france, nowhere, gone = found

    assert isinstance(france, Record)
    assert france.fields == {"code": "fr", "iso_3": "fra", "name": "France", "region": None}
    assert nowhere is None
    assert isinstance(gone, Record)
    assert gone.fields is None
    assert len(countries()) == len({each.iso_3 for each in countries().values()}) == 250


async def test_a_country_waits_for_its_region(rig: Rig) -> None:
    result = await changed(rig, "country", "fr", {"region": "reg_nowhere"})

    assert isinstance(result, Failed)
    assert (result.trouble, result.field) == (Trouble.WAIT, "region")


async def test_listed_are_the_currencies_that_are_sold_in_and_read_all_that_there_are(hand: Hand, rig: Rig) -> None:
    await hand.shop.post("/regions", {"name": "Islands", "currency_code": "gbp"})
    shown = [one.remote_id async for page in rig.connector.pages("currencies") for one in page.records]
    known = await rig.connector.read([Locator(type="currency", key={"code": code}) for code in ("pln", "xyz")])

    assert shown == ["eur", "gbp", "usd"]
    assert [each.remote_id if isinstance(each, Record) else each for each in known] == ["pln", None]


@pytest.mark.parametrize(
    ("fields", "currencies", "default"),
    [
        ({"currencies": ["eur", "gbp", "usd"]}, ["eur", "gbp", "usd"], "eur"),
        ({"currencies": ["gbp", "usd"]}, ["gbp", "usd"], "gbp"),
        ({"default_currency": "usd"}, ["eur", "usd"], "usd"),
        ({"default_currency": "gbp"}, ["eur", "gbp", "usd"], "gbp"),
        ({"currencies": []}, [], None),
    ],
)
async def test_one_of_the_stores_currencies_is_always_the_default(
    hand: Hand, rig: Rig, fields: Mapping[str, Value], currencies: list[str], default: str | None
) -> None:
    store = (await standing(rig))["store"]
    await hand.shop.post(f"/stores/{store}", {"metadata": {"erp": "kept"}})
    await changed(rig, "store", store, fields)
    after = await fields_of(rig, "store", store)
    (row,) = (await hand.shop.get("/stores"))["stores"]

    assert (after["currencies"], after["default_currency"]) == (currencies, default)
    assert row["metadata"] == {"erp": "kept"}


async def test_prices_of_regions_stay_when_an_option_changes_its_own(hand: Hand, rig: Rig) -> None:
    there, north = await standing(rig), await region(rig, "North")
    (profile,) = await written(rig, [create(rig, "shipping_profile", {"name": "Parcels", "kind": "default"})])
    euros: Value = {"amount": "4.9", "currency": "eur"}
    fields = {"name": "By land", "profile": profile, "provider": there["fulfillment_provider"], "price@eur": euros}
    (option,) = await written(rig, [create(rig, "shipping_option", fields)])
    (price,) = (await hand.shop.get(f"/shipping-options/{option}"))["shipping_option"]["prices"]
    own = {"id": price["id"], "amount": 4.9, "currency_code": "eur"}
    await hand.shop.post(f"/shipping-options/{option}", {"prices": [own, {"region_id": north, "amount": 2}]})
    await changed(rig, "shipping_option", option, {"price@eur": {"amount": "6", "currency": "eur"}})
    prices = (await hand.shop.get(f"/shipping-options/{option}"))["shipping_option"]["prices"]

    assert sorted((one["amount"], len(one["price_rules"])) for one in prices) == [(2, 1), (6, 0)]
    assert price["id"] in [one["id"] for one in prices]


async def test_a_type_that_other_options_have_is_not_changed_for_them(hand: Hand, rig: Rig) -> None:
    there = await standing(rig)
    (profile,) = await written(rig, [create(rig, "shipping_profile", {"name": "Parcels", "kind": "default"})])
    plain = {"profile": profile, "provider": there["fulfillment_provider"], "code": "land"}
    one, other = await written(rig, [create(rig, "shipping_option", {**plain, "name": name}) for name in ("a", "b")])
    kind = (await hand.shop.get(f"/shipping-options/{one}"))["shipping_option"]["type"]["id"]
    await hand.shop.post(f"/shipping-options/{other}", {"type_id": kind})
    await changed(rig, "shipping_option", one, {"code": "sea"})
    since = now(hand)
    await changed(rig, "shipping_option", one, {"code": "air"})

    assert (await fields_of(rig, "shipping_option", one))["code"] == "air"
    assert (await fields_of(rig, "shipping_option", other))["code"] == "land"
    assert [path.split("/")[1] for path in posts(hand, since)] == ["shipping-option-types", "shipping-options"]


async def test_without_a_service_zone_an_option_is_refused_with_what_mends_it(hand: Hand, rig: Rig) -> None:
    for zone in [*hand.shop.medusa.tables.rows("zones")]:
        hand.shop.medusa.tables.drop("zones", zone["id"])
    (result,) = await rig.connector.write([create(rig, "shipping_option", {"name": "By land"})])

    assert isinstance(result, Failed)
    assert (result.trouble, "`service_zone`" in result.message) == (Trouble.REFUSED, True)


@pytest.mark.parametrize("address", [{"city": "Kiel"}, {"address_1": "1 Quay Street"}, "Kiel"])
async def test_half_an_address_is_refused_with_what_is_missing(rig: Rig, address: Value) -> None:
    (result,) = await rig.connector.write([create(rig, "stock_location", {"name": "Quay", "address": address})])

    assert isinstance(result, Failed)
    assert (result.trouble, result.field) == (Trouble.REFUSED, "address")


async def test_an_address_changes_as_a_whole_and_is_never_taken_away(rig: Rig) -> None:
    street: Value = {"address_1": "1 Quay Street", "city": "Kiel", "country_code": "de"}
    hill: Value = {"address_1": "2 Hill Street", "country_code": "dk"}
    (location,) = await written(rig, [create(rig, "stock_location", {"name": "Quay", "address": street})])
    await changed(rig, "stock_location", location, {"address": hill})
    away = await changed(rig, "stock_location", location, {"address": None})

    assert (await fields_of(rig, "stock_location", location))["address"] == hill
    assert isinstance(away, Failed)
    assert (away.trouble, away.field) == (Trouble.REFUSED, "address")


async def test_a_profile_with_options_waits_for_them_to_go(rig: Rig) -> None:
    there = await standing(rig)
    profile = create(rig, "shipping_profile", {"name": "Parcels", "kind": "default"})
    (remote_id,) = await written(rig, [profile])
    option = {"name": "By land", "profile": remote_id, "provider": there["fulfillment_provider"]}
    await written(rig, [create(rig, "shipping_option", option)])
    gone = Write(
        type="shipping_profile", action=Action.DELETE, entity=profile.entity, sync_id=new_id(), remote_id=remote_id
    )
    (result,) = await rig.connector.write([gone])

    assert isinstance(result, Failed)
    assert result.trouble is Trouble.WAIT
