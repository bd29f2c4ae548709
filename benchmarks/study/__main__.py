"""Run the study: every delay and rate through every bridge, a table of it, and the pictures in docs/."""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

from benchmarks.study.picture import draw
from benchmarks.study.provenance import Provenance
from benchmarks.study.shop import RECORDS, Bridge, Outcome, Setting, Shop, opened, outcome
from benchmarks.study.table import tabulate
from benchmarks.study.windows import Windows

DELAYS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)  # seconds
RATES = (1.0, 10.0, 100.0)  # edits a minute
BRIDGES: Mapping[str, Callable[[Shop], Bridge]] = {
    "window 2 s": functools.partial(Windows, seconds=2),
    "window 3 s": functools.partial(Windows, seconds=3),
    "window 10 s": functools.partial(Windows, seconds=10),
    "provenance": Provenance,
}


def run(bridge: str, setting: Setting) -> Outcome:
    """One cell once."""
    shop = opened(setting)
    made = BRIDGES[bridge](shop)
    shop.run(made)
    return outcome(shop, made)


def cell(bridge: str, delay: float, rate: float, seeds: Sequence[int]) -> Outcome:
    """One cell, all its seeds together."""
    settings = [Setting(delay_seconds=delay, edits_per_minute=rate, seed=seed) for seed in seeds]
    return functools.reduce(Outcome.__add__, (run(bridge, each) for each in settings))


def main() -> None:
    """Run all cells, as many at once as there are processors, and write what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="runs of every cell")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--out", type=Path, default=Path("docs"), help="where the table and the pictures go")
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.seeds)
    cells = list(product(BRIDGES, DELAYS, RATES))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        waiting = [pool.submit(cell, *each, seeds) for each in cells]
        results = {}
        for number, (each, one) in enumerate(zip(cells, waiting, strict=True), start=1):
            results[each] = one.result()
            sys.stderr.write(f"\r{number} of {len(cells)} cells")
    text = tabulate(results, seeds, RECORDS)
    sys.stdout.write(f"\n{text}")
    (given.out / "study.md").write_text(text, encoding="utf-8")
    draw(results, given.out)


if __name__ == "__main__":
    main()
