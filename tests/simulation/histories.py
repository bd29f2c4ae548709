"""Random histories: `run(seed)` is one of them, the same for the same seed.

python -m tests.simulation.histories [HISTORIES] [--from SEED] [--old-copies] [--late-writes]
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from dataclasses import dataclass

from replicator.core.document import Value, members, money
from replicator.core.schema import Policy
from tests.simulation.audit import Audit, Fault
from tests.simulation.hub import Fate, Hub
from tests.simulation.systems import Ability, Record, System
from tests.simulation.world import FED, World

STEPS = 500
STEPS_OF_PEOPLE = 350
EDITED = ("title", "title", "body", "note", "brand", "price@usd", "price@eur", "tags", "stock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """What markers cannot see through, and is counted: old copies that people save again, calls that land too late."""

    old_copies: bool = False
    late_writes: bool = False


USUAL = Mode()


@dataclass(frozen=True, slots=True)
class Result:
    """What went wrong in a history, and how much happened."""

    world: World
    faults: list[Fault]

    @property
    def audit(self) -> Audit:
        """The auditor of that world."""
        return self.world.audit

    def names(self) -> set[str]:
        """The kinds of faults, each with the kind of system it was found at, and its excuse."""
        return {self._name(each) for each in self.faults}

    def _name(self, fault: Fault) -> str:
        marks = fault.system and self.world.rules.views[fault.system].marks
        where = f", {'marker' if marks else 'no marker'}" if fault.system else ""
        return f"{fault.what}{where}" + (f" ({fault.excuse})" if fault.excuse else "")


class People:
    """Random people, hooks and workers."""

    def __init__(self, seed: int, mode: Mode, hub: type[Hub]) -> None:
        self.chance = random.Random(seed)
        self.mode = mode
        self.world = self._world(hub)
        self.typed: dict[tuple[str, str], list[Value]] = {}

    def history(self) -> Result:
        """The whole of one history."""
        self.world.make("medusa", "s0")
        acts = [self._edit] * 10 + [self._make, self._erase, self._back_up, self._back_up, self._restore]
        acts += [self._bring_back] if self.mode.old_copies else []
        runs = [self._hint] * 22 + [self._claim] * 12 + [self._go_on] * 80 + [self._crash] * 2
        for step in range(STEPS):
            self.world.tick(step % 2)
            self.chance.choice(acts + runs if step < STEPS_OF_PEOPLE else runs)()
        return Result(self.world, self.world.close())

    def _world(self, hub: type[Hub]) -> World:
        chance = self.chance.random
        abilities = [
            Ability(
                name=name,
                marks=chance() < marks,
                lowers=name == "directus" and chance() < 0.5,
                clocked=chance() < 0.7,
                tells=name == "directus" and chance() < 0.3,
                halves=chance() < 0.3,
            )
            for name, marks in (("medusa", 0.8), ("directus", 0.8), ("strapi", 0.5))
        ]
        if chance() < 0.3:
            abilities.append(Ability(name="feed", clocked=None))
        title = Policy.LATEST if chance() < 0.5 else Policy.PREFER
        return World(abilities, title, keeps_deleted="strapi" if chance() < 0.3 else "", hub=hub)

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
        self.world.edit(system.ability.name, record.remote_id, key, value)

    def _value(self, key: str, present: Value) -> Value:
        n = len(self.world.audit.edits)
        if key == "stock":
            return (present if isinstance(present, int) else 0) + self.chance.choice((-1, 5, 10))
        if key == "tags":
            kept = set(present) if isinstance(present, list) else set()
            return members(kept ^ {self.chance.choice("abcdefgh")})
        if self.chance.random() < 0.1:
            return None
        return money(n, key[-3:]) if key.startswith("price") else f"{self.chance.choice('ABab')}{n}"

    def _make(self) -> None:
        self.world.make(self.chance.choice(list(self.world.systems)), f"s{self.chance.randrange(3)}")

    def _erase(self) -> None:
        found = self._record()
        if found is not None and self.chance.random() < 0.3:
            self.world.erase(found[0].ability.name, found[1].remote_id)

    def _back_up(self) -> None:
        found = self._record()
        if found is not None:
            found[0].back_up(found[1].remote_id)

    def _restore(self) -> None:
        found = [
            (name, each) for name, system in self.world.systems.items() if name != "feed" for each in system.backups
        ]
        if found:
            self.world.restore(*self.chance.choice(found))

    def _bring_back(self) -> None:
        found = [(name, each) for name, system in self.world.systems.items() for each in system.backups]
        if found:
            name, copy = self.chance.choice(found)
            key = self.chance.choice([each for each in EDITED if each.partition("@")[0] in FED])
            typed = {} if self.chance.random() < 0.5 else {key: self._value(key, copy.fields.get(key))}
            self.world.bring_back(name, copy, typed)

    # ── Hooks and workers ────────────────────────────────────────────────────────────────────────────────────────────

    def _hint(self) -> None:
        if self.world.hub.hints:
            repeat, lost = self.chance.random() < 0.2, self.chance.random() < 0.1
            lacking = "body" if self.chance.random() < 0.02 else ""
            hint = self.chance.randrange(len(self.world.hub.hints))
            self.world.follow(hint, repeat=repeat, lost=lost, lacking=lacking)

    def _claim(self) -> None:
        due = self.world.hub.due()
        if due:
            self.world.claim(*self.chance.choice(due), self._fate())

    def _fate(self) -> Fate:
        r = self.chance.random()
        if r < 0.80:
            return Fate(lands=self.chance.choice((0, 1, 4)))
        if r < 0.85:
            return Fate(refused=True)
        late = 50 if self.mode.late_writes else 20
        return Fate(lands=self.chance.choice((0, 3, 8, late, None)), answers=False)

    def _go_on(self) -> None:
        if self.world.tasks:
            self.world.go_on(self.chance.randrange(len(self.world.tasks)))

    def _crash(self) -> None:
        if self.world.tasks:
            self.world.crash(self.chance.randrange(len(self.world.tasks)))


def run(seed: int, mode: Mode = USUAL, hub: type[Hub] = Hub) -> Result:
    """One random history, and what went wrong in it."""
    return People(seed, mode, hub).history()


def main(words: list[str]) -> None:
    """Run many histories and print what went wrong, with the first seed of each kind."""
    numbers = [int(word) for word in words if word.isdigit()]
    total, start = (numbers + [1000, 0][len(numbers) :])[:2]
    mode = Mode(old_copies="--old-copies" in words, late_writes="--late-writes" in words)
    bad: Counter[str] = Counter()
    first: dict[str, int] = {}
    sums: Counter[str] = Counter()
    for seed in range(start, start + total):
        result = run(seed, mode)
        names = result.names()
        bad.update(names)
        for name in names:
            first.setdefault(name, seed)
        hub = result.world.hub
        sums.update(hub.outcomes)
        sums.update(edits=len(result.audit.edits), events=len(hub.tables.log), conflicts=len(hub.tables.conflicts))
        sums.update(writes=result.audit.writes.total())
    sys.stdout.write(
        f"{total} histories from {start}; {', '.join(f'{n} {what}' for what, n in sorted(sums.items()))}\n"
    )
    sys.stdout.writelines(f"{n:6d} with {name}; the first is {first[name]}\n" for name, n in bad.most_common())


if __name__ == "__main__":
    main(sys.argv[1:])
