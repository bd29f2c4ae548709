"""A system hangs, answers garbage or a page, or closes early: the reason is told, it is tried again, all is equal."""

from collections.abc import Mapping

import pytest

from replicator.sandbox.faults import Fault
from replicator.sandbox.ledger import REPLICATOR
from tests.processes.editing import everybody_has, people_edit
from tests.processes.life import until
from tests.processes.reckoning import everything_was_imported, nothing_is_wrong
from tests.processes.site import Site

PATHS = {"medusa": "/admin/products", "directus": "/items/products", "strapi": "/api/products"}
TOLD = {
    "hang": "no answer",
    "garbage": "answered something that is not JSON",
    "page": "answered a page, not data",
    "half": "no answer (peer closed connection without sending complete message body",
}
MIXES = [
    {"medusa": "hang", "directus": "garbage", "strapi": "page"},
    {"medusa": "half", "directus": "page", "strapi": "garbage"},
]
# What became of a write stays in the ledger; what waits for its next try says why.
OF_WRITES = "select count(*) from writes where system = '{system}' and landed is null and answer like '%{said}%'"
OF_READS = """
select (select count(*) from deliveries where system = '{system}' and last_error like '%{said}%')
  + (select count(*) from inbox where system = '{system}' and outcome is null and reason like '%{said}%')
"""


@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: mix["medusa"])
async def test_it_is_told_why_and_tried_again(site: Site, mix: Mapping[str, str]) -> None:
    """What is answered to a write of the import, and then to all reads while people edit."""
    _nobody_waits_long(site)
    for system, kind in mix.items():
        site.spoil(system, Fault(kind=kind, method="POST", path=rf"{PATHS[system]}(/batch)?(\?|$)"))
    worker = site.born()
    await site.offer("dummyjson")
    await site.quiet()
    everything_was_imported(site)
    of_writes = {system: await _told(site, OF_WRITES, system, kind) for system, kind in mix.items()}

    for system, kind in mix.items():
        fault = Fault(kind=kind, method="GET", path=PATHS[system], account=REPLICATOR, count=1000)
        site.spoil(system, fault)
    await people_edit(site, "title")

    async def all_are_told() -> bool:
        return all([await _told(site, OF_READS, system, kind) for system, kind in mix.items()])

    await until(all_are_told, worker.said)
    for system in mix:
        site.world.faults[system].rules.clear()
    await site.quiet()

    assert [system for system, many in of_writes.items() if many == 0] == []
    assert not worker.ended()
    assert everybody_has(site, "title")
    await nothing_is_wrong(site)


async def _told(site: Site, question: str, system: str, kind: str) -> int:
    return await site.ask(question.format(system=system, said=TOLD[kind]))


def _nobody_waits_long(site: Site) -> None:
    """Processes give up on an answer after a second."""
    file = site.folder / "replicator.toml"
    told = file.read_text(encoding="utf-8")
    file.write_text(told.replace("poll_seconds = 2\n", "poll_seconds = 2\ntimeout_seconds = 1\n"), encoding="utf-8")
