"""Pace: how fast to ask one system.

Theory: additive increase, multiplicative decrease (AIMD), as in TCP and in CouchDB's replicator. Nobody tells us how
much a system can take from us, and others use it too. So we probe: while requests are answered, the rate grows by
`STEP` requests per second each second; when the system says "too fast" (429, 503), the rate is halved. Of all such
rules this one lets several clients, who know nothing of one another, settle at equal shares (Chiu and Jain 1989).
Three things are added:

1. A pace starts *free*: most systems have no limit, and a batch should not creep. The first refusal makes it count.
2. One congestion, one decrease. Requests already under way when the rate was halved will be refused too; a refusal
   of a request that began before the last decrease only moves the moment from which we may go on.
3. What the system says goes first. A wait it tells, or a quota it says is used up, holds everything until then.

All values: the caller hands in `now` (seconds since 1970, because that is what the headers speak of) and gets a new
pace back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

RATE_FIRST = 10.0  # requests per second after the first refusal: what DummyJSON grants
RATE_MIN = 0.2  # one request in five seconds still finds out that a system has recovered
RATE_FREE = 200.0  # faster than eight connections can ask: from here on the pace is free again
STEP = 10.0  # per second, each second: a single refusal is forgotten after some twenty seconds
DECREASE = 0.5
WAIT_MAX_SECONDS = 3600.0  # a wait told beyond this is a mistake (a clock, a unit), not a wish
CLOCKS_AGREE_SECONDS = 5.0
EPOCH_SECONDS_MIN = 1_000_000_000.0  # a reset value below this is a number of seconds, not a moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast one system is asked at this moment. `rate` None: free."""

    rate: float | None = None
    next_start: float = 0.0  # the next request may begin then, by the rate
    held_until: float = 0.0  # told by the system
    decreased_at: float = 0.0

    def turn(self, now: float) -> tuple[float, Pace]:
        """Seconds to wait before the next request may begin, and the pace after that turn was taken."""
        start = max(now, self.held_until)
        if self.rate is None:
            return start - now, self
        start = max(start, self.next_start)
        return start - now, replace(self, next_start=start + 1 / self.rate)

    def answered(self, headers: Mapping[str, str], now: float) -> Pace:
        """The pace after a request was answered: a little faster, unless the answer says that the quota is used up."""
        pace = self
        if self.rate is not None:
            faster = self.rate + STEP / self.rate
            pace = replace(self, rate=None if faster >= RATE_FREE else faster)
        if quota_spent(headers):
            told = wait_told(headers, now)
            pace = replace(pace, held_until=max(pace.held_until, now + (told or 0.0)))
        return pace

    def refused(self, headers: Mapping[str, str], now: float, *, began: float) -> Pace:
        """The pace after "too fast", said to a request that began then."""
        held_until = max(self.held_until, now + (wait_told(headers, now) or 0.0))
        if began <= self.decreased_at:
            return replace(self, held_until=held_until)
        rate = RATE_FIRST if self.rate is None else max(RATE_MIN, self.rate * DECREASE)
        return replace(self, rate=rate, held_until=held_until, decreased_at=now)


def wait_told(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds that the system asks us to wait, or None. Names of headers are in lower case.

    The moment of reset goes before Retry-After, which some send as a constant. It is taken relative to the
    answer's own Date, so that a clock that differs from ours does no harm.
    """
    reset = _number(headers.get("x-ratelimit-reset"))
    if reset is not None:
        wait = reset - _their_now(headers, now) if reset >= EPOCH_SECONDS_MIN else reset
        if 0 < wait <= WAIT_MAX_SECONDS:
            return wait
    for name in ("retry-after", "x-retry-after"):
        wait_named = _seconds(headers.get(name), now)
        if wait_named is not None:
            return min(wait_named, WAIT_MAX_SECONDS)
    return None


def quota_spent(headers: Mapping[str, str]) -> bool:
    """Whether the answer says that the next request would be refused."""
    remaining = _number(headers.get("x-ratelimit-remaining"))
    return remaining is not None and remaining <= 0


def _their_now(headers: Mapping[str, str], now: float) -> float:
    """The moment by their clock: ours, unless their Date, which is in whole seconds, shows that they differ."""
    theirs = _moment(headers.get("date"))
    return now if theirs is None or abs(theirs - now) <= CLOCKS_AGREE_SECONDS else theirs


def _seconds(text: str | None, now: float) -> float | None:
    """Retry-After is a number of seconds or a date."""
    number = _number(text)
    if number is not None:
        return max(0.0, number)
    moment = _moment(text)
    return None if moment is None else max(0.0, moment - now)


def _number(text: str | None) -> float | None:
    plain = (text or "").strip()
    return float(plain) if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,15})?", plain) else None


def _moment(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None  # not a date: as good as not told
    return _utc(moment).timestamp()


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
