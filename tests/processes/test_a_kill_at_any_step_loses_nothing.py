"""SIGKILL at every step of capture, intake and apply: whoever comes next carries on; nothing is lost or doubled."""

import re
from pathlib import Path

import pytest

import replicator
from tests.processes.reckoning import everything_was_imported, nothing_is_wrong
from tests.processes.site import SHOPS, Site

STEPS = {
    "capture": ("page", "stored"),
    "intake": ("claimed", "read", "settled"),
    "apply": ("claimed", "guarded", "intended", "written", "confirmed"),
}


def test_these_are_all_steps() -> None:
    folder = Path(replicator.__file__).parent
    code = "\n".join(each.read_text(encoding="utf-8") for each in folder.rglob("*.py"))

    said = re.findall(r"^ +reached\((.+)\)$", code, re.MULTILINE)

    assert sorted(said) == sorted(f'"{stage}.{step}"' for stage, steps in STEPS.items() for step in steps)


@pytest.mark.parametrize("stage", STEPS)
async def test_whoever_comes_next_carries_on(site: Site, stage: str) -> None:
    """At each step a worker dies of the import, taking up what the last one left, and later one while people edit."""
    await site.offer("dummyjson")
    for step in STEPS[stage]:
        await site.born(dies_at=f"{stage}.{step}").died()
    worker = site.born()
    await site.quiet()
    everything_was_imported(site)

    handles = sorted(site.shown("medusa", "product"))
    for system in SHOPS:
        site.world.hooks[system].switches.off = stage == "capture"  # so that listings have something to find
    for turn, step in enumerate(STEPS[stage]):
        worker.dies_at(f"{stage}.{step}")
        await people_edit(site, handles, turn)
        await site.offer(*SHOPS)
        await worker.died()
        for system in SHOPS if turn == 0 else ():  # nobody writes now: none of these can be overwritten unseen
            await site.people.edit(system, "category", "beauty", {"description": f"Words from {system}"})
        worker = site.born()
    await site.quiet()

    await nothing_is_wrong(site)
    assert await site.ask("select count(*) from conflicts") > 0
    await worker.stop()
    for turn in range(len(STEPS[stage])):
        for name, value in words(turn).items():
            assert site.everywhere("product", handles[turn], name) == [value] * len(SHOPS)
    assert [handles[-1] in site.shown(system, "product") for system in SHOPS] == [False] * len(SHOPS)


async def people_edit(site: Site, handles: list[str], turn: int) -> None:
    """Each turn fields of one product at three systems; once a stock level, and a deletion."""
    for system, (name, value) in zip(SHOPS, words(turn).items(), strict=True):
        await site.people.edit(system, "product", handles[turn], {name: value})
    if turn == 0:
        await site.people.edit("strapi", "stock", min(site.shown("strapi", "stock")), {"quantity": 7})
        await site.people.delete("directus", "product", handles[-1])


def words(turn: int) -> dict[str, str]:
    return {name: f"{name} of turn {turn}" for name in ("title", "subtitle", "description")}
