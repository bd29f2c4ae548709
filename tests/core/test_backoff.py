"""Goal: waits grow as told, stay in their bound, and jitter only shortens them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicator.core import backoff


def test_the_first_waits_are_1_2_and_4_seconds() -> None:
    waits = [backoff.delay(attempt, jitter=0) for attempt in (1, 2, 3)]

    assert waits == [1, 2, 4]


@given(attempt=st.integers(1, 100_000), jitter=st.floats(0, 1))
def test_a_wait_is_never_longer_than_its_bound_and_jitter_takes_a_share_at_most(attempt: int, jitter: float) -> None:
    full, spread = backoff.delay(attempt, jitter=0), backoff.delay(attempt, jitter=jitter)

    assert full * (1 - backoff.SPREAD) <= spread <= full <= backoff.LONGEST_SECONDS


@given(attempt=st.integers(1, 50), jitter=st.floats(0, 1))
def test_waits_do_not_fall_with_attempts(attempt: int, jitter: float) -> None:
    assert backoff.delay(attempt, jitter=jitter) <= backoff.delay(attempt + 1, jitter=jitter)


def test_a_first_wait_above_the_bound_is_cut_to_it() -> None:
    assert backoff.delay(1, first=50, longest=20, jitter=0) == 20


@pytest.mark.parametrize(("attempt", "jitter"), [(0, 0.0), (1, -0.1), (1, 1.1)])
def test_what_makes_no_sense_is_refused(attempt: int, jitter: float) -> None:
    with pytest.raises(ValueError, match="attempts count from 1"):
        backoff.delay(attempt, jitter=jitter)


def test_attempts_are_bounded_and_outlast_a_restart() -> None:
    tried_for_seconds = sum(backoff.delay(attempt, jitter=1) for attempt in range(1, backoff.PARK_AFTER))

    assert 10 * 60 < tried_for_seconds < 60 * 60
