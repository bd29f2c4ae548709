"""A line that can fail: a proxy for any TCP connection, between a process and what it speaks to.

`passing`    what one side says is told to the other
`cut`        every connection is reset at once, and so is every new one
`half_open`  connections are taken, and what is said in them is lost; nobody is answered, and nothing is closed.
             What a side that gave up has closed, the other side learns when the line passes again
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

from sqlalchemy import make_url

from tests.processes.life import until

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]

HOST = "127.0.0.1"
CHUNK_BYTES = 65536
RESET = struct.pack("ii", 1, 0)  # linger for no time: closing sends RST


class Proxy:
    """One line. `knocks`: how often somebody wanted to connect since it failed; `given_up`: how many of those who were
    connected then have hung up since.
    """

    def __init__(self, beyond: Callable[[], Awaitable[Streams]]) -> None:
        self.knocks = 0
        self.given_up = 0
        self._beyond = beyond
        self._way = "passing"
        self._passing = asyncio.Event()
        self._passing.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._deaf: set[asyncio.StreamWriter] = set()  # they have not heard what was lost: of no use any more
        self._served: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Take connections; the port."""
        self._server = await asyncio.start_server(self._meet, HOST, 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Cut everything, and take nothing more."""
        if self._server is not None:
            self._server.close()
        self.fails("cut")
        self._passing.set()
        await asyncio.gather(*self._served)

    def passes(self) -> None:
        """The line is good again. What was spoken into the void meanwhile has broken its connection."""
        self._way = "passing"
        _reset(self._deaf)
        self._passing.set()

    def fails(self, way: str) -> None:
        """It is `cut` or `half_open` from now on."""
        self._way, self.knocks, self.given_up = way, 0, 0
        self._passing.clear()
        if way == "cut":
            _reset(self._ends)

    async def noticed(self) -> None:
        """Back when somebody knocks anew, who before that has given up what is silent."""

        async def seen() -> bool:
            return self.knocks > 0 and (self._way == "cut" or self.given_up > 0)

        await until(seen, lambda: f"nobody noticed: {self.knocks} knocks, {self.given_up} given up")

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        self.knocks += 1
        task = asyncio.current_task()
        assert task is not None
        self._served.add(task)
        self._ends.add(writer)
        try:
            with suppress(OSError):  # reset, by either side or by us
                await self._serve(reader, writer)
        finally:
            self._served.discard(task)
            _reset({writer})
            self._ends.discard(writer)
            self._deaf.discard(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._way == "cut":
            return
        if self._way == "half_open":
            self._deaf.add(writer)
            await self._pump(reader)
            return
        there, back = await self._beyond()
        self._ends.add(back)
        try:
            async with asyncio.TaskGroup() as both:
                pumps = [
                    both.create_task(self._pump(*each)) for each in ((reader, writer, back), (there, back, writer))
                ]
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                for pump in pumps:
                    pump.cancel()
        finally:
            _reset({back})
            self._ends.discard(back)
            self._deaf.discard(back)

    async def _pump(self, reader: asyncio.StreamReader, *ends: asyncio.StreamWriter) -> None:
        """Tell the last of the `ends` what is said. Back when who says it is gone, and the other may know it."""
        with suppress(OSError):
            while said := await reader.read(CHUNK_BYTES):
                if self._way == "half_open":
                    self._deaf.update(ends)
                else:
                    ends[-1].write(said)
                    await ends[-1].drain()
        if self._way == "half_open":
            self.given_up += bool(ends)
            await self._passing.wait()


async def to_postgres(url: str) -> tuple[Proxy, str]:
    """A line to that database, and the address of the same database over it."""
    told = make_url(url)
    folder, port = told.query.get("host"), int(str(told.query.get("port") or told.port or 5432))
    if folder is None:
        proxy = Proxy(lambda: asyncio.open_connection(told.host, port))
    else:
        proxy = Proxy(lambda: asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}"))
    over = told.set(host=HOST, port=await proxy.start(), query={"connect_timeout": "2"})
    return proxy, over.render_as_string(hide_password=False)


async def to_system(url: str) -> tuple[Proxy, str]:
    """A line to a played system, and its address over it."""
    port = int(url.rsplit(":", 1)[1])
    proxy = Proxy(lambda: asyncio.open_connection(HOST, port))
    return proxy, f"http://{HOST}:{await proxy.start()}"


def _reset(writers: set[asyncio.StreamWriter]) -> None:
    for writer in writers:
        line: socket.socket | None = writer.get_extra_info("socket")
        if line is not None and line.family == socket.AF_INET and not writer.transport.is_closing():
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.transport.abort()
