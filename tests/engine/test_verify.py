"""Goal: what a system holds otherwise than the log says is found, field by field, and mended by the ordinary ways."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from replicator import observe
from replicator.engine import replay
from replicator.engine.comparison import Difference
from replicator.engine.replay import Order
from replicator.engine.rounds import Rounds
from replicator.engine.verify import Report, Verify
from replicator.errors import ConfigurationError
from replicator.log import past, runs
from tests.engine.shop import FROCK, OTHER, SHOPS, STOCKED, Shop

OLD = "directus-old"
FORGED = text("""
update replicas set known = known || '{"title": "Written wrongly"}' where system = 'directus' and entity = :id
""")
LEAVING = {"systems": {"strapi": {"types": {"product": {"refuses": {"brand": "leave"}}}}}}


async def verified(shop: Shop, system: str, **said: Any) -> Report:  # noqa: ANN401 - as the command takes it
    return await Verify(shop.app.database, shop.app.shop, system).run(**said)


def told(report: Report) -> tuple[int, int, int, int]:
    return report.equal, report.differing, report.missing, report.extra


@pytest.mark.parametrize("system", SHOPS)
async def test_a_system_that_is_as_the_log_says_is_equal(stocked: Shop, system: str) -> None:
    report = await verified(stocked, system)

    assert told(report) == (STOCKED, 0, 0, 0)
    assert report.ok


@pytest.mark.parametrize("copies", [(OLD,)])
async def test_what_was_replayed_as_of_a_time_is_found_equal_to_that_time(stocked: Shop) -> None:
    moment = datetime.fromtimestamp(stocked.clock.now(), UTC)
    stocked.clock.ahead += 60
    await stocked.people.edit("strapi", "product", FROCK, {"title": "Since then"})
    await stocked.people.delete("medusa", "product", OTHER)
    await stocked.people.create("directus", "tag", {"value": "newer"})
    await stocked.full_pass(*SHOPS)
    async with stocked.app.database.look() as conn:
        as_of = await past.place(conn, moment.isoformat())
    await replay.begin(stocked.app.database, stocked.app.shop, Order(target="directus", into=OLD, as_of=as_of))
    await stocked.settle()
    then, pinned = await verified(stocked, OLD, as_of=as_of), await verified(stocked, OLD)
    present = await verified(stocked, "directus")
    async with stocked.app.database.look() as conn:
        head = await past.place(conn, datetime.fromtimestamp(stocked.clock.now() + 60, UTC).isoformat())
    now = await verified(stocked, OLD, as_of=head)

    assert told(then) == told(pinned) == (STOCKED, 0, 0, 0)
    assert told(present) == (STOCKED - 3, 0, 0, 0)  # a product with its three parts went, and a tag came
    assert told(now) == (STOCKED - 5, 1, 1, 4)


async def test_every_kind_of_difference_is_told_field_by_field(stocked: Shop) -> None:
    stocked.switch_hooks(off=True)
    await stocked.people.edit("strapi", "product", FROCK, {"title": "Unheard"})
    await stocked.people.delete("strapi", "product", OTHER)
    await stocked.people.create("strapi", "tag", {"value": "unheard-of"})
    report = await verified(stocked, "strapi")
    found = {each.kind: each for each in report.findings if each.type != "variant"}

    assert told(report) == (STOCKED - 3, 2, 1, 1)  # a part that lost its whole over there differs, too
    assert found[Difference.DIFFERING].fields == {"title": ("Unheard", "Dapper Frock")}
    assert found[Difference.MISSING].remote_id is not None
    assert found[Difference.EXTRA].entity is None
    assert all(each.unseen for each in found.values())
    assert not report.ok


async def test_findings_are_kept_without_values(stocked: Shop) -> None:
    stocked.switch_hooks(off=True)
    await stocked.people.edit("strapi", "product", FROCK, {"title": "Unheard"})
    await verified(stocked, "strapi")
    async with stocked.app.database.look() as conn:
        kept = await runs.last(conn, "verification", "strapi")
        raw = (await conn.execute(text("select counts::text from runs where kind = 'verification'"))).scalar_one()

    assert kept is not None
    assert (kept.state, kept.counts["differing"]) == ("done", 1)
    assert kept.counts["findings"][0]["fields"] == ["title"]
    assert "Unheard" not in raw


async def test_an_edit_that_nobody_told_of_becomes_an_event_by_repair(stocked: Shop) -> None:
    stocked.switch_hooks(off=True)
    await stocked.people.edit("strapi", "product", FROCK, {"title": "Unheard"})
    await stocked.people.create("strapi", "tag", {"value": "unheard-of"})
    report = await verified(stocked, "strapi", mend=True)
    await stocked.settle()

    assert report.repaired == 2
    assert stocked.everywhere("product", FROCK, "title") == ["Unheard"] * 3
    assert ["unheard-of" in stocked.shown(name, "tag") for name in SHOPS] == [True] * 3
    assert (await verified(stocked, "strapi")).ok


async def test_what_lacks_a_write_is_written_by_repair(stocked: Shop) -> None:
    """We asked for what the log says, and take what is there for known: only a comparison with the log tells."""
    stocked.switch_hooks(off=True)
    await stocked.people.edit("directus", "product", FROCK, {"title": "Written wrongly"})
    dossier = await stocked.dossier(f"product:{FROCK}")
    async with stocked.app.database.unit() as conn:
        await conn.execute(FORGED, {"id": dossier.entity.id})
    before = await stocked.counts()
    report = await verified(stocked, "directus", mend=True)
    await stocked.settle()
    after = await stocked.counts()

    assert [dict(each.fields) for each in report.findings] == [{"title": ("Written wrongly", "Dapper Frock")}]
    assert not report.findings[0].unseen
    assert stocked.everywhere("product", FROCK, "title") == ["Dapper Frock"] * 3
    assert after.events == before.events


@pytest.mark.parametrize("overrides", [LEAVING])
async def test_what_may_not_be_changed_there_and_stands_is_counted_apart(stocked: Shop) -> None:
    await stocked.people.edit("strapi", "product", FROCK, {"brand": "Their own"})
    await stocked.full_pass("strapi")
    report = await verified(stocked, "strapi")

    assert (report.ok, report.left) == (True, 1)


async def test_it_is_done_at_its_times_and_measured(stocked: Shop) -> None:
    stocked.switch_hooks(off=True)
    rounds = Rounds(stocked.app.database, stocked.app.shop, "strapi", "*/5 * * * *")
    await rounds.step()
    await stocked.people.edit("strapi", "product", FROCK, {"title": "Unheard"})
    before = observe.REGISTRY.get_sample_value("replicator_detected_seconds_count", {"system": "strapi"}) or 0
    stocked.clock.ahead += 301
    await rounds.step()
    await rounds.step()

    after = observe.REGISTRY.get_sample_value("replicator_detected_seconds_count", {"system": "strapi"})
    found = observe.REGISTRY.get_sample_value("replicator_differences", {"system": "strapi", "kind": "differing"})
    assert (after, found) == (before + 1, 1)


async def test_what_cannot_be_verified_is_refused(stocked: Shop) -> None:
    for system, said in (("dummyjson", {}), ("nowhere", {}), ("strapi", {"as_of": 1, "mend": True})):
        with pytest.raises(ConfigurationError):
            await verified(stocked, system, **said)
