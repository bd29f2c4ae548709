"""A history as data: a setting and a list of steps. What was random once is written down and can be played again.

A step names what it needs (records, dumps, tasks) by names that do not change when other steps are taken out. What a
step names may then not be there: such a step does nothing. So every part of a history is a history, and one that went
wrong can be made shorter (`shrink`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from replicator.core.schema import Policy
from replicator.simulation.audit import Audit, Fault
from replicator.simulation.hub import Fate, Hub
from replicator.simulation.persons import Automation
from replicator.simulation.systems import Ability
from replicator.simulation.world import World


class Step(NamedTuple):
    """One thing that happens. `number`: its own, by which later steps name the task or the dump it begins."""

    number: int
    act: str
    words: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a history starts from."""

    abilities: tuple[Ability, ...]
    title: Policy = Policy.PREFER
    keeps_deleted: str = ""
    automations: tuple[Automation, ...] = ()

    def world(self, hub: type[Hub] = Hub) -> World:
        """The world before anything has happened."""
        return World(
            self.abilities, self.title, keeps_deleted=self.keeps_deleted, automations=self.automations, hub=hub
        )


@dataclass(frozen=True, slots=True)
class Result:
    """What happened in a history, and what went wrong."""

    setting: Setting
    steps: tuple[Step, ...]
    world: World
    faults: list[Fault]

    def unexcused(self) -> list[Fault]:
        """The faults that no excuse is known for."""
        return self.audit.unexcused()

    @property
    def audit(self) -> Audit:
        """The auditor of that world."""
        return self.world.audit


def _tell(world: World, number: int, system: str, remote_id: str, repeat: object, lacking: str) -> None:
    world.follow((system, remote_id), number, repeat=bool(repeat), lacking=lacking)


def _claim(world: World, number: int, system: str, entity: str, fate: Fate) -> None:
    world.claim(system, entity, fate, number)


ACTS: Mapping[str, Callable[..., None]] = {
    "make": lambda world, _number, *words: world.persons.make(*words),
    "edit": lambda world, _number, *words: world.persons.edit(*words),
    "erase": lambda world, _number, *words: world.persons.erase(*words),
    "copy": lambda world, _number, *words: world.persons.copy(*words),
    "undo": lambda world, _number, *words: world.persons.undo(*words),
    "back up": lambda world, number, *words: world.persons.back_up(*words, number),
    "restore": lambda world, _number, *words: world.persons.restore(*words),
    "bring back": lambda world, _number, *words: world.persons.bring_back(*words),
    "tell": _tell,
    "lose": lambda world, _number, *words: world.lose(words),
    "claim": _claim,
    "go on": lambda world, _number, task: world.go_on(task),
    "crash": lambda world, _number, task: world.crash(task),
    "expire": lambda world, _number, task: world.expire(task),
    "tick": lambda world, _number, steps: world.tick(steps),
}


def perform(world: World, step: Step) -> None:
    """Let one thing happen."""
    ACTS[step.act](world, step.number, *step.words)


def play(setting: Setting, steps: Iterable[Step | tuple[Any, ...]], hub: type[Hub] = Hub) -> Result:
    """Play a history from the beginning to its end."""
    world, played = setting.world(hub), tuple(Step(*step) for step in steps)
    for step in played:
        perform(world, step)
    return Result(setting, played, world, world.close())
