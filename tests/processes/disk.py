"""A disk that a test can fill under a Postgres of its own.

Who may mount gives it a small file system in memory, and fills that up. Who may not limits how long a file of the
server may become (RLIMIT_FSIZE), after making the inbox so long: to the server, both are a disk that takes no more.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from replicator.log.embedded import PrivatePostgres

SIZE_MIB = 192
SEGMENT_BYTES = 16 * 1024 * 1024  # a file of the server's own journal: no limit can be lower
SETTINGS = {"synchronous_commit": "on", "max_wal_size": "64MB", "min_wal_size": "32MB"}
FULL = ("No space left on device", "File too large")
# Rows that stay inside their page (longer ones are kept elsewhere), until there is little room below the limit. What
# lay beyond it could not be written any more, which no disk does.
FILLER = """
insert into inbox (system, source, kind, digest, body, headers, received, due, rank, outcome, reason, settled)
select 'medusa', 'hook', 'raw', md5(n::text), jsonb_build_object('text', repeat('x', 1700)), '{}', now(), now(), 0,
  'echo', 'filler', now() from generate_series(1, 8100) n
"""


class Disk:
    """Where the data of one server lies. `mounted`: it is a file system of its own."""

    def __init__(self, folder: Path, *, mounted: bool) -> None:
        self.server = PrivatePostgres(folder / "postgres", settings=SETTINGS)
        self._filler, self._mounted = folder / "filler", mounted

    def fill(self, url: str) -> None:
        """Not one more block can be had."""
        if self._mounted:
            with self._filler.open("wb") as file:
                while left := _free_bytes(self._filler.parent):
                    os.posix_fallocate(file.fileno(), self._filler.stat().st_size, left)
            return
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(FILLER)
            connection.execute("vacuum analyze inbox")
        self._limit(SEGMENT_BYTES)

    def free(self, url: str) -> None:
        """There is room again."""
        if self._mounted:
            self._filler.unlink()
        else:
            self._limit("unlimited")
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("delete from inbox where reason = 'filler'")
                connection.execute("vacuum analyze inbox")

    def _limit(self, length: int | str) -> None:
        """For the server and all its processes; told from its own account, because root may be kept from it."""
        first = int((self.server.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="utf-8").split()
        owner = self.server.data.stat()
        for pid in (str(first), *children):
            words = ["prlimit", f"--pid={pid}", f"--fsize={length}:"]
            told = subprocess.run(words, check=False, user=owner.st_uid, group=owner.st_gid, capture_output=True)
            assert told.returncode == 0 or pid != str(first), told.stderr  # another may have ended meanwhile


@contextmanager
def small_disk() -> Iterator[Disk]:
    """A disk for the time of a test; what was started on it is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="replicator-disk-"))
    mounted = _mount(folder)
    folder.chmod(0o711)  # as root, the server's account must pass through
    disk = Disk(folder, mounted=mounted)
    try:
        yield disk
    finally:
        disk.server.stop()
        if mounted:
            subprocess.run(["umount", "--lazy", folder], check=True)
        shutil.rmtree(folder)


def _mount(folder: Path) -> bool:
    """Whether we may mount: asked by doing it."""
    command = shutil.which("mount")
    words = [str(command), "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(folder)]
    return command is not None and subprocess.run(words, check=False, capture_output=True).returncode == 0


def _free_bytes(folder: Path) -> int:
    told = os.statvfs(folder)
    return told.f_bavail * told.f_frsize
