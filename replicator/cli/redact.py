"""`redact`: take values of one entity out of the log for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from replicator.app import App
from replicator.cli.edge import Json, Yes, agreed, answer, console, person, with_app
from replicator.engine.portrait import find
from replicator.errors import ConfigurationError
from replicator.log import redaction

Name = Annotated[str, typer.Argument(metavar="ENTITY", help="Its id, TYPE:FIELD:VALUE, or SYSTEM:TYPE:ID.")]
Fields = Annotated[
    list[str] | None, typer.Argument(metavar="[FIELDS]", help="The fields whose values go; all, if none is named.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why. It stays in the log for good: name nothing that goes.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """What is, or would be, erased. `position`: of the event that says so; None where nothing was done."""

    entity: str
    held: redaction.Held
    position: int | None = None


def redact(
    ctx: typer.Context,
    name: Name,
    fields: Fields = None,
    *,
    reason: Reason,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Erase the values of FIELDS of one entity, wherever they are kept. It cannot be taken back.

    Digests and the chain of the log stay as they are and verify. A value that is in use is refused: clear the field or
    delete the record first, and let that be written everywhere. Backups and exports made before still have it.
    """

    async def erased(app: App) -> Redacted:
        async with app.database.look() as conn:
            entity = await find(conn, app.shop, name)
            held = await redaction.held(conn, entity, fields or [])
        if not held.keys:
            raise ConfigurationError(f"the log has no value of {', '.join(fields or ['any field'])} of {name}")
        found = Redacted(entity=entity, held=held)
        if dry_run:
            return found
        if not json:
            _show(console(), found)
        agreed("Erase them for good?", yes=yes, as_json=json)
        async with app.database.unit() as conn:
            position = await redaction.redact(
                conn, entity, held.keys, author=person(ctx), reason=reason, now=datetime.now(UTC)
            )
        return Redacted(entity=entity, held=held, position=position)

    answer(with_app(ctx, erased), _show, as_json=json)


def _show(shown: Console, done: Redacted) -> None:
    held = done.held
    if done.position is not None:
        shown.print(f"erased; the log says so at position {done.position}")
        return
    shown.print(f"values of {', '.join(held.keys)} of {done.entity}:", markup=False)
    shown.print(
        f"in {held.events} events, {held.writes} writes and {held.conflicts} conflicts, and in what was received"
    )
