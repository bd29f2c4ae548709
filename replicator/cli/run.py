"""`run`, `serve`, `work`: the replicator as a process. Says one line when it is ready and is quiet otherwise.

SIGTERM and the first SIGINT drain: what was begun is finished, nothing new is begun. A second SIGINT ends at once;
nothing is lost by that either, because every step can be cut off anywhere.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Annotated

import typer

from replicator.app import App, opened
from replicator.cli.edge import Json, LogJson, Verbose, print_json, session, settings_of
from replicator.settings import Settings
from replicator.web.serve import Web

Observe = Annotated[bool, typer.Option("--observe", help="Read and judge only: write nothing to any system.")]
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells count


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Which parts of a replicator a process runs."""

    loops: bool
    web: bool
    observe: bool = False


def run(
    ctx: typer.Context,
    *,
    observe: Observe = False,
    json: Json = False,
    verbose: Verbose = False,
    log_json: LogJson = False,
) -> None:
    """Run everything: the loops that read, judge and write, and the web door.

    Without a configured database, a private Postgres runs along, its data in .replicator/.
    """
    _log(ctx, verbose=verbose, log_json=log_json)
    asyncio.run(_live(settings_of(ctx), Parts(loops=True, web=True, observe=observe), as_json=json))


def serve(ctx: typer.Context, *, json: Json = False, verbose: Verbose = False, log_json: LogJson = False) -> None:
    """Run the web door only: webhooks are taken in, the API and the storefront reads answer."""
    _log(ctx, verbose=verbose, log_json=log_json)
    asyncio.run(_live(settings_of(ctx), Parts(loops=False, web=True), as_json=json))


def work(
    ctx: typer.Context,
    *,
    observe: Observe = False,
    json: Json = False,
    verbose: Verbose = False,
    log_json: LogJson = False,
) -> None:
    """Run the loops only. Start as many of these as you like, on any machine: they share the work."""
    _log(ctx, verbose=verbose, log_json=log_json)
    asyncio.run(_live(settings_of(ctx), Parts(loops=True, web=False, observe=observe), as_json=json))


def _log(ctx: typer.Context, *, verbose: bool, log_json: bool) -> None:
    """What was said after the command's name counts as well as what was said before it."""
    said = session(ctx)
    said.verbose |= verbose
    said.log_json |= log_json


async def _live(settings: Settings, parts: Parts, *, as_json: bool) -> None:
    """Start what is asked for, say so, and stay until told to stop."""
    stop = _told_to_stop()
    async with opened(settings) as app, AsyncExitStack() as running:
        if stop.is_set():  # while the database was brought up to date: nothing was begun, so nothing is
            return
        web, url = None, None
        if parts.web:
            web = Web(app, observe_only=parts.observe)
            running.push_async_callback(web.stop)
        if parts.loops:
            supervisor = app.supervisor(observe_only=parts.observe)
            running.push_async_callback(supervisor.stop)  # before the web: hooks are taken until the loops have ended
            await supervisor.start()
        if web is not None:
            url = await web.start()
        _say_ready(app, url, as_json=as_json)
        await _until(stop, web)


def _say_ready(app: App, url: str | None, *, as_json: bool) -> None:
    systems = list(app.shop.connectors)
    if as_json:
        print_json({"ready": True, "url": url, "systems": systems, "pid": os.getpid()})
    else:
        typer.echo(f"ready: {url or 'working'} ({', '.join(systems) or 'no systems'})")


async def _until(stop: asyncio.Event, web: Web | None) -> None:
    """Back when told to stop, or when the web server has ended by itself."""
    waiting: list[asyncio.Task[object]] = [asyncio.create_task(stop.wait())]
    if web is not None:
        waiting.append(asyncio.create_task(web.ended()))
    done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    for task in done:
        task.result()


def _told_to_stop() -> asyncio.Event:
    """Set by SIGTERM or SIGINT. A second SIGINT does not wait for anything."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def interrupted() -> None:
        if stop.is_set():
            os._exit(EXIT_INTERRUPTED)
        stop.set()

    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, interrupted)
    return stop
