"""How fast the log takes events, beside COPY into a bare table: the limit of this machine, measured in the same run.

    python benchmarks/append.py [seconds per cell]

w = concurrent writers, b = events per transaction. What counts are the ratios: absolute figures are those of one
machine on one day. An append seals its events, checks them for duplicates and chains them; COPY does none of that.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from itertools import count

import psycopg

from replicator.core.event import Change, Draft
from replicator.engine.identifiers import new_id
from replicator.log import codec, events, migrate
from replicator.log.database import Database
from replicator.log.seal import EPOCH
from replicator.log.throwaway import throwaway_postgres

CELLS = [(1, 1), (16, 1), (1, 100)]
ROUNDS = 3
TEXT = "A sturdy mug for everyday use. " * 10
Step = Callable[[int], Awaitable[None]]


def drafts(size: int) -> list[Draft]:
    """Events of about a kilobyte, each of an entity of its own."""
    changes = {key: Change(None, TEXT[: 60 + 30 * place]) for place, key in enumerate(("title", "handle", "text"))}
    return [
        Draft(id=new_id(), type="product", entity=new_id(), origin="medusa", n=1, context={}, clock=1, changes=changes)
        for _ in range(size)
    ]


async def rate(step: Step, writers: int, size: int, seconds: float) -> float:
    """Events per second of that many writers, each taking steps of `size` events one after another."""
    done, end = count(), time.perf_counter() + seconds

    async def write() -> None:
        while time.perf_counter() < end:
            await step(size)
            next(done)

    begun = time.perf_counter()
    await asyncio.gather(*(write() for _ in range(writers)))
    return next(done) * size / (time.perf_counter() - begun)


async def measure(url: str, seconds: float) -> dict[str, dict[tuple[int, int], float]]:
    """Medians of interleaved rounds: variant → cell → events per second."""
    database = Database(url, connections=16)
    pool: asyncio.Queue[psycopg.AsyncConnection[tuple[object, ...]]] = asyncio.Queue()
    for _ in range(16):
        pool.put_nowait(await psycopg.AsyncConnection.connect(url, autocommit=True))

    async def append(size: int) -> None:
        batch = drafts(size)
        async with database.unit() as conn:
            await events.append(conn, batch, EPOCH)

    async def copy(size: int) -> None:
        rows = [(1, each.id, codec.dumps(codec.draft_row(each))) for each in drafts(size)]
        connection = await pool.get()
        async with connection.cursor() as cursor, cursor.copy("copy bare from stdin") as into:
            for row in rows:
                await into.write_row(row)
        pool.put_nowait(connection)

    variants: dict[str, Step] = {"append": append, "COPY": copy}
    found: dict[str, dict[tuple[int, int], list[float]]] = {name: {cell: [] for cell in CELLS} for name in variants}
    for _ in range(ROUNDS):
        for cell in CELLS:
            for name, step in variants.items():
                found[name][cell].append(await rate(step, *cell, seconds))
    while not pool.empty():
        await pool.get_nowait().close()
    await database.close()
    return {name: {cell: statistics.median(rates) for cell, rates in cells.items()} for name, cells in found.items()}


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    with throwaway_postgres({}) as postgres:  # as durable as an owner's
        url = postgres.start()
        migrate.upgrade(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create table bare(position bigint, id uuid, event jsonb)")
        rates = asyncio.run(measure(url, seconds))
    sys.stdout.write(f"{'events/s':10}{'append':>10}{'COPY':>10}{'ratio':>8}\n")
    for cell in CELLS:
        appended, copied = rates["append"][cell], rates["COPY"][cell]
        sys.stdout.write(f"w{cell[0]}b{cell[1]:<8}{appended:10.0f}{copied:10.0f}{appended / copied:8.2f}\n")


if __name__ == "__main__":
    main()
