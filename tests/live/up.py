"""`python -m tests.live.up [medusa directus strapi]`: the real systems, empty, until Ctrl-C.

Their addresses and the credentials of all accounts are printed, and written to `up.json` in the folder for live tests
of your cache (`--file` names another: several may be up at once): system → url, ours (email, password, token),
admin_*, person_*; and `up` → pid, the one process to stop (SIGINT, SIGTERM or SIGKILL: nothing stays). `--provision`
gives them what the replicator needs (collections, rights, our account), as `replicator connect --apply` would.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.live.connecting import provisioned
from tests.live.fleet import Server, fleet
from tests.live.installs import install_all
from tests.live.pinned import SYSTEMS, Broken, NotHere, live_cache


def main() -> int:
    """Start, tell, stay; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.live.up", description="The real systems, until Ctrl-C.")
    parser.add_argument("systems", nargs="*", default=SYSTEMS, help=f"which of {', '.join(SYSTEMS)}; else all")
    parser.add_argument("--file", type=Path, default=live_cache() / "up.json", help="where the addresses are written")
    parser.add_argument("--provision", action="store_true", help="give them what the replicator needs")
    told = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _claim(told.file)
        install_all()
        with fleet(told.systems) as servers:
            if told.provision:
                asyncio.run(_provision(servers))
            _tell(servers, told.file)
            signal.pause()
    except KeyboardInterrupt:
        print("stopped", flush=True)
    except (Broken, NotHere) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        if _holder(told.file) == os.getpid():
            told.file.unlink()
    return 0


def _claim(file: Path) -> None:
    """Two that are up may not write one file: whoever reads it would stop, or use, the wrong one."""
    holder = _holder(file)
    if holder is not None and _alive(holder):
        raise Broken(f"{file} is of process {holder}, which runs: give --file another name")
    _write(file, {})


def _holder(file: Path) -> int | None:
    return int(json.loads(file.read_text())["up"]["pid"]) if file.exists() else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _write(file: Path, access: Mapping[str, Mapping[str, str]]) -> None:
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.touch(0o600)
    fresh.write_text(json.dumps({"up": {"pid": os.getpid()}, **access}, indent=2) + "\n")
    fresh.rename(file)


async def _provision(servers: dict[str, Server]) -> None:
    for server in servers.values():
        for finding in await provisioned(server):
            print(f"{server.name}: {finding.subject}: {finding.level}: {finding.message}", flush=True)


def _tell(servers: dict[str, Server], file: Path) -> None:
    access = {name: {**server.access, "log": str(server.instance.log)} for name, server in servers.items()}
    _write(file, access)
    print(file.read_text())
    print(f"written to {file}; Ctrl-C stops them", flush=True)


if __name__ == "__main__":
    sys.exit(main())
