"""The private Postgres: a server of our own, the default where no database is named.

Access     Only by a unix socket in a folder that is closed to others (0700), and with a password (scram) that lies
           beside the data, readable by us alone. There is no TCP port.
Lifetime   A child of ours. On Linux it asks for SIGINT, Postgres' fast shutdown, when its parent dies, by SIGKILL too.
           That signal is tied to the *thread* that called `start`: call it from the main thread. Elsewhere a server
           that outlived its parent is found by its postmaster.pid and used. Whoever started the server stops it;
           whoever only found it running does not.
Durability Postgres' own defaults, so fsync and synchronous_commit are on. Tests hand in other `settings`.
Killed     `initdb` works in a folder beside, renamed when done: a kill at any point leaves a whole folder or none.

A home holds `data/`, `run/` (the socket), `postgres.log` and `password`. Socket paths may have about 100 bytes: where
the home's path is longer, the socket lies in a short temporary folder.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from replicator.errors import ConfigurationError, LogError
from replicator.log.binaries import find_programs

SOCKET_PATH_BYTES_MAX = 100  # the kernel's limit is 108 on Linux, 104 on macOS
PORT = 5432  # part of the socket's name only
START_SECONDS_MAX = 60
LOOK_SECONDS = 0.01
STOP_SECONDS_MAX = 20
LOG_TAIL_BYTES = 2000
STATUS_LINE, SOCKET_LINE, LINES = 7, 4, 8  # of postmaster.pid
PR_SET_PDEATHSIG = 1


class PrivatePostgres:
    """One private server with all it owns in `home`. `template`: where initdb's result is kept for other homes."""

    def __init__(
        self,
        home: Path,
        *,
        settings: Mapping[str, str] | None = None,
        template: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        if os.name != "posix":
            raise ConfigurationError("the private Postgres runs on Linux and macOS only: name a database of yours")
        environment = os.environ if environment is None else environment
        self.home = home.absolute()
        self._programs = find_programs(environment, self.home)
        self._environment = {k: v for k, v in environment.items() if not k.startswith("PG")} | {"LC_ALL": "C"}
        self._settings = dict(settings or {})
        self._template = template
        self._process: subprocess.Popen[bytes] | None = None
        self._short_socket: Path | None = None

    @property
    def data(self) -> Path:
        """Postgres' data directory."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home / "postgres.log"

    def start(self) -> str:
        """The server's URL, once it takes connections: found running, or started. Raises LogError with what it said."""
        self._own(self.home)
        if (running := self._running()) is not None:
            return self._url(running)
        if not (self.data / "PG_VERSION").exists():
            self._make_data()
        run = self._socket_folder()
        settings = {"listen_addresses": "", "unix_socket_permissions": "0700", **self._settings}
        settings |= {"port": str(PORT), "unix_socket_directories": '"' + str(run).replace('"', '""') + '"'}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        with os.fdopen(os.open(self.log, flags, 0o600), "ab") as log:
            self._process = self._spawn(self._programs.command("postgres", "-D", self.data, *words), log.fileno())
        self._await_ready()
        return self._url(run)

    @property
    def alive(self) -> bool:
        """Whether a server that we have started runs. One that we found running is none of ours."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop the server if we started it: sessions are ended, nothing committed is lost. Twice is fine."""
        self._end()
        if self._short_socket is not None:
            shutil.rmtree(self._short_socket, ignore_errors=True)
            self._short_socket = None

    def _end(self) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGINT)
                try:
                    self._process.wait(STOP_SECONDS_MAX)
                except subprocess.TimeoutExpired:
                    self._process.send_signal(signal.SIGQUIT)
                    self._process.wait(STOP_SECONDS_MAX)
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _own(self, folder: Path) -> None:
        """Make `folder` one that only the serving account (and root) can enter."""
        folder.mkdir(parents=True, exist_ok=True)
        if self._programs.account is not None:
            os.chown(folder, self._programs.account.uid, self._programs.account.gid)
        folder.chmod(0o700)

    def _spawn(self, words: list[str], output: int, *, leave: bool = True) -> subprocess.Popen[bytes]:
        """Start a program under the right account, from a folder that everybody can enter."""
        account = self._programs.account
        return subprocess.Popen(  # noqa: S603 - the programs are those we found
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=self._environment,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
            start_new_session=True,  # or Ctrl-C would reach it at once, while we still drain
            preexec_fn=_die_with_parent if leave else None,  # noqa: PLW1509 - one system call, no lock is taken
        )

    def _make_data(self) -> None:
        if self._template is None:
            self._initialise(self.home)
            return
        if not (self._template / "data" / "PG_VERSION").exists():
            self._own(self._template)
            self._initialise(self._template)
        shutil.copyfile(self._template / "password", self.home / "password")
        (self.home / "password").chmod(0o600)
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(self._template / "data", fresh)
        for folder, _, files in os.walk(fresh):
            self._own(Path(folder))
            for name in files:
                self._give(Path(folder, name))
        fresh.rename(self.data)

    def _initialise(self, home: Path) -> None:
        """Make a data directory whose only account has a new password."""
        fresh, handed = home / "data.new", home / "password.new"
        shutil.rmtree(fresh, ignore_errors=True)
        handed.unlink(missing_ok=True)
        password = secrets.token_urlsafe(24)
        _write_private(handed, password)
        self._give(handed)
        words = ["-U", "postgres", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", f"--pwfile={handed}"]
        words += ["--no-instructions", *(["--no-sync"] if self._template else [])]
        made = self._run(self._programs.command("initdb", "-D", fresh, *words))
        handed.unlink()
        if made is not None:
            raise LogError(f"initdb failed: {made}")
        (home / "password").unlink(missing_ok=True)
        _write_private(home / "password", password)
        fresh.rename(home / "data")

    def _run(self, words: list[str]) -> str | None:
        """Run a program to its end; what it said, if it failed."""
        with tempfile.TemporaryFile() as said:
            if self._spawn(words, said.fileno(), leave=False).wait() == 0:
                return None
            said.seek(0)
            return said.read()[-LOG_TAIL_BYTES:].decode(errors="replace")

    def _give(self, path: Path) -> None:
        if self._programs.account is not None:
            os.chown(path, self._programs.account.uid, self._programs.account.gid, follow_symlinks=False)

    def _socket_folder(self) -> Path:
        run = self.home / "run"
        if len(os.fsencode(run / f".s.PGSQL.{PORT}")) > SOCKET_PATH_BYTES_MAX:
            self._short_socket = self._short_socket or Path(tempfile.mkdtemp(prefix="replicator-"))
            run = self._short_socket  # a server that is started again is found where it was
        self._own(run)
        return run

    def _await_ready(self) -> None:
        """Wait until the server says that it is ready. Raises LogError with the end of its log."""
        process = self._process
        end = time.monotonic() + START_SECONDS_MAX
        while process is not None and process.poll() is None and time.monotonic() < end:
            lines = self._pid_lines()
            if lines[0] == str(process.pid) and lines[STATUS_LINE].strip() == "ready":  # not one left by another
                return
            time.sleep(LOOK_SECONDS)
        self._end()
        tail = self.log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace")
        raise LogError(f"the private Postgres in {self.home} did not start:\n{tail}")

    def _pid_lines(self) -> list[str]:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            lines = []
        return lines + [""] * (LINES - len(lines))

    def _running(self) -> Path | None:
        """The socket folder of a server that runs on this data already; None where the pid file is missing or stale."""
        folder = self._pid_lines()[SOCKET_LINE].strip()
        if not folder:
            return None
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):  # nobody listens: the file is stale
            probe.connect(str(Path(folder, f".s.PGSQL.{PORT}")))
            return Path(folder)
        return None

    def _url(self, run: Path) -> str:
        password = (self.home / "password").read_text()
        return f"postgresql://postgres:{quote(password)}@/postgres?host={quote(str(run), safe='')}&port={PORT}"


def _write_private(path: Path, text: str) -> None:
    """A new file that only we can read; refused where something stands there already, a link for example."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _die_with_parent() -> None:
    """Ask the kernel for SIGINT at the death of the parent, even by SIGKILL. Runs in the child, before the program."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
