"""Serving: the doors of one process on one port, with one life: start, started, stop.

The port is bound before anything is served, so that the address that is told is one that answers, also where the
settings ask for any free port (0). Signals are left to whoever runs the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from replicator.app import App
from replicator.errors import ConfigurationError
from replicator.web.doors import Doors

BACKLOG = 512
DRAIN_SECONDS_MAX = 10  # for requests under way when we stop


class Web:
    """The web part of a replicator. `start` says where; `stop` twice is fine."""

    def __init__(self, app: App, *, observe_only: bool = False) -> None:
        self._settings = app.settings.web
        self._doors = Doors(app, observe_only=observe_only)
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Serve; back with the address when it answers. Raises ConfigurationError where it cannot listen there."""
        listener = _listener(self._settings.host, self._settings.port)
        self._doors.start()
        self._server = _Server(_config(self._doors.asgi))
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]), name="web")
        host, port = listener.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def ended(self) -> None:
        """Back when it serves no more."""
        if self._serving is not None:
            await asyncio.shield(self._serving)

    async def stop(self) -> None:
        """Answer what was asked, store what was taken, and end."""
        server, self._server = self._server, None
        if server is not None and self._serving is not None:
            server.should_exit = True
            await self._serving
            await self._doors.stop()


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, or asyncio leaves Nagle's algorithm on: 40 ms for every request.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)  # from here on a connection waits, it is not refused
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"cannot listen on {host}:{port}: {error.strerror}; set web.host and web.port, or REPLICATOR_PORT"
        ) from error
    return listener


def _config(asgi: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        asgi,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS_MAX,
    )


class _Server(uvicorn.Server):
    """A server that leaves signals alone."""

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Whoever runs the process has its own."""
        yield
