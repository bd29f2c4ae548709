"""What is installed for the live tests, in which versions, and where: always the user's cache, never this folder.

`projects/<name>/` holds what is committed: package.json and a lock without download addresses. It is copied into
`<cache>/replicator/live/<name>-<version>/` and installed there, once for every checkout on this machine.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from replicator.errors import ReplicatorError

COMMITTED = Path(__file__).parent / "projects"
PACKAGES = ("package.json", "package-lock.json")
NODE = "node"
STAMP = ".installed.json"


class NotHere(ReplicatorError):
    """This machine lacks what the real systems need: Node, npm, a compiler."""


class Broken(ReplicatorError):
    """Something that has to work did not: an install, a start, a seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One npm project. `compiled`: packages whose native part is built here; no other install script is run."""

    name: str
    version: str
    scripts: bool = False  # its own install scripts are run: the package `node` is nothing without
    compiled: tuple[str, ...] = ()

    @property
    def source(self) -> Path:
        """What is committed."""
        return COMMITTED / self.name

    @property
    def folder(self) -> Path:
        """Where it is installed."""
        return live_cache() / f"{self.name}-{self.version}"

    def wanted(self) -> dict[str, Any]:
        """What the stamp says once everything is there."""
        digest = hashlib.sha256(b"".join((self.source / name).read_bytes() for name in PACKAGES)).hexdigest()
        return {"packages": digest, "compiled": list(self.compiled)}

    def installed(self) -> bool:
        """Whether the stamp, which is written last, says so."""
        stamp = self.folder / STAMP
        return stamp.exists() and json.loads(stamp.read_text()) == self.wanted()


# In the order of installing: Directus compiles, and its compiler needs Node's headers.
PROJECTS = (
    Project(name=NODE, version="22.23.3", scripts=True),
    Project(name="directus", version="11.17.4", compiled=("isolated-vm",)),
    Project(name="medusa", version="2.21.2"),
    Project(name="strapi", version="5.54.0"),
)
SYSTEMS = tuple(each.name for each in PROJECTS if each.name != NODE)


def project(name: str) -> Project:
    """The project of that name."""
    return next(each for each in PROJECTS if each.name == name)


def live_cache() -> Path:
    """The folder for all that live tests keep between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "replicator" / "live"


def node_folder() -> Path:
    """The installed Node with its headers: `bin/node`, `include/`."""
    found = sorted((project(NODE).folder / "node_modules").glob("node/node_modules/node-*/bin/node"))
    found += sorted((project(NODE).folder / "node_modules").glob("node-*/bin/node"))
    if not found:
        raise Broken(f"no Node in {project(NODE).folder}: run `make live` again, after removing that folder")
    return found[0].parent.parent


def node_environment() -> dict[str, str]:
    """The environment of whatever runs under that Node; native modules are compiled against its own headers."""
    folder = node_folder()
    dropped = ("NODE_OPTIONS", "NODE_PATH", "PORT", "HOST", "DATABASE_URL")
    kept = {key: value for key, value in os.environ.items() if key not in dropped}
    return kept | {
        "PATH": f"{folder / 'bin'}{os.pathsep}{kept.get('PATH', '')}",
        "npm_config_nodedir": str(folder),
        "CI": "1",  # nobody is there to be asked anything
    }
