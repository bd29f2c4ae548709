"""`replicator simulate`: random histories through the real code; exit code 0 only if every invariant held."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from replicator.cli.edge import EXIT_FAILED, Json, answer
from replicator.simulation.crowd import explained, of_core
from replicator.simulation.tally import SHARE_MAX, Tally

HISTORIES = 1000
NAMES = {"core": "histories over the core", "engine": "histories over the whole engine, on Postgres"}

Seed = Annotated[int, typer.Option("--seed", help="The first history's seed; the others' follow.")]
Histories = Annotated[int, typer.Option("--histories", min=0, help="Histories over the core.")]
Processes = Annotated[int | None, typer.Option("--processes", min=1, help="At once; as many as there are processors.")]


def simulate(
    *, seed: Seed = 0, histories: Histories = HISTORIES, processes: Processes = None, json: Json = False
) -> None:
    """Play random histories of people, faults and crashes through the real code, and compare what it made of them with
    the truth.

    Exit code 0 only if every invariant held. A history that went wrong is made short and printed as a test.
    """
    started = time.monotonic()
    tallies = [of_core(seed, histories, processes)] if histories else []
    told = {each.tier: _plain(each) for each in tallies} | {"seconds": round(time.monotonic() - started, 1)}
    answer(told, _show, as_json=json)
    if any(each.failures or each.too_often() for each in tallies):
        raise typer.Exit(EXIT_FAILED)


def _plain(tally: Tally) -> dict[str, Any]:
    return {
        "histories": tally.histories,
        **{name: tally.sums[name] for name in ("edits", "faults", "writes", "events", "conflicts")},
        "outcomes": dict(sorted(tally.outcomes.items())),
        "exceptions": dict(tally.causes.most_common()),
        "too_often": tally.too_often(),
        "failures": [
            {"seed": each.seed, "faults": each.faults, "test": each.test} for each in explained(tally.failures)
        ],
    }


def _show(console: Console, told: Mapping[str, Any]) -> None:
    for tier, name in NAMES.items():
        if tier in told:
            _show_tier(console, name, told[tier])
    console.print(f"{told['seconds']} s")


def _show_tier(console: Console, name: str, told: Mapping[str, Any]) -> None:
    console.print(
        f"[bold]{told['histories']:,} {name}[/]: {told['edits']:,} edits, {told['faults']:,} faults, "
        f"{told['writes']:,} writes, {told['events']:,} events, {told['conflicts']:,} conflicts"
    )
    outcomes = ", ".join(f"{many:,} {outcome}" for outcome, many in told["outcomes"].items())
    console.print(f"  judged: {outcomes}")
    for cause, many in told["exceptions"].items():
        share = many / told["histories"]
        colour = "red" if share > SHARE_MAX else "yellow"
        console.print(f"  [{colour}]{share:7.2%}[/] with exceptions because {cause} ({many:,})")
    _show_failures(console, told["failures"])


def _show_failures(console: Console, failures: Sequence[Mapping[str, Any]]) -> None:
    colour = "red" if failures else "green"
    console.print(f"  [{colour}]{len(failures)} failures[/]")
    for each in failures:
        console.print(f"\nseed {each['seed']}: {escape('; '.join(each['faults']))}")
        if each["test"]:
            console.print(each["test"], markup=False, soft_wrap=True)
