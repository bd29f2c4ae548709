"""`log`: is it whole? And snapshots, which make old states fast to fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console

from replicator.app import App
from replicator.cli.edge import Json, answer, with_app
from replicator.log import events, past
from replicator.log.events import Verified

app = typer.Typer(help="The log itself: check it, and keep snapshots of states.", no_args_is_help=True)

After = Annotated[int, typer.Option("--after", min=0, help="Check what comes after this position only.")]
Every = Annotated[int, typer.Option("--every", min=1, help="Of entities with so many events since their last one.")]
Forget = Annotated[bool, typer.Option("--forget", help="Throw all snapshots away instead: nothing is lost.")]


@dataclass(frozen=True, slots=True)
class Snapshots:
    """How many snapshots were made, and how many were thrown away."""

    made: int = 0
    forgotten: int = 0


@app.command("verify")
def verify(ctx: typer.Context, *, after: After = 0, json: Json = False) -> None:
    """Check every position, digest and link of the chain. Exit code 1 if the log is not as it was written."""

    async def verified(app: App) -> Verified:
        async with app.database.look() as conn:
            return await events.verify(conn, after=after)

    found = with_app(ctx, verified)
    answer(found, _show, as_json=json)
    if found.first_fault is not None:
        raise typer.Exit(1)


@app.command("snapshot")
def snapshot(
    ctx: typer.Context, *, every: Every = past.SNAPSHOT_EVENTS, forget: Forget = False, json: Json = False
) -> None:
    """Keep the states of entities that have had many events, so that older states are folded from there.

    `run` and `work` do it every hour. They are made from the log, and can be thrown away at any time.
    """

    async def kept(app: App) -> Snapshots:
        async with app.database.unit() as conn:
            if forget:
                return Snapshots(forgotten=await past.forget_snapshots(conn))
            return Snapshots(made=await past.snapshot(conn, every=every))

    answer(with_app(ctx, kept), _show_snapshots, as_json=json)


def _show(console: Console, found: Verified) -> None:
    if found.first_fault is None:
        console.print(f"{found.count} events checked, up to position {found.head}: the log is whole")
    else:
        console.print(f"the log is damaged: {found.first_fault}", markup=False)


def _show_snapshots(console: Console, done: Snapshots) -> None:
    console.print(f"{done.forgotten} thrown away" if done.forgotten else f"{done.made} made")
