"""An import in masses: how many calls it takes is bounded by its batches where a system has a call for many records."""

from collections import Counter

import pytest

from replicator.sandbox.ledger import REPLICATOR
from tests.engine.shop import SHOPS, Shop
from tests.engine.stage import catalogue

MANY = catalogue(*range(1, 51))
RECORDS_A_CALL = {"medusa": 3, "directus": 5, "strapi": 1}  # on average, at least; Strapi has no call for many


@pytest.mark.parametrize("products", [MANY], ids=[str(len(MANY))])
async def test_it_takes_few_calls_and_a_second_one_none(shop: Shop) -> None:
    await shop.full_pass("dummyjson")
    first = calls(shop)
    await shop.full_pass("dummyjson")
    second = calls(shop)
    records = {system: len(shop.world.systems[system].shown()) for system in SHOPS}

    assert [len(shop.shown(system, "product")) for system in SHOPS] == [len(MANY)] * len(SHOPS)
    assert {system: records[system] // first[system] >= RECORDS_A_CALL[system] for system in SHOPS} == dict.fromkeys(
        SHOPS, True
    ), (first, records)
    assert second == first
    assert (await shop.audited()).details == []


def calls(shop: Shop) -> Counter[str]:
    """The calls that wrote so far, by system."""
    asked = shop.world.ledger.requests
    return Counter(each.system for each in asked if each.account == REPLICATOR and each.method != "GET")
