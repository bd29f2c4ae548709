"""`status`: where everything stands, and whatever will not come right by itself."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from replicator.cli.edge import Json, answer, with_app
from replicator.engine.survey import Status, SystemStatus, survey

COLOURS = {"live": "green", "feed": "green", "new": "yellow", "paused": "yellow", "held": "red"}


def status(ctx: typer.Context, *, json: Json = False) -> None:
    """Say where every system stands, what is due, and what waits for a person."""
    answer(with_app(ctx, lambda app: survey(app.database, app.shop)), _show, as_json=json)


def _show(console: Console, found: Status) -> None:
    things = ", ".join(f"{many} {name}" for name, many in found.entities.items()) or "nothing yet"
    console.print(f"log at position {found.position}: {things}", markup=False)
    table = Table(box=None, pad_edge=False)
    for name in ("system", "state", "records", "to judge", "due", "waiting", "dead", "last full listing"):
        table.add_column(name, justify="right" if name in ("records", "to judge", "due", "waiting", "dead") else "left")
    for each in found.systems:
        table.add_row(*_row(each))
    console.print(table)
    for each in found.systems:
        if each.held is not None:
            console.print(f"[red]held:[/] {escape(each.name)}: {escape(each.held)}")
        if each.as_of is not None:
            console.print(f"[cyan]kept:[/] {escape(each.name)} is kept as of position {each.as_of} until it is resumed")
        if each.went_back:
            went = f"{each.went_back} records went back to an older state, as from a backup, and are put right"
            console.print(f"[yellow]restored:[/] {escape(each.name)}: {went}")
        if each.state == "new" and each.records:
            console.print(f"[yellow]new:[/] {escape(each.name)} is not written to until its records are matched")
    _show_exceptions(console, found)


def _row(each: SystemStatus) -> tuple[str, ...]:
    listed = each.last_listing
    when = "never" if listed is None else f"{listed.finished:%Y-%m-%d %H:%M:%S} {listed.state}, {listed.read} read"
    counts = (sum(each.records.values()), each.inbox_open, each.due, each.waiting, each.dead)
    return (escape(each.name), f"[{COLOURS[each.state]}]{each.state}[/]", *map(str, counts), when)


def _show_exceptions(console: Console, found: Status) -> None:
    if found.conflicts_open:
        console.print(f"open conflicts: {found.conflicts_open}, see `replicator conflicts`")
    for field in found.unsettled:
        console.print(f"{field.why}: {field.type} {field.entity} {field.key}", markup=False)
    for left in found.left:
        console.print(
            f"left: {left.system} holds {left.known!r} in {left.key} of {left.type} {left.entity}", markup=False
        )
    for held in found.held_records:
        console.print(f"held: {held.type} {held.entity} at {held.system}: {held.reason}", markup=False)
    if any(each.dead for each in found.systems):
        console.print("some deliveries were given up: `replicator dead` shows them, `replicator retry` tries again")
