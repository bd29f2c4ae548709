"""`match`: records that could be several things, and a person's word on which they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from replicator.app import App
from replicator.cli.edge import Json, answer, known_system, with_app
from replicator.engine import matching
from replicator.errors import ConfigurationError
from replicator.log.undecided import Undecided, undecided

Name = Annotated[str | None, typer.Argument(metavar="[SYSTEM:TYPE:ID]", help="The record to decide. Without it: list.")]
As = Annotated[str | None, typer.Option("--as", metavar="ENTITY", help="It is this entity's record.")]
New = Annotated[bool, typer.Option("--new", help="It is a thing of its own.")]
OfSystem = Annotated[str | None, typer.Option("--system", metavar="SYSTEM", help="List only those of this system.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What is undecided; or what was decided, and what came of it."""

    undecided: Sequence[Undecided] = ()
    record: str | None = None
    entity: str | None = None
    outcome: str | None = None
    reason: str | None = None


def match(
    ctx: typer.Context,
    name: Name = None,
    *,
    entity: As = None,
    new: New = False,
    system: OfSystem = None,
    json: Json = False,
) -> None:
    """List records that are held because they could be several things, or say which one a record is."""
    if name is None and (entity is not None or new):
        raise ConfigurationError("say which record, as SYSTEM:TYPE:ID; `replicator match` lists them")
    if name is not None and (entity is None) != new:
        raise ConfigurationError("say what it is: --as ENTITY, or --new")

    async def decided(app: App) -> Decided:
        if name is None:
            chosen = None if system is None else known_system(app, system)
            async with app.database.look() as conn:
                return Decided(undecided=await undecided(conn, chosen))
        settled = await matching.decide(app.database, app.shop, name, entity)
        app.wake.send()
        return Decided(record=name, entity=settled.entity, outcome=settled.outcome, reason=settled.reason)

    answer(with_app(ctx, decided), _show, as_json=json)


def show_undecided(console: Console, found: Sequence[Undecided]) -> None:
    """Each record with its reason, and how to decide."""
    table = Table("record", "why it is held", box=None, pad_edge=False)
    for each in found:
        table.add_row(escape(f"{each.system}:{each.type}:{each.remote_id}"), escape(each.reason))
    console.print(table)
    console.print("decide with `replicator match RECORD --as ENTITY` or `--new`, or make it unambiguous over there")


def _show(console: Console, told: Decided) -> None:
    if told.record is not None:
        console.print(f"{told.record} is {told.entity}: {told.outcome}, {told.reason}", markup=False)
    elif told.undecided:
        show_undecided(console, told.undecided)
    else:
        console.print("no record waits for a decision")
