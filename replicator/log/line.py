"""The line to the database, and how a dead one is noticed: a network may fall silent without closing anything.

| what fell silent | who notices | after |
|---|---|---|
| the network, while we connect | libpq, `connect_timeout` | 10 s |
| the network, after we sent | the kernel: nothing was acknowledged, `tcp_user_timeout` | 15 s |
| the network, while nobody speaks (the listener of wake-ups) | the kernel, `keepalives` | 30 s |
| what stands between, or the server itself: it acknowledges, and never answers | `Watched` | 65 s |

The kernel's own defaults are a quarter of an hour and more, in which a worker would do nothing and look well. Who
knows better says so in the database's URL (`?connect_timeout=3`): what stands there goes before this.
"""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from typing import Any, TypeVar

from psycopg import AsyncConnection
from psycopg.abc import PQGen
from sqlalchemy import URL, make_url
from typing_extensions import override

RV = TypeVar("RV")

STATEMENT_SECONDS_MAX = 60  # the server's own limit, which `Watched` gives it time to keep
SILENT_SECONDS_MAX = STATEMENT_SECONDS_MAX + 5.0
INTERVAL_SECONDS = 0.1  # the driver's own: how often it looks whether it was interrupted
LINE = {
    "connect_timeout": "10",
    "tcp_user_timeout": "15000",  # in milliseconds; Linux only
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}


def dialled(url: str) -> URL:
    """The address with the driver and the limits of the line."""
    told = make_url(url).set(drivername="postgresql+psycopg")
    return told.set(query={**LINE, **told.query})


class Watched(AsyncConnection[Any]):
    """A connection that hangs up where no answer comes, as if the network had told us that the line is dead.

    The server ends every statement after `STATEMENT_SECONDS_MAX`, so one that is silent for longer is not there.
    """

    @override
    async def wait(self, gen: PQGen[RV], interval: float = INTERVAL_SECONDS, timeout: float | None = None) -> RV:
        """Wait for the database, but not for ever."""
        watch = asyncio.get_running_loop().call_later(SILENT_SECONDS_MAX, self._hang_up)
        try:
            return await super().wait(gen, interval, timeout)
        finally:
            watch.cancel()

    def _hang_up(self) -> None:
        """Close the line under the driver: it finds it closed by the other side, and raises what it raises then."""
        with suppress(OSError), socket.socket(fileno=os.dup(self.fileno())) as line:  # closed already: as well
            line.shutdown(socket.SHUT_RDWR)
