"""Many histories, over all processors: each process plays its share of the seeds; what they count is added up."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from replicator import observe
from replicator.simulation import histories as of_the_core
from replicator.simulation.script import Step, play
from replicator.simulation.shrink import as_test, shrunk
from replicator.simulation.tally import Failure, Tally
from replicator.simulation.whole import histories as of_the_engine
from replicator.simulation.whole.play import Stage, WholeResult, staged

CORE, ENGINE = "core", "engine"
SHARES = {CORE: 250, ENGINE: 15}
SHRUNK_MAX = 3  # failures that are shrunk: of a hundred, most are the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Histories of one tier from a seed on. `server`: the URL on which the second tier makes its databases.

    `until` ends it early, when the counts so far are enough.
    """

    tier: str
    seed: int
    histories: int
    processes: int | None = None
    share: int = 0  # histories that a process plays before it is given others; 0: some seconds of work
    server: str = ""
    until: Callable[[Tally], bool] = lambda _tally: False

    def play(self) -> Tally:
        """Play them; their sums."""
        total = Tally(self.tier)
        for part in self._spread():
            total.join(part)
            if self.until(total):
                break
        return total

    def explained(self, failures: Sequence[Failure]) -> list[Failure]:
        """The failures, the first few of them shrunk."""
        shrink = _shrunk_of_core if self.tier == CORE else partial(_shrunk_of_engine, self.server)
        return [shrink(each) if n < SHRUNK_MAX else each for n, each in enumerate(failures)]

    def _spread(self) -> Iterator[Tally]:
        share, end = self.share or SHARES[self.tier], self.seed + self.histories
        shares = [range(first, min(first + share, end)) for first in range(self.seed, end, share)]
        played = _of_core if self.tier == CORE else partial(_of_engine, self.server)
        processes = min(self.processes or os.cpu_count() or 1, len(shares))
        if processes <= 1:
            yield from map(played, shares)
            return
        with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
            try:
                for each in as_completed([pool.submit(played, part) for part in shares]):
                    yield each.result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)


def _of_core(seeds: range) -> Tally:
    tally = Tally(CORE)
    for seed in seeds:
        result = of_the_core.run(seed)
        tables, audit = result.world.hub.tables, result.audit
        tally.count(seed, result.steps, audit.faults)
        tally.outcomes.update(result.world.hub.outcomes)
        tally.sums.update(edits=len(audit.edits), events=len(tables.log), conflicts=len(tables.conflicts))
        tally.sums.update(writes=audit.writes.total())
    return tally


def _of_engine(server: str, seeds: range) -> Tally:
    return asyncio.run(_played(server, seeds))


async def _played(server: str, seeds: range) -> Tally:
    tally = Tally(ENGINE)
    with _a_database(server) as url:
        async with staged(url) as stage:
            for seed in seeds:
                result = await of_the_engine.run(stage, seed)
                tally.count(seed, result.steps, result.faults)
                for counted in result.world.outcomes.values():
                    tally.outcomes.update(counted)
                tally.sums.update(result.sums)
    return tally


@contextmanager
def _a_database(server: str) -> Iterator[str]:
    """A database of our own while the block runs. Errors are part of every history: they are not logged."""
    observe.configure(level="critical")
    name = f"simulation_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("create database {}").format(Identifier(name)))
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(SQL("drop database {} with (force)").format(Identifier(name)))


def _shrunk_of_core(failure: Failure) -> Failure:
    result = of_the_core.run(failure.seed)
    wanted = {each.what for each in result.audit.unexcused()}

    async def wrong(steps: Sequence[Step]) -> bool:
        return not wanted.isdisjoint(each.what for each in play(result.setting, steps).audit.unexcused())

    kept = asyncio.run(shrunk(result.steps, wrong))
    return replace(failure, test=as_test(f"seed_{failure.seed}", result.setting, kept))


def _shrunk_of_engine(server: str, failure: Failure) -> Failure:
    with _a_database(server) as url:
        return asyncio.run(_shrunk_on(url, failure))


async def _shrunk_on(url: str, failure: Failure) -> Failure:
    async with staged(url) as stage:
        result = await of_the_engine.run(stage, failure.seed)
        kept = await shrunk(result.steps, partial(_goes_wrong, stage, result), plays_max=150)
        return replace(failure, test=as_test(f"seed_{failure.seed}", result.setting, kept, whole=True))


async def _goes_wrong(stage: Stage, result: WholeResult, steps: Sequence[Step]) -> bool:
    wanted = {each.what for each in result.unexcused()}
    return not wanted.isdisjoint(each.what for each in (await stage.play(result.setting, steps)).unexcused())
