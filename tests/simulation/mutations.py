"""The mutation check: each rule of the protocol is weakened by one line, and the simulation must catch it.

A weakening is a text of the source and what is put in its place, in a copy of the package. It names the tier that must
catch it. One that no longer applies is a failure: the rule has moved, and so must its weakening. One that is not caught
means that the simulation is too weak.

`python -m tests.simulation.mutations [NAME …]` makes them all, or those named; `make mutations` is the same.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from replicator.log.throwaway import throwaway_postgres
from replicator.simulation.crowd import CORE, ENGINE
from tests.simulation.weakenings import WEAKENINGS, Weakening

ROOT = Path(__file__).parents[2]
HISTORIES_MAX = {CORE: 3000, ENGINE: 400}
SHARE = {CORE: 20, ENGINE: 2}
PLAYS = """
import sys
from replicator.simulation.crowd import Crowd
tier, seed, histories, share, server = sys.argv[1:]
crowd = Crowd(tier=tier, seed=int(seed), histories=int(histories), processes=1, share=int(share), server=server,
              until=lambda tally: bool(tally.failures or tally.too_often()))
tally = crowd.play()
for cause in tally.too_often():
    print(f"caught after {tally.histories} histories: {tally.causes[cause]} exceptions because {cause}")
for each in tally.failures[:1]:
    print(f"caught after {tally.histories} histories: seed {each.seed}: {each.faults[0]}")
sys.exit(0 if tally.failures or tally.too_often() else 3)
"""
NOT_CAUGHT = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a weakening. `caught` says so only if the simulation itself named a fault."""

    name: str
    caught: bool
    said: str


def weakened(weakening: Weakening, server: str = "") -> Outcome:
    """Put the weakening into a copy of the package, and play histories on it until it is caught."""
    with tempfile.TemporaryDirectory(prefix="replicator-mutation-") as folder:
        copy = Path(folder)
        for room in ("replicator", "migrations"):
            shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
        place = copy / weakening.file
        text = place.read_text(encoding="utf-8")
        if text.count(weakening.old) != 1:
            return Outcome(weakening.name, caught=False, said=f"it does not apply to {weakening.file} any more")
        place.write_text(text.replace(weakening.old, weakening.new), encoding="utf-8")
        tier = weakening.tier
        words = [
            sys.executable,
            "-c",
            PLAYS,
            tier,
            str(weakening.seed),
            str(HISTORIES_MAX[tier]),
            str(SHARE[tier]),
            server,
        ]
        told = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
        played = subprocess.run(words, cwd=copy, env=told, check=False, capture_output=True, text=True)
    if played.returncode == NOT_CAUGHT:
        return Outcome(weakening.name, caught=False, said=f"not caught in {HISTORIES_MAX[tier]} histories")
    said = played.stdout.strip() or f"it does not even run: {played.stderr.strip()[-300:]}"
    return Outcome(weakening.name, caught=played.returncode == 0, said=said)


def main(names: Sequence[str]) -> int:
    """Make them, and say of each whether it was caught; the number that were not."""
    missed = 0
    with throwaway_postgres() as postgres:
        server = postgres.start()  # for the second tier
        for each in WEAKENINGS:
            if names and each.name not in names:
                continue
            outcome = weakened(each, server)
            missed += not outcome.caught
            sys.stdout.write(
                f"{'caught' if outcome.caught else 'MISSED'}  {each.tier:6}  {each.name}\n        {outcome.said}\n"
            )
            sys.stdout.flush()
    sys.stdout.write(f"{missed} missed\n")
    return missed


if __name__ == "__main__":
    sys.exit(min(1, main(sys.argv[1:])))
