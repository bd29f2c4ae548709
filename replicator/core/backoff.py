"""Backoff: how long to wait before the next attempt, and after how many to stop and ask a person.

1, 2, 4 … seconds, up to a bound, then spread by a jitter that is handed in: workers that failed together must
not come back together. The spread only shortens, so that the bound holds and a told wait, which is a lower
bound, is never mixed up with it.
"""

from __future__ import annotations

FIRST_SECONDS = 1.0
FACTOR = 2.0
LONGEST_SECONDS = 300.0  # a system that was away for an hour is found back within five minutes
SPREAD = 0.25  # at most this share of the delay is taken away by jitter

# With the delays above that is about twenty minutes of trying: longer than a restart or a deployment takes,
# and short enough that somebody still remembers what they changed when the entity is shown as dead.
PARK_AFTER = 12


def delay(
    attempt: int,
    *,
    first: float = FIRST_SECONDS,
    factor: float = FACTOR,
    longest: float = LONGEST_SECONDS,
    jitter: float,
) -> float:
    """Seconds to wait after the `attempt`-th failure (from 1); `jitter` is from 0 to 1, 0 takes nothing."""
    if attempt < 1 or not 0 <= jitter <= 1:
        msg = f"attempts count from 1 and jitter is from 0 to 1, not {attempt} and {jitter}"
        raise ValueError(msg)
    full = first
    for _ in range(attempt - 1):
        full *= factor
        if full >= longest:  # stop here: a power of a large attempt is no float any more
            break
    return min(full, longest) * (1 - SPREAD * jitter)
