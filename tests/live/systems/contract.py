"""What the machinery has to know of a real system, and nothing of what it is for.

**place**: where one instance lives: its folder, port and database. **first**: commands that make its database, run
once. **people**: the accounts that are made over its API at its first start, and the credentials of all of them,
named as the sandbox names them.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx

from replicator.catalog import CATALOG
from replicator.connectors import registry
from replicator.settings import SystemSettings
from tests.live.cluster import Access
from tests.live.pinned import Broken, Project
from tests.live.spawned import Command
from tests.live.variants import Variant

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 60.0
OURS, PERSON, ADMIN = "replicator@example.com", "mary@example.com", "admin@example.com"
PASSWORD = "Known-to-all-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one instance lives."""

    folder: Path
    port: int
    hook_port: int  # where its hooks go, whether somebody listens there or not
    database: Access
    redis: str | None  # its address, where the variant has one
    variant: Variant

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.port}"


class System(Protocol):
    """One of the real systems."""

    project: Project
    health: str  # the path that answers with 2xx once it serves

    def lay_out(self, folder: Path, variant: Variant) -> None:
        """Write what belongs into an instance's folder."""
        ...

    def first(self, place: Place) -> Sequence[Command]:
        """What makes its database out of an empty one."""
        ...

    def serving(self, place: Place) -> Command:
        """What serves it, in the foreground."""
        ...

    def people(self, url: str) -> dict[str, str]:
        """Make the accounts of a new instance that serves; the credentials of all there are."""
        ...


class Caller:
    """Requests for setting up; every refusal ends it."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._url = url
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - any JSON
        """One request, on a connection of its own; its answer."""
        with httpx.Client(headers=self._headers, timeout=TIMEOUT_SECONDS, trust_env=False) as http:
            answer = http.request(method, self._url + path, json=body)
        if not answer.is_success:
            raise Broken(f"{method} {path} was answered {answer.status_code}: {answer.text[:500]}")
        return answer.json() if answer.content else None


def furnished(name: str, folder: Path, variant: Variant) -> None:
    """Put our files into a project, as `replicator connect --write` does."""
    given: dict[str, Any] = {"kind": name, **variant.more(name, 0)}
    told = SystemSettings.model_construct(**given)
    registry.write_files(told, CATALOG, folder)


def copied(source: Path, folder: Path) -> None:
    """A committed project in an instance's folder, with the installed packages beside it."""
    shutil.copytree(source, folder, dirs_exist_ok=True)


def linked(project: Project, folder: Path) -> None:
    """Let the instance's folder find the installed packages."""
    (folder / "node_modules").symlink_to(project.folder / "node_modules", target_is_directory=True)
