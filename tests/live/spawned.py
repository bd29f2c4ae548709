"""A program that lives no longer than we do: it is stopped, or killed by the kernel when we die, by SIGKILL too.

That bond is to the *thread* that started it: start programs from the main thread. What they say goes to a file.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.live.pinned import Broken

PR_SET_PDEATHSIG = 1
STOP_SECONDS_MAX = 15
TAIL_LINES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is started, where, with which environment."""

    words: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(repr=False)  # it holds secrets


class Spawned:
    """One running program, with all its children."""

    def __init__(self, command: Command, log: Path) -> None:
        self._log = log
        with log.open("ab") as said:
            said.write(f"\n── started {time.strftime('%H:%M:%S')}\n".encode())
            said.flush()
            self._process = subprocess.Popen(
                list(command.words),
                cwd=command.folder,
                env=dict(command.environment),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,  # so that its children can be reached, and Ctrl-C comes to us alone
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one system call, no lock is taken
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ended(self) -> int | None:
        """Its exit code, if it has ended."""
        return self._process.poll()

    def finish(self, seconds_max: float) -> None:
        """Wait for its end. Raises Broken unless that is a good one."""
        try:
            code = self._process.wait(seconds_max)
        except subprocess.TimeoutExpired:
            self.kill()
            code = None
        if code != 0:
            raise Broken(f"it ended with {code}, and said:\n{self.said()}")

    def stop(self) -> None:
        """Ask it to stop, and see that it does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS_MAX)
        self.kill()

    def kill(self) -> None:
        """End it at once, and its children."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def said(self) -> str:
        """The end of what it said."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-TAIL_LINES:])


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
