"""Identity: whose record is it that has no row yet? A table of cases, the strongest match first."""

import pytest

from replicator.core.identity import Candidate, Match, identify


def candidate(entity: str, match: Match, *, exists: bool = True, elsewhere: bool = False) -> Candidate:
    return Candidate(entity=entity, match=match, exists=exists, elsewhere=elsewhere)


OURS, REFERENCE, KEY = Match.OURS, Match.REFERENCE, Match.KEY
CASES = {
    "nobody knows it": ([], None, Match.NEW),
    "our marker, and the entity has no record there": ([candidate("e1", OURS)], "e1", OURS),
    "our marker, of a deleted entity: a restored dump": ([candidate("e1", OURS, exists=False)], "e1", OURS),
    "our marker, but its record is still there: a copy": ([candidate("e1", OURS, elsewhere=True)], None, Match.NEW),
    "a reference of an older bridge": ([candidate("e1", REFERENCE)], "e1", REFERENCE),
    "a reference to a deleted entity": ([candidate("e1", REFERENCE, exists=False)], None, Match.NEW),
    "the same natural key": ([candidate("e1", KEY)], "e1", KEY),
    "the natural key of a tombstone": ([candidate("e1", KEY, exists=False)], None, Match.NEW),
    "the natural key of one that has a record there": ([candidate("e1", KEY, elsewhere=True)], None, Match.HELD),
    "two entities by one kind of match": ([candidate("e1", KEY), candidate("e2", KEY)], None, Match.HELD),
    "one entity told twice": ([candidate("e1", KEY), candidate("e1", KEY)], "e1", KEY),
    "marker before reference before key": (
        [candidate("e3", KEY), candidate("e2", REFERENCE), candidate("e1", OURS)],
        "e1",
        OURS,
    ),
    "a copy with the key of its original is new": (
        [candidate("e1", OURS, elsewhere=True), candidate("e1", KEY, elsewhere=True)],
        None,
        Match.NEW,
    ),
    "a copy is not another entity's by its old key": (
        [candidate("e1", OURS, elsewhere=True), candidate("e2", KEY)],
        "e2",
        KEY,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_strongest_unambiguous_match_is_taken(case: str) -> None:
    candidates, entity, match = CASES[case]
    found = identify(candidates)

    assert (found.entity, found.match) == (entity, match)
    assert found.reason


def test_a_copy_made_by_somebody_is_told_so() -> None:
    assert identify([candidate("e1", OURS, elsewhere=True)]).copied
    assert not identify([candidate("e1", OURS)]).copied
