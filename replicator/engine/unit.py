"""A unit of work: one transaction over many entities. Load with locks, decide in memory, save in bulk, append last.

Everything that decides is the core's; everything that stores is the log's. The unit brings them together: it finds
out whose record each read is (identity), translates references, lets the gate judge, and stores in one transaction
what came of it: state, rows, states seen, claims, conflicts, deliveries, outcomes and, as the last statement, the
events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.connectors.revision import Revision
from replicator.core import clock
from replicator.core.decision import bind, cascade, decide
from replicator.core.document import Document, blank
from replicator.core.dossier import Dossier, Judgement, Stamp, observe, signed_state
from replicator.core.event import Draft
from replicator.core.history import Entry
from replicator.core.merge import Conflict
from replicator.core.observation import Observation, content_name
from replicator.core.outcome import Outcome
from replicator.core.replica import NO_PAST, Past, Replica, Seen, Signed
from replicator.engine.changes import Change, paths
from replicator.engine.desk import Desk, Read, Recognised
from replicator.engine.doubt import restored
from replicator.engine.identifiers import new_id
from replicator.engine.naive import observe_naively
from replicator.engine.recognise import recognise
from replicator.engine.references import RemoteKey
from replicator.engine.shop import Shop
from replicator.log import claims, conflicts, deliveries, dossiers, events, inbox, systems

VERSION_IS_TIME = 10**11  # ms: versions above it are times (after 1973), below it counters


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of one read. `until`: no read before that time can be judged."""

    read: Read
    outcome: Outcome
    reason: str
    entity: str | None = None
    event: str | None = None
    waits_for: RemoteKey | None = None
    until: float | None = None


@dataclass(slots=True)
class _Stored:
    """What a unit has gathered to be stored."""

    drafts: list[Draft] = field(default_factory=list)
    conflicts: list[tuple[str, str, Conflict, str]] = field(default_factory=list)
    seen: list[tuple[str, str, Seen]] = field(default_factory=list)
    signed: list[tuple[str, str, Signed]] = field(default_factory=list)
    orphaned: list[tuple[str, str, str]] = field(default_factory=list)


class Unit:
    """One transaction over what is on its desk. Use `judge`, `put`, `bind`; then `save` once, as the last thing."""

    def __init__(self, desk: Desk, revision: int) -> None:
        self.desk, self.revision = desk, revision  # that what it learns will have
        self._stored = _Stored()

    @classmethod
    async def open(cls, conn: AsyncConnection, shop: Shop, now: float) -> Unit:
        """A unit in an open transaction, with the revision that all it learns will have."""
        desk = Desk(conn, shop, now, await systems.load_all(conn))
        return cls(desk, await dossiers.draw_revision(conn))

    def stamp(self, cause: int | None = None, version: int = 0) -> Stamp:
        """What the next step is stamped with. A remote version that is a time in ms is the time of the change."""
        changed = version / 1000 if version > VERSION_IS_TIME else None
        return Stamp(
            now=self.desk.now,
            clock=clock.tick(0, self.desk.now, changed),
            event_id=new_id(),
            cause=cause,
            source_time=None if changed is None else datetime.fromtimestamp(changed, UTC),
        )

    def put(self, row: Replica) -> None:
        """Put one replica row in place."""
        self.desk.dossiers[row.entity] = self.desk.dossiers[row.entity].with_replica(row)

    def bind(self, row: Replica) -> None:
        """Note that our create landed: the row with its remote id, as an event."""
        self.put(row)
        dossier, draft = bind(self.desk.dossiers[row.entity], row.system, self.stamp())
        self.desk.add(dossier)
        self._stored.drafts.append(draft)

    def cascade(self, entity: str, system: str, cause: int) -> None:
        """Delete a part of something that was deleted at `system`."""
        before = self.desk.dossiers[entity]
        self._take(system, before, cascade(before, self.desk.shop.rules[before.entity.type], system, self.stamp(cause)))

    def decide(self, entity: str, changes: Document, *, by: str, note: str) -> str | None:
        """Make fields of an entity what a person says: the id of the event, None where they are so already.

        Parts of what is deleted by this are the caller's to delete: no system has shown it, and none would.
        """
        before = self.desk.dossiers[entity]
        judged = decide(before, self.desk.shop.rules[before.entity.type], changes, self.stamp(), note)
        self.desk.add(judged.dossier)
        if judged.draft is None:
            return None
        self._stored.drafts.append(replace(judged.draft, author=by))
        return judged.draft.id

    async def judge(self, reads: Sequence[Read], *, doubted: bool = False) -> list[Settled]:
        """Judge reads in the order given; one result each. `doubted`: the system seemed restored before."""
        known = await recognise(self.desk, reads)
        doubt = await restored(self.desk, known, doubted=doubted)
        pasts = await self._pasts(known)
        return [self._judge(each, pasts.get(index, NO_PAST), doubt) for index, each in enumerate(known)]

    async def _pasts(self, known: Sequence[Recognised]) -> dict[int, Past]:
        """The past of those reads whose content is not as known: only they may need it."""
        wanted: dict[int, tuple[str, str, str, str | None]] = {}
        for index, each in enumerate(known):
            record, row = each.read.record, self._row(each)
            if row is None or each.fields is None:
                continue
            content, _ = self.desk.shop.rules[record.type].views[row.system].complete(each.fields, row.known)
            signed = record.marker.sync_id if record.marker and not each.copied else None
            if content != row.known or signed != row.sync_id:
                wanted[index] = (row.system, row.entity, content_name(content), signed)
        found = await dossiers.pasts(self.desk.conn, list(wanted.values())) if wanted else []
        return dict(zip(wanted, found, strict=True))

    def _row(self, each: Recognised) -> Replica | None:
        return None if each.entity is None else self.desk.dossiers[each.entity].replica(each.read.system)

    def _judge(self, each: Recognised, past: Past, doubt: str | None) -> Settled:
        read, record = each.read, each.read.record
        if each.entity is None or each.outcome is not None:
            return Settled(
                read=read,
                outcome=each.outcome or Outcome.ECHO,
                reason=each.reason,
                entity=each.entity,
                waits_for=each.waits_for,
            )
        if record.missing:
            reason = f"the answer has no {', '.join(record.missing)}: a dropped column or a missing right"
            return Settled(read=read, outcome=Outcome.REJECTED, reason=reason, entity=each.entity)
        before = self.met(each.entity, read.system)
        observation = Observation(
            remote_id=record.remote_id,
            fields=each.fields,
            version=record.version,
            marker=None if each.copied else record.marker,
            began=read.noted.revision if read.noted else None,
            at=read.noted.at if read.noted else None,
            wrote=record.attribution.sync_id if record.attribution else None,
            author=record.attribution.author if record.attribution else None,
            doubt=doubt,
            history=tuple(self._entry(each) for each in record.history),
            heal=self.desk.standing[read.system].healing,
        )
        step = observe if self.desk.shop.provenance else observe_naively
        judged = step(
            before,
            self.desk.shop.rules[record.type],
            read.system,
            observation,
            self.stamp(read.cause, record.version),
            past,
            made=each.made,
        )
        self._take(read.system, before, judged)
        intent = before.replica(read.system).intent
        return Settled(
            read=read,
            outcome=judged.outcome,
            reason=judged.reason,
            entity=each.entity,
            event=judged.draft.id if judged.draft else judged.told[-1].draft.id if judged.told else None,
            until=intent.deadline if intent is not None and intent.over else None,
        )

    def _entry(self, told: Revision) -> Entry:
        """A change of a system's own history, with what the event it may become is stamped with."""
        return Entry(
            number=told.number,
            fields=told.fields,
            ours=told.ours,
            author=told.author,
            version=told.version,
            event_id=new_id(),
            clock=clock.tick(0, self.desk.now, told.at),
            time=None if told.at is None else datetime.fromtimestamp(told.at, UTC),
        )

    def met(self, entity: str, system: str) -> Dossier:
        """The dossier with a row for a system that is met for the first time, in that system's present generation."""
        dossier = self.desk.dossiers[entity]
        if system not in dossier.replicas:
            dossier = dossier.with_replica(
                replace(dossier.replica(system), generation=self.desk.standing[system].generation)
            )
        return dossier

    def _take(self, system: str, before: Dossier, judged: Judgement) -> None:
        entity, stored = judged.dossier.entity, self._stored
        self.desk.add(judged.dossier)
        row, was = judged.dossier.replica(system), before.replica(system)
        for told in judged.told:
            stored.drafts.append(told.draft)
            stored.conflicts += [(entity.id, entity.type, each, told.draft.id) for each in told.conflicts]
        if judged.draft is not None:
            stored.drafts.append(judged.draft)
            stored.conflicts += [(entity.id, entity.type, each, judged.draft.id) for each in judged.conflicts]
            if before.entity.exists and not entity.exists:
                stored.orphaned.append((entity.type, entity.id, system))
        if judged.draft is None and row.present and row.remote_id != was.remote_id:
            self.bind(row)
        if judged.seen is not None:
            stored.seen.append((system, entity.id, judged.seen))
        if judged.signed is not None:
            stored.signed.append((system, entity.id, judged.signed))

    def blanked(self, system: str) -> Counter[str]:
        """How many records of each type have had a value emptied at a system, by what was judged."""
        drafts = [each for each in self._stored.drafts if each.origin == system]
        emptied = (any(blank(one.after) and not blank(one.before) for one in each.changes.values()) for each in drafts)
        return Counter(each.type for each, found in zip(drafts, emptied, strict=True) if found)

    async def save(self, settled: Sequence[inbox.Settlement] = (), *, priority: int = 0) -> None:
        """Store everything, events last. After this the unit is used up."""
        conn, at, stored, changed = (
            self.desk.conn,
            datetime.fromtimestamp(self.desk.now, UTC),
            self._stored,
            self._changes(),
        )
        rows = [row for each in changed for row in each.rows(self.revision)]
        parents = {each.entity.id: parent for each in changed if (parent := each.parent()) is not None}
        await dossiers.save(conn, [each.entity for each in changed], rows, parents=parents, now=at)
        await dossiers.keep_states(conn, stored.seen, stored.signed)
        await claims.follow(conn, [claim for each in changed for claim in each.claims()])
        if stored.conflicts:
            await conflicts.add(conn, stored.conflicts, at)
        await deliveries.make_due(conn, [due for each in changed for due in each.due(priority)], at)
        await deliveries.unneeded(conn, [paid for each in changed for paid in each.paid()], at)
        arrived = [row for each in changed for row in each.arrived()]
        await inbox.release(conn, list(paths(arrived)), at)
        sought = [
            inbox.hint(each.system, "guard", each.type, each.remote_id) for one in changed for each in one.sought()
        ]
        await inbox.receive(conn, sought, at)
        for system in sorted({row.system for row in arrived}):
            await deliveries.wake_waiting(conn, system, at)
        await inbox.cascade(conn, stored.orphaned, at)
        await inbox.settle(conn, settled, at)
        if stored.drafts:
            await events.append(conn, stored.drafts, at)

    def remember(self, row: Replica) -> None:
        """Keep the state that stands under the marker of the write that has just landed."""
        signed = signed_state(row)
        if signed is not None:
            self._stored.signed.append((row.system, row.entity, signed))

    def _changes(self) -> list[Change]:
        return [
            Change(
                before=self.desk.before.get(entity),
                after=dossier,
                rules=self.desk.shop.rules[dossier.entity.type],
                rank=self.desk.shop.rank(dossier.entity.type),
            )
            for entity, dossier in self.desk.dossiers.items()
            if self.desk.before.get(entity) != dossier
        ]
