"""Reversals: what entities would be if some events had not happened, and so what a person's events have to say.

An entity is folded anew without the chosen events: from its state before them, with everything that was not chosen. So
what others changed after stands, and what was replaced since is no matter any more. Where the result is not what the
entity is, the difference is its reversal. Parts go and come back with what they are parts of. Nothing is reverted
halfway: an entity that cannot become as it was, because its natural key belongs to another by now or because what it
is a part of is gone, is left as it is, and said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.document import Value
from replicator.core.dossier import Dossier
from replicator.core.entity import Cell, Entity
from replicator.core.event import EXISTENCE
from replicator.core.vector import Dot
from replicator.engine.changes import Change
from replicator.engine.shop import Shop
from replicator.log import chosen, claims, dossiers, past
from replicator.log.chosen import Choice

LAST = 2**62  # after every position
NOWHERE = Dot("", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """One entity: key → (as it is, as it becomes). `erased`: keys whose former value is in the log no more.

    `refused` says why the entity is left as it is. `crossing`: a natural key of it is still another's, who gives it up
    in the same undertaking. `name`: its natural keys, for people.
    """

    entity: str
    type: str
    changes: Mapping[str, tuple[Value, Value]]
    erased: Sequence[str] = ()
    refused: str | None = None
    crossing: bool = False
    name: str = ""

    @property
    def kind(self) -> str:
        """What happens to it: refused | deleted | brought back | changed."""
        if self.refused is not None:
            return "refused"
        if EXISTENCE in self.changes:
            return "deleted" if self.changes[EXISTENCE][1] is False else "brought back"
        return "changed"


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws reversals over one connection, parents before their parts. `everything`: all entities that the undertaking
    is about; `back` and `gone`: those that it has brought back and deleted so far (`note`).
    """

    conn: AsyncConnection
    shop: Shop
    choice: Choice
    everything: AbstractSet[str]
    back: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    async def draw(self, ids: Sequence[str]) -> list[Reversal]:
        """The reversals of these entities, and of the parts that go or come back with them. Those that are as they were
        are not in it.
        """
        wave = await self._drawn([each for each in ids if each not in self.gone])
        drawn: dict[str, Reversal] = {}
        gone: set[str] = set()
        while wave:
            drawn.update({each.entity: each for each in wave})
            going = [each.entity for each in wave if each.kind == "deleted"]
            coming = [each.entity for each in wave if each.kind == "brought back"]
            gone.update(going)
            lost = [each for each in await chosen.parts(self.conn, going, alive=True) if each not in gone]
            found = [each for each in await chosen.parts(self.conn, coming, alive=False) if each not in drawn]
            returned = await self._drawn([each for each in found if each not in self.everything])
            wave = [*await self._gone(lost), *(each for each in returned if each.kind == "brought back")]
        return await self._possible(list(drawn.values()))

    def note(self, drawn: Sequence[Reversal]) -> None:
        """These are done, or shown: what is drawn next knows of them."""
        self.gone.update(each.entity for each in drawn if each.kind == "deleted")
        self.back.update(each.entity for each in drawn if each.kind == "brought back")

    async def _drawn(self, ids: Sequence[str]) -> list[Reversal]:
        present = {each: pair[0] for each, pair in (await dossiers.load(self.conn, ids, lock=False)).items()}
        then = await past.as_of(self.conn, list(present), self.choice.since)
        formerly = {each: then.get(each, Entity(type=state.type, id=each)) for each, state in present.items()}
        # Of one origin's events, those between are folded; of all, nothing is left between.
        since = self.choice.until if self.choice.origin is None else self.choice.since
        async for event in past.history(self.conn, list(present), since, LAST):
            if not self.choice.covers(event):
                formerly[event.draft.entity] = past.folded(formerly[event.draft.entity], event)
        drawn = {each: _difference(present[each], formerly[each]) for each in ids}
        lost = await chosen.erased(self.conn, [row for each in ids for row in _doubtful(drawn[each], formerly[each])])
        marked = [_without(each, {key for entity, key in lost if entity == each.entity}) for each in drawn.values()]
        return [each for each in marked if each.changes or each.erased]

    async def _gone(self, ids: Sequence[str]) -> list[Reversal]:
        """Parts are deleted with what they are parts of."""
        present = await dossiers.load(self.conn, ids, lock=False)
        return [
            Reversal(entity=each, type=state.type, changes={EXISTENCE: (True, False)})
            for each, (state, _) in present.items()
        ]

    async def _possible(self, drawn: Sequence[Reversal]) -> list[Reversal]:
        """The same, with a word on those that cannot become as they were."""
        present = await dossiers.load(self.conn, [each.entity for each in drawn], lock=False)
        states = {each: pair[0] for each, pair in present.items()}
        keys = {each.entity: self._keys(states[each.entity], each) for each in drawn}
        holders = await claims.find(self.conn, [key for wanted in keys.values() for key in wanted])
        wholes = {each.entity: self._whole(states[each.entity], each) for each in drawn}
        there = await dossiers.load(self.conn, sorted({each for each in wholes.values() if each}), lock=False)
        living = {each for each, (state, _) in there.items() if state.exists}
        result: list[Reversal] = []
        back: set[str] = set()
        for each in drawn:
            whole = wholes[each.entity]
            named = replace(each, name=self._name(states[each.entity], each))
            said = await self._refused(named, [(key, holders[key]) for key in keys[each.entity] if key in holders])
            if said.refused is None and whole and not any(whole in there for there in (living, back, self.back)):
                said = replace(said, refused=f"what it is a part of, {whole}, is not there")
            if said.kind == "brought back":
                back.add(said.entity)
            result.append(said)
        return result

    async def _refused(self, drawn: Reversal, taken: Sequence[tuple[tuple[str, str, str], str]]) -> Reversal:
        """The reversal, refused if a natural key that it would take stays another's."""
        others = [(key, holder) for key, holder in taken if holder != drawn.entity]
        for key, holder in others:
            if not await self._gives_up(holder, key):
                reason = f"{key[1]} {key[2]!r} belongs to {holder} by now"
                return replace(drawn, refused=drawn.refused or reason)
        return replace(drawn, crossing=bool(others))

    async def _gives_up(self, holder: str, key: tuple[str, str, str]) -> bool:
        if holder not in self.everything:
            return False
        state = (await dossiers.load(self.conn, [holder], lock=False))[holder][0]
        return any(key[1] in self._changed_keys(state, each) for each in await self._drawn([holder]))

    def _keys(self, state: Entity, drawn: Reversal) -> list[tuple[str, str, str]]:
        """The natural keys it would take."""
        changed = self._changed_keys(state, drawn)
        return [(state.type, key, value) for key, value in changed.items() if value is not None]

    def _changed_keys(self, state: Entity, drawn: Reversal) -> dict[str, str | None]:
        return self._held(state, _become(state, drawn))

    def _name(self, state: Entity, drawn: Reversal) -> str:
        nothing = Entity(type=state.type, id=state.id)
        held = self._held(nothing, state if state.exists else _become(state, drawn))
        return ", ".join(f"{key} {value}" for key, value in held.items())

    def _held(self, before: Entity, after: Entity) -> dict[str, str | None]:
        """The natural keys that differ, as they are after."""
        rules = self.shop.rules[after.type]
        change = Change(before=Dossier(entity=before), after=Dossier(entity=after), rules=rules, rank=0)
        return {each.key: each.value for each in change.claims()}

    def _whole(self, state: Entity, drawn: Reversal) -> str | None:
        """What it would be a part of, where that changes with it."""
        part_of = self.shop.rules[state.type].schema.part_of
        if part_of is None or not (drawn.kind == "brought back" or part_of in drawn.changes):
            return None
        whole = _become(state, drawn).value(part_of)
        return whole if isinstance(whole, str) else None


def _difference(present: Entity, formerly: Entity) -> Reversal:
    changes: dict[str, tuple[Value, Value]] = {}
    if formerly.exists:
        keys = sorted({*present.cells, *formerly.cells})
        values = {key: (present.value(key), formerly.value(key)) for key in keys}
        changes = {key: pair for key, pair in values.items() if pair[0] != pair[1]}
    if present.exists != formerly.exists:
        changes[EXISTENCE] = (present.exists, formerly.exists)
    return Reversal(entity=present.id, type=present.type, changes=changes)


def _doubtful(drawn: Reversal, formerly: Entity) -> list[tuple[str, str, Dot]]:
    """The keys whose former value is nothing, which may be because it was erased."""
    back = drawn.changes.get(EXISTENCE) == (False, True)
    return [
        (formerly.id, key, cell.dot)
        for key, cell in formerly.cells.items()
        if (back or key in drawn.changes) and cell.value in (None, [])
    ]


def _without(drawn: Reversal, lost: AbstractSet[str]) -> Reversal:
    """The reversal without the keys whose former values were erased."""
    if not lost:
        return drawn
    kept = {key: pair for key, pair in drawn.changes.items() if key not in lost}
    refused = None if kept else f"the former value of {', '.join(sorted(lost))} was erased from the log"
    return replace(drawn, changes=kept, erased=sorted(lost), refused=refused)


def _become(state: Entity, drawn: Reversal) -> Entity:
    """The entity with the values that it is to have; for asking about it, not for keeping."""
    cells = {key: Cell(value=pair[1], dot=NOWHERE, clock=0) for key, pair in drawn.changes.items() if key != EXISTENCE}
    exists = drawn.changes.get(EXISTENCE, (None, state.exists))[1]
    return replace(state, cells={**state.cells, **cells}, deleted=None if exists else NOWHERE)
