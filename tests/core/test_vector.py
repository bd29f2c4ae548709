"""Vectors: the join is the least upper bound, in any order, however often; dots follow one another."""

from hypothesis import given
from hypothesis import strategies as st

from replicator.core.vector import Dot, advance, covers, following, join, knows

ORIGINS = st.sampled_from(["medusa", "directus", "strapi", "operator"])
VECTORS = st.dictionaries(ORIGINS, st.integers(min_value=1, max_value=9))


@given(VECTORS, VECTORS)
def test_join_is_commutative(left: dict[str, int], right: dict[str, int]) -> None:
    assert join(left, right) == join(right, left)


@given(VECTORS, VECTORS, VECTORS)
def test_join_is_associative(a: dict[str, int], b: dict[str, int], c: dict[str, int]) -> None:
    assert join(join(a, b), c) == join(a, join(b, c))


@given(VECTORS, VECTORS)
def test_join_is_idempotent(left: dict[str, int], right: dict[str, int]) -> None:
    both = join(left, right)

    assert join(both, left) == both


@given(VECTORS, VECTORS, VECTORS)
def test_join_is_the_least_that_covers_both(left: dict[str, int], right: dict[str, int], any_: dict[str, int]) -> None:
    both = join(left, right)

    assert covers(both, left)
    assert covers(both, right)
    assert covers(any_, both) == (covers(any_, left) and covers(any_, right))


@given(VECTORS, ORIGINS)
def test_the_following_dot_is_new_and_known_once_it_was_seen(vector: dict[str, int], origin: str) -> None:
    dot = following(vector, origin)

    assert not knows(vector, dot)
    assert knows(advance(vector, dot), dot)
    assert following(advance(vector, dot), origin) == Dot(origin, dot.n + 1)
