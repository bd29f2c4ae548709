"""Confirm: what the answers to a batch of writes mean. One transaction: rows, events, the ledger of writes, deliveries.

| trouble | did it land? | what follows |
|---|---|---|
| retry, wait, account | no | again later; being told to wait, or a missing reference, is not an attempt |
| unknown | it may, until the deadline | again after the deadline, with the same sync id |
| clash | no | again later: the holder of the value has to move first |
| gone | no | the record is read again: somebody may have deleted it |
| refused | no | dead at once: it is shown, and tried again when told to (`replicator retry`) or when it changes |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from replicator.connectors.base import Failed, Trouble, Written
from replicator.core.backoff import delay
from replicator.core.entity import Entity
from replicator.core.gate import confirmed
from replicator.core.marker import Marker
from replicator.core.outcome import Outcome
from replicator.core.plan import given_up
from replicator.core.replica import Doing, Replica
from replicator.engine.batch import Item
from replicator.engine.desk import Read
from replicator.engine.shop import Shop
from replicator.engine.unit import Unit
from replicator.log import deliveries, inbox, writes
from replicator.observe import WRITES, log

WAIT_SECONDS = 1.0
ACCOUNT_SECONDS = 30.0  # an account is mended by people
TOLD_TO_WAIT = frozenset({429, 503})
UNJUDGED = frozenset({Outcome.HELD, Outcome.REJECTED, Outcome.STALE})  # such an answer is read again
NOT_COUNTED = frozenset({Trouble.WAIT, Trouble.ACCOUNT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """One write that was made, or tried."""

    item: Item
    delivery: deliveries.Delivery
    result: Written | Failed


def marker_of(shop: Shop, entity: Entity, row: Replica, now: float) -> Marker | None:
    """The marker to leave with the write of this row's intent."""
    if row.intent is None or row.intent.doing is Doing.DELETE:
        return None
    newest = max(
        (cell for key, cell in entity.cells.items() if key in row.intent.asked),
        key=lambda cell: cell.clock,
        default=None,
    )
    return Marker(
        sync_id=row.intent.sync_id,
        source=newest.dot.origin if newest else row.system,
        written_at=datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
        entity=row.entity,
        system=row.system,
        generation=row.generation,
        installation=shop.installation,
    )


async def settle(unit: Unit, system: str, paid: Sequence[Paid], seconds: float) -> None:
    """Take the results of one call into the log, in the open transaction of `unit`."""
    await unit.desk.load([each.item.entity for each in paid])
    at = datetime.fromtimestamp(unit.desk.now, UTC)
    answers: list[Read] = []
    for each in paid:
        if isinstance(each.result, Written):
            answers += _landed(unit, system, each.item, each.result)
        else:
            _failed(unit, system, each.item, each.result)
    judged = await unit.judge(answers if unit.desk.shop.provenance else [])
    await writes.outcome(unit.desk.conn, [_outcome(system, each, seconds) for each in paid], at)
    await _deliveries(unit, system, paid)
    again = [
        inbox.hint(system, "answer", each.read.record.type, each.read.record.remote_id)
        for each in judged
        if each.outcome in UNJUDGED
    ]
    gone = [
        inbox.hint(system, "guard", each.item.schema.name, str(each.item.row.remote_id))
        for each in paid
        if _is_gone(each)
    ]
    await inbox.receive(unit.desk.conn, gone + again, at)
    await unit.save()
    counts = Counter("landed" if isinstance(each.result, Written) else str(each.result.trouble) for each in paid)
    for result, count in counts.items():
        WRITES.labels(system, result).inc(count)
    failures = Counter((each.result.trouble, each.result.message) for each in paid if isinstance(each.result, Failed))
    for (trouble, message), count in failures.items():
        log.warning("apply.failed", system=system, trouble=str(trouble), error=message, records=count)
    log.debug("apply.wrote", system=system, seconds=round(seconds, 3), results=dict(counts))


def _landed(unit: Unit, system: str, item: Item, written: Written) -> list[Read]:
    """Confirm one write, and hand back its answer to be judged."""
    dossier = unit.desk.dossiers[item.entity]
    row, view = dossier.replica(system), unit.desk.shop.rules[item.schema.name].views[system]
    if row.intent is None or _overtaken(row, item):
        return []
    made = row.intent.doing is Doing.CREATE
    moved = row.intent.doing is Doing.UPDATE and written.remote_id != row.remote_id
    row = confirmed(row, view)
    if made or moved:  # a part that is named by its natural key over there gets another name with another key
        unit.bind(replace(row, remote_id=written.remote_id))
    else:
        unit.put(row)
    unit.remember(unit.desk.dossiers[item.entity].replica(system))
    if written.record is None or item.planned.doing is Doing.DELETE:
        return []
    return [Read(system=system, record=written.record, noted=None, entity=item.entity)]


def _overtaken(row: Replica, item: Item) -> bool:
    """Whether more is known of the record than when the call began: we slept past its deadline. A read has seen it
    land, or another write was begun (a retry keeps the sync id), or a dump was put back: the answer says nothing now.
    """
    return row.revision != item.row.revision


def _failed(unit: Unit, system: str, item: Item, failed: Failed) -> None:
    row = unit.desk.dossiers[item.entity].replica(system)
    if row.intent is None or _overtaken(row, item):
        return
    match failed.trouble:
        case Trouble.UNKNOWN:
            unit.put(given_up(row, until=row.intent.deadline))
        case Trouble.RETRY | Trouble.WAIT | Trouble.ACCOUNT | Trouble.CLASH:
            unit.put(given_up(row, until=unit.desk.now))  # the intent stays open, so that the retry keeps its sync id
        case Trouble.GONE | Trouble.REFUSED:
            unit.put(given_up(row, until=None))


async def _deliveries(unit: Unit, system: str, paid: Sequence[Paid]) -> None:
    """A delivery goes if nothing is due any more; otherwise it stays for later, or is parked."""
    done: list[deliveries.Delivery] = []
    for each in paid:
        entity, result = each.item.entity, each.result
        if system not in unit.desk.dossiers[entity].due(unit.desk.shop.rules[each.item.schema.name]):
            done.append(each.delivery)
        elif isinstance(result, Written):
            at = datetime.fromtimestamp(unit.desk.now, UTC)
            await deliveries.later(unit.desk.conn, system, [entity], at, "changed again meanwhile", counted=False)
        elif result.trouble is Trouble.REFUSED or _spent(unit, each):
            await deliveries.park(unit.desk.conn, system, entity, result.message, result.status)
        else:
            at = datetime.fromtimestamp(unit.desk.now + _wait(unit, system, each, result), UTC)
            await deliveries.later(
                unit.desk.conn, system, [entity], at, result.message, counted=_counted(each), status=result.status
            )
    await deliveries.done(unit.desk.conn, done)


def _counted(each: Paid) -> bool:
    """Whether it was an attempt: being told to wait is none, nor is a reference that is not there."""
    if isinstance(each.result, Written):
        return False
    return each.result.trouble not in NOT_COUNTED and each.result.status not in TOLD_TO_WAIT


def _spent(unit: Unit, each: Paid) -> bool:
    return _counted(each) and each.delivery.attempts + 1 >= unit.desk.shop.engine.attempts_max


def _wait(unit: Unit, system: str, each: Paid, failed: Failed) -> float:
    """Seconds until the next try."""
    match failed.trouble:
        case Trouble.WAIT:
            return failed.retry_after or WAIT_SECONDS
        case Trouble.ACCOUNT:
            return ACCOUNT_SECONDS
        case Trouble.UNKNOWN:
            intent = unit.desk.dossiers[each.item.entity].replica(system).intent
            return max(0.0, intent.deadline - unit.desk.now) if intent else 0.0
        case _:
            first = unit.desk.shop.engine.retry_first_seconds
            return max(failed.retry_after or 0.0, delay(each.delivery.attempts + 1, first=first, jitter=0.0))


def _is_gone(each: Paid) -> bool:
    return (
        isinstance(each.result, Failed) and each.result.trouble is Trouble.GONE and each.item.row.remote_id is not None
    )


def _outcome(system: str, each: Paid, seconds: float) -> writes.Outcome:
    result, intent = each.result, each.item.row.intent
    unknown = isinstance(result, Failed) and result.trouble is Trouble.UNKNOWN
    return writes.Outcome(
        sync_id=intent.sync_id if intent else "",
        system=system,
        entity=each.item.entity,
        type=each.item.schema.name,
        landed=None if unknown else isinstance(result, Written),
        status=None if isinstance(result, Written) else result.status,
        answer="" if isinstance(result, Written) else f"{result.trouble}: {result.message}",
        duration_ms=round(seconds * 1000),
    )
