"""`verify`: compare what a system shows with the log, field by field; and have what is wrong mended."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from replicator.app import App
from replicator.cli.edge import Json, SystemName, answer, known_system, with_app
from replicator.engine.comparison import Difference, Finding
from replicator.engine.explain import short
from replicator.engine.verify import Report, Verify
from replicator.log import past

COLOURS = {Difference.DIFFERING: "yellow", Difference.MISSING: "red", Difference.EXTRA: "magenta"}

AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="POINT", help="With the log as of this position, or this time.")
]
Repair = Annotated[bool, typer.Option("--repair", help="Have what is wrong written there, or taken for an edit.")]


def verify(
    ctx: typer.Context, system: SystemName, *, as_of: AsOf = None, repair: Repair = False, json: Json = False
) -> None:
    """List SYSTEM in full and compare it with the log: exit code 1 where anything differs, is missing or is too much.

    A system that is kept as of the past is compared with that. With --repair, what nobody has told us of goes through
    the gate like any edit, and all else is due; `run` or `work` does it.
    """

    async def verified(app: App) -> Report:
        name = known_system(app, system)
        async with app.database.look() as conn:
            position = None if as_of is None else await past.place(conn, as_of)
        report = await Verify(app.database, app.shop, name).run(as_of=position, mend=repair)
        if report.repaired:
            app.wake.send()
        return report

    with Console(stderr=True).status(f"comparing {system} …"):
        report = with_app(ctx, verified)
    answer(report, _show, as_json=json)
    if not report.ok:
        raise typer.Exit(1)


def _show(console: Console, report: Report) -> None:
    table = Table("", "type", "record", "field", "there", "wanted", box=None, pad_edge=False)
    for each in report.findings:
        _rows(table, each)
    if report.findings:
        console.print(table)
    found = report.differing + report.missing + report.extra
    if (more := found - len(report.findings)) > 0:
        console.print(f"and {more} more")
    console.print(
        f"{report.system} as of position {report.position}: {report.equal} equal · {report.differing} differing · "
        f"{report.missing} missing · {report.extra} extra, in {report.seconds} s"
    )
    if report.left:
        console.print(f"{report.left} fields may not be changed there and were left, see `replicator status`")
    if report.repaired:
        console.print(f"{report.repaired} are being mended while `replicator run` or `work` runs")


def _rows(table: Table, each: Finding) -> None:
    kind, record = f"[{COLOURS[each.kind]}]{each.kind}[/]", each.remote_id or each.entity or ""
    if not each.fields:
        told = "nobody told us" if each.unseen else ""
        table.add_row(kind, each.type, escape(record), "", escape(told), "")
    for key, (there, wanted) in each.fields.items():
        table.add_row(kind, each.type, escape(record), key, escape(short(there)), escape(short(wanted)))
