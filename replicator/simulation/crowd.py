"""Many histories, over all processors: each process plays its share of the seeds; what they count is added up."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace

from replicator.simulation.histories import run
from replicator.simulation.script import Step, play
from replicator.simulation.shrink import as_test, shrunk
from replicator.simulation.tally import Failure, Tally

CORE = "core"
SHARE = 250  # histories that a process plays before it is given others: a few seconds of work
SHRUNK_MAX = 3  # failures that are shrunk: of a hundred, most are the same


def of_core(
    seed: int, histories: int, processes: int | None = None, until: Callable[[Tally], bool] | None = None
) -> Tally:
    """Play histories of the first tier. `until`: ends early when the counts so far are enough."""
    total = Tally(CORE)
    seeds = [range(first, min(first + SHARE, seed + histories)) for first in range(seed, seed + histories, SHARE)]
    for part in _spread(seeds, processes or os.cpu_count() or 1):
        total.join(part)
        if until is not None and until(total):
            break
    return total


def explained(failures: Sequence[Failure]) -> list[Failure]:
    """The failures, the first few of them shrunk."""
    return [_explained(each) if n < SHRUNK_MAX else each for n, each in enumerate(failures)]


def played(seeds: range) -> Tally:
    """One process' share."""
    tally = Tally(CORE)
    for seed in seeds:
        tally.add(seed, run(seed))
    return tally


def _spread(seeds: Sequence[range], processes: int) -> Iterator[Tally]:
    if processes == 1 or len(seeds) == 1:
        yield from map(played, seeds)
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        try:
            for each in as_completed([pool.submit(played, share) for share in seeds]):
                yield each.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _explained(failure: Failure) -> Failure:
    result = run(failure.seed)
    wanted = {each.what for each in result.audit.unexcused()}

    async def wrong(steps: Sequence[Step]) -> bool:
        return not wanted.isdisjoint(each.what for each in play(result.setting, steps).audit.unexcused())

    kept = asyncio.run(shrunk(result.steps, wrong))
    return replace(failure, test=as_test(f"seed_{failure.seed}", result.setting, kept))
