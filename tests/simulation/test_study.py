"""The study measures what it says: its numbers are read off the systems, and a bridge that is worse looks worse."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.study.provenance import Provenance
from benchmarks.study.shop import Outcome, Setting, opened, outcome
from benchmarks.study.windows import Windows

CALM = Setting(delay_seconds=0.5, edits_per_minute=1, seed=7)
LATE = Setting(delay_seconds=30, edits_per_minute=10, seed=7)
BUSY = Setting(delay_seconds=0, edits_per_minute=100, seed=7)


def through_a_window(setting: Setting, seconds: float) -> Outcome:
    shop = opened(setting)
    bridge = Windows(shop, seconds)
    shop.run(bridge)
    return outcome(shop, bridge)


def through_provenance(setting: Setting) -> Outcome:
    shop = opened(setting)
    bridge = Provenance(shop)
    shop.run(bridge)
    return outcome(shop, bridge)


def test_in_a_calm_shop_with_prompt_hooks_a_window_does_as_well() -> None:
    for result in (through_a_window(CALM, 3), through_provenance(CALM)):
        assert (result.loops, result.diverged) == (0, 0)
        assert result.written >= result.edits - 2  # one write for each edit, but for two of one moment


def test_hooks_later_than_the_window_loop_and_provenance_does_not() -> None:
    assert through_a_window(LATE, 3).loops > LATE.edits
    assert through_provenance(LATE).loops == 0


def test_edits_inside_the_window_are_missing_and_with_provenance_everything_agrees() -> None:
    window, provenance = through_a_window(BUSY, 10), through_provenance(BUSY)

    assert window.missing > provenance.missing
    assert window.diverged > 0
    assert provenance.diverged == 0


def test_without_any_window_one_edit_goes_round_for_ever() -> None:
    few = replace(CALM, edits=20)

    assert through_a_window(few, 0).loops > 100 * few.edits


def test_the_same_seed_gives_the_same_result() -> None:
    assert through_provenance(LATE) == through_provenance(LATE)
    assert through_a_window(LATE, 3) == through_a_window(LATE, 3)
