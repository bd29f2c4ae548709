"""`history`: what happened to one entity, as a picture with a lane for every system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from replicator.app import App
from replicator.cli.edge import Json, answer, with_app
from replicator.engine import timeline
from replicator.engine.explain import short
from replicator.engine.portrait import dossier_of, find
from replicator.engine.timeline import Changed, Moment, Timeline

LIMIT_MAX = 1000
FIELDS_SHOWN = 4

Name = Annotated[
    str, typer.Argument(metavar="ENTITY", help="Its id, TYPE:FIELD:VALUE (product:handle:tee), or SYSTEM:TYPE:ID.")
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=LIMIT_MAX, help="How many moments: the newest ones.")]
Noise = Annotated[bool, typer.Option("--all", help="Also what was seen and made no difference.")]

SYMBOLS = {
    "event": ("●", "an event"),
    "lost": ("○", "one without effect"),
    "bound": ("◇", "our record there"),
    "erased": ("▒", "erased"),
    "landed": ("▼", "a write of ours"),
    "failed": ("✗", "one not made"),
    "unknown": ("?", "one of unknown end"),
    "verdict": ("⊘", "turned away"),
}
COLOURS = {"event": "green", "lost": "yellow", "landed": "blue", "failed": "red", "unknown": "red", "verdict": "yellow"}


def history(ctx: typer.Context, name: Name, *, limit: Limit = 100, noise: Noise = False, json: Json = False) -> None:
    """Show what happened to one entity: events with origin, author and fields, verdicts, and what was written where."""

    async def told(app: App) -> Timeline:
        async with app.database.look() as conn:
            entity = await find(conn, app.shop, name)
            kind = (await dossier_of(conn, entity)).entity.type
            rows = await timeline.read(conn, entity, limit=limit)
        return timeline.tell(entity, kind, rows, limit=limit, noise=noise)

    answer(with_app(ctx, told), _show, as_json=json)


def _show(console: Console, told: Timeline) -> None:
    console.print(f"{told.type} {told.entity}", markup=False)
    lanes = list(dict.fromkeys(each.system for each in told.moments))
    table = Table(box=None, pad_edge=False)
    table.add_column("when")
    for lane in lanes:
        table.add_column(lane, justify="center")
    table.add_column("what", overflow="fold")
    used: set[str] = set()
    for moment in told.moments:
        sign = _sign(moment)
        used.add(sign)
        symbol = Text(SYMBOLS[sign][0], style=COLOURS.get(sign, ""))
        marks = [symbol if lane == moment.system else Text("│", style="dim") for lane in lanes]
        table.add_row(f"{moment.at:%Y-%m-%d %H:%M:%S}", *marks, Text("; ".join(_words(moment))))
    console.print(table)
    console.print(
        "   ".join(f"{symbol} {what}" for sign, (symbol, what) in SYMBOLS.items() if sign in used), markup=False
    )
    if not told.whole:
        console.print("there is more before this: --limit")
    if told.left_out:
        console.print(f"{told.left_out} that made no difference are left out: --all")


def _sign(moment: Moment) -> str:
    if moment.kind == "write":
        return {True: "landed", False: "failed", None: "unknown"}[moment.landed]
    if moment.kind == "verdict":
        return "verdict"
    if moment.what in ("bound", "values erased"):
        return "bound" if moment.what == "bound" else "erased"
    effect = moment.what != "deletion lost" and (not moment.fields or any(each.effect for each in moment.fields))
    return "event" if effect else "lost"


def _words(moment: Moment) -> Iterator[str]:
    place = f"#{moment.position} " if moment.position is not None else ""
    by = f" by {moment.author}" if moment.author else ""
    heard = f" ({moment.source})" if moment.source else ""
    as_named = f" as {moment.remote_id}" if moment.what == "bound" else ""
    yield f"{place}{moment.what}{by}{as_named}{heard}"
    changes = [*map(_change, moment.fields), *(f"{key} = {short(value)}" for key, value in moment.values.items())]
    yield from changes[:FIELDS_SHOWN]
    if len(changes) > FIELDS_SHOWN:
        yield f"and {len(changes) - FIELDS_SHOWN} more"
    if moment.duration_ms is not None:
        yield f"{moment.duration_ms} ms"
    if moment.reason and (moment.kind != "event" or moment.author):
        yield moment.reason


def _change(each: Changed) -> str:
    if each.erased:
        return f"{each.key}: (erased)"
    lost = "" if each.effect else f", without effect ({each.rule})"
    return f"{each.key}: {short(each.before)} → {short(each.after)}{lost}"
