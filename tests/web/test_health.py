"""Ready means that work gets done; a system that is down degrades us and stops nothing else."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from replicator.log import deliveries, inbox, systems
from replicator.web.health import STALLED_SECONDS
from tests.web.shelf import House, housed, settings

LONG_AGO = datetime.now(UTC) - timedelta(seconds=STALLED_SECONDS * 2)
ENTITY = "01980000-0000-7000-8000-000000000001"


async def stall_inbox(house: House) -> None:
    async with house.app.database.unit() as conn:
        await inbox.receive(conn, [inbox.hint("cms", "hook", "product", "p1")], LONG_AGO)


async def stall_writes(house: House) -> None:
    async with house.app.database.unit() as conn:
        await systems.accept(conn, "shop")
        due = deliveries.Due(system="shop", entity=ENTITY, type="product", position=1)
        await deliveries.make_due(conn, [due], LONG_AGO)


async def test_where_nothing_waits_it_is_alive_and_ready(house: House) -> None:
    live, ready = await house.http.get("/health/live"), await house.http.get("/health/ready")

    assert (live.status_code, live.json()) == (200, {"live": True})
    assert (ready.status_code, ready.json()["reasons"]) == (200, [])


async def test_deliveries_that_nobody_judges_are_a_reason(house: House) -> None:
    await stall_inbox(house)

    ready = await house.http.get("/health/ready")

    (reason,) = ready.json()["reasons"]
    assert (ready.status_code, reason.startswith("deliveries from cms are not judged")) == (503, True)


async def test_a_held_system_is_no_reason(house: House) -> None:
    await stall_inbox(house)
    async with house.app.database.unit() as conn:
        await systems.hold(conn, "cms", "a person has to look")

    assert (await house.http.get("/health/ready")).status_code == 200


async def test_writes_that_nobody_makes_are_a_reason_if_the_system_would_take_them(house: House) -> None:
    await stall_writes(house)

    well = await house.http.get("/health/ready")
    house.shop.well = False
    down = await house.http.get("/health/ready")

    assert (well.status_code, len(well.json()["reasons"])) == (503, 1)
    assert (down.status_code, len(down.json()["degraded"])) == (200, 1)


async def test_without_a_database_it_is_alive_and_not_ready(
    monkeypatch: pytest.MonkeyPatch, database_server: str, database_url: str
) -> None:
    async with housed(settings(monkeypatch, database_url)) as house:
        shut(database_server, str(house.app.database.url.database))
        live, ready, status = [await house.http.get(path) for path in ("/health/live", "/health/ready", "/api/status")]

    assert [live.status_code, ready.status_code, status.status_code] == [200, 503, 503]
    assert ready.json()["reasons"][0].startswith("the database does not answer")
    assert status.headers["retry-after"] == "1"


def shut(server: str, name: str) -> None:
    """Let nobody into a database any more, and put out who is in."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("alter database {} with allow_connections false").format(Identifier(name)))
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])


async def test_metrics_count_what_waits(house: House) -> None:
    await stall_inbox(house)
    await stall_writes(house)

    shown = (await house.http.get("/metrics")).text

    assert 'replicator_inbox{system="cms"} 1.0' in shown
    assert 'replicator_due{state="due",system="shop"} 1.0' in shown
    assert "replicator_log_position 0.0" in shown
