"""The simulation notices when a rule is taken out: some of the weakenings here, all of them by `make mutations`."""

import pytest

from replicator.simulation.crowd import CORE, ENGINE
from tests.simulation.mutations import ROOT, weakened
from tests.simulation.weakenings import WEAKENINGS

QUICK = (  # caught within the first histories
    "a read that began before the row changed is not stale",
    "compare with known instead of asked",
    "take the whole answer as known",
    "confirm by time",
)


def test_every_weakening_still_applies() -> None:
    gone = [
        each.name
        for each in WEAKENINGS
        if (ROOT / each.file).read_text(encoding="utf-8").count(each.old) != 1 or each.old == each.new
    ]

    assert gone == []
    assert {each.tier for each in WEAKENINGS} == {CORE, ENGINE}
    assert len({each.name for each in WEAKENINGS}) == len(WEAKENINGS)


@pytest.mark.parametrize("name", QUICK)
def test_a_replicator_without_this_rule_is_caught(name: str) -> None:
    (weakening,) = [each for each in WEAKENINGS if each.name == name]
    outcome = weakened(weakening)

    assert outcome.caught, outcome.said


def test_a_weakening_that_no_longer_applies_is_not_taken_for_caught() -> None:
    outcome = weakened(WEAKENINGS[0].__class__("moved", CORE, WEAKENINGS[0].file, "no such line", ""))

    assert not outcome.caught
    assert "does not apply" in outcome.said
