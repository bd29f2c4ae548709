"""A replicator as a process that dies where a test says: by SIGKILL, at the n-th reach of a step.

It is the command itself (`replicator.__main__.main`) in a process of its own. The processes are forked from one that
has imported the program already, because importing it takes longer than all that a test wants to see.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from replicator import observe
from replicator.__main__ import main
from replicator.log import line

SILENT = "MORTAL_SILENT_SECONDS"  # how long it believes in a database that says nothing; a minute is long for a test
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["pytest", __name__])


class Fate:
    """When to die. Steps are counted from the moment at which the fate was told."""

    def __init__(self, step: str | None, times: int) -> None:
        self._step, self._left = step, times

    def tell(self, step: str | None, times: int) -> None:
        """Another one."""
        self._step, self._left = step, times

    def reached(self, step: str) -> None:
        """One step further."""
        if step == self._step:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


def live(words: Sequence[str], environment: Mapping[str, str], said: Path, orders: Connection, fate: Fate) -> None:
    """The life of such a process: `replicator` with these words. What it says goes to a file."""
    os.environ.clear()
    os.environ.update(environment)
    with said.open("wb") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    threading.Thread(target=_listen, args=(orders, fate), daemon=True).start()
    line.SILENT_SECONDS_MAX = float(os.environ.get(SILENT, line.SILENT_SECONDS_MAX))
    observe.watch(fate.reached)
    sys.argv = ["replicator", *words]
    main()


def _listen(orders: Connection, fate: Fate) -> None:
    """Take orders from the test, and end with it."""
    with suppress(EOFError):
        while True:
            fate.tell(*orders.recv())
    os.kill(os.getpid(), signal.SIGKILL)
