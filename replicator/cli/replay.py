"""`replay`: write a system from the log, as of now or of any moment; shown first, asked for, and gone on with when cut
off.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from replicator.app import App
from replicator.cli.edge import Json, SystemName, agreed, answer, console, known_system, with_app
from replicator.engine import replay as engine
from replicator.engine.apply import Apply
from replicator.engine.explain import short
from replicator.engine.follow import follow
from replicator.engine.replay import Order, Progress
from replicator.engine.wanted import Forecast
from replicator.errors import ConfigurationError
from replicator.log import past, runs

MINUTE = 60

Into = Annotated[
    str | None, typer.Option("--into", metavar="NAME", help="Into this installation; it is kept so until `resume`.")
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="POINT", help="As of this position of the log, or this time.")
]
Types = Annotated[str | None, typer.Option("--types", metavar="TYPE[,…]", help="Only these, and what they refer to.")]
Where = Annotated[
    list[str] | None, typer.Option("--where", metavar="FIELD=VALUE", help="Only what holds that value, and its parts.")
]
DryRun = Annotated[
    bool | None, typer.Option("--dry-run/--yes", help="Only show what would be written; or do not ask, but write it.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What is, was or would be written: type → what is done → how many; the first of them, field by field."""

    system: str
    state: str  # dry run | cancelled | done
    as_of: int | None = None
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    shown: Sequence[Mapping[str, Any]] = ()
    total: int = 0
    left: int = 0
    dead: int = 0
    seconds: float = 0.0


def replay(
    ctx: typer.Context,
    system: SystemName,
    *,
    into: Into = None,
    as_of: AsOf = None,
    types: Types = None,
    where: Where = None,
    dry_run: DryRun = None,
    json: Json = False,
) -> None:
    """Write SYSTEM from the log: rebuild it after it was emptied; bring it, or another installation, to a past state.

    Said again after a kill it goes on where it was; a worker that runs goes on with it, too. As of the past, and with
    --into, nothing else is written there until `replicator resume`.
    """
    if types is not None and not types:
        raise ConfigurationError("--types needs the names of types, parted by commas")

    async def replayed(app: App) -> Replayed:
        order = await _order(app, system, into, as_of, types, where)
        if dry_run or not await _under_way(app, order.system):
            seen = await engine.preview(app.database, app.shop, order)
            told = _told(order, seen)
            if not json:
                _show_forecast(console(), told)
            if dry_run:
                return told
            if seen.total:
                agreed(f"Write that to {order.system}?", yes=dry_run is False, as_json=json)
        return await _followed(app, order)

    done = with_app(ctx, replayed)
    answer(done, _show, as_json=json)
    if done.dead:
        raise typer.Exit(1)


def cancel(ctx: typer.Context, system: SystemName, *, json: Json = False) -> None:
    """Write nothing more of the replay into SYSTEM that is under way. What was written stays."""

    async def cancelled(app: App) -> Replayed:
        left = await engine.cancel(app.database, app.shop, known_system(app, system))
        return Replayed(system=system, state="cancelled", left=left)

    answer(with_app(ctx, cancelled), _show, as_json=json)


async def _order(
    app: App, system: str, into: str | None, as_of: str | None, types: str | None, where: list[str] | None
) -> Order:
    known_system(app, system)
    pairs = [each.partition("=") for each in where or ()]
    if any(not sign or not name for name, sign, _ in pairs):
        raise ConfigurationError("--where needs FIELD=VALUE, as in --where brand=Acme")
    async with app.database.look() as conn:
        position = None if as_of is None else await past.place(conn, as_of)
    return Order(
        target=system,
        into=None if into is None else known_system(app, into),
        as_of=position,
        types=tuple(each.strip() for each in types.split(",")) if types else (),
        where={name: value for name, _, value in pairs},
    )


async def _under_way(app: App, system: str) -> bool:
    async with app.database.look() as conn:
        return bool(await runs.running(conn, engine.KIND, system))


async def _followed(app: App, order: Order) -> Replayed:
    """Begin or go on, and write until it is done."""
    run = await engine.begin(app.database, app.shop, order)
    app.wake.send()
    worker = f"{socket.gethostname()}:{os.getpid()}"
    started = time.monotonic()
    with Console(stderr=True).status(f"writing {order.system} …") as status:
        pace = Pace(status, started)
        done = await follow(Apply(app.database, app.shop, order.system, worker), run, pace.report)
    return Replayed(
        system=order.system,
        state=done.state,
        as_of=done.as_of,
        counts=run.counts.get("due", {}),
        total=done.total,
        left=done.left,
        dead=done.dead,
        seconds=round(time.monotonic() - started, 2),
    )


@dataclass(slots=True)
class Pace:
    """How fast it goes, told on a line of standard error."""

    status: Status
    started: float
    first: int | None = None

    def report(self, now: Progress) -> None:
        """How far it is, records a second, and how long it still takes at that."""
        self.first = now.left if self.first is None else self.first
        seconds = time.monotonic() - self.started
        rate = (self.first - now.left) / seconds if seconds else 0.0
        rest = f", {_duration(now.left / rate)} left" if rate else ""
        self.status.update(f"writing {now.system}: {now.total - now.left} of {now.total}, {rate:.0f}/s{rest}")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), MINUTE)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _told(order: Order, seen: Forecast) -> Replayed:
    return Replayed(
        system=order.system,
        state="dry run",
        as_of=order.as_of,
        counts=seen.counts,
        shown=seen.shown,
        total=seen.total,
        left=seen.total,
    )


def _show_forecast(shown: Console, told: Replayed) -> None:
    table = Table("type", "create", "update", "delete", box=None, pad_edge=False)
    for kind, done in told.counts.items():
        table.add_row(kind, *(str(done.get(doing, 0)) for doing in ("create", "update", "delete")))
    when = "" if told.as_of is None else f" as of position {told.as_of}"
    shown.print(f"to be written to {told.system}{when}:" if told.total else f"{told.system} is as it should be{when}")
    if told.total:
        shown.print(table)
    for each in told.shown:
        changes = (f"{key}: {short(now)} → {short(then)}" for key, (now, then) in each["fields"].items())
        shown.print(f"  {each['doing']} {each['type']} {each['entity']}  {escape(' · '.join(changes))}")
    if (more := told.total - len(told.shown)) > 0:
        shown.print(f"  and {more} more")


def _show(shown: Console, told: Replayed) -> None:
    if told.state == "cancelled":
        shown.print(f"nothing more is written to {told.system}; {told.left} records were left")
    elif told.state == "done":
        shown.print(f"{told.system} is written: {told.total} records in {told.seconds} s")
        if told.dead:
            shown.print(f"[red]{told.dead} could not be written:[/] see `replicator dead --system {told.system}`")
