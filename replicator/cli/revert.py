"""`revert`: put entities back to how they were, by new events. Shown first, asked for, and reversible itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from replicator.app import App
from replicator.cli.edge import Json, Yes, agreed, answer, console, person, with_app
from replicator.core.event import EXISTENCE
from replicator.engine import revert as engine
from replicator.engine.explain import short
from replicator.engine.portrait import find
from replicator.errors import ConfigurationError
from replicator.log import chosen, events, past
from replicator.log.chosen import Choice

SHOWN_MAX = 50  # entities; the counts are of all

Name = Annotated[
    str | None, typer.Argument(metavar="[ENTITY]", help="Only this one. Without --since, its last change is undone.")
]
Kind = Annotated[str | None, typer.Option("--type", metavar="TYPE", help="Only entities of this type.")]
Origin = Annotated[
    str | None, typer.Option("--origin", metavar="SYSTEM", help="Only what this system changed; or `operator`.")
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="POINT[..POINT]", help="What was changed after that position or time, up to the second."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would become of it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which events a person wants undone, as they said it."""

    name: str | None
    kind: str | None
    origin: str | None
    since: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was, or would be, done; `undo` is the command that takes it back."""

    since: int
    until: int
    done: bool
    kinds: Mapping[str, int]
    shown: Sequence[Mapping[str, Any]]
    undo: str | None = None


def revert(
    ctx: typer.Context,
    name: Name = None,
    *,
    kind: Kind = None,
    origin: Origin = None,
    since: Since = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Put back what was changed: of one ENTITY, of a type, by an origin, or everything since a position or time.

    Nothing is taken out of the log: new events of the origin `operator` say what holds again, and are written to the
    systems like any others. What somebody else changed after the chosen changes stands.
    """
    asked = Asked(name=name, kind=kind, origin=origin, since=since)

    async def put_back(app: App) -> Outcome:
        seen = await _previewed(app, asked)
        told = _outcome(seen)
        if not json:
            _show(console(), told)
        if dry_run or not any(many for what, many in seen.kinds.items() if what != "refused"):
            return told
        agreed(f"Put this back ({_counted(told)})?", yes=yes, as_json=json)
        return await _done(app, seen, told, person(ctx))

    answer(with_app(ctx, put_back), _show_done, as_json=json)


def _outcome(seen: engine.Preview) -> Outcome:
    return Outcome(
        since=seen.choice.since,
        until=seen.choice.until,
        done=False,
        kinds=dict(seen.kinds),
        shown=[{"kind": each.kind, **asdict(each)} for each in seen.shown],
    )


async def _previewed(app: App, asked: Asked) -> engine.Preview:
    async with app.database.look() as conn:
        choice = await _choice(conn, app, asked)
    return await engine.preview(app.database, app.shop, choice, shown=SHOWN_MAX)


async def _choice(conn: AsyncConnection, app: App, asked: Asked) -> Choice:
    if asked.kind is not None and asked.kind not in app.shop.rules:
        raise ConfigurationError(f"there is no type {asked.kind!r}; there are {', '.join(app.shop.rules)}")
    entity = None if asked.name is None else await find(conn, app.shop, asked.name)
    first, _, last = (asked.since or "").partition("..")
    until = await past.place(conn, last) if last else await events.head(conn)
    if first:
        since = await past.place(conn, first)
    elif entity is not None and asked.origin is None:
        since = max(0, await chosen.last_change(conn, entity, until) - 1)
    elif asked.origin is not None:
        since = 0
    else:
        raise ConfigurationError("say since when (--since), or whose changes (--origin), or an ENTITY")
    return Choice(since=since, until=until, entity=entity, type=asked.kind, origin=asked.origin)


async def _done(app: App, seen: engine.Preview, told: Outcome, by: str) -> Outcome:
    progress = Console(stderr=True)
    with progress.status("putting back …") as status:
        done = await engine.revert(
            app.database, app.shop, seen, by=by, report=lambda many, all_: status.update(f"{many} of {all_} put back")
        )
    app.wake.send()
    back = done.undone_by
    undo = None
    if back is not None:
        undo = f"replicator revert --since {back.since}..{back.until} --origin {back.origin}"
    return replace(told, done=True, kinds=dict(done.kinds), undo=undo)


def _show(shown: Console, told: Outcome) -> None:
    table = Table("entity", "field", "is", "becomes", box=None, pad_edge=False)
    for each in told.shown:
        head = f"{each['type']} {each['name'] or each['entity']}"
        if each["refused"]:
            table.add_row(escape(head), "", "", escape(f"left as it is: {each['refused']}"))
        elif each["kind"] != "changed":
            table.add_row(escape(head), "", *_existence(each["kind"]))
        for key, (now, then) in each["changes"].items() if not each["refused"] and each["kind"] != "deleted" else ():
            if key != EXISTENCE:
                table.add_row(escape(head), key, escape(short(now)), escape(short(then)))
        for key in each["erased"]:
            table.add_row(escape(head), key, "", "left as it is: its former value was erased from the log")
    shown.print(table if table.row_count else "nothing was changed by that, or it is as it was already")
    if (more := sum(told.kinds.values()) - len(told.shown)) > 0:
        shown.print(f"and {more} more")
    shown.print(_counted(told) or "0 to put back")


def _counted(told: Outcome) -> str:
    return " · ".join(f"{many} {what}" for what, many in told.kinds.items())


def _existence(kind: str) -> tuple[str, str]:
    return ("there", "deleted") if kind == "deleted" else ("deleted", "there again")


def _show_done(shown: Console, told: Outcome) -> None:
    if told.done:
        shown.print("put back")
    if told.undo is not None:
        shown.print(f"to undo it: {told.undo}", markup=False, soft_wrap=True)
