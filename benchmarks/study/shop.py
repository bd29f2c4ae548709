"""The shop of the study: two systems, people who edit, and hooks that come late. Time is counted in ticks.

It knows no bridge. A bridge is told of a hook (`hook(system, remote_id)`) and may ask to go on at a later tick.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Protocol

from replicator.core.document import Value
from replicator.simulation.systems import KEY, Ability, Record, System

TICKS_PER_SECOND = 20
WRITE_TICKS = 3  # a call takes 150 ms
NAMES = ("medusa", "strapi")
OTHER = {"medusa": "strapi", "strapi": "medusa"}
KEYS = ("title", "body")
RECORDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One cell of the study: how late hooks are on average, how often people edit, and how many times."""

    delay_seconds: float
    edits_per_minute: float
    seed: int
    edits: int = 100


@dataclass(slots=True, kw_only=True)
class Edit:
    """A person's edit. Every edit has a value of its own, so that it can be told wherever it stands."""

    system: str
    remote_id: str
    key: str
    value: str
    superseded: bool = False  # a person who saw it put something else in its place


class Bridge(Protocol):
    """What stands between the two systems."""

    def hook(self, system: str, remote_id: str) -> None:
        """That system says that a record was changed."""
        ...

    def kept(self) -> set[Value]:
        """The values that lost, but are kept and shown to a person."""
        ...


@dataclass(slots=True)
class Shop:
    """The systems, the edits, and what is yet to happen."""

    setting: Setting
    systems: Mapping[str, System] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    now: int = 0
    written: int = 0  # writes of the bridge
    told_again: int = 0  # … of which told that system nothing but what it, or nobody, had said
    _had: dict[tuple[str, str], set[Value]] = field(default_factory=dict)
    _agenda: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)
    _chance: random.Random = field(default_factory=random.Random)
    _bridge: Bridge | None = None

    def run(self, bridge: Bridge) -> None:
        """The whole of it: the people's edits, and long enough afterwards for everything to come to rest."""
        self._bridge, self._chance = bridge, random.Random(f"people {self.setting.seed}")
        at = 0.0
        for number in range(self.setting.edits):
            at += self._chance.expovariate(self.setting.edits_per_minute / 60)
            who, record, key = (self._chance.choice(of) for of in (NAMES, range(1, RECORDS + 1), KEYS))
            edit = Edit(system=str(who), remote_id=f"{who}-{record}", key=str(key), value=f"v{number}")
            self.at(round(at * TICKS_PER_SECOND), partial(self._edit, edit))
        self._chance = random.Random(f"hooks {self.setting.seed}")
        end = (at + 20 * self.setting.delay_seconds + 120) * TICKS_PER_SECOND
        while self._agenda and self._agenda[0][0] <= end:
            self.now, _, act = heapq.heappop(self._agenda)
            act()

    def at(self, tick: int, act: Callable[[], None]) -> None:
        """Do that at a later tick; of one tick, in the order asked for."""
        heapq.heappush(self._agenda, (tick, next(self._order), act))

    def wrote(self, system: str, before: Mapping[str, Value], after: Record) -> None:
        """A write of the bridge has landed: count it, and tell the bridge of it as of any other change."""
        self.written += 1
        had = self._had.setdefault((system, after.remote_id), set())
        had |= set(before.values())
        self.told_again += set(after.fields.values()) <= had
        had |= set(after.fields.values())
        self._announce(system, after.remote_id)

    def _edit(self, edit: Edit) -> None:
        here = self.systems[edit.system]
        present = here.records[edit.remote_id].fields.get(edit.key)
        for each in self.edits:
            each.superseded |= each.value == present
        self.edits.append(edit)
        self._had.setdefault((edit.system, edit.remote_id), set()).add(edit.value)
        here.by_person(edit.remote_id, {edit.key: edit.value}, {edit.key: len(self.edits)}, self.now)
        self._announce(edit.system, edit.remote_id)

    def _announce(self, system: str, remote_id: str) -> None:
        late = self.setting.delay_seconds * self._chance.uniform(0.5, 1.5) * TICKS_PER_SECOND
        assert self._bridge is not None, "a change before the start"
        self.at(self.now + 1 + round(late), partial(self._bridge.hook, system, remote_id))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the edits of one cell."""

    edits: int
    written: int
    loops: int  # writes that told nobody anything new
    missing: int  # edits that do not stand in both systems, that nobody replaced on purpose, and that are kept nowhere
    diverged: int  # fields that differ at the end
    fields: int
    kept: int  # values that lost against a concurrent one and are shown to a person

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def opened(setting: Setting) -> Shop:
    """A shop before its first edit: the same records in both systems."""
    systems = {name: System(Ability(name=name, marks=True)) for name in NAMES}
    for number in range(RECORDS):
        for system in systems.values():
            system.by_person(None, {KEY: f"s{number}", **dict.fromkeys(KEYS, f"first {number}")}, {}, 0)
    return Shop(setting, systems)


def outcome(shop: Shop, bridge: Bridge) -> Outcome:
    """Read off the two systems what became of the edits."""
    stands: Counter[Value] = Counter()
    diverged = 0
    for here in shop.systems["medusa"].records.values():
        there = shop.systems["strapi"].holder(here.fields[KEY])
        assert there is not None, "nobody deletes anything here"
        diverged += sum(here.fields[key] != there.fields[key] for key in KEYS)
        stands.update(record.fields[key] for record in (here, there) for key in KEYS)
    kept = bridge.kept()
    missing = [
        each
        for each in shop.edits
        if not each.superseded and stands[each.value] < len(NAMES) and each.value not in kept
    ]
    fields = len(KEYS) * RECORDS
    return Outcome(len(shop.edits), shop.written, shop.told_again, len(missing), diverged, fields, len(kept))
