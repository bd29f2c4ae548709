"""`pull`: read one system now and judge what it shows, in this process, until nothing of it is left to judge."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from replicator.app import App
from replicator.cli.edge import Json, SystemName, answer, known_system, with_app
from replicator.cli.match import show_undecided
from replicator.core.outcome import Outcome
from replicator.engine import matching
from replicator.engine.capture import Capture, Summary
from replicator.engine.explain import short
from replicator.engine.intake import Intake
from replicator.engine.matching import Matching
from replicator.errors import ConfigurationError, LogError
from replicator.log import census, cursors, inbox_state, systems

LOOK_SECONDS = 0.1  # between looks while rows wait for their time or are judged by another process
DOINGS = ("create", "update", "delete")
STUCK_SECONDS_MAX = 120.0  # without anything settled: longer than any lease or back-off that ends by itself

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What a pull did. `waiting` rows name records that this system has not shown yet; `held` says why it stopped."""

    system: str
    full: bool
    read: int
    created: int
    updated: int
    deleted: int
    unchanged: int
    refused: int
    errors: int
    waiting: int
    seconds: float
    held: str | None
    matching: Matching | None = None
    due: int | None = None  # records that are written there now that the matching is accepted


def pull(
    ctx: typer.Context,
    system: SystemName,
    *,
    full: Annotated[
        bool, typer.Option("--full", help="List everything, also where changes could be asked for.")
    ] = False,
    match: Annotated[
        bool,
        typer.Option("--match", help="It was full when connected: say which records it shares with others."),
    ] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="With --match: the report is accepted, write there from now on.")
    ] = False,
    json: Json = False,
) -> None:
    """Read SYSTEM now and take what it shows into the log. A feed is triggered by hand with this.

    What is due at the other systems is written by `run` or `work`.
    """
    if apply and not match:
        raise ConfigurationError("--apply accepts the report of --match: say both")
    console = Console(stderr=True)
    with console.status(f"reading {system} …") as status:

        async def read(app: App) -> Pulled:
            name = known_system(app, system)
            pulled = await pulled_from(app, name, full=full or match, report=status.update)
            return await _matched(app, pulled, apply=apply) if match else pulled

        pulled = with_app(ctx, read)
    answer(pulled, _show, as_json=json)
    if pulled.errors or pulled.held:
        raise typer.Exit(1)


async def pulled_from(app: App, system: str, *, full: bool, report: Report) -> Pulled:
    """Read a system and judge all that comes of it. Raises LogError where that does not come to an end."""
    started = time.monotonic()
    async with app.database.look() as conn:
        before = await census.newest_row(conn)
    capture = Capture(app.database, app.shop, system)
    full = full or not await _can_poll(app, system)
    reading = asyncio.create_task(capture.full() if full else capture.poll())
    try:
        waiting = await _judged(app, system, reading, report)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    async with app.database.look() as conn:
        passed = await census.passed(conn, system, before)
        standing = (await systems.load_all(conn))[system]
    return _summed(reading.result(), passed, standing.held, waiting, full=full, seconds=time.monotonic() - started)


async def _matched(app: App, pulled: Pulled, *, apply: bool) -> Pulled:
    """The pull with the report of the matching, accepted if that was said."""
    if pulled.errors or pulled.held:
        return pulled
    due = await matching.accept(app.database, app.shop, pulled.system) if apply else None
    app.wake.send()
    return replace(pulled, matching=await matching.report(app.database, app.shop, pulled.system), due=due)


async def _can_poll(app: App, system: str) -> bool:
    """Whether a system can be asked for the changes of every type since cursors that we have."""
    features = app.shop.connectors[system].features
    async with app.database.look() as conn:
        found = [await cursors.cursor(conn, system, listing) for listing in features.since]
    told = {name for listing in features.since for name in features.listings[listing]}
    return set(features.types) <= told and None not in found


async def _judged(app: App, system: str, reading: asyncio.Task[Summary], report: Report) -> int:
    """Judge while it is read, and after, until no row of the system is open. How many wait for another record."""
    intake = Intake(app.database, app.shop, system)
    moved, open_before = time.monotonic(), -1
    while True:
        worked = await intake.step()
        if worked:
            app.wake.send()
        async with app.database.look() as conn:
            standing = (await systems.load_all(conn))[system]
            total, waiting = (await inbox_state.open_counts(conn)).get(system, (0, 0))
        report(f"{system}: {'read' if reading.done() else 'reading'}, {total} to judge")
        if reading.done() and (total == waiting or standing.held is not None):
            return waiting
        if worked or total != open_before or not reading.done():
            moved, open_before = time.monotonic(), total
        elif time.monotonic() - moved > STUCK_SECONDS_MAX:
            raise LogError(f"{total - waiting} deliveries of {system} cannot be judged now: see `replicator status`")
        if not worked:
            await asyncio.sleep(LOOK_SECONDS)


def _summed(
    summary: Summary, passed: census.Passed, held: str | None, waiting: int, *, full: bool, seconds: float
) -> Pulled:
    outcomes = passed.outcomes
    return Pulled(
        system=summary.system,
        full=full,
        read=summary.read,
        created=passed.created,
        updated=passed.updated,
        deleted=passed.deleted,
        unchanged=max(0, summary.read - sum(outcomes.values()) + outcomes.get(Outcome.ECHO, 0)),
        refused=outcomes.get(Outcome.REFUSED, 0),
        errors=summary.errors + outcomes.get(Outcome.REJECTED, 0),
        waiting=waiting,
        seconds=round(seconds, 2),
        held=held,
    )


def _show(console: Console, pulled: Pulled) -> None:
    how = "listed" if pulled.full else "asked for changes"
    console.print(f"{pulled.system} {how}: {pulled.read} records read in {pulled.seconds} s")
    console.print(
        f"created {pulled.created} · updated {pulled.updated} · deleted {pulled.deleted} · "
        f"unchanged {pulled.unchanged} · refused {pulled.refused} · errors {pulled.errors}"
    )
    if pulled.waiting:
        console.print(f"{pulled.waiting} wait for records that {pulled.system} has not shown")
    if pulled.held:
        console.print(f"[yellow]held:[/] {pulled.held}", markup=True)
    if pulled.matching is not None:
        _show_matching(console, pulled.matching, pulled.due)


def _show_matching(console: Console, told: Matching, due: int | None) -> None:
    table = Table("type", "shared", "there alone", "to create", "to update", "to delete", box=None, pad_edge=False)
    for kind in dict.fromkeys((*told.matched, *told.own, *told.counts)):
        done = told.counts.get(kind, {})
        counts = (told.matched.get(kind, 0), told.own.get(kind, 0), *(done.get(each, 0) for each in DOINGS))
        table.add_row(kind, *map(str, counts))
    console.print(table)
    for each in told.shown:
        changes = (f"{key}: {short(now)} → {short(then)}" for key, (now, then) in each["fields"].items())
        console.print(f"  {each['doing']} {each['type']} {each['entity']}  {' · '.join(changes)}", markup=False)
    if told.undecided:
        show_undecided(console, told.undecided)
    if due is not None:
        console.print(f"accepted: {due} records of {told.system} are due, and it is written to from now on")
    elif not told.accepted:
        console.print(f"nothing is written to {told.system} before `replicator pull {told.system} --match --apply`")
