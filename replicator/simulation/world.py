"""The world of the first tier: model systems, people, and the replicator's real core between them.

One method for each thing that can happen; a driver (`histories`, or the state machine of the tests) chooses which and
when. What a reader or a delivery does is a task with a number, so that a step can name it. `close` lets everything come
to rest and says what went wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from replicator.core.decision import decide
from replicator.core.dossier import Rules
from replicator.core.replica import Replica
from replicator.core.schema import EntityType, Field, Kind, Policy, entity_type
from replicator.core.view import Refusal, View
from replicator.simulation.audit import Audit, Fault
from replicator.simulation.hub import Fate, Hub
from replicator.simulation.persons import Automation, Persons
from replicator.simulation.systems import KEY, Ability, System

ALL = frozenset({KEY, "title", "body", "note", "brand", "price", "tags", "stock"})
FED = frozenset({KEY, "title", "body", "price", "tags"})
ROUNDS_MAX = 40  # a world that is not at rest by then never will be
QUIET_ROUNDS = 2  # without an event or a write: in the first of them an old call may have been waited for
ROUND_STEPS = 100  # longer than any call may take


def schema(title: Policy = Policy.PREFER) -> EntityType:
    """The type that is replicated: one field for each policy."""
    return entity_type(
        "thing",
        [
            Field(name=KEY),
            Field(name="title", policy=title, order=("directus", "medusa", "strapi")),
            Field(name="body", policy=Policy.LATEST),
            Field(name="note", policy=Policy.MANUAL),
            Field(name="brand", policy=Policy.OWNER, order=("medusa",)),
            Field(name="price", kind=Kind.MONEY, order=("medusa", "directus")),
            Field(name="tags", kind=Kind.TEXTS, policy=Policy.UNION),
            Field(name="stock", kind=Kind.INTEGER, policy=Policy.SUM),
        ],
        key=(KEY,),
    )


_DONE = object()


@dataclass(frozen=True, slots=True)
class Task:
    """A reader or a delivery at work; `claim` is what it holds alone."""

    steps: Iterator[None]
    claim: tuple[str, str] | None = None


class World:
    """The systems, the people and the replicator, one step at a time."""

    def __init__(
        self,
        abilities: Sequence[Ability],
        title: Policy = Policy.PREFER,
        *,
        keeps_deleted: str = "",
        automations: Sequence[Automation] = (),
        hub: type[Hub] = Hub,
    ) -> None:
        kind = schema(title)
        self.systems = {each.name: System(each) for each in abilities}
        views = {name: _view(kind, system, accepts=name != keeps_deleted) for name, system in self.systems.items()}
        self.rules = Rules(schema=kind, views=views)
        self.audit = Audit(self.rules, self.systems)
        self.hub = hub(self.rules, self.systems, self.audit)
        self.persons = Persons(self.systems, self.audit, self.hub.hints, automations)
        self.tasks: dict[int, Task] = {}
        self._serial = 0

    # ── The replicator, and time ─────────────────────────────────────────────────────────────────────────────────────

    def follow(self, told: tuple[str, str], task: int, *, repeat: bool = False, lacking: str = "") -> None:
        """A hook arrives, perhaps not for the last time, perhaps of nothing; a reader starts."""
        if not repeat:
            self.lose(told)
        self.tasks[task] = Task(self.hub.look(*told, lacking=lacking))

    def lose(self, told: tuple[str, str]) -> None:
        """A hook is lost."""
        if told in self.hub.hints:
            self.hub.hints.remove(told)

    def claim(self, system: str, entity: str, fate: Fate, task: int) -> None:
        """A worker takes an entity that is due, unless another has it."""
        if all(each.claim != (system, entity) for each in self.tasks.values()):
            self.tasks[task] = Task(self.hub.deliver(system, entity, fate), (system, entity))

    def go_on(self, task: int) -> None:
        """One reader or delivery makes a step."""
        if task in self.tasks and next(self.tasks[task].steps, _DONE) is _DONE:
            self.tasks.pop(task)

    def crash(self, task: int) -> None:
        """A worker dies between two steps. Its call, if it made one, goes on; nobody hears what becomes of it."""
        died = self.tasks.pop(task, None)
        if died is not None and died.claim is not None:
            self.hub.unheard(*died.claim)

    def expire(self, task: int) -> None:
        """A worker is so slow that its claim runs out: another may take the entity, and this one wakes up later."""
        if task in self.tasks:
            self.tasks[task] = Task(self.tasks[task].steps)

    def tick(self, steps: int = 1) -> None:
        """Time passes, and calls on their way land."""
        self.hub.now += steps
        self.persons.now = self.hub.now
        for name, system in self.systems.items():
            self.hub.hints += [(name, touched) for touched in system.advance(self.hub.now)]
        self.persons.react()

    # ── Coming to rest ───────────────────────────────────────────────────────────────────────────────────────────────

    def close(self) -> list[Fault]:
        """Let everything come to rest, and say what went wrong.

        Automations fight on until their fields are frozen; then whoever set them up ends them, and decides.
        """
        self._rest("automations never come to rest" if self.persons.automations else "loops")
        self.persons.automations = ()
        self._decide()
        self._rest("loops")
        self.audit.at_the_end(self.hub.tables, self.hub.outcomes)
        return self.audit.faults

    def _rest(self, otherwise: str) -> None:
        """Full passes and deliveries without faults, until nothing happens any more."""
        quiet = 0
        for _ in range(ROUNDS_MAX):
            before = self._done()
            self._round()
            quiet = quiet + 1 if self._done() == before else 0
            if quiet == QUIET_ROUNDS:
                return
        if not self.audit.undecided(self.hub.tables):
            self.audit.fault(otherwise, "", f"{self.audit.writes.total()} writes by now")

    def _done(self) -> tuple[int, int]:
        return len(self.hub.tables.log), self.audit.writes.total()

    def _round(self) -> None:
        while self.tasks:
            self.tick()
            self.go_on(next(iter(self.tasks)))
        self.tick(ROUND_STEPS)
        for name, system in self.systems.items():
            ids = {row.remote_id for row in self._rows(name) if row.remote_id} | set(system.records)
            for remote_id in sorted(ids):
                self.follow((name, remote_id), self._number())
        self._run_all()
        for system_name, entity in self.hub.due():
            self.claim(system_name, entity, Fate(lands=0), self._number())
        self._run_all()
        self.hub.hints.clear()

    def _decide(self) -> None:
        """A person settles everything that waits for one."""
        for name, dossier in list(self.hub.tables.dossiers.items()):
            open_ = {key: cell.value for key, cell in dossier.entity.cells.items() if not cell.settled}
            judgement = decide(dossier, self.rules, open_, self.hub.stamp(), "decided")
            if judgement.draft is not None:
                self.hub.tables.log.append(judgement.draft)
                self.hub.tables.dossiers[name] = judgement.dossier

    def _run_all(self) -> None:
        while self.tasks:
            self.tick(0)
            self.go_on(next(iter(self.tasks)))

    def _number(self) -> int:
        self._serial -= 1
        return self._serial

    def _rows(self, system: str) -> list[Replica]:
        return [dossier.replica(system) for dossier in self.hub.tables.dossiers.values()]


def _view(kind: EntityType, system: System, *, accepts: bool) -> View:
    name = system.ability.name
    reads = FED if name == "feed" else ALL - {"note"} if name == "strapi" else ALL
    refuses = {} if name in ("medusa", "feed") else {"stock": Refusal.REVERT}
    return View(
        system=name,
        schema=kind,
        reads=reads,
        writes=frozenset() if name == "feed" else reads,
        refuses=refuses | ({"brand": Refusal.LEAVE} if name == "strapi" else {}),
        marks=system.ability.marks,
        accepts_deletes=accepts,
        normal=system.normal,
    )
