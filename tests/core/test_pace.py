"""Goal: a system is asked as fast as it takes, never sooner than it said, and clients share it fairly."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicator.core.pace import RATE_FIRST, RATE_FREE, RATE_MIN, STEP, Pace, quota_spent, wait_told

NOW = 1_800_000_000.0


def test_nobody_waits_until_the_system_refuses() -> None:
    pace = Pace()
    for _ in range(100):
        wait, pace = pace.turn(NOW)

        assert wait == 0


def test_after_a_refusal_requests_are_spread_over_time() -> None:
    pace = Pace().refused({}, NOW, began=NOW - 1)
    waits = []
    for _ in range(3):
        wait, pace = pace.turn(NOW)
        waits.append(wait)

    assert waits == pytest.approx([0, 1 / RATE_FIRST, 2 / RATE_FIRST])


def test_one_congestion_halves_the_rate_once() -> None:
    pace = Pace(rate=64.0)
    first = pace.refused({}, NOW, began=NOW - 1)
    second = first.refused({}, NOW + 0.1, began=NOW - 0.5)  # was under way when the first was refused
    third = second.refused({}, NOW + 1, began=NOW + 0.5)

    assert (first.rate, second.rate, third.rate) == (32.0, 32.0, 16.0)


def test_answers_make_it_faster_by_the_same_step_each_second_whatever_the_rate() -> None:
    gains = []
    for rate in (10.0, 40.0):
        grown = grown_for_a_second(Pace(rate=rate), NOW)
        gains.append((grown.rate or 0) - rate)

    assert gains == pytest.approx([STEP, STEP], rel=0.1)


def test_it_becomes_free_again_when_the_rate_no_longer_matters() -> None:
    assert Pace(rate=RATE_FREE - 0.001).answered({}, NOW).rate is None


def test_it_never_stops_asking() -> None:
    pace = Pace()
    for second in range(100):
        pace = pace.refused({}, NOW + second, began=NOW + second - 0.5)

    assert pace.rate == RATE_MIN


def test_two_clients_of_one_system_come_to_share_it_alike() -> None:
    paces = [Pace(rate=80.0), Pace(rate=10.0)]
    for second in range(200):
        now = NOW + second
        paces = [grown_for_a_second(pace, now) for pace in paces]
        if sum(pace.rate or 0 for pace in paces) > 100:  # more than the system takes
            paces = [pace.refused({}, now, began=now - 0.01) for pace in paces]
    slower, faster = sorted(pace.rate or 0 for pace in paces)

    assert faster / slower < 1.2


def grown_for_a_second(pace: Pace, now: float) -> Pace:
    seconds = 0.0
    while pace.rate is not None and seconds < 1:
        seconds += 1 / pace.rate
        pace = pace.answered({}, now)
    return pace


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"x-retry-after": "3"}, 3),
        ({"retry-after": formatdate(NOW + 9, usegmt=True)}, 9),
        ({"x-ratelimit-reset": str(NOW + 4)}, 4),
        ({"x-ratelimit-reset": "4"}, 4),
        # DummyJSON: a constant Retry-After and the exact moment beside it
        ({"retry-after": "10", "x-ratelimit-reset": str(int(NOW) + 6)}, 6),
        # their clock is an hour behind ours: only the answer's own date makes sense of the moment
        ({"x-ratelimit-reset": str(int(NOW) - 3594), "date": formatdate(NOW - 3600, usegmt=True)}, 6),
        # a moment long gone says nothing
        ({"retry-after": "10", "x-ratelimit-reset": str(int(NOW) - 100)}, 10),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1" * 400}, None),
        ({}, None),
    ],
)
def test_the_wait_told_is_understood(headers: Mapping[str, str], seconds: float | None) -> None:
    told = wait_told(headers, NOW)

    assert told == (None if seconds is None else pytest.approx(seconds))


@given(st.dictionaries(st.sampled_from(["retry-after", "x-retry-after", "x-ratelimit-reset", "date"]), st.text()))
def test_no_header_breaks_it(headers: dict[str, str]) -> None:
    told = wait_told(headers, NOW)

    assert told is None or 0 <= told <= 3600


def test_a_told_wait_holds_everything_until_then() -> None:
    wait, _ = Pace().refused({"retry-after": "5"}, NOW, began=NOW).turn(NOW + 2)

    assert wait == pytest.approx(3)


def test_a_quota_used_up_holds_everything_until_the_reset_without_a_refusal() -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 6)}
    wait, _ = Pace().answered(headers, NOW).turn(NOW)

    assert quota_spent(headers)
    assert not quota_spent({"x-ratelimit-remaining": "1"})
    assert wait == 6
