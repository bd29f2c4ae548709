"""Serving: all systems and the control of the sandbox, each on a port of its own, in one event loop.

Ports are bound before anything is served, so that an address that was told is one that answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

from replicator.sandbox.catalogue import Product
from replicator.sandbox.control import control_app
from replicator.sandbox.directus import Directus
from replicator.sandbox.dummyjson import DummyJson
from replicator.sandbox.faults import Faulty
from replicator.sandbox.medusa import Medusa
from replicator.sandbox.strapi import Strapi
from replicator.sandbox.world import SYSTEMS, System, World

HOST = "127.0.0.1"  # the sandbox has known passwords: nobody outside this machine may reach it
KEEP_ALIVE_SECONDS = 75
BACKLOG = 256


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that runs: its world, and per system (and `control`) the address and credentials."""

    world: World
    access: dict[str, dict[str, str]]


def make_world(catalogue: list[Product], *, seed: int = 0) -> World:
    """The four systems as freshly installed, not served yet."""
    world = World(seed)
    systems: list[System] = [Medusa(world), Directus(world), Strapi(world), DummyJson(world, catalogue)]
    world.systems = {system.name: system for system in systems}
    for system in systems:
        system.reset()
    return world


def faulty(world: World, name: str) -> Faulty:
    """A system's app as it is served: with faults and the log of requests around it."""
    system = world.systems[name]
    return Faulty(system.app, name=name, ledger=world.ledger, faults=world.faults[name], refusal=system.refusal)


@asynccontextmanager
async def running(world: World, *, port_base: int = 0) -> AsyncIterator[Sandbox]:
    """Serve the world while the block runs. `port_base` 0: free ports, else that port and those after it."""
    token = world.id(length=32)
    apps: dict[str, ASGIApp] = {name: faulty(world, name) for name in SYSTEMS if name in world.systems}
    apps["control"] = control_app(world, token)
    access = {name: dict(system.access) for name, system in world.systems.items()} | {"control": {"token": token}}
    servers: list[tuple[_Server, asyncio.Task[None]]] = []
    try:
        for index, (name, app) in enumerate(apps.items()):
            listener = _listener(port_base + index if port_base else 0)
            access[name] = {"url": f"http://{HOST}:{listener.getsockname()[1]}", **access[name]}
            server = _Server(_config(app))
            servers.append((server, asyncio.create_task(server.serve(sockets=[listener]), name=f"serve {name}")))
        yield Sandbox(world, access)
    finally:
        for server, _ in servers:
            server.should_exit = True
        await asyncio.gather(*(task for _, task in servers), *(hooks.aclose() for hooks in world.hooks.values()))


def _listener(port: int) -> socket.socket:
    # The protocol is named, or asyncio leaves Nagle's algorithm on: 40 ms for every request.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    listener.listen(BACKLOG)  # from here on a connection waits, it is not refused
    return listener


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Tapped,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )


class _Server(uvicorn.Server):
    """One of several servers of a process, which keeps its signals to itself."""

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave them alone."""
        yield


class _Tapped(H11Protocol):
    """HTTP/1.1 that shows its connection to the app, so that a fault can close it without an answer."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn itself has it
        """Remember the connection where requests find it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}
