"""`show` and `why`: one entity, as the log and every system have it, and the chain behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from replicator.app import App
from replicator.cli.edge import Json, answer, with_app
from replicator.engine import explain
from replicator.engine.explain import Explanation, Link, short
from replicator.engine.portrait import Portrait, find, portray, portray_past

Name = Annotated[
    str, typer.Argument(metavar="ENTITY", help="Its id, TYPE:FIELD:VALUE (product:handle:tee), or SYSTEM:TYPE:ID.")
]
FieldName = Annotated[
    str | None, typer.Argument(metavar="[FIELD]", help="A field: title, price@usd; * is its existence.")
]

AsOf = Annotated[str | None, typer.Option("--as-of", metavar="POSITION|TIME", help="Its fields as they were then.")]


def show(ctx: typer.Context, name: Name, *, as_of: AsOf = None, json: Json = False) -> None:
    """Show one entity: every field with its author, and what each system holds, was asked for and is owed."""

    async def shown(app: App) -> Portrait:
        if as_of is not None:
            return await portray_past(app.database, app.shop, name, as_of)
        return await portray(app.database, app.shop, name)

    answer(with_app(ctx, shown), _show, as_json=json)


def why(ctx: typer.Context, name: Name, field: FieldName = None, *, json: Json = False) -> None:
    """Say why a value is what it is, or why something was not written.

    Prints the chain: observation, verdict, rule, event, delivery, write.
    """

    async def explained(app: App) -> Explanation:
        async with app.database.look() as conn:
            evidence = await explain.read(conn, app.shop, await find(conn, app.shop, name))
        return explain.explain(evidence, field)

    answer(with_app(ctx, explained), _tell, as_json=json)


def _show(console: Console, found: Portrait) -> None:
    keys = ", ".join(f"{key} {value}" for key, value in found.keys.items())
    state = "" if found.exists else f" — deleted at {found.deleted_by}" if found.deleted_by else " — not made yet"
    console.print(f"{found.type} {found.id} {keys}{state}", markup=False)
    fields = Table("field", "value", "from", "since", "state", box=None, pad_edge=False)
    for each in found.fields:
        since = f"{each.since:%Y-%m-%d %H:%M:%S}"
        fields.add_row(each.key, escape(short(each.value)), f"{each.origin} {each.n}", since, each.state)
    console.print(fields)
    if found.as_of is not None:
        console.print(f"as of position {found.as_of}")
        return
    systems = Table("system", "state", "record", "last write", "owed", box=None, pad_edge=False)
    for held in found.systems:
        cells = (held.system, held.state, held.remote_id, held.writing or held.sync_id, held.owed)
        systems.add_row(*(escape(cell or "") for cell in cells))
    console.print(systems)
    for held in found.systems:
        for one in held.differences:
            told = f"known {short(one.known)}, asked {short(one.asked)}, wanted {short(one.wanted)}"
            console.print(f"{held.system} {one.key}: {told}", markup=False)
    for lost in found.conflicts:
        told = f"{short(lost.value)} from {lost.origin} lost by {lost.rule}"
        decide = "" if lost.decided_by else f"; `replicator conflicts {lost.id}` decides"
        console.print(f"conflict {lost.id} in {lost.key}: {told}{decide}", markup=False)


def _tell(console: Console, found: Explanation) -> None:
    head = f"{found.type} {found.entity}"
    console.print(head if found.field is None else f"{head}: {found.field} is {short(found.value)}", markup=False)
    console.print(_table(found.chain))
    console.print("and at the systems:")
    console.print(_table(found.systems))


def _table(links: Sequence[Link]) -> Table:
    table = Table("when", "step", "what", box=None, pad_edge=False, show_header=False)
    for link in links:
        when = f"{link.at:%Y-%m-%d %H:%M:%S}" if link.at else ""
        place = f" (position {link.position})" if link.position and link.step == "event" else ""
        table.add_row(when, link.step, escape(f"{link.sentence}{place}"))
    return table
