"""Goal: the whole catalogue is read, page by page, over real HTTP, from a service that is slow, refuses and fails."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from replicator.catalog import CATALOG
from replicator.connectors.base import Action, Failed, Level, Locator, Page, Record, Trouble, Write
from replicator.connectors.client import Client
from replicator.connectors.dummyjson import DummyJson, DummyJsonSettings, connect
from replicator.core.document import decimal
from replicator.errors import BadAnswer, RemoteError, Unreachable
from replicator.sandbox.catalogue import Product, cent_short, generated
from replicator.sandbox.dummyjson import DummyJson as Service
from replicator.sandbox.faults import Fault
from replicator.sandbox.serve import running
from replicator.sandbox.world import World

REAL_FILE = Path(__file__).parents[3] / "shared" / "data" / "dummyjson-products.json"
CATALOGUE = generated(1)


class Rig:
    """A connector, the world behind it, and how long the connector was told to sleep."""

    def __init__(self, world: World, url: str) -> None:
        self.world = world
        self.slept: list[float] = []
        self.connector = connect(DummyJsonSettings(url=url), Client(url, sleep=self.sleep))

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def fault(self, kind: str, *, count: int = 1, path: str = ".*") -> None:
        self.world.faults["dummyjson"].rules.append(Fault(kind=kind, count=count, path=path))

    @property
    def requests(self) -> list[str]:
        return [each.path for each in self.world.ledger.requests]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    world = World(1)
    world.systems["dummyjson"] = Service(world, CATALOGUE)
    world.systems["dummyjson"].reset()
    async with running(world) as sandbox:
        made = Rig(world, sandbox.access["dummyjson"]["url"])
        yield made
        await made.connector.aclose()


async def listed(connector: DummyJson, since: str | None = None) -> list[Page]:
    return [page async for page in connector.pages("catalogue", since)]


async def collected(connector: DummyJson, into: list[Page]) -> None:
    async for page in connector.pages("catalogue"):
        into.append(page)  # noqa: PERF401  (a comprehension would lose the pages that came before an error)


def records_of(pages: list[Page]) -> list[Record]:
    return [record for page in pages for record in page.records]


def texts(value: object) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list) else [value]) if each is not None]


async def test_the_catalogue_comes_in_seven_pages_of_30_each_record_once(rig: Rig) -> None:
    pages = await listed(rig.connector)
    found = records_of(pages)

    assert [page.cursor for page in pages] == ["30", "60", "90", "120", "150", "180", None]
    assert Counter(record.type for record in found) == {
        "category": 24,
        "tag": len({tag for product in CATALOGUE for tag in product["tags"]}),
        "stock_location": 1,
        **dict.fromkeys(("product", "variant", "price", "stock"), 194),
    }
    assert len({(record.type, record.remote_id) for record in found}) == len(found)
    assert rig.requests == [f"/products?limit=30&skip={skip}" for skip in range(0, 194, 30)]


async def test_what_is_referred_to_always_came_before(rig: Rig) -> None:
    seen: set[tuple[str, str]] = set()
    for record in records_of(await listed(rig.connector)):
        fields = record.fields or {}
        targets = {
            (target, each)
            for name, target in CATALOG[record.type].references.items()
            for each in texts(fields.get(name))
        }

        assert targets <= seen
        seen.add((record.type, record.remote_id))


async def test_no_price_loses_a_cent(rig: Rig) -> None:
    prices = {
        record.remote_id: (record.fields or {})["amount"]
        for record in records_of(await listed(rig.connector))
        if record.type == "price"
    }

    assert any(cent_short(product["price"]) for product in CATALOGUE)
    assert prices == {f"{product['id']}/usd": decimal(product["price"]) for product in CATALOGUE}


async def test_a_page_that_fails_is_asked_for_again_after_1_2_and_4_seconds(rig: Rig) -> None:
    rig.fault("500", count=2, path="skip=60")
    rig.fault("drop", path="skip=60")
    pages = await listed(rig.connector)

    assert len(pages) == 7
    assert [0.75 * full <= wait <= full for wait, full in zip(rig.slept, (1, 2, 4), strict=True)] == [True] * 3


async def test_a_page_that_cannot_be_read_does_not_undo_the_pages_before_it(rig: Rig) -> None:
    rig.fault("500", count=4, path="skip=60")
    came: list[Page] = []
    with pytest.raises(RemoteError):
        await collected(rig.connector, came)
    came += await listed(rig.connector, since=came[-1].cursor)

    assert {record.remote_id for record in records_of(came) if record.type == "product"} == {
        str(product["id"]) for product in CATALOGUE
    }


async def test_the_rate_limit_is_kept_by_waiting_as_told(rig: Rig) -> None:
    source = rig.world.systems["dummyjson"]
    assert isinstance(source, Service)
    source.limit = 3
    with pytest.raises(RemoteError):  # nobody really sleeps here, so the window never ends
        await listed(rig.connector)

    # A window of ten seconds, its end told in whole ones, rounded up; and the pace, which has slowed down by then.
    assert all(0 < seconds <= 12 for seconds in rig.slept)
    assert len(rig.slept) >= 1


async def test_products_are_read_one_by_one_or_in_a_pass_and_absence_is_asked_for_by_id(rig: Rig) -> None:
    few = await rig.connector.read([Locator(type="product", remote_id=each) for each in ("3", "999", "x/../1")])
    many = await rig.connector.read([Locator(type="variant", remote_id=str(each)) for each in (*range(1, 31), 999)])

    assert [isinstance(each, Record) and each.fields is not None for each in few] == [True, False, False]
    assert [isinstance(each, Record) and each.fields is not None for each in many] == [True] * 30 + [False]
    assert rig.requests[-1] == "/products/999"


async def test_records_are_found_by_their_natural_keys(rig: Rig) -> None:
    sku = CATALOGUE[10]["sku"]
    found = await rig.connector.read([Locator(type="variant", key={"sku": each}) for each in (sku, "none")])
    categories = await rig.connector.read(
        [Locator(type="category", remote_id="tops"), Locator(type="category", remote_id="none")]
    )

    assert [each.remote_id if isinstance(each, Record) else each for each in found] == ["11", None]
    assert [isinstance(each, Record) and each.fields is not None for each in categories] == [True, False]


async def test_a_change_of_the_feed_is_seen_by_the_next_pass(rig: Rig) -> None:
    source = rig.world.systems["dummyjson"]
    assert isinstance(source, Service)
    before = {(each.type, each.remote_id): each.fields for each in records_of(await listed(rig.connector))}
    source.change(5, {"stock": 77, "brand": None})
    after = {(each.type, each.remote_id): each.fields for each in records_of(await listed(rig.connector))}

    assert {key for key in after if after[key] != before[key]} <= {("stock", "5/Main warehouse"), ("product", "5")}
    assert (after["stock", "5/Main warehouse"] or {})["quantity"] == 77


async def test_nothing_is_ever_written(rig: Rig) -> None:
    write = Write(type="product", action=Action.DELETE, entity="e", sync_id="s", remote_id="1")
    results = await rig.connector.write([write, write])

    assert [isinstance(each, Failed) and each.trouble for each in results] == [Trouble.REFUSED, Trouble.REFUSED]
    assert rig.requests == []
    assert all(not each.writes for each in rig.connector.features.types.values())


async def test_health_and_provision_tell_how_it_is(rig: Rig) -> None:
    health, findings = await rig.connector.health(), await rig.connector.provision(apply=True)
    rig.fault("500", count=10)
    ill = await rig.connector.health()

    assert (health.ok, health.message, ill.ok) == (True, "194 products", False)
    assert [each.level for each in findings] == [Level.OK]


async def test_a_data_file_reads_as_the_service_does(rig: Rig, tmp_path: Path) -> None:
    path = tmp_path / "the products.json"
    path.write_text(json.dumps(CATALOGUE))
    served = records_of(await listed(rig.connector))
    for url in (str(path), path.as_uri()):
        connector = connect(DummyJsonSettings(url=url))

        assert records_of(await listed(connector)) == served
        assert await connector.read([Locator(type="product", remote_id="1")]) == [
            record for record in served if (record.type, record.remote_id) == ("product", "1")
        ]


async def test_a_data_file_that_is_away_or_broken_is_told_as_such(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("[{")

    with pytest.raises(BadAnswer):
        await listed(connect(DummyJsonSettings(url=str(broken))))
    with pytest.raises(Unreachable):
        await listed(connect(DummyJsonSettings(url=str(tmp_path / "none.json"))))


@pytest.mark.skipif(not REAL_FILE.exists(), reason="the real data file is not beside this checkout")
async def test_the_real_catalogue_has_194_products_in_24_categories_none_misshapen() -> None:
    found = records_of(await listed(connect(DummyJsonSettings(url=str(REAL_FILE)))))
    real: list[Product] = json.loads(REAL_FILE.read_bytes())

    assert Counter(record.type for record in found) == {
        "category": 24,
        "tag": 138,
        "stock_location": 1,
        **dict.fromkeys(("product", "variant", "price", "stock"), 194),
    }
    assert not [record for record in found if record.missing]
    assert sum((record.fields or {})["brand"] is None for record in found if record.type == "product") == 92
    assert {record.remote_id: (record.fields or {})["amount"] for record in found if record.type == "price"} == {
        f"{product['id']}/usd": decimal(product["price"]) for product in real
    }
