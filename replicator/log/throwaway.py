"""A private Postgres for a while: in a folder of its own under the system's temporary one, and gone with it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from replicator.log.embedded import PrivatePostgres

UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # nothing outlives the block


@contextmanager
def throwaway_postgres(settings: Mapping[str, str] | None = None) -> Iterator[PrivatePostgres]:
    """A server, not started yet, that is stopped and removed with the block; faster than safe unless told otherwise."""
    with tempfile.TemporaryDirectory(prefix="replicator-postgres-") as folder:
        Path(folder).chmod(0o711)  # as root, the server's account must pass through
        server = PrivatePostgres(Path(folder) / "postgres", settings=UNSAFE if settings is None else settings)
        try:
            yield server
        finally:
            server.stop()
