"""The real systems of one run, side by side with those of other runs: own ports, own cluster, own folder.

Everything stops with the block, and with the process, however that ends. The folder of a run that was killed is
removed by the next one.
"""

from __future__ import annotations

import fcntl
import shutil
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.live.cluster import Cluster
from tests.live.pinned import SYSTEMS, Broken, live_cache, project
from tests.live.seeds import Seed, seed
from tests.live.serving import Instance
from tests.live.systems.contract import HOST, Place, System
from tests.live.systems.directus import Directus
from tests.live.systems.medusa import Medusa
from tests.live.systems.strapi import Strapi
from tests.live.valkey import valkey
from tests.live.variants import ACCOMPANIED, Variant

KINDS: dict[str, type[System]] = {"medusa": Medusa, "directus": Directus, "strapi": Strapi}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A real system that was started from its seed."""

    instance: Instance
    cluster: Cluster
    seed: Seed

    @property
    def name(self) -> str:
        """What it is called."""
        return self.instance.system.project.name

    @property
    def url(self) -> str:
        """Where it is."""
        return self.instance.place.url

    @property
    def access(self) -> dict[str, str]:
        """Its address and all credentials."""
        return {"url": self.url, **self.seed.access}

    @property
    def more(self) -> dict[str, object]:
        """Its settings beside these: hooks, and what is switched on."""
        place = self.instance.place
        return place.variant.more(self.name, place.hook_port)

    @property
    def database(self) -> str:
        """The name of its database."""
        return self.instance.place.database.database

    def dump(self, file: Path) -> None:
        """A backup of its database, while it runs."""
        self.cluster.dump(self.database, file)


@contextmanager
def fleet(names: Sequence[str] = SYSTEMS, variant: Variant = ACCOMPANIED) -> Iterator[dict[str, Server]]:
    """The systems of these names, all serving, while the block runs. Call it in the main thread."""
    absent = [name for name in names if not project(name).installed()]
    if absent:
        raise Broken(f"{', '.join(absent)} is not installed: `make live` does that")
    with ExitStack() as stack:
        folder = stack.enter_context(_run_folder())
        cluster = Cluster(folder / "postgres")
        stack.callback(cluster.stop)
        cluster.start()
        servers: dict[str, Server] = {}
        hook_port = free_port()  # one for all, as those of a shop
        redis = stack.enter_context(valkey(folder / "valkey", free_port())) if variant.redis else None
        for name in names:
            system, home = KINDS[name](), folder / name
            home.mkdir()
            system.lay_out(home, variant)
            access = cluster.access(name)
            port = free_port()
            place = Place(folder=home, port=port, hook_port=hook_port, database=access, redis=redis, variant=variant)
            instance = Instance(system, place, folder / f"{name}.log")
            stack.callback(instance.stop)
            kept = seed(instance, cluster)
            cluster.restore(name, kept.dump)
            servers[name] = Server(instance=instance, cluster=cluster, seed=kept)
        for server in servers.values():
            server.instance.start()
        for server in servers.values():
            server.instance.await_ready()
        yield servers


@contextmanager
def _run_folder() -> Iterator[Path]:
    """A folder of this run, gone afterwards; its lock says that somebody lives there."""
    live_cache().mkdir(parents=True, exist_ok=True)
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=live_cache()))
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Remove what runs have left that were killed."""
    for lock in live_cache().glob("run-*/lock"):
        with suppress(FileNotFoundError, BlockingIOError), lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)


def free_port() -> int:
    """A port nobody has. A system keeps it over its restarts, so it is chosen here and not by the system."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
