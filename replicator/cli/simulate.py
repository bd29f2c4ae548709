"""`replicator simulate`: random histories through the real code; exit code 0 only if every invariant held."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from replicator.cli.edge import EXIT_FAILED, Json, answer
from replicator.log.throwaway import throwaway_postgres
from replicator.simulation.crowd import CORE, ENGINE, Crowd
from replicator.simulation.tally import FEW, Tally, share_max

HISTORIES = 1000
NAMES = {CORE: "histories over the core", ENGINE: "histories over the whole engine, on Postgres"}

Seed = Annotated[int, typer.Option("--seed", help="The first history's seed; the others' follow.")]
Histories = Annotated[int, typer.Option("--histories", min=0, help="Histories over the core.")]
EngineHistories = Annotated[
    int, typer.Option("--engine-histories", min=0, help="Histories over the whole engine, on a private Postgres.")
]
Server = Annotated[
    str, typer.Option("--server", help="A Postgres on which databases may be made, instead of a private one.")
]
Processes = Annotated[int | None, typer.Option("--processes", min=1, help="At once; as many as there are processors.")]


def simulate(
    *,
    seed: Seed = 0,
    histories: Histories = HISTORIES,
    engine_histories: EngineHistories = 0,
    processes: Processes = None,
    server: Server = "",
    json: Json = False,
) -> None:
    """Play random histories of people, faults and crashes through the real code, and compare what it made of them with
    the truth.

    Exit code 0 only if every invariant held. A history that went wrong is made short and printed as a test.
    """
    started = time.monotonic()
    told: dict[str, Any] = {}
    with _a_server(server, needed=engine_histories > 0) as url:
        for tier, many in ((CORE, histories), (ENGINE, engine_histories)):
            if many:
                crowd = Crowd(tier=tier, seed=seed, histories=many, processes=processes, server=url)
                told[tier] = _plain(crowd, crowd.play())
    answer(told | {"seconds": round(time.monotonic() - started, 1)}, _show, as_json=json)
    if any(each["failures"] or each["too_often"] for each in told.values()):
        raise typer.Exit(EXIT_FAILED)


@contextmanager
def _a_server(given: str, *, needed: bool) -> Iterator[str]:
    """The server for the second tier: the one that was given, or a private one, gone with the command."""
    if given or not needed:
        yield given
        return
    with throwaway_postgres() as postgres:
        yield postgres.start()


def _plain(crowd: Crowd, tally: Tally) -> dict[str, Any]:
    return {
        "histories": tally.histories,
        **{name: tally.sums[name] for name in ("edits", "faults", "writes", "events", "conflicts")},
        "outcomes": {str(name): many for name, many in sorted(tally.outcomes.items())},
        "exceptions": {str(cause): many for cause, many in tally.causes.most_common()},
        "too_often": list(map(str, tally.too_often())),
        "failures": [
            {"seed": each.seed, "faults": each.faults, "test": each.test} for each in crowd.explained(tally.failures)
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
        colour = "red" if told["histories"] >= FEW and share > share_max(cause) else "yellow"
        console.print(f"  [{colour}]{share:7.2%}[/] with exceptions because {cause} ({many:,})")
    _show_failures(console, told["failures"])


def _show_failures(console: Console, failures: Sequence[Mapping[str, Any]]) -> None:
    colour = "red" if failures else "green"
    console.print(f"  [{colour}]{len(failures)} failures[/]")
    for each in failures:
        console.print(f"\nseed {each['seed']}: {escape('; '.join(each['faults']))}")
        if each["test"]:
            console.print(each["test"], markup=False, soft_wrap=True)
