"""Goal: a system that was full when it was connected shares its records with the others, and keeps what is its own."""

import pytest

from replicator.engine import matching
from replicator.engine.capture import Capture
from replicator.engine.matching import Matching
from replicator.engine.supervise import first_meeting
from replicator.engine.unit import Settled
from replicator.errors import ConfigurationError
from replicator.log import undecided
from replicator.log.undecided import Undecided
from tests.engine.shop import FROCK, OTHER, SHOPS, Shop

UNMET = [("strapi",)]


async def filled(shop: Shop) -> Shop:
    """Strapi has a product that the others get from the source, and a tag of its own; then all is read."""
    shop.switch_hooks(off=True)
    await shop.people.create("strapi", "product", {"handle": FROCK, "title": "As it is called in Strapi"})
    await shop.people.create("strapi", "tag", {"value": "only here"})
    await first_meeting(shop.app.database, shop.app.shop, "strapi")
    await shop.full_pass("dummyjson")
    await shop.full_pass("strapi")
    return shop


async def report(shop: Shop) -> Matching:
    return await matching.report(shop.app.database, shop.app.shop, "strapi")


async def accept(shop: Shop) -> int:
    return await matching.accept(shop.app.database, shop.app.shop, "strapi")


async def decide(shop: Shop, name: str, entity: str | None) -> Settled:
    return await matching.decide(shop.app.database, shop.app.shop, name, entity)


async def held(shop: Shop) -> list[Undecided]:
    async with shop.app.database.look() as conn:
        return await undecided.undecided(conn, "strapi")


@pytest.mark.parametrize("unmet", UNMET)
async def test_nothing_is_written_before_the_report_is_accepted(shop: Shop) -> None:
    await filled(shop)
    seen = await report(shop)
    early = [each for each in shop.writes() if each[0] == "strapi"]
    due = await accept(shop)
    await shop.full_pass()
    tags = [sorted(shop.shown(name, "tag")) for name in SHOPS]

    assert early == []
    assert (seen.accepted, seen.matched, seen.own) == (False, {"product": 1}, {"tag": 1})
    assert due == sum(many for done in seen.counts.values() for many in done.values()) >= 4
    assert tags == [tags[0]] * 3
    assert "only here" in tags[0]
    assert len(set(map(str, shop.everywhere("product", FROCK, "title")))) == 1
    assert (await report(shop)).counts == {}


@pytest.mark.parametrize("unmet", UNMET)
async def test_what_differs_is_shown_field_by_field(shop: Shop) -> None:
    await filled(shop)
    shown = {each["type"]: each for each in (await report(shop)).shown if each["doing"] == "update"}

    assert shown["product"]["fields"]["description"][0] is None


async def doubtful(shop: Shop) -> str:
    """Strapi has two products that an older bridge took for the same one of Medusa; the second is held."""
    await filled(shop)
    medusa_id = await shop.people.find("medusa", "product", FROCK)
    second = {"handle": "a-second-one", "title": "A second one", "status": "draft", "medusa_id": medusa_id}
    await shop.people.create("strapi", "product", second)
    await shop.full_pass("strapi")
    (one,) = await held(shop)
    assert one.reason.endswith("which has another record there already")
    return f"{one.system}:{one.type}:{one.remote_id}"


@pytest.mark.parametrize("unmet", UNMET)
async def test_what_could_be_several_waits_for_a_word(shop: Shop) -> None:
    name = await doubtful(shop)
    with pytest.raises(ConfigurationError, match="wait for `replicator match`"):
        await accept(shop)
    with pytest.raises(ConfigurationError, match="has another record at strapi already"):
        await decide(shop, name, f"product:{FROCK}")
    with pytest.raises(ConfigurationError, match="that is a tag"):
        await decide(shop, name, "tag:only here")

    assert len((await report(shop)).undecided) == 1


@pytest.mark.parametrize("unmet", UNMET)
async def test_a_record_is_what_a_person_says_it_is(shop: Shop) -> None:
    name = await doubtful(shop)
    settled = await decide(shop, name, f"product:{OTHER}")
    await shop.full_pass()
    left = await held(shop)
    await accept(shop)
    await shop.full_pass()
    dossier = await shop.dossier(name)

    assert settled.entity == dossier.entity.id
    assert left == []
    assert len(shop.shown("strapi", "product")) == len(shop.shown("directus", "product")) == 2
    assert shop.shown("strapi", "product").keys() == shop.shown("directus", "product").keys()


@pytest.mark.parametrize("unmet", UNMET)
async def test_a_record_can_be_a_thing_of_its_own(shop: Shop) -> None:
    settled = await decide(shop, await doubtful(shop), None)
    await accept(shop)
    await shop.full_pass()

    assert settled.event is not None
    assert ["a-second-one" in shop.shown(name, "product") for name in SHOPS] == [True] * 3


@pytest.mark.parametrize("unmet", UNMET)
async def test_an_edit_made_while_a_full_system_is_read_wins(shop: Shop) -> None:
    """The page was read before, it is judged after."""
    shop.switch_hooks(off=True)
    await shop.people.create("strapi", "product", {"handle": FROCK, "title": "Old", "subtitle": "Old"})
    await shop.full_pass("dummyjson")
    await Capture(shop.app.database, shop.app.shop, "strapi").full()
    await shop.people.edit("strapi", "product", FROCK, {"subtitle": "Just typed"})
    await shop.full_pass("strapi")
    await accept(shop)
    await shop.full_pass()

    assert shop.everywhere("product", FROCK, "subtitle") == ["Just typed"] * 3


@pytest.mark.parametrize("unmet", UNMET)
async def test_what_cannot_be_decided_is_refused(shop: Shop) -> None:
    with pytest.raises(ConfigurationError, match="was not listed in full yet"):
        await accept(shop)
    for name in ("strapi", "strapi:hat:1", "nowhere:tag:1", "strapi:tag:", "strapi:tag:gone"):
        with pytest.raises(ConfigurationError):
            await decide(shop, name, None)
    with pytest.raises(ConfigurationError, match="is a feed"):
        await matching.report(shop.app.database, shop.app.shop, "dummyjson")
