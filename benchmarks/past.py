"""How much snapshots spare: states as of a position in the log, folded with them and without, in the same run.

    python benchmarks/past.py [entities]

Three histories: many events of each entity, asked for halfway between two snapshots; few events; and few, but none
since (then an entity's row is its state). What counts are the ratios; the memory is that of this process while it
folds, above what it had before.
"""

import asyncio
import resource
import statistics
import sys
import time
from dataclasses import dataclass

from sqlalchemy import text

from replicator.core.entity import Entity, fold_all
from replicator.core.event import Change, Draft, Rule
from replicator.engine.identifiers import new_id
from replicator.log import dossiers, events, migrate, past
from replicator.log.database import Database
from replicator.log.seal import EPOCH
from replicator.log.throwaway import throwaway_postgres

ROUNDS = 3
BATCH = 100
PAGE = 500  # entities folded at once
TEXT = "A sturdy mug for everyday use. " * 10


@dataclass(frozen=True)
class History:
    """So many events of every entity; asked for as of the share of them that stands in `asked`."""

    name: str
    events: int
    asked: float


HISTORIES = [
    History("1,000 events each", 1000, 0.55),
    History("20 events each", 20, 0.55),
    History("none since", 20, 1.0),
]


def turn(entity: str, n: int) -> Draft:
    """One event of an entity, of about half a kilobyte."""
    changes = {"title": Change(f"Mug {n - 1}", f"Mug {n}", Rule.CAUSAL), "text": Change(None, TEXT, Rule.CAUSAL)}
    return Draft(id=new_id(), type="product", entity=entity, origin="medusa", n=n, context={}, clock=n, changes=changes)


async def fill(database: Database, entities: int, history: History) -> int:
    """Write the log in turns over all entities, snapshots as they would be made; the position that is asked for."""
    ids = [new_id() for _ in range(entities)]
    states = {each: Entity(type="product", id=each) for each in ids}
    asked = 0
    for n in range(1, history.events + 1):
        for start in range(0, entities, BATCH):
            drafts = [turn(each, n) for each in ids[start : start + BATCH]]
            states.update({each.entity: fold_all(states[each.entity], [each]) for each in drafts})
            async with database.unit() as conn:
                await dossiers.save(conn, [states[each.entity] for each in drafts], [], parents={}, now=EPOCH)
                await events.append(conn, drafts, EPOCH)
        async with database.unit() as conn:
            if n % past.SNAPSHOT_EVENTS == 0:
                await past.snapshot(conn)
            if n == round(history.events * history.asked):
                asked = await events.head(conn)
    async with database.unit() as conn:
        await conn.execute(text("select set_config('role', 'none', true)"))
        await conn.execute(text("analyze"))
    return asked


async def fold(database: Database, position: int) -> tuple[float, int]:
    """Seconds to fold all states as of a position, and how many there were."""
    begun, many = time.perf_counter(), 0
    async with database.look() as conn:
        after = ""
        while ids := await dossiers.page(conn, "product", after, PAGE):
            many += len(await past.as_of(conn, ids, position))
            after = ids[-1]
    return time.perf_counter() - begun, many


def memory() -> float:
    """The most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def measure(url: str, entities: int, history: History) -> tuple[float, float]:
    """Medians of seconds: with snapshots, and after they were thrown away."""
    database = Database(url)
    position = await fill(database, entities, history)
    before = memory()
    kept = statistics.median([(await fold(database, position))[0] for _ in range(ROUNDS)])
    async with database.unit() as conn:
        made = await past.forget_snapshots(conn)
    bare = statistics.median([(await fold(database, position))[0] for _ in range(ROUNDS)])
    _, many = await fold(database, position)
    sys.stdout.write(
        f"{history.name:20}{many:10}{made:11}{kept:10.3f}{bare:10.3f}{bare / kept:8.1f}{memory() - before:9.1f}\n"
    )
    await database.close()
    return kept, bare


def main() -> None:
    entities = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    sys.stdout.write(f"{'':20}{'entities':>10}{'snapshots':>11}{'with, s':>10}{'bare, s':>10}{'ratio':>8}{'MB':>9}\n")
    for history in HISTORIES:
        with throwaway_postgres({"fsync": "off"}) as postgres:
            url = postgres.start()
            migrate.upgrade(url)
            asyncio.run(measure(url, entities, history))


if __name__ == "__main__":
    main()
