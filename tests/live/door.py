"""A small HTTP server in the test's own event loop: it hands each request to a function, or hangs up if that says so.

It is not the replicator's own web door, and not the sandbox: what is tested must not be what it is tested with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias

import h11

from tests.live.systems.contract import HOST

READ_BYTES = 65_536
BACKLOG = 256  # Directus opens a connection for every event

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, read whole."""

    method: str
    target: str
    headers: Headers
    body: bytes

    def header(self, name: bytes) -> bytes:
        """A header's value, or nothing."""
        return next((value for each, value in self.headers if each.lower() == name), b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer, whole."""

    status: int
    headers: Headers = ()
    body: bytes = b""


Handler: TypeAlias = Callable[[Asked], Awaitable[Answered | None]]


class Door:
    """Serves while the block runs. A handler that returns None hangs up without an answer."""

    def __init__(self, handler: Handler, port: int = 0) -> None:
        self._handler = handler
        self._port = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Its address, once it serves."""
        return f"http://{HOST}:{self._port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accepted, HOST, self._port, backlog=BACKLOG)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
            for each in self._open:
                each.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)
            await self._server.wait_closed()

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        try:
            with suppress(ConnectionError, h11.RemoteProtocolError):  # whoever asked has gone
                while (asked := await _request(connection, reader)) is not None:
                    answered = await self._handler(asked)
                    if answered is None:
                        break
                    writer.write(_encoded(connection, answered))
                    await writer.drain()
                    if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                        break
                    connection.start_next_cycle()
        finally:
            writer.close()


async def _request(connection: h11.Connection, reader: asyncio.StreamReader) -> Asked | None:
    """The next request; None where there is no more."""
    head: h11.Request | None = None
    body = b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(READ_BYTES))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            return Asked(
                method=head.method.decode(), target=head.target.decode(), headers=list(head.headers), body=body
            )
        else:
            return None


def _encoded(connection: h11.Connection, answered: Answered) -> bytes:
    own = (b"content-length", b"transfer-encoding", b"connection", b"keep-alive")
    kept = [each for each in answered.headers if each[0].lower() not in own]
    bodyless = answered.status in (204, 304)
    length = [] if bodyless else [(b"content-length", str(len(answered.body)).encode())]
    parts = [connection.send(h11.Response(status_code=answered.status, headers=[*kept, *length]))]
    if answered.body and not bodyless:
        parts.append(connection.send(h11.Data(data=answered.body)))
    parts.append(connection.send(h11.EndOfMessage()))
    return b"".join(part for part in parts if part)
