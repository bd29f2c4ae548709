"""`conflicts`: values that lost against concurrent ones; look at them, and decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from replicator.app import App
from replicator.cli.edge import Json, Yes, agreed, answer, console, person, with_app
from replicator.core.document import Value
from replicator.engine import decision
from replicator.engine.decision import Choice, Decided, Moved, Seen
from replicator.engine.explain import short
from replicator.engine.portrait import Lost, lost
from replicator.errors import ConfigurationError
from replicator.log import conflicts as kept

SHOWN = 1000  # the oldest; the count is of all

Number = Annotated[int | None, typer.Argument(metavar="[ID]", help="The number of one conflict.")]
Keep = Annotated[bool, typer.Option("--keep", help="What is there stays.")]
Take = Annotated[bool, typer.Option("--take", help="The value that lost takes its place.")]
Typed = Annotated[
    str | None,
    typer.Option("--value", metavar="VALUE", help="Another value: JSON, or plain text where the field holds text."),
]


@dataclass(frozen=True, slots=True)
class Conflicts:
    """How many are open, and the oldest of them."""

    open: int
    conflicts: Sequence[Lost]


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A conflict, and the field as it is now."""

    conflict: Lost
    present: Any
    since: str | None
    state: str
    moved: bool


def conflicts(
    ctx: typer.Context,
    number: Number = None,
    *,
    keep: Keep = False,
    take: Take = False,
    value: Typed = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """List values that lost against concurrent ones, show one of them, or decide about it.

    A decision settles the field: what you say is an event, and is written wherever it is not so already.
    """
    choices = [Choice.KEEP] * keep + [Choice.TAKE] * take + [Choice.VALUE] * (value is not None)
    if len(choices) > 1 or (choices and number is None):
        raise ConfigurationError("say the number of one conflict, and one of --keep, --take and --value")
    if number is None:
        answer(with_app(ctx, _listed), _show_all, as_json=json)
    elif not choices:
        answer(with_app(ctx, lambda app: _looked(app, number)), _show_one, as_json=json)
    else:
        deciding = Deciding(number=number, choice=choices[0], said=value or "", by=person(ctx), yes=yes, json=json)
        answer(with_app(ctx, deciding.decided), _show_decided, as_json=json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """One decision, as it was ordered."""

    number: int
    choice: Choice
    said: str
    by: str
    yes: bool
    json: bool

    async def decided(self, app: App) -> Decided:
        """Look, ask, decide."""
        value: Value = None
        async with app.database.look() as conn:
            seen = await decision.see(conn, self.number)
            if self.choice is Choice.VALUE:
                value = await decision.read_value(conn, app.shop, seen.kept, self.said)
        if not self.json:
            _show_one(console(), _present(seen))
        if self.yes and seen.moved and self.choice is Choice.TAKE:
            raise Moved(
                f"it is {short(seen.present)} by now, which is neither of the two: decide without --yes, or --value"
            )
        agreed(f"{self.choice.capitalize()}?", yes=self.yes, as_json=self.json)
        done = await decision.decide(app.database, app.shop, seen, self.choice, value=value, by=self.by)
        app.wake.send()
        return done


async def _listed(app: App) -> Conflicts:
    async with app.database.look() as conn:
        found = await kept.open_ones(conn, limit=SHOWN)
        return Conflicts(await kept.count_open(conn), [lost(each) for each in found])


async def _looked(app: App, number: int) -> Present:
    async with app.database.look() as conn:
        return _present(await decision.see(conn, number))


def _present(seen: Seen) -> Present:
    since = None if seen.dot is None else f"{seen.dot.origin} {seen.dot.n}"
    return Present(conflict=lost(seen.kept), present=seen.present, since=since, state=seen.state, moved=seen.moved)


def _show_all(console: Console, found: Conflicts) -> None:
    table = Table("id", "when", "entity", "field", "stays", "lost", "rule", box=None, pad_edge=False)
    for each in found.conflicts:
        stays, gone = f"{short(each.winner)} ({each.winner_origin})", f"{short(each.value)} ({each.origin})"
        when, entity = f"{each.at:%Y-%m-%d %H:%M:%S}", f"{each.type} {each.entity}"
        table.add_row(str(each.id), when, entity, each.key, escape(stays), escape(gone), each.rule)
    console.print(table if found.conflicts else "no conflict is open")
    if found.conflicts:
        console.print("decide with `replicator conflicts ID --keep`, `--take` or `--value VALUE`", markup=False)


def _show_one(console: Console, seen: Present) -> None:
    one = seen.conflict
    console.print(f"conflict {one.id}: {one.key} of {one.type} {one.entity}, {one.at:%Y-%m-%d %H:%M:%S}", markup=False)
    table = Table("", "value", "from", box=None, pad_edge=False)
    table.add_row("is now", escape(short(seen.present)), f"{seen.since or ''} ({seen.state})")
    table.add_row("stayed", escape(short(one.winner)), f"{one.winner_origin}, by the rule {one.rule}")
    table.add_row("lost", escape(short(one.value)), one.origin)
    console.print(table)


def _show_decided(console: Console, done: Decided) -> None:
    how = "decided" if done.event is not None else "decided: it is so already"
    console.print(f"{how}; {done.key} is {short(done.value)}", markup=False)
