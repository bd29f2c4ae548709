"""`pause`, `resume`, `release`, `connect`: what a person orders about one system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from replicator.app import App
from replicator.catalog import CATALOG
from replicator.cli.edge import Json, SystemName, answer, known_system, settings_of, with_app
from replicator.connectors import registry
from replicator.connectors.base import Finding, Level
from replicator.engine import operate, replay
from replicator.errors import ConfigurationError

COLOURS = {Level.OK: "green", Level.WARNING: "yellow", Level.ERROR: "red"}

Rebuild = Annotated[bool, typer.Option("--rebuild", help="It was emptied: write it anew from the log.")]
Believe = Annotated[bool, typer.Option("--believe", help="What is gone there was meant to go: delete it everywhere.")]
Write = Annotated[
    Path | None,
    typer.Option("--write", metavar="DIR", help="Put our files into its project in DIR instead; nothing is replaced."),
]
Heal = Annotated[
    bool, typer.Option("--heal", help="What is gone, back or emptied there was not meant: put it right there.")
]
Accept = Annotated[
    str | None, typer.Option("--accept", metavar="INSTALLATION", help="Accept the markers of that other replicator.")
]


RELEASED = {
    "believe": "what is gone there is deleted everywhere",
    "heal": "what is gone, back or emptied there is put right there",
    "release": "it is looked at again",
}


@dataclass(frozen=True, slots=True)
class Done:
    """What was ordered, and what came of it in a sentence."""

    system: str
    order: str
    message: str


def pause(ctx: typer.Context, system: SystemName, *, json: Json = False) -> None:
    """Write nothing to SYSTEM until `resume`. It is still read, and what is due stays due."""

    async def paused(app: App) -> Done:
        await operate.pause(app.database, app.shop, known_system(app, system), paused=True)
        return Done(system, "pause", f"{system} is paused: nothing is written there until `replicator resume {system}`")

    answer(with_app(ctx, paused), _show, as_json=json)


def resume(ctx: typer.Context, system: SystemName, *, json: Json = False) -> None:
    """Write to SYSTEM again: after `pause`, or after a replay that kept it as of the past."""

    async def resumed(app: App) -> Done:
        due = await replay.resume(app.database, app.shop, known_system(app, system))
        await operate.pause(app.database, app.shop, system, paused=False)
        app.wake.send()
        more = f"; {due} records there are not as they should be now, and due" if due else ""
        return Done(system, "resume", f"{system} is written to again{more}")

    answer(with_app(ctx, resumed), _show, as_json=json)


def release(
    ctx: typer.Context,
    system: SystemName,
    *,
    rebuild: Rebuild = False,
    believe: Believe = False,
    heal: Heal = False,
    accept: Accept = None,
    json: Json = False,
) -> None:
    """Go on with SYSTEM, which is held. Without an option it is looked at again, and held again if nothing changed."""
    if rebuild + believe + heal + (accept is not None) > 1:
        raise ConfigurationError("choose one of --rebuild, --believe, --heal and --accept: each is another answer")

    async def released(app: App) -> Done:
        name = known_system(app, system)
        if rebuild:
            many = await operate.rebuild(app.database, app.shop, name)
            done = Done(name, "rebuild", f"{name} is written anew from the log: {many} records are due there")
        elif accept is not None:
            await operate.accept(app.database, app.shop, name, accept)
            done = Done(name, "accept", f"{name} goes on; markers of {accept} are accepted there")
        else:
            await operate.release(app.database, app.shop, name, believe=believe, heal=heal)
            order = "believe" if believe else "heal" if heal else "release"
            done = Done(name, order, f"{name} goes on: {RELEASED[order]}")
        app.wake.send()
        return done

    answer(with_app(ctx, released), _show, as_json=json)


def connect(
    ctx: typer.Context,
    system: SystemName,
    *,
    apply: Annotated[bool, typer.Option("--apply", help="Make what is missing. Without it, only say.")] = False,
    write: Write = None,
    json: Json = False,
) -> None:
    """Say what SYSTEM lacks for us: fields for markers, rights, hooks. With --apply, make it.

    Twice does no harm: what is there is left as it is. With --write, files of ours (content types, companion) are put
    into the project of a Medusa, a Strapi or a Directus; it is built and restarted by its people.
    """
    if write is not None:
        if apply:
            raise ConfigurationError("--write is for a project on disk, --apply for a running system: choose one")
        answer(_written(ctx, system, write), _show_files, as_json=json)
        return

    async def looked(app: App) -> dict[str, Sequence[Finding]]:
        return {"findings": await app.shop.connectors[known_system(app, system)].provision(apply=apply)}

    found = with_app(ctx, looked)
    answer(found, lambda console, told: show_findings(console, told["findings"]), as_json=json)
    if any(each.level is Level.ERROR for each in found["findings"]):
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class Files:
    """The files that were written into a project, and what a person has to add there, if anything."""

    system: str
    folder: str
    written: Sequence[str]
    add: str | None


def _written(ctx: typer.Context, system: str, folder: Path) -> Files:
    settings = settings_of(ctx).systems.get(system)
    if settings is None:
        raise ConfigurationError(f"there is no system {system!r} in replicator.toml")
    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is no folder: name the one of {system}'s project")
    written, add = registry.write_files(settings, CATALOG, folder)
    return Files(system, str(folder), sorted(str(each.relative_to(folder)) for each in written), add)


def _show_files(console: Console, files: Files) -> None:
    for each in files.written:
        console.print(f"{files.folder}/{each}", markup=False)
    many = len(files.written)
    said = (
        f"{many} files are written: build {files.system} anew and restart it" if many else "all files are there already"
    )
    console.print(said, markup=False)
    if files.add:
        console.print(f"→ {files.add}", markup=False)


def show_findings(console: Console, findings: Sequence[Finding]) -> None:
    """Each finding on a line, and below it what mends it."""
    for each in findings:
        colour = COLOURS[each.level]
        console.print(f"[{colour}]{each.level:>7}[/] {escape(each.subject)}: {escape(each.message)}")
        if each.mend and each.level is not Level.OK:
            console.print(f"        → {each.mend}", markup=False)


def _show(console: Console, done: Done) -> None:
    console.print(done.message, markup=False)
