"""Rounds: what is looked after at set times, besides listings: a system is compared with the log."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from croniter import croniter

from replicator.engine.shop import Shop
from replicator.engine.verify import Verify
from replicator.errors import Busy, RemoteError
from replicator.log import cursors
from replicator.log.database import Database
from replicator.observe import log

ROUNDS_SECONDS = 10.0  # how exactly the times of verifying are kept
DUE = "@verify"


@dataclass(frozen=True, slots=True)
class Rounds:
    """One system is verified at the times of a cron line."""

    database: Database
    shop: Shop
    system: str
    times: str

    async def step(self) -> int:
        """Verify if it is time; one worker does."""
        now = time.time()
        following = self._next(now)
        async with self.database.unit() as conn:
            await cursors.plan(conn, self.system, DUE, following)
            due = await cursors.take(conn, self.system, DUE, datetime.fromtimestamp(now, UTC), following)
        if due:
            try:
                await Verify(self.database, self.shop, self.system).run()
            except (Busy, RemoteError) as error:
                log.warning("verify.failed", system=self.system, error=str(error))
        return 0

    def _next(self, now: float) -> datetime:
        local = datetime.fromtimestamp(now, ZoneInfo(self.shop.systems[self.system].time_zone))
        return datetime.fromtimestamp(croniter(self.times, local).get_next(float), UTC)
