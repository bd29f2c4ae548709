"""The same world as in the random histories, driven by Hypothesis: what fails shrinks to the few steps that matter."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from typing_extensions import override

from replicator.core.document import Value, members, money
from replicator.core.schema import Policy
from replicator.simulation.hub import Fate
from replicator.simulation.systems import Ability, Record
from replicator.simulation.world import FED, World

SYSTEMS = ("medusa", "directus", "strapi")
NUMBERS = st.integers(min_value=0, max_value=30)  # which of the things there are, counted round and round
FATES = st.sampled_from(
    [
        Fate(lands=0),
        Fate(lands=4),
        Fate(refused=True),
        Fate(lands=3, answers=False),
        Fate(lands=20, answers=False),
        Fate(lands=None, answers=False),
    ]
)
VALUES: dict[str, st.SearchStrategy[Value]] = {
    **dict.fromkeys(("title", "body", "note", "brand"), st.none() | st.sampled_from(["A", "b", "C"])),
    "price@usd": st.none() | st.integers(1, 3).map(lambda amount: money(amount, "usd")),
    "tags": st.sets(st.sampled_from("abc")).map(members),
    "stock": st.integers(0, 5),
}
EDITS = st.sampled_from(sorted(VALUES)).flatmap(lambda key: st.tuples(st.just(key), VALUES[key]))


class Replication(RuleBasedStateMachine):
    """People, hooks, readers, workers, time and crashes, one at a time."""

    world: World
    number: int

    @initialize(
        marks=st.tuples(st.booleans(), st.booleans(), st.booleans()),
        able=st.tuples(st.booleans(), st.booleans(), st.booleans()),
        feed=st.booleans(),
        title=st.sampled_from([Policy.PREFER, Policy.LATEST]),
    )
    def begin(self, marks: tuple[bool, ...], able: tuple[bool, bool, bool], title: Policy, *, feed: bool) -> None:
        lowers, halves, keeps = able
        abilities = [
            Ability(name=name, marks=marked, lowers=lowers and name == "directus", halves=halves)
            for name, marked in zip(SYSTEMS, marks, strict=True)
        ]
        abilities += [Ability(name="feed", clocked=None)] if feed else []
        self.world = World(abilities, title, keeps_deleted="strapi" if keeps else "")
        self.world.persons.make("medusa", "s0")
        self.number = 0

    def records(self) -> list[tuple[str, Record]]:
        return [(name, each) for name, system in self.world.systems.items() for each in system.records.values()]

    def next(self) -> int:
        self.number += 1
        return self.number

    def task(self, which: int) -> int:
        return list(self.world.tasks)[which % len(self.world.tasks)]

    # ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @rule(which=NUMBERS, key=st.sampled_from(["s0", "s1"]))
    def make(self, which: int, key: str) -> None:
        names = list(self.world.systems)
        self.world.persons.make(names[which % len(names)], key)

    @precondition(lambda self: self.records())
    @rule(which=NUMBERS, edit=EDITS)
    def edit(self, which: int, edit: tuple[str, Value]) -> None:
        name, record = self.records()[which % len(self.records())]
        if name != "feed" or edit[0].partition("@")[0] in FED:
            self.world.persons.edit(name, record.remote_id, *edit)

    @precondition(lambda self: self.records())
    @rule(which=NUMBERS)
    def erase(self, which: int) -> None:
        name, record = self.records()[which % len(self.records())]
        self.world.persons.erase(name, record.remote_id)

    @precondition(lambda self: self.records())
    @rule(which=NUMBERS)
    def back_up(self, which: int) -> None:
        name, record = self.records()[which % len(self.records())]
        if name != "feed":
            self.world.persons.back_up(name, record.remote_id, self.next())

    @precondition(lambda self: any(system.backups for system in self.world.systems.values()))
    @rule(which=NUMBERS)
    def restore(self, which: int) -> None:
        backups = [(name, each) for name, system in self.world.systems.items() for each in system.backups]
        self.world.persons.restore(*backups[which % len(backups)])

    # ── The replicator, and time ─────────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.world.hub.hints)
    @rule(which=NUMBERS, repeat=st.booleans(), lost=st.booleans(), lacking=st.sampled_from(["", "", "body"]))
    def follow(self, which: int, *, repeat: bool, lost: bool, lacking: str) -> None:
        told = self.world.hub.hints[which % len(self.world.hub.hints)]
        if lost:
            self.world.lose(told)
        else:
            self.world.follow(told, self.next(), repeat=repeat, lacking=lacking)

    @precondition(lambda self: self.world.hub.due())
    @rule(which=NUMBERS, fate=FATES)
    def claim(self, which: int, fate: Fate) -> None:
        due = self.world.hub.due()
        self.world.claim(*due[which % len(due)], fate, self.next())

    @precondition(lambda self: self.world.tasks)
    @rule(which=NUMBERS, steps=st.integers(1, 5))
    def go_on(self, which: int, steps: int) -> None:
        task = self.task(which)
        for _ in range(steps):
            self.world.go_on(task)

    @precondition(lambda self: self.world.tasks)
    @rule(which=NUMBERS)
    def crash(self, which: int) -> None:
        self.world.crash(self.task(which))

    @precondition(lambda self: self.world.tasks)
    @rule(which=NUMBERS)
    def expire(self, which: int) -> None:
        self.world.expire(self.task(which))

    @rule(steps=st.sampled_from([1, 1, 5, 40]))
    def tick(self, steps: int) -> None:
        self.world.tick(steps)

    # ── What must hold ───────────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def nothing_is_invented_and_nothing_lost(self) -> None:
        assert self.world.audit.unexcused() == []

    @override
    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()
            assert self.world.audit.unexcused() == []


TestReplication = Replication.TestCase
TestReplication.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True)
