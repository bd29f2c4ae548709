"""`export` and `import`: the log as a file of lines, and a new installation that goes on from it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.console import Console

from replicator.app import App
from replicator.cli.edge import Json, answer, with_app
from replicator.engine.importing import Imported, import_log
from replicator.errors import ConfigurationError
from replicator.log import events, exporting

PIPE = "-"
REPORTED = 1000  # lines between words about progress

Target = Annotated[str, typer.Argument(metavar="FILE|-", help="Where to write it; - is standard output.")]
Source = Annotated[str, typer.Argument(metavar="FILE|-", help="Where to read it; - is standard input.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    file: str
    position: int
    lines: int
    bytes: int


def export(ctx: typer.Context, file: Target, *, json: Json = False) -> None:
    """Write the whole log to FILE: CloudEvents 1.0, one a line, and what is needed to go on from it elsewhere.

    All of one moment, while everything runs. The file is there only when it is whole; its last line names the head of
    the chain. It holds what the log holds: what was erased is not in it.
    """
    if json and file == PIPE:
        raise ConfigurationError("standard output is the export's: say --json only with a file")
    written = with_app(ctx, lambda app: _exported(app, file))
    if file == PIPE:
        Console(stderr=True).print(f"{written.lines} lines, up to position {written.position}", markup=False)
    else:
        answer(written, _show_export, as_json=json)


async def _exported(app: App, file: str) -> Exported:
    lines = size = 0
    with _target(file) as target, Console(stderr=True).status("exporting …") as status:
        async with app.database.look() as conn:
            position = await events.head(conn)
            async for line in exporting.lines(conn, datetime.now(UTC)):
                target.write(line)
                lines, size = lines + 1, size + len(line)
                if lines % REPORTED == 0:
                    status.update(f"{lines} lines, the log has {position} events")
        target.flush()
    return Exported(file=file, position=position, lines=lines, bytes=size)


@contextmanager
def _target(file: str) -> Iterator[IO[bytes]]:
    """Standard output, or a file that takes its name when it is whole."""
    if file == PIPE:
        yield sys.stdout.buffer
        return
    part = Path(f"{file}.part")
    try:
        with part.open("wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        part.replace(file)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def import_(ctx: typer.Context, file: Source, *, json: Json = False) -> None:
    """Take in an export, into an installation whose log is empty. All of it or nothing.

    Every digest and the chain are checked; what is wrong is named with its line. States are folded from the events;
    the systems are gone on with under the ids that their records have, and only what was due is written.
    """
    imported = with_app(ctx, lambda app: _imported(app, file))
    answer(imported, _show_import, as_json=json)


async def _imported(app: App, file: str) -> Imported:
    with _source(file) as source, Console(stderr=True).status("importing …") as status:
        done = await import_log(
            app.database, app.shop, source, report=lambda many: status.update(f"{many} lines taken in")
        )
    app.wake.send()
    return done


@contextmanager
def _source(file: str) -> Iterator[IO[bytes]]:
    if file == PIPE:
        yield sys.stdin.buffer
        return
    try:
        source = Path(file).open("rb")  # noqa: SIM115 - closed below; only opening it is tried
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from error
    with source:
        yield source


def _show_export(console: Console, done: Exported) -> None:
    told = f"{done.file}: {done.lines} lines, {done.bytes} bytes, up to position {done.position}"
    console.print(told, markup=False)


def _show_import(console: Console, done: Imported) -> None:
    console.print(
        f"{done.position} events, {done.replicas} records of systems and {done.conflicts} conflicts taken over from "
        f"{done.installation}; {done.due} writes are due",
        markup=False,
    )
