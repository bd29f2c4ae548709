"""Dots and vectors: who has seen what.

A dot (origin, n) names the n-th event of one entity at one origin. A vector maps origin → highest n known. Actors are
systems (and `operator`), never users or workers, or vectors would grow with people and show false conflicts
(dotted version vectors, Preguiça et al. 2010; the actor rule is Riak's lesson).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

Vector: TypeAlias = Mapping[str, int]


class Dot(NamedTuple):
    """The n-th event (from 1) of one entity at `origin`."""

    origin: str
    n: int


def join(left: Vector, right: Vector) -> dict[str, int]:
    """The least vector that knows all that either knows: commutative, associative, idempotent."""
    return {origin: max(left.get(origin, 0), right.get(origin, 0)) for origin in {*left, *right}}


def knows(vector: Vector, dot: Dot) -> bool:
    """Whether `vector` has seen `dot`."""
    return vector.get(dot.origin, 0) >= dot.n


def covers(left: Vector, right: Vector) -> bool:
    """Whether `left` has seen everything that `right` has."""
    return all(left.get(origin, 0) >= n for origin, n in right.items())


def following(vector: Vector, origin: str) -> Dot:
    """The dot of the next event at `origin`."""
    return Dot(origin, vector.get(origin, 0) + 1)


def advance(vector: Vector, dot: Dot) -> dict[str, int]:
    """`vector`, and `dot` seen."""
    return join(vector, {dot.origin: dot.n})
