"""Seeds: the database of a real system as its first start leaves it, kept as a dump, so that a run starts in seconds.

A seed is named for all it comes of: the installed versions, the files of the project, the recipe. Another checkout
with other content types makes one of its own beside it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path

from tests.live.cluster import Cluster
from tests.live.pinned import Broken, live_cache
from tests.live.serving import Instance
from tests.live.spawned import Spawned
from tests.live.systems import contract
from tests.live.systems.contract import System

FIRST_SECONDS_MAX = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A database of a system without content, and the credentials of its accounts."""

    dump: Path
    access: dict[str, str]


def seed(instance: Instance, cluster: Cluster) -> Seed:
    """The seed of an instance that is laid out; made if there is none yet, in its place and database."""
    system, place = instance.system, instance.place
    folder = system.project.folder / "seeds" / _digest(system, place.folder)
    folder.mkdir(parents=True, exist_ok=True)
    dump, access = folder / "seed.dump", folder / "access.json"
    with (live_cache() / f"seed-{system.project.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not dump.exists():  # it is written last
            access.write_text(json.dumps(_grown(instance, cluster)))
            access.chmod(0o600)
            cluster.dump(place.database.database, dump)
    return Seed(dump=dump, access=json.loads(access.read_text()))


def _grown(instance: Instance, cluster: Cluster) -> dict[str, str]:
    """Make database and accounts; the instance does not run afterwards. Its credentials."""
    name, place = instance.system.project.name, instance.place
    began = time.monotonic()
    print(f"{name}: making its first database …", flush=True)
    cluster.create(place.database.database)
    for command in instance.system.first(place):
        Spawned(command, instance.log).finish(FIRST_SECONDS_MAX)
    instance.start()
    try:
        instance.await_ready()
        access = instance.system.people(place.url)
    except Broken as error:
        raise Broken(f"{error}\n{name} said:\n{instance.said()}") from error
    finally:
        instance.stop()
    print(f"{name}: made after {time.monotonic() - began:.0f} s", flush=True)
    return access


def _digest(system: System, folder: Path) -> str:
    """A name for what the seed comes of."""
    digest = hashlib.sha256(json.dumps(system.project.wanted(), sort_keys=True).encode())
    recipes = Path(contract.__file__).parent
    for root, paths in ((folder, folder.rglob("*")), (recipes, recipes.glob("*.py"))):
        for path in sorted(each for each in paths if each.is_file() and "node_modules" not in each.parts):
            digest.update(f"{path.relative_to(root)}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
