"""The edge of the command line: settings come in here, results and errors go out here.

Every command answers with a value. With `--json` it is printed as exactly one JSON object on standard output; without,
a `show` function prints it for people. Errors of ours become one line each on standard error and an exit code: 2 where
a setting is missing or wrong, 1 for everything else. Log lines go to standard error only.
"""

from __future__ import annotations

import asyncio
import getpass
import os
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
import typer
from rich.console import Console
from sqlalchemy.exc import DBAPIError
from typer.core import TyperGroup
from typing_extensions import override

from replicator import observe
from replicator.app import App, opened
from replicator.errors import ConfigurationError, ReplicatorError
from replicator.settings import Settings, load

T = TypeVar("T")
PIPE_WIDTH = 200  # of output that no terminal limits

EXIT_FAILED = 1
EXIT_CONFIGURATION = 2


@dataclass(slots=True)
class Session:
    """What was said before the command's name, and whether JSON was asked for."""

    config: Path | None = None
    verbose: bool = False
    log_json: bool = False
    by: str | None = None
    json: bool = False


def session(ctx: typer.Context) -> Session:
    """The session of a command."""
    found: Session = ctx.find_root().ensure_object(Session)
    return found


def _note_json(ctx: typer.Context, value: bool) -> bool:  # noqa: FBT001 - the form of an option's callback
    session(ctx).json = value
    return value


Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object instead of text.", callback=_note_json, is_eager=True)
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Log every step to standard error.")]
By = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Whose decision the log names (else the account's name).")
]
LogJson = Annotated[bool, typer.Option("--log-json", help="Log as JSON lines.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
SystemName = Annotated[str, typer.Argument(metavar="SYSTEM", help="A system's name in replicator.toml.")]


class Edge(TyperGroup):
    """The root of all commands: turns errors into exit codes."""

    @override
    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            _refuse(ctx, error)
            raise typer.Exit(EXIT_CONFIGURATION) from error
        except ReplicatorError as error:
            _refuse(ctx, error)
            raise typer.Exit(EXIT_FAILED) from error
        except DBAPIError as error:
            _refuse(ctx, ReplicatorError(f"the database does not answer: {error.orig}"))
            raise typer.Exit(EXIT_FAILED) from error


def _refuse(ctx: typer.Context, error: ReplicatorError) -> None:
    lines = str(error).splitlines() or [type(error).__name__]
    if session(ctx).json:
        code = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
        print_json({"error": {"code": code, "message": lines[0], "messages": lines}})
    for line in lines:
        typer.echo(f"error: {line}", err=True)


def settings_of(ctx: typer.Context) -> Settings:
    """The settings, and logging as asked for. Raises ConfigurationError."""
    said = session(ctx)
    observe.configure(level="debug" if said.verbose else "warning", json=said.log_json)
    return load(said.config)


def with_app(ctx: typer.Context, work: Callable[[App], Awaitable[T]]) -> T:
    """What `work` returns, given a replicator that is set up and torn down again. Raises ReplicatorError."""
    return asyncio.run(_with_app(settings_of(ctx), work))


async def _with_app(settings: Settings, work: Callable[[App], Awaitable[T]]) -> T:
    async with opened(settings) as app:
        return await work(app)


def answer(value: T, show: Callable[[Console, T], None], *, as_json: bool) -> None:
    """Give the command's answer: as JSON if asked for, else as `show` prints it."""
    if as_json:
        print_json(value)
    else:
        show(console(), value)


def console() -> Console:
    """Standard output for people."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=PIPE_WIDTH)


def print_json(value: object) -> None:
    """One JSON object on a line of standard output."""
    typer.echo(orjson.dumps(value, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, AbstractSet):
        return sorted(value)
    return str(value)


def person(ctx: typer.Context) -> str:
    """Who decides: the name that was given, or that of the account."""
    said = session(ctx).by
    if said is not None:
        return said
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return f"account {os.getuid()}"


def agreed(question: str, *, yes: bool, as_json: bool) -> None:
    """Go on only where a person agrees. Raises ConfigurationError where nobody can be asked."""
    if yes:
        return
    if as_json or not _somebody_is_there():
        raise ConfigurationError(f"{question} Nobody can be asked here: say --yes, or --dry-run to only look")
    typer.confirm(question, abort=True)


def _somebody_is_there() -> bool:
    return sys.stdin.isatty()


def known_system(app: App, name: str) -> str:
    """The name, if there is such a system. Raises ConfigurationError."""
    if name not in app.shop.connectors:
        there = ", ".join(app.shop.connectors) or "none: `replicator init` writes a replicator.toml"
        raise ConfigurationError(f"there is no system {name!r}; there are: {there}")
    return name
