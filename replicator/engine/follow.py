"""Follow a replay to its end: pay what is left of it in this process, beside all workers that do the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from replicator.engine import replay
from replicator.engine.apply import Apply
from replicator.engine.replay import Progress
from replicator.errors import LogError
from replicator.log import runs, systems
from replicator.log.runs import Run

LOOK_SECONDS = 0.2  # between looks while others write, or the rest waits for its time
STUCK_SECONDS_MAX = 120.0  # without a record written: longer than any lease or back-off that ends by itself


async def follow(apply: Apply, run: Run, report: Callable[[Progress], None]) -> Progress:
    """Write until nothing is left of a replay, or it is cancelled. Raises LogError where it does not come to an end."""
    moved, least = time.monotonic(), None
    while True:
        worked = await apply.step()
        async with apply.database.look() as conn:
            now = await replay.progress(conn, run)
            standing = (await systems.load_all(conn))[apply.system]
            under_way = any(each.id == run.id for each in await runs.running(conn, replay.KIND, apply.system))
        report(now)
        if not under_way or now.left == 0:
            await replay.close(apply.database)
            return replace(now, state="cancelled" if now.left else "done")
        away = standing.away(datetime.fromtimestamp(time.time(), UTC), apply.shop.engine.away_seconds)
        if away or not standing.writable:
            unheard = f"it was away for long: `replicator pull {apply.system} --full` comes first"
            reason = standing.held or (unheard if away else "it is paused")
            raise LogError(f"{now.left} records are left, and {apply.system} may not be written to: {reason}")
        if least is None or now.left < least:
            moved, least = time.monotonic(), now.left
        elif time.monotonic() - moved > STUCK_SECONDS_MAX:
            raise LogError(
                f"{now.left} records of {apply.system} cannot be written now: see `replicator dead` and `status`; it "
                "goes on while a worker runs, or when you say `replicator replay` again"
            )
        if not worked:
            await asyncio.sleep(LOOK_SECONDS)
