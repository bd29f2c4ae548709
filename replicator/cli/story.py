"""The demo's story, act by act. Each act does something to the systems, waits until all is quiet, and notes what came
of it.

What is claimed at the end is not counted by the replicator but by the sandbox's own ledger, which the replicator
cannot read.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from replicator.cli.lost import lost_values
from replicator.cli.stage import SHOPS, Stage
from replicator.engine import operate
from replicator.log import systems

Tell = Callable[[str], None]
PASSES = 3  # full passes after the end in which nobody may be written to
NAIVE_SECONDS = 10  # as long as the demo without provenance is let run
PRODUCT_FIELDS = ("title", "subtitle", "description")


@dataclass(slots=True)
class Result:
    """What the demo found. The names are those of `--json`."""

    products: int = 0
    categories: int = 0
    records: dict[str, int] = field(default_factory=dict)
    events: int = 0
    echoes: int = 0
    writes: int = 0
    conflicts: int = 0
    second_import_events: int = 0
    loops: int = 0
    lost_edits: int = 0
    duplicates: int = 0
    diverged: int = 0
    rebuilt: int = 0
    rebuild_diff: int = 0
    seconds: float = 0.0
    peak_rss_mb: float = 0.0
    details: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # what was expected and did not happen

    def ok(self) -> bool:
        """Whether every invariant held, and the story had all that it is about."""
        bad = self.second_import_events, self.loops, self.lost_edits, self.duplicates, self.diverged, self.rebuild_diff
        return not any(bad) and not self.faults and all((self.echoes, self.conflicts, self.rebuilt))


class Story:
    """The acts, in order, over one stage."""

    def __init__(self, stage: Stage, tell: Tell) -> None:
        self._stage, self._tell = stage, tell
        self.result = Result()
        self._handles: list[str] = []
        self._skus: list[str] = []

    def acts(self) -> Sequence[tuple[str, Callable[[], Awaitable[None]]]]:
        """Every act with what it is called."""
        return (
            ("Import the catalogue, through failing pages and calls whose answers get lost", self.import_all),
            ("Import it again: nothing is new", self.import_again),
            ("People edit in all three systems at once", self.edit_everywhere),
            ("A product is deleted", self.delete),
            ("Hooks come twice, late, out of order and not at all", self.bad_hooks),
            ("Directus is emptied, held, released and rebuilt from the log", self.rebuild),
            ("Three full passes: nobody is written to", self.passes),
            ("Compare all views, and count by the sandbox's own ledger", self.audit),
        )

    async def import_all(self) -> None:
        """The first import: every page, every record, into three systems."""
        control = self._stage.control
        await control.post("/dummyjson/faults", {"kind": "500", "count": 2, "path": "/products"})
        await control.post("/medusa/faults", {"kind": "lost", "method": "POST", "path": "/admin/products/batch"})
        await control.post("/directus/faults", {"kind": "503", "method": "POST", "path": "/items/products"})
        await control.post("/strapi/faults", {"kind": "500", "method": "POST", "path": "/api/products"})
        summary = (await self._stage.list_all("dummyjson"))["dummyjson"]
        await self._stage.quiet()
        shown = await control.get("/shown")
        self._handles = sorted(each["key"] for each in shown["medusa"] if each["type"] == "product")
        self._skus = sorted(each["key"] for each in shown["medusa"] if each["type"] == "variant")
        self.result.products = len(self._handles)
        self.result.categories = sum(each["type"] == "category" for each in shown["medusa"])
        counts = await self._stage.counts()
        self._tell(
            f"{summary.read} records read, {counts.events} events, {counts.writes} writes: "
            f"{self.result.products} products in {self.result.categories} categories at each of {len(SHOPS)} systems"
        )

    async def import_again(self) -> None:
        """The second import must find nothing new."""
        before = await self._stage.counts()
        await self._stage.list_all("dummyjson")
        await self._stage.quiet()
        after = await self._stage.counts()
        self.result.second_import_events = after.events - before.events
        if after.writes != before.writes:
            self.result.faults.append(f"the second import caused {after.writes - before.writes} writes")
        self._tell(f"{after.events - before.events} events, {after.writes - before.writes} writes")

    async def edit_everywhere(self) -> None:
        """Different fields at different systems merge; the same field at two is a conflict that keeps the loser."""
        people, control = self._stage.people, self._stage.control
        for system in SHOPS:  # hooks are slow, so that all have edited before anybody hears of it
            await control.post(f"/{system}/hooks", {"delay": 0.3})
        first, second, third, *_ = self._handles
        edits = [
            people.edit("medusa", "product", first, {"title": "Title from the shop"}),
            people.edit("directus", "product", first, {"title": "Title from the editors"}),
            people.edit("strapi", "product", first, {"subtitle": "Subtitle from marketing"}),
            people.edit("directus", "product", second, {"description": "A better description"}),
            people.edit("medusa", "product", second, {"status": "draft"}),
            people.edit("strapi", "product", third, {"description": "Words from Strapi"}),
            people.edit("directus", "product", third, {"description": "Words from Directus"}),
            people.edit("strapi", "stock", f"{self._skus[5]} / Main warehouse", {"quantity": 7}),
            people.edit("directus", "price", f"{self._skus[6]} / usd", {"amount": "12.34"}),
            people.edit("medusa", "category", "beauty", {"description": "All things beautiful"}),
            people.edit("medusa", "variant", self._skus[6], {"title": "One size"}),
        ]
        await asyncio.gather(*edits)
        for system in SHOPS:
            await control.post(f"/{system}/hooks", {"delay": 0.0})
        await self._settled()
        counts = await self._stage.counts()
        self._tell(f"{len(edits)} edits; {counts.conflicts} of one field at two systems: the losers are kept")

    async def delete(self) -> None:
        """A deletion reaches the others, with the parts of what was deleted."""
        await self._stage.people.delete("medusa", "product", self._handles[-1])
        await self._settled()
        shown = await self._stage.control.get("/shown")
        left = [name for name in SHOPS for each in shown[name] if each["key"] == self._handles[-1]]
        if left:
            self.result.faults.append(f"the deleted product is still shown by {', '.join(left)}")
        self._tell(f"gone from {len(SHOPS) - len(left)} systems, its variant, price and stock with it")

    async def bad_hooks(self) -> None:
        """Hooks are hints: however bad they are, listings find what they did not tell."""
        control, people = self._stage.control, self._stage.people
        await control.post("/medusa/hooks", {"repeat": 2, "delay": 0.02})
        await control.post("/directus/hooks", {"shuffle": 4, "repeat": 2})
        await control.post("/strapi/hooks", {"drop": 1.0})
        for round_, handle in enumerate(self._handles[10:22]):
            system, name = SHOPS[round_ % len(SHOPS)], PRODUCT_FIELDS[round_ % len(PRODUCT_FIELDS)]
            await people.edit(system, "product", handle, {name: f"{name} of round {round_}"})
        for system in SHOPS:
            await control.post(f"/{system}/hooks", {"repeat": 1, "delay": 0.0, "shuffle": 0, "drop": 0.0})
        await self._settled()
        counts = await self._stage.counts()
        self._tell(f"12 edits, all found; {counts.outcomes.get('duplicate', 0)} deliveries were repetitions")

    async def rebuild(self) -> None:
        """A system that is suddenly empty is not believed; when told so, it is written anew from the log."""
        stage = self._stage
        before = _by_record((await stage.control.get("/shown"))["directus"])
        events = (await stage.counts()).events
        await stage.control.post("/directus/empty")
        await stage.list_all("directus")
        async with stage.app.database.look() as conn:
            held = (await systems.load_all(conn))["directus"].held
        if held is None:
            self.result.faults.append("the emptied system was not held")
        else:
            self._tell(f"held: {held.partition(':')[0]}")
        due = await operate.rebuild(stage.app.database, stage.app.shop, "directus")
        stage.app.wake.send()
        await stage.quiet()
        after = _by_record((await stage.control.get("/shown"))["directus"])
        self.result.rebuilt = len(after)
        differing = {key for key in {*before, *after} if before.get(key) != after.get(key)}
        self.result.rebuild_diff = len(differing) + (await stage.counts()).events - events
        self._tell(f"{due} records were due, {len(after)} rebuilt, {len(differing)} differ from before")

    async def passes(self) -> None:
        """After the end, full passes over everything: no event, no write."""
        before = await self._stage.counts()
        await self._stage.control.post("/mark", {"name": "end"})
        for _ in range(PASSES):
            await self._settled()
        after = await self._stage.counts()
        self._tell(f"{after.events - before.events} events, {after.writes - before.writes} writes")

    async def audit(self) -> None:
        """Let the sandbox count."""
        stage, result = self._stage, self.result
        report = await stage.control.post("/audit", {"conflicts": await lost_values(stage.app)})
        for name in ("loops", "lost_edits", "duplicates", "diverged"):
            setattr(result, name, report[name])
        result.details = report["details"]
        shown = await stage.control.get("/shown")
        result.records = {name: len(shown[name]) for name in SHOPS}
        counts = await stage.counts()
        result.events, result.writes, result.conflicts = counts.events, counts.writes, counts.conflicts
        result.echoes = counts.outcomes.get("echo", 0)
        self._tell(f"{report['loops']} loops, {report['lost_edits']} lost edits, {report['diverged']} differences")

    async def _settled(self) -> None:
        """All hooks delivered, everything listed, everything written."""
        await self._stage.quiet()
        await self._stage.list_all("dummyjson", *SHOPS)
        await self._stage.quiet()


async def without_provenance(stage: Stage, tell: Tell) -> Result:
    """The same shop where every echo counts as an edit: a few products and one edit, and it never ends."""
    result = Result()
    await stage.list_all("dummyjson")
    for second in range(NAIVE_SECONDS):
        await asyncio.sleep(1)
        shown = await stage.control.get("/shown")
        products = sorted(each["key"] for each in shown["directus"] if each["type"] == "product")
        if second == NAIVE_SECONDS // 2 and products:
            await stage.people.edit("directus", "product", products[0], {"title": "One edit"})
        counts = await stage.counts()
        tell(f"{len(products)} products, {counts.events} events, {counts.writes} writes, and no end")
    await stage.supervisor.stop()
    report = await stage.control.post("/audit", {})
    for name in ("loops", "lost_edits", "duplicates", "diverged"):
        setattr(result, name, report[name])
    result.details = report["details"]
    counts = await stage.counts()
    result.events, result.writes = counts.events, counts.writes
    return result


def peak_rss_mb() -> float:
    """The most memory this program has held, in MB.

    On Linux by its own account: `getrusage` also counts what the process held before it became this program.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(each for each in status.read_text(encoding="ascii").splitlines() if each.startswith("VmHWM:"))
        return round(int(line.split()[1]) / 1024, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024, 1)


def _by_record(shown: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(each["type"], each["key"]): each["fields"] for each in shown}
