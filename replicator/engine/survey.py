"""The survey: where everything stands, as plain data for people and programs. Reading only.

It names whatever is *not* as the log says and will not become so by itself: held systems and records, fields that wait
for a person, edits that were refused and left, deliveries that were given up.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.core.view import Refusal
from replicator.engine.doubt import RESTORED_RUN
from replicator.engine.shop import Shop
from replicator.log import census, conflicts, deliveries, events, inbox_state, runs, systems
from replicator.log.database import Database

LISTED_MAX = 100  # of each kind of exception; the counts are always whole
NOTHING = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemStatus:
    """One system. `state`: live | feed (only read) | new (not matched: nothing is written there) | paused | held."""

    name: str
    kind: str
    state: str
    generation: int
    held: str | None
    as_of: int | None  # the position of the log that it is kept as of
    went_back: int  # records that are there in an older state, as from a backup, and are put right
    records: Mapping[str, int]
    inbox_open: int
    inbox_waiting: int
    due: int
    waiting: int
    dead: int
    last_listing: census.Listing | None
    oldest: census.Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything. `left`: edits that were refused and stand where they were made."""

    installation: str
    at: datetime
    position: int
    entities: Mapping[str, int]
    conflicts_open: int
    systems: Sequence[SystemStatus]
    unsettled: Sequence[census.Unsettled]
    left: Sequence[census.Differing]
    held_records: Sequence[census.HeldRecord]


async def survey(database: Database, shop: Shop) -> Status:
    """Where everything stands now, all at one moment of the database."""
    now = datetime.fromtimestamp(time.time(), UTC)
    async with database.look() as conn:
        return Status(
            installation=shop.installation,
            at=now,
            position=await events.head(conn),
            entities=await census.entities(conn),
            conflicts_open=await conflicts.count_open(conn),
            systems=await _systems(conn, shop, now),
            unsettled=await census.unsettled(conn, limit=LISTED_MAX),
            left=await _left(conn, shop),
            held_records=await census.held_records(conn, limit=LISTED_MAX),
        )


async def _systems(conn: AsyncConnection, shop: Shop, now: datetime) -> list[SystemStatus]:
    standing, targets = await systems.load_all(conn), shop.targets()
    records, opened = await census.records(conn), await inbox_state.open_counts(conn)
    counts, listings = await deliveries.counts(conn), await census.listings(conn)
    oldest = await census.oldest(conn, now)
    back = {str(run.system): int(run.counts["records"]) for run in await runs.running(conn, RESTORED_RUN)}
    return [
        SystemStatus(
            name=name,
            kind=standing[name].kind,
            state=_state(standing[name], feed=name not in targets),
            generation=standing[name].generation,
            held=standing[name].held,
            as_of=standing[name].as_of,
            went_back=back.get(name, 0),
            records=records.get(name, {}),
            inbox_open=opened.get(name, NOTHING)[0],
            inbox_waiting=opened.get(name, NOTHING)[1],
            due=counts.get(name, {}).get("due", 0),
            waiting=counts.get(name, {}).get("waiting", 0),
            dead=sum(counts.get(name, {}).get(state, 0) for state in ("dead", "held")),
            last_listing=listings.get(name),
            oldest=oldest[name],
        )
        for name in shop.connectors
    ]


def _state(standing: systems.Standing, *, feed: bool) -> str:
    if standing.held is not None:
        return "held"
    if feed:
        return "feed"
    if standing.paused:
        return "paused"
    return "live" if standing.matched else "new"


async def _left(conn: AsyncConnection, shop: Shop) -> list[census.Differing]:
    """Values that a system may not change and that are left standing there: other than asked, in any normal form."""
    views = [view for rules in shop.rules.values() for view in rules.views.values()]
    leaving = [
        (view.system, view.schema.name, field)
        for view in views
        for field, refusal in view.refuses.items()
        if refusal is Refusal.LEAVE
    ]
    found = await census.differing(conn, leaving, limit=LISTED_MAX)
    return [each for each in found if not _same(shop, each)]


def _same(shop: Shop, each: census.Differing) -> bool:
    view = shop.view(each.system, each.type)
    return view is not None and view.normal(each.key, each.asked) == each.known
