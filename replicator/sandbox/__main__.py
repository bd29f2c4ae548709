"""`python -m replicator.sandbox`: the outside world as a process.

Prints one line of JSON, the addresses and credentials, when everything answers. Ends when its standard input closes, so
that it never outlives who started it, or on SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
from pathlib import Path

from replicator.sandbox.catalogue import generated, loaded
from replicator.sandbox.serve import make_world, running
from replicator.sandbox.world import World

STDIN_CHUNK = 4096  # what comes in is thrown away: only its end says something


def main() -> None:
    """Read the arguments and serve until told to stop."""
    parser = argparse.ArgumentParser(
        prog="python -m replicator.sandbox", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--catalogue", type=Path, help="the real data file of DummyJSON; without it one is made up")
    parser.add_argument("--products", type=int, help="no more than so many products of it")
    parser.add_argument("--port-base", type=int, default=0, help="the first of five ports; 0: any that are free")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is left to chance")
    arguments = parser.parse_args()
    try:
        catalogue = loaded(arguments.catalogue) if arguments.catalogue else generated(arguments.seed)
    except (OSError, ValueError) as error:
        parser.error(f"--catalogue: {error}")
    world = make_world(catalogue[: arguments.products], seed=arguments.seed)
    asyncio.run(_serve(world, arguments.port_base))


async def _serve(world: World, port_base: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(world, port_base=port_base) as sandbox:
        sys.stdout.write(json.dumps(sandbox.access) + "\n")
        sys.stdout.flush()
        # A daemon thread, because a read that waits cannot be cancelled and must not keep the process alive.
        threading.Thread(target=_until_closed, args=(loop, stop), daemon=True).start()
        await stop.wait()


def _until_closed(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(sys.stdin.fileno(), STDIN_CHUNK):
        pass
    loop.call_soon_threadsafe(stop.set)


if __name__ == "__main__":
    main()
