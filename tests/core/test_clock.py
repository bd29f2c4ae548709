"""The clock never goes back, follows real time, and does not follow a source that runs far ahead."""

from hypothesis import given
from hypothesis import strategies as st

from replicator.core.clock import AHEAD_MAX, tick

TIMES = st.floats(min_value=0, max_value=4e9, allow_nan=False)
READINGS = st.integers(min_value=0, max_value=4 * 10**15)


@given(READINGS, TIMES, st.none() | TIMES)
def test_a_reading_is_later_than_the_last(last: int, now: float, source: float | None) -> None:
    assert tick(last, now, source) > last


@given(st.lists(st.tuples(TIMES, st.none() | TIMES), min_size=1, max_size=20))
def test_readings_never_run_ahead_of_real_time_by_more_than_the_bound(steps: list[tuple[float, float | None]]) -> None:
    last, newest = 0, 0
    for count, (now, source) in enumerate(steps, start=1):
        last, newest = tick(last, now, source), max(newest, int(now * 1_000_000))
        assert last <= newest + AHEAD_MAX + count


def test_a_source_is_followed_unless_it_is_too_far_ahead() -> None:
    assert tick(0, 100.0, 90.0) == 90_000_000
    assert tick(0, 100.0, 110.0) == 110_000_000
    assert tick(0, 100.0, 9_999.0) == 100_000_000 + AHEAD_MAX
