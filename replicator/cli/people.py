"""What was given up and waits for a person: `dead`, `retry`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from replicator.app import App
from replicator.cli.edge import Json, answer, known_system, with_app
from replicator.engine.portrait import find
from replicator.errors import ConfigurationError
from replicator.log import deliveries

SHOWN_MAX = 1000

OfSystem = Annotated[str | None, typer.Option("--system", metavar="SYSTEM", help="Only of this system.")]
OfEntity = Annotated[str | None, typer.Option("--entity", metavar="ENTITY", help="Only of this entity.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=SHOWN_MAX, help="How many at most.")]


def dead(ctx: typer.Context, *, system: OfSystem = None, limit: Limit = 100, json: Json = False) -> None:
    """List writes that were given up, and why."""

    async def listed(app: App) -> dict[str, Sequence[deliveries.Delivery]]:
        chosen = None if system is None else known_system(app, system)
        async with app.database.look() as conn:
            return {"dead": await deliveries.dead(conn, system=chosen, limit=limit)}

    answer(with_app(ctx, listed), lambda console, found: _show_dead(console, found["dead"]), as_json=json)


def retry(
    ctx: typer.Context,
    *,
    system: OfSystem = None,
    entity: OfEntity = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    json: Json = False,
) -> None:
    """Try writes again that were given up: of a system, of an entity, or all."""
    if not everything and system is None and entity is None:
        raise ConfigurationError("say what to try again: --system SYSTEM, --entity ENTITY or --all")

    async def again(app: App) -> dict[str, int]:
        chosen = None if system is None else known_system(app, system)
        async with app.database.unit() as conn:
            named = None if entity is None else await find(conn, app.shop, entity)
            many = await deliveries.retry(conn, datetime.now(UTC), system=chosen, entity=named)
        app.wake.send()
        return {"retried": many}

    answer(with_app(ctx, again), lambda console, done: console.print(f"{done['retried']} are due again"), as_json=json)


def _show_dead(console: Console, found: Sequence[deliveries.Delivery]) -> None:
    table = Table("system", "entity", "state", "attempts", "last error", box=None, pad_edge=False)
    for each in found:
        error = escape(each.last_error or "")
        table.add_row(each.system, f"{each.type} {each.entity}", each.state, str(each.attempts), error)
    console.print(table if table.row_count else "nothing was given up")
