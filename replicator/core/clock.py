"""A hybrid logical clock: readings that follow real time, never go back, and never run ahead by more than a bound.

Kulkarni et al., "Logical Physical Clocks" (2014), folded into one integer of microseconds: the logical part is the
microseconds by which a reading is ahead of real time. Only the policy `latest` decides by it, and only between
concurrent changes.
"""

from __future__ import annotations

AHEAD_MAX = 60_000_000  # µs: a source that claims to be more than a minute ahead of us is not believed


def tick(last: int, now: float, source: float | None = None) -> int:
    """The next reading after `last`, at `now` (epoch seconds); a `source` time is followed unless it is too far
    ahead.
    """
    here = int(now * 1_000_000)
    claimed = here if source is None else int(source * 1_000_000)
    return max(last + 1, min(claimed, here + AHEAD_MAX))
