"""The world of the second tier: played systems and people, and the real engine between them, stepped by hand.

One method for each thing that can happen. Readers, judges and appliers are tasks with a number, so that a step of a
history can name them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from replicator.core.event import EXISTENCE
from replicator.engine.apply import Apply
from replicator.engine.capture import Capture
from replicator.engine.intake import Intake
from replicator.engine.shop import Shop, rules_of
from replicator.log import inbox
from replicator.settings import EngineSettings, MappingSettings, SystemSettings
from replicator.simulation.audit import Audit
from replicator.simulation.persons import Persons
from replicator.simulation.systems import Ability, Record, System
from replicator.simulation.whole.kinds import BULK, KINDS, features
from replicator.simulation.whole.moment import Moment
from replicator.simulation.whole.plug import Plug
from replicator.simulation.whole.runner import Doom, Runner
from replicator.simulation.whole.site import LEASE_SECONDS, Site
from replicator.simulation.whole.watched import Judged, WatchedDatabase

REFUSED = {"strapi": {"thing": MappingSettings.model_validate({"refuses": {"brand": "leave"}})}}
REVERTED = {"directus": {"shelf": MappingSettings.model_validate({"refuses": {"title": "revert"}})}}


class WholeWorld:
    """Sites and people, the shop that is replicated, and the tasks that do it."""

    def __init__(
        self,
        abilities: Sequence[Ability],
        database: WatchedDatabase,
        moment: Moment,
        installation: str,
        keeps: str = "",
    ) -> None:
        self.database, self.moment = database, moment
        self.sites = {each.name: Site(each) for each in abilities}
        self.reads: dict[str, Record] = {}
        self.shop = self._shop(abilities, installation, keeps)
        self.audits = {name: Audit(rules, self._systems(name)) for name, rules in self.shop.rules.items()}
        self.hints: dict[str, list[tuple[str, str]]] = {name: [] for name in KINDS}
        self.persons = {name: Persons(self._systems(name), self.audits[name], self.hints[name]) for name in KINDS}
        self.outcomes: dict[str, Counter[str]] = {name: Counter() for name in KINDS}
        self.counted: dict[str, int] = {}  # events and conflicts, at the end
        self.runner = Runner()
        database.heard = self._heard

    # ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def erase(self, kind: str, system: str, remote_id: str) -> None:
        """A person deletes a record; the parts of a thing go with it, by the same hand."""
        site = self.sites[system]
        if remote_id in site.types[kind].records:
            gone = [(kind, remote_id), *[("part", part) for part in site.parts(remote_id) if kind == "thing"]]
            edits = {name: self.audits[each].edited(system, EXISTENCE, value=False) for each, name in gone}
            site.erase(kind, remote_id, edits)
            self._gather()

    def told(self) -> list[tuple[str, str, str]]:
        """The hooks that are on their way: (type, system, remote id)."""
        return [(kind, *each) for kind, hints in self.hints.items() for each in hints]

    # ── Hooks, tasks, time ───────────────────────────────────────────────────────────────────────────────────────────

    async def tell(self, kind: str, system: str, remote_id: str, *, repeat: bool = False, lost: bool = False) -> None:
        """A hook arrives, perhaps not for the last time; or it is lost."""
        if not repeat and (system, remote_id) in self.hints[kind]:
            self.hints[kind].remove((system, remote_id))
        if not lost:
            async with self.database.unit() as conn:
                await inbox.receive(conn, [inbox.hint(system, "hook", kind, remote_id)], self.now())

    async def judge(self, system: str, task: int, doom: Doom) -> None:
        """A worker takes a batch of the inbox."""
        await self._begin(task, Intake(self.database, self.shop, system).step(), doom)

    async def pay(self, system: str, task: int, doom: Doom) -> None:
        """A worker takes a batch of what is due."""
        await self._begin(task, Apply(self.database, self.shop, system, f"worker {task}").step(), doom)

    async def read(self, system: str, task: int, doom: Doom, *, full: bool) -> None:
        """A worker lists a system in full, or asks it for changes."""
        capture = Capture(self.database, self.shop, system)
        await self._begin(task, capture.full() if full else capture.poll(), doom)

    async def kill(self, task: int) -> None:
        """A process dies where it is. Its calls go on; nobody hears what becomes of them."""
        killed = await self.runner.kill(task)
        for batch in killed.calls if killed is not None else ():
            batch.answers = False

    async def tick(self, seconds: float) -> None:
        """Time passes: calls land, and whose time is up gives up waiting."""
        self.moment.move(seconds)
        for site in self.sites.values():
            site.advance(self.moment.ms)
        for each in self.persons.values():
            each.now = self.moment.ms
        self._gather()
        await self.runner.catch_up()

    def now(self) -> datetime:
        """The present moment, as the log writes it."""
        return datetime.fromtimestamp(self.moment.seconds, UTC)

    async def _begin(self, task: int, work: object, doom: Doom) -> None:
        await self.runner.begin(task, work, doom, self.moment.seconds)  # type: ignore[arg-type] # one of three steps

    def _gather(self) -> None:
        for name, site in self.sites.items():
            for kind, remote_id in site.touched:
                self.hints[kind].append((name, remote_id))
            site.touched.clear()

    # ── What the engine judged ───────────────────────────────────────────────────────────────────────────────────────

    def _heard(self, judged: Judged) -> None:
        observation, kind = judged.observation, judged.before.entity.type
        self.outcomes[kind][judged.judgement.outcome] += 1
        record = self.reads[observation.author] if observation.author else None
        if record is not None and observation.fields is not None:
            meant = {key: observation.fields[key] for key in KINDS[kind].references if key in record.fields}
            record = replace(record, fields={**record.fields, **meant})
        self.audits[kind].judged(judged.before, judged.system, observation.remote_id, record, judged.judgement)

    # ── How it is set up ─────────────────────────────────────────────────────────────────────────────────────────────

    def _systems(self, kind: str) -> Mapping[str, System]:
        return {name: site.types[kind] for name, site in self.sites.items()}

    def _shop(self, abilities: Sequence[Ability], installation: str, keeps: str) -> Shop:
        systems = {
            each.name: SystemSettings(
                kind="dummyjson" if each.clocked is None else "directus",
                accepts_deletes=each.name != keeps,
                types=REFUSED.get(each.name, {}) | REVERTED.get(each.name, {}),
            )
            for each in abilities
        }
        able = {each.name: features(each) for each in abilities}
        return Shop(
            installation=installation,
            connectors={name: Plug(site, self.moment, self.reads) for name, site in self.sites.items()},
            systems=systems,
            rules=rules_of(KINDS, able, systems, {}),
            engine=EngineSettings(batch=BULK, lease_seconds=LEASE_SECONDS, retry_first_seconds=0.5),
        )
