"""`replicator demo`: the whole story on real input, in one command; exit code 0 only if every invariant held."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from replicator import observe
from replicator.cli.edge import Json, Verbose, print_json
from replicator.cli.stage import Stage, staged
from replicator.cli.story import Result, Story, peak_rss_mb, without_provenance

EXIT_BROKEN = 1
EXPECTED = {
    "second_import_events": "events of a second import of the same catalogue",
    "loops": "writes beyond one per edit and other system",
    "lost_edits": "edits that are nowhere any more",
    "duplicates": "records that stand twice",
    "diverged": "values that differ between systems",
    "rebuild_diff": "differences after the rebuild, and events it made",
}
WANTED = {
    "echoes": "our own writes recognised when they came back",
    "conflicts": "concurrent values, the loser kept",
    "rebuilt": "records rebuilt from the log",
}

DummyJson = Annotated[
    str | None,
    typer.Option("--dummyjson", help="The real service's address, or its data file, instead of a made-up one."),
]
Stay = Annotated[bool, typer.Option("--stay", help="Keep everything up afterwards, and print the addresses.")]
Without = Annotated[bool, typer.Option("--without-provenance", help="Take echoes for edits, and see what comes of it.")]


def demo(
    *,
    dummyjson: DummyJson = None,
    stay: Stay = False,
    without: Without = False,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Play the whole story with four sandbox systems: import, edits, conflicts, bad hooks, an emptied system, a
    rebuild.

    Everything is temporary and on this machine. Exit code 0 only if nothing looped, nothing was lost and all views
    agree.
    """
    observe.configure(level="debug" if verbose else "critical")  # faults are part of the story
    console = Console(stderr=json)
    show = (lambda _: None) if json else (lambda result: _show(console, result))
    result = asyncio.run(_play(console, dummyjson, show, stay=stay and not json, provenance=not without))
    if json:
        told = {key: value for key, value in asdict(result).items() if key not in ("details", "faults")}
        print_json(told)
    raise typer.Exit(0 if result.ok() else EXIT_BROKEN)


async def _play(
    console: Console, dummyjson: str | None, show: Callable[[Result], None], *, stay: bool, provenance: bool
) -> Result:
    is_url = dummyjson is not None and dummyjson.startswith(("http://", "https://"))
    catalogue = Path(dummyjson) if dummyjson and not is_url else None
    if catalogue is not None and not catalogue.is_file():
        raise typer.BadParameter(f"{catalogue} is no file: give DummyJSON's products.json, or an address")
    with console.status("starting Postgres, four systems and the replicator"):
        setting = staged(catalogue, url=dummyjson if is_url else None, provenance=provenance)
        stage = await setting.__aenter__()
    try:
        result = await _acts(console, stage) if provenance else await _naive(console, stage)
        show(result)
        if stay:
            await _stay(console, stage)
    finally:
        await setting.__aexit__(None, None, None)
    return result


async def _acts(console: Console, stage: Stage) -> Result:
    started = time.monotonic()
    story = Story(stage, lambda text: console.print(f"  {text}"))
    for number, (title, act) in enumerate(story.acts(), start=1):
        await _act(console, f"{number}. {title}", act)
    story.result.seconds = round(time.monotonic() - started, 1)
    story.result.peak_rss_mb = peak_rss_mb()
    return story.result


async def _act(console: Console, title: str, act: Callable[[], Awaitable[None]]) -> None:
    started = time.monotonic()
    console.print(f"[bold]{title}[/bold]")
    with console.status(title):
        await act()
    console.print(f"  [dim]{time.monotonic() - started:.1f} s[/dim]")


async def _naive(console: Console, stage: Stage) -> Result:
    console.print("[bold]Without provenance: every echo is taken for an edit[/bold]")
    started = time.monotonic()
    result = await without_provenance(stage, lambda text: console.print(f"  {text}"))
    result.seconds = round(time.monotonic() - started, 1)
    result.peak_rss_mb = peak_rss_mb()
    return result


async def _stay(console: Console, stage: Stage) -> None:
    console.print("\n[bold]Everything stays up. Ctrl-C ends it.[/bold]")
    for name, access in {"replicator": {"url": stage.web_url}, **stage.access}.items():
        if name != "control":
            words = " ".join(f"{key}={value}" for key, value in access.items())
            console.print(f"  {name}: {words}", soft_wrap=True, highlight=False)
    with suppress(asyncio.CancelledError, KeyboardInterrupt):
        await asyncio.Event().wait()


def _show(console: Console, result: Result) -> None:
    table = Table(title="What the sandbox's ledger says")
    for title in ("", "count", "what it is"):
        table.add_column(title, justify="right" if title == "count" else "left")
    told = asdict(result)
    for name, meaning in EXPECTED.items():
        table.add_row(
            name, f"[green]{told[name]}" if not told[name] else f"[red]{told[name]}", f"{meaning} (must be 0)"
        )
    for name, meaning in WANTED.items():
        table.add_row(
            name, f"[green]{told[name]}" if told[name] else f"[red]{told[name]}", f"{meaning} (must not be 0)"
        )
    for name in ("products", "categories", "records", "events", "writes", "seconds", "peak_rss_mb"):
        table.add_row(name, _plain(told[name]), "")
    console.print(table)
    for detail in result.details[:20]:
        console.print(detail)
    for fault in result.faults:
        console.print(f"[red]{fault}")


def _plain(value: object) -> str:
    return ", ".join(f"{key} {count}" for key, count in value.items()) if isinstance(value, dict) else str(value)
