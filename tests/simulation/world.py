"""The world of the simulation: model systems, people, and the replicator's real core between them.

One method for each thing that can happen; a driver (`histories`, or the state machine of the tests) chooses which and
when. `close` lets everything come to rest and says what went wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from replicator.core.document import Value
from replicator.core.dossier import Rules, decide
from replicator.core.event import EXISTENCE
from replicator.core.replica import Replica
from replicator.core.schema import EntityType, Field, Kind, Policy, entity_type
from replicator.core.view import Refusal, View
from tests.simulation.audit import Audit, Fault
from tests.simulation.hub import Fate, Hub
from tests.simulation.systems import KEY, Ability, Record, System

ALL = frozenset({KEY, "title", "body", "note", "brand", "price", "tags", "stock"})
FED = frozenset({KEY, "title", "body", "price", "tags"})


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
        hub: type[Hub] = Hub,
    ) -> None:
        kind = schema(title)
        self.systems = {each.name: System(each) for each in abilities}
        views = {name: _view(kind, system, accepts=name != keeps_deleted) for name, system in self.systems.items()}
        self.rules = Rules(schema=kind, views=views)
        self.audit = Audit(self.rules, self.systems)
        self.hub = hub(self.rules, self.systems, self.audit)
        self.tasks: list[Task] = []

    # ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def make(self, system: str, key: str) -> None:
        """A person makes a record, unless the key is taken."""
        if self.systems[system].holder(key) is None:
            self._edit(system, None, {KEY: key, "title": f"T{key}"})

    def edit(self, system: str, remote_id: str, key: str, value: Value) -> None:
        """A person gives a field of a record another value."""
        here = self.systems[system]
        if here.records[remote_id].fields.get(key) != here.normal(key, value):
            self._edit(system, remote_id, {key: value})

    def erase(self, system: str, remote_id: str) -> None:
        """A person deletes a record."""
        self.systems[system].erase(remote_id, self.audit.edited(system, EXISTENCE, value=False))
        self.hub.hints.append((system, remote_id))

    def restore(self, system: str, backup: Record) -> None:
        """Last night's dump of a record is put back."""
        if self.systems[system].restore(backup):
            self.hub.hints.append((system, backup.remote_id))

    def bring_back(self, system: str, copy: Record, typed: Mapping[str, Value]) -> None:
        """A person saves an old copy of a record again, marker and all: as it is, or to change one field of it."""
        here = self.systems[system]
        present = here.records.get(copy.remote_id)
        if present is None:
            return
        wanted = {**dict.fromkeys(present.fields), **copy.fields, **typed}
        changed = {key: each for key, each in wanted.items() if present.fields.get(key) != here.normal(key, each)}
        self._edit(system, copy.remote_id, changed, meant=typed or changed)
        here.bring_back_marker(copy)

    def _edit(
        self, system: str, remote_id: str | None, fields: Mapping[str, Value], meant: Mapping[str, Value] | None = None
    ) -> None:
        edits = {key: self.audit.edited(system, key, fields[key]) for key in meant or fields if key in fields}
        touched = self.systems[system].by_person(remote_id, fields, edits, self.hub.now)
        self.hub.hints.append((system, touched))

    # ── The replicator, and time ─────────────────────────────────────────────────────────────────────────────────────

    def follow(self, hint: int, *, repeat: bool = False, lost: bool = False, lacking: str = "") -> None:
        """A hook arrives, perhaps not for the last time, and a reader starts; or it is lost."""
        told = self.hub.hints[hint] if repeat else self.hub.hints.pop(hint)
        if not lost:
            self.tasks.append(Task(self.hub.look(*told, lacking=lacking)))

    def claim(self, system: str, entity: str, fate: Fate) -> None:
        """A worker takes an entity that is due, unless another has it."""
        if all(task.claim != (system, entity) for task in self.tasks):
            self.tasks.append(Task(self.hub.deliver(system, entity, fate), (system, entity)))

    def go_on(self, task: int) -> None:
        """One reader or delivery makes a step."""
        if next(self.tasks[task].steps, _DONE) is _DONE:
            self.tasks.pop(task)

    def crash(self, task: int) -> None:
        """A worker dies between two steps. Its call, if it made one, goes on."""
        self.tasks.pop(task)

    def tick(self, steps: int = 1) -> None:
        """Time passes, and calls on their way land."""
        self.hub.now += steps
        for name, system in self.systems.items():
            self.hub.hints += [(name, touched) for touched in system.advance(self.hub.now)]

    # ── Coming to rest ───────────────────────────────────────────────────────────────────────────────────────────────

    def settle(self, rounds: int) -> int:
        """Full passes and deliveries without faults; the writes that they made."""
        before = self.audit.writes.total()
        for _ in range(rounds):
            while self.tasks:
                self.tick()
                self.go_on(0)
            self.tick(100)
            for name, system in self.systems.items():
                ids = {row.remote_id for row in self._rows(name) if row.remote_id} | set(system.records)
                for remote_id in sorted(ids):
                    self.tasks.append(Task(self.hub.look(name, remote_id)))
            self._run_all()
            for system_name, entity in self.hub.due():
                self.claim(system_name, entity, Fate(lands=0))
            self._run_all()
            self.hub.hints.clear()
        return self.audit.writes.total() - before

    def decide(self) -> None:
        """A person settles everything that waits for one."""
        for name, dossier in list(self.hub.tables.dossiers.items()):
            open_ = {key: cell.value for key, cell in dossier.entity.cells.items() if not cell.settled}
            judgement = decide(dossier, self.rules, open_, self.hub.stamp(), "decided")
            if judgement.draft is not None:
                self.hub.tables.log.append(judgement.draft)
                self.hub.tables.dossiers[name] = judgement.dossier

    def close(self) -> list[Fault]:
        """Let everything come to rest, and say what went wrong."""
        self.settle(12)
        self.decide()
        self.settle(8)
        again = self.settle(3)
        if again and not self.hub.tables.twins():
            self.audit.fault("loops", "", f"{again} writes after the end")
        self.audit.at_the_end(self.hub.tables, self.hub.outcomes)
        return self.audit.faults

    def _run_all(self) -> None:
        while self.tasks:
            self.tick(0)
            self.go_on(0)

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
