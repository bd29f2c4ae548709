"""`events`: the log, as people read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from replicator.app import App
from replicator.cli.edge import Json, console, print_json, with_app
from replicator.core.event import EXISTENCE, Act, Change, Event
from replicator.engine.explain import short
from replicator.engine.portrait import find, told
from replicator.errors import ConfigurationError
from replicator.log import events as log
from replicator.log import past

PAGE = 500
ERASED = "(erased)"
SHOWN_MAX = 5  # changes of one event on its line

Entity = Annotated[
    str | None, typer.Option("--entity", help="Of one entity: its id, TYPE:FIELD:VALUE, SYSTEM:TYPE:ID.")
]
Kind = Annotated[str | None, typer.Option("--type", help="Of one type, as product or price.")]
Origin = Annotated[str | None, typer.Option("--origin", help="Made at one system.")]
After = Annotated[
    str | None,
    typer.Option("--after", metavar="POSITION|TIME", help="What came after that position or time, oldest first."),
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=PAGE, help="How many: the newest ones, unless --after.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Stay, and print events as they are recorded.")]


def events(
    ctx: typer.Context,
    *,
    entity: Entity = None,
    kind: Kind = None,
    origin: Origin = None,
    after: After = None,
    limit: Limit = 20,
    follow: Follow = False,
    json: Json = False,
) -> None:
    """Print events of the log. With --follow --json, one object a line."""

    async def listed(app: App) -> list[Event]:
        wanted = {"entity": await _entity(app, entity), "kind": _kind(app, kind), "origin": origin}
        async with app.database.look() as conn:
            start = None if after is None else await past.place(conn, after)
            if start is None:
                found = await log.newest(conn, limit, **wanted)
            else:
                found = await log.read(conn, start, limit, **wanted)
            seen = await log.head(conn)
        if follow:
            _print(found, as_json=json)
            await _followed(app, found[-1].position if start is not None and found else seen, wanted, as_json=json)
        return found

    found = with_app(ctx, listed)
    if json:
        print_json({"events": [told(each) for each in found]})
    else:
        _show(console(), found)


async def _entity(app: App, name: str | None) -> str | None:
    if name is None:
        return None
    async with app.database.look() as conn:
        return await find(conn, app.shop, name)


def _kind(app: App, kind: str | None) -> str | None:
    if kind is not None and kind not in app.shop.rules:
        raise ConfigurationError(f"there is no type {kind!r}; there are {', '.join(app.shop.rules)}")
    return kind


async def _followed(app: App, position: int, wanted: dict[str, str | None], *, as_json: bool) -> None:
    """Print what is recorded after a position, until interrupted."""
    async for _ in app.wake.heard():
        async with app.database.look() as conn:
            found = await log.read(conn, position, PAGE, **wanted)
        _print(found, as_json=as_json)
        position = found[-1].position if found else position


def _print(found: Sequence[Event], *, as_json: bool) -> None:
    if as_json:
        for event in found:
            print_json(told(event))
    else:
        _show(console(), found)


def _show(shown: Console, found: Sequence[Event]) -> None:
    for event in found:
        shown.print(line(event), markup=False, overflow="ellipsis", no_wrap=True)


def line(event: Event) -> str:
    """An event on one line."""
    draft = event.draft
    head = f"{event.position:>6} {event.recorded:%Y-%m-%d %H:%M:%S} {draft.origin:<10} {draft.type:<8} {draft.entity}"
    by = f" by {draft.author}:" if draft.author else ""
    if draft.act is Act.BIND:
        return f"{head} is {draft.remote_id} there"
    if draft.act is Act.REDACT:
        return f"{head}{by} values erased: {draft.note}"
    if EXISTENCE in draft.changes:
        return f"{head}{by} {_existence(draft.changes[EXISTENCE])}"
    changes = [f"{key}: {_changed(event, key)}" for key in draft.changes]
    more = f", and {len(changes) - SHOWN_MAX} more" if len(changes) > SHOWN_MAX else ""
    return f"{head}{by} " + ", ".join(changes[:SHOWN_MAX]) + more


def _changed(event: Event, key: str) -> str:
    if key in event.erased:
        return ERASED
    change = event.draft.changes[key]
    lost = "" if change.wins else f" (without effect: {change.rule})"
    return f"{short(change.before)} → {short(change.after)}{lost}"


def _existence(change: Change) -> str:
    if change.after is not False:
        return "brought back"
    return "deleted" if change.wins else f"deleted there (without effect: {change.rule})"
