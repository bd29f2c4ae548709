"""Random histories of the second tier: `run(stage, seed)` is one of them, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeAlias

from replicator.core.document import Value, members, money
from replicator.simulation.histories import AHEAD, USUAL, Troubles
from replicator.simulation.hub import Fate
from replicator.simulation.script import Step
from replicator.simulation.systems import Ability, Record
from replicator.simulation.whole.kinds import EDITED, KINDS, LACKING
from replicator.simulation.whole.play import Stage, WholeResult, WholeSetting, perform
from replicator.simulation.whole.runner import Doom
from replicator.simulation.whole.world import WholeWorld

STEPS = 150
STEPS_OF_PEOPLE = 110
TASKS_MAX = 5  # at once: each may hold a connection
DIES_AT = (
    "capture.page",
    "capture.stored",
    "intake.claimed",
    "intake.read",
    "intake.settled",
    "apply.claimed",
    "apply.guarded",
    "apply.intended",
    "apply.written",
    "apply.confirmed",
)
Chooser: TypeAlias = Callable[[WholeWorld], "tuple[Any, ...] | None"]
KINDS_MADE = ("shelf", "thing", "thing", "part")


class WholeDriver:
    """Random people, hooks and workers."""

    def __init__(self, seed: int, troubles: Troubles) -> None:
        self.chance = random.Random(seed)
        self.has = troubles.drawn(self.chance)
        self.setting = self._setting(seed)
        self.steps: list[Step] = []

    async def drive(self, world: WholeWorld) -> tuple[Step, ...]:
        """The whole of one history."""
        await self._do(world, "make", "thing", "medusa", "s0")
        acts, runs = self._acts(), self._runs()
        for step in range(STEPS):
            if step % 2:
                await self._do(world, "tick", 1)
            chosen = self.chance.choice(acts + runs if step < STEPS_OF_PEOPLE else runs)(world)
            if chosen is not None:
                await self._do(world, *chosen)
        return tuple(self.steps)

    async def _do(self, world: WholeWorld, act: str, *words: Any) -> None:  # noqa: ANN401 - whatever the act needs
        step = Step(len(self.steps), act, words)
        self.steps.append(step)
        await perform(world, step)

    def _acts(self) -> list[Chooser]:
        has = self.has
        dumps = has.dumps or has.old_copies or has.undone
        acts: list[Chooser] = [self._edit] * 10 + [self._make] * 3
        acts += [self._erase] * int(has.deletions) + [self._copy] * int(has.copies)
        acts += [self._back_up] * 2 * int(dumps) + [self._from_dump("restore")] * int(has.dumps)
        return [*acts, *[self._from_dump("undo")] * int(has.undone), *[self._bring_back] * int(has.old_copies)]

    def _runs(self) -> list[Chooser]:
        runs = [self._hint] * 12 + [self._judge] * 8 + [self._pay] * 10 + [self._read] * 2 + [self._go_on] * 40
        return [*runs, *[self._kill] * int(self.has.crashes), *[self._slow] * 2 * int(self.has.slow_workers)]

    def _setting(self, seed: int) -> WholeSetting:
        chance, skewed = self.chance.random, self.has.skew
        names = ["medusa", "directus", "strapi"][: 2 if chance() < 0.25 else 3]
        abilities = [
            Ability(
                name=name,
                marks=chance() < 0.8,
                lowers=name == "directus" and chance() < 0.5,
                rounds=name == "strapi" and chance() < 0.3,
                clocked=chance() < 0.9,
                ahead=self.chance.choice(AHEAD) * 1000 if skewed else 0,
                tells=chance() < 0.2,
            )
            for name in names
        ]
        if chance() < 0.3:
            abilities.append(Ability(name="feed", clocked=None))
        return WholeSetting(abilities=tuple(abilities), keeps_deleted="strapi" if chance() < 0.2 else "", seed=seed)

    # ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _record(self, world: WholeWorld, *kinds: str) -> tuple[str, str, Record] | None:
        found = [
            (kind, name, record)
            for kind in kinds or KINDS
            for name, site in world.sites.items()
            for record in site.types[kind].records.values()
        ]
        return self.chance.choice(found) if found else None

    def _edit(self, world: WholeWorld) -> tuple[Any, ...] | None:
        found = self._record(world)
        if found is None:
            return None
        kind, system, record = found
        key = self.chance.choice([each for each in EDITED[kind] if each not in LACKING.get(system, ())])
        if key in KINDS[kind].references:
            others = list(world.sites[system].types[str(KINDS[kind].references[key])].records)
            if not others:
                return None
            return "edit", kind, system, record.remote_id, key, self.chance.choice(others)
        return "edit", kind, system, record.remote_id, key, self._value(world, kind, key, record.fields.get(key))

    def _value(self, world: WholeWorld, kind: str, key: str, present: Value) -> Value:
        n = len(world.audits[kind].edits)
        if key == "tags":
            kept = set(present) if isinstance(present, list) else set()
            return members(kept ^ {self.chance.choice("abcdefgh")})
        if self.chance.random() < 0.1:
            return None
        return money(f"{n}.50", key[-3:]) if key.startswith("price") else f"{self.chance.choice('ABab')}{n}"

    def _make(self, world: WholeWorld) -> tuple[Any, ...]:
        kind = self.chance.choice(KINDS_MADE)
        return "make", kind, self.chance.choice(list(world.sites)), f"{kind[0]}{self.chance.randrange(3)}"

    def _erase(self, world: WholeWorld) -> tuple[Any, ...] | None:
        found = self._record(world)
        return ("erase", found[0], found[1], found[2].remote_id) if found and self.chance.random() < 0.4 else None

    def _copy(self, world: WholeWorld) -> tuple[Any, ...] | None:
        found = self._record(world, "thing")
        return ("copy", *found[:2], found[2].remote_id, f"c{self.chance.randrange(2)}") if found else None

    def _back_up(self, world: WholeWorld) -> tuple[Any, ...] | None:
        found = self._record(world, "thing")
        return ("back up", found[0], found[1], found[2].remote_id) if found else None

    def _dump(self, world: WholeWorld) -> tuple[str, str, int] | None:
        found = [
            ("thing", name, each)
            for name, site in world.sites.items()
            if name != "feed"
            for each in site.types["thing"].backups
        ]
        return self.chance.choice(found) if found else None

    def _from_dump(self, act: str) -> Chooser:
        def chosen(world: WholeWorld) -> tuple[Any, ...] | None:
            found = self._dump(world)
            return (act, *found) if found else None

        return chosen

    def _bring_back(self, world: WholeWorld) -> tuple[Any, ...] | None:
        found = self._dump(world)
        return ("bring back", *found, {"title": self._value(world, "thing", "title", None)}) if found else None

    # ── Hooks and workers ────────────────────────────────────────────────────────────────────────────────────────────

    def _hint(self, world: WholeWorld) -> tuple[Any, ...] | None:
        told = world.told()
        if not told:
            return None
        kind, system, remote_id = self.chance.choice(told)
        if not self.has.bad_hints:
            return "tell", kind, system, remote_id, ""
        if self.chance.random() < 0.03:
            remote_id = f"{system}-{kind}-{self.chance.randrange(9)}"  # of anything, or of nothing at all
        return "tell", kind, system, remote_id, self.chance.choice(("", "", "", "", "repeated", "lost"))

    def _begins(self, world: WholeWorld, act: str, names: list[str]) -> tuple[Any, ...] | None:
        if len(world.runner.running) >= TASKS_MAX:
            return None
        return act, self.chance.choice(names), self._doom()

    def _judge(self, world: WholeWorld) -> tuple[Any, ...] | None:
        return self._begins(world, "judge", list(world.sites))

    def _pay(self, world: WholeWorld) -> tuple[Any, ...] | None:
        return self._begins(world, "pay", world.shop.targets())

    def _read(self, world: WholeWorld) -> tuple[Any, ...] | None:
        return self._begins(world, self.chance.choice(("list", "poll")), list(world.sites))

    def _doom(self) -> Doom:
        fate, r = Fate(lands=self.chance.choice((0, 1, 4))), self.chance.random()
        if self.has.lost_answers and r < 0.05:
            fate = Fate(refused=True)
        elif self.has.lost_answers and r < 0.2:
            late = 50 if self.has.late_writes else 20
            fate = Fate(lands=self.chance.choice((0, 3, 8, late, None)), answers=False)
        dies = self.chance.choice(DIES_AT) if self.has.crashes and self.chance.random() < 0.15 else None
        breaks = self.chance.choice((1, 2, 3)) if self.has.crashes and self.chance.random() < 0.08 else 0
        return Doom(fate=fate, dies_at=dies, breaks=breaks)

    def _task(self, world: WholeWorld) -> int | None:
        return self.chance.choice(list(world.runner.running)) if world.runner.running else None

    def _go_on(self, world: WholeWorld) -> tuple[Any, ...] | None:
        task = self._task(world)
        return None if task is None else ("go on", task)

    def _kill(self, world: WholeWorld) -> tuple[Any, ...] | None:
        task = self._task(world)
        return None if task is None else ("kill", task)

    def _slow(self, _world: WholeWorld) -> tuple[Any, ...] | None:
        return "tick", self.chance.choice((1, 16, 31, 61))


async def run(stage: Stage, seed: int, troubles: Troubles = USUAL) -> WholeResult:
    """One random history, and what went wrong in it."""
    driver = WholeDriver(seed, troubles)
    return await stage.improvise(driver.setting, driver.drive)
