"""Random histories of the first tier: `run(seed)` is one of them, the same for the same seed.

Not every kind of trouble is in every history: what always happens hides what happens otherwise. Each history draws its
own kinds, and its own systems.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from replicator.core.document import Value, members, money
from replicator.core.schema import Policy
from replicator.simulation.hub import Fate, Hub
from replicator.simulation.persons import Automation
from replicator.simulation.script import Result, Setting, Step, perform
from replicator.simulation.systems import Ability, Record, System
from replicator.simulation.world import FED, World

STEPS = 450
STEPS_OF_PEOPLE = 320
EDITED = ("title", "title", "body", "note", "brand", "price@usd", "price@eur", "tags", "stock")
FIGHTS = (
    (Automation("medusa", "body", "shop"), Automation("directus", "body", "desk")),
    (Automation("medusa", "title", "A"), Automation("strapi", "title", "B")),
    (Automation("directus", "stock", 7),),
    (Automation("strapi", "body", "always"),),
)
AHEAD = (-300, -30, 0, 0, 30, 300)  # minutes of skew, if a step is a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """Which kinds of trouble a history has; as numbers, how likely each kind is to be in it."""

    deletions: float = 0.6
    copies: float = 0.2
    undone: float = 0.3
    dumps: float = 0.1
    old_copies: float = 0.06
    late_writes: float = 0.06
    lost_answers: float = 0.7
    crashes: float = 0.6
    slow_workers: float = 0.4
    bad_hints: float = 0.7
    skew: float = 0.4
    automations: float = 0.1

    def drawn(self, chance: random.Random) -> Troubles:
        """Each kind is there (1) or not (0)."""
        return replace(self, **{each.name: float(chance.random() < getattr(self, each.name)) for each in fields(self)})


USUAL = Troubles()


class Driver:
    """Random people, hooks and workers."""

    def __init__(self, seed: int, troubles: Troubles, hub: type[Hub]) -> None:
        self.chance = random.Random(seed)
        self.has = troubles.drawn(self.chance)
        self.setting = self._setting()
        self.world: World = self.setting.world(hub)
        self.typed: dict[tuple[str, str], list[Value]] = {}
        self.steps: list[Step] = []

    def history(self) -> Result:
        """The whole of one history."""
        self._do("make", "medusa", "s0")
        acts, runs = self._acts(), self._runs()
        for step in range(STEPS):
            if step % 2:
                self._do("tick", 1)
            self.chance.choice(acts + runs if step < STEPS_OF_PEOPLE else runs)()
        return Result(self.setting, tuple(self.steps), self.world, self.world.close())

    def _do(self, act: str, *words: object) -> None:
        step = Step(len(self.steps), act, words)
        self.steps.append(step)
        perform(self.world, step)

    def _acts(self) -> list[Callable[[], None]]:
        """What people may do, each as often as it is likely."""
        has = self.has
        dumps = has.dumps or has.old_copies or has.undone
        acts = [self._edit] * 10 + [self._make] + [self._erase] * int(has.deletions) + [self._copy] * int(has.copies)
        acts += [self._back_up] * 2 * int(dumps) + [self._restore] * int(has.dumps) + [self._undo] * int(has.undone)
        return [*acts, *[self._bring_back] * int(has.old_copies)]

    def _runs(self) -> list[Callable[[], None]]:
        """What hooks and workers may do."""
        runs = [self._hint] * 22 + [self._claim] * 12 + [self._go_on] * 80 + [self._crash] * 2 * int(self.has.crashes)
        return [*runs, *[self._slow] * 2 * int(self.has.slow_workers)]

    def _setting(self) -> Setting:
        chance, skewed = self.chance.random, self.has.skew
        names = ["medusa", "directus", "strapi"][: 2 if chance() < 0.25 else 3]
        marked = {"medusa": 0.8, "directus": 0.8, "strapi": 0.5}
        abilities = [
            Ability(
                name=name,
                marks=chance() < marked[name],
                lowers=name == "directus" and chance() < 0.5,
                rounds=name == "strapi" and chance() < 0.3,
                clocked=chance() < 0.8,
                ahead=self.chance.choice(AHEAD) if skewed else 0,
                tells=(told := chance()) < 0.2,
                keeps=told < 0.12,
                halves=chance() < 0.3,
            )
            for name in names
        ]
        if chance() < 0.3:
            abilities.append(Ability(name="feed", clocked=None))
        fights = [each for each in self.chance.choice(FIGHTS) if each.system in names] if self.has.automations else []
        return Setting(
            abilities=tuple(abilities),
            title=Policy.LATEST if chance() < 0.5 else Policy.PREFER,
            keeps_deleted="strapi" if chance() < 0.3 else "",
            automations=tuple(fights),
        )

    # ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _record(self) -> tuple[System, Record] | None:
        found = [(system, record) for system in self.world.systems.values() for record in system.records.values()]
        return self.chance.choice(found) if found else None

    def _edit(self) -> None:
        found = self._record()
        if found is None:
            return
        system, record = found
        fed = system.ability.name == "feed"
        key = self.chance.choice([each for each in EDITED if not fed or each.partition("@")[0] in FED])
        mine = self.typed.setdefault((record.remote_id, key), [])
        again = bool(mine) and self.chance.random() < 0.15
        value = self.chance.choice(mine) if again else self._value(key, record.fields.get(key))
        mine.append(value)
        self._do("edit", system.ability.name, record.remote_id, key, value)

    def _value(self, key: str, present: Value) -> Value:
        n = len(self.world.audit.edits)
        if key == "stock":
            return (present if isinstance(present, int) else 0) + self.chance.choice((-1, 5, 10))
        if key == "tags":
            kept = set(present) if isinstance(present, list) else set()
            return members(kept ^ {self.chance.choice("abcdefgh")})
        if self.chance.random() < 0.1:
            return None
        return money(f"{n}.50", key[-3:]) if key.startswith("price") else f"{self.chance.choice('ABab')}{n}"

    def _make(self) -> None:
        self._do("make", self.chance.choice(list(self.world.systems)), f"s{self.chance.randrange(3)}")

    def _erase(self) -> None:
        found = self._record()
        if found is not None and self.chance.random() < 0.3:
            self._do("erase", found[0].ability.name, found[1].remote_id)

    def _copy(self) -> None:
        found = self._record()
        if found is not None and self.chance.random() < 0.3:
            self._do("copy", found[0].ability.name, found[1].remote_id, f"c{self.chance.randrange(2)}")

    def _back_up(self) -> None:
        found = self._record()
        if found is not None:
            self._do("back up", found[0].ability.name, found[1].remote_id)

    def _dump(self) -> tuple[str, int] | None:
        found = [(name, each) for name, system in self.world.systems.items() for each in system.backups]
        found = [each for each in found if each[0] != "feed"]
        return self.chance.choice(found) if found else None

    def _restore(self) -> None:
        found = self._dump()
        if found is not None:
            self._do("restore", *found)

    def _undo(self) -> None:
        found = self._dump()
        if found is not None:
            self._do("undo", *found)

    def _bring_back(self) -> None:
        found = self._dump()
        if found is not None:
            copy = self.world.systems[found[0]].backups[found[1]]
            key = self.chance.choice([each for each in EDITED if each.partition("@")[0] in FED])
            typed = {} if self.chance.random() < 0.5 else {key: self._value(key, copy.fields.get(key))}
            self._do("bring back", *found, typed)

    # ── Hooks and workers ────────────────────────────────────────────────────────────────────────────────────────────

    def _hint(self) -> None:
        hints, bad = self.world.hub.hints, self.has.bad_hints
        if not hints:
            return
        told = self.chance.choice(hints)
        if bad and self.chance.random() < 0.1:
            self._do("lose", *told)
            return
        if bad and self.chance.random() < 0.02:
            told = (told[0], f"{told[0]}-{self.chance.randrange(9)}")  # of anything, or of nothing at all
        repeat, one = bad and self.chance.random() < 0.2, self.chance.random() if bad else 1
        self._do("tell", *told, bool(repeat), "body" if one < 0.02 else "history" if one < 0.07 else "")

    def _claim(self) -> None:
        due = self.world.hub.due()
        if due:
            self._do("claim", *self.chance.choice(due), self._fate())

    def _fate(self) -> Fate:
        r = self.chance.random()
        if r < 0.80 or not self.has.lost_answers:
            return Fate(lands=self.chance.choice((0, 1, 4)))
        if r < 0.85:
            return Fate(refused=True)
        late = 50 if self.has.late_writes else 20
        return Fate(lands=self.chance.choice((0, 3, 8, late, None)), answers=False)

    def _task(self) -> int | None:
        return self.chance.choice(list(self.world.tasks)) if self.world.tasks else None

    def _go_on(self) -> None:
        task = self._task()
        if task is not None:
            self._do("go on", task)

    def _crash(self) -> None:
        task = self._task()
        if task is not None:
            self._do("crash", task)

    def _slow(self) -> None:
        task = self._task()
        if task is not None:
            self._do("expire", task)
            self._do("tick", self.chance.choice((1, 16, 40)))


def run(seed: int, troubles: Troubles = USUAL, hub: type[Hub] = Hub) -> Result:
    """One random history, and what went wrong in it."""
    return Driver(seed, troubles, hub).history()
