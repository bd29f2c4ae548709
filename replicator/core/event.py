"""Events: what changed, where, and what its author had seen. A draft before it is stored, an event after.

`changes` maps field keys to a change. The key `EXISTENCE` stands for the record itself: after True it exists, after
False it was deleted. Each change carries its resolution (which rule decided and whether it took effect), so that a
policy changed later does not change the past: folding never asks a policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from replicator.core.document import Value
from replicator.core.vector import Dot, Vector

EXISTENCE = "*"
OPERATOR = "operator"


class Act(StrEnum):
    """What kind of fact an event states."""

    CHANGE = "change"  # somebody made, edited or deleted a record at the origin
    BIND = "bind"  # our create landed: this remote id at the origin is this entity
    REDACT = "redact"  # values were erased from the log by `redact`


class Rule(StrEnum):
    """What decided a change."""

    FIRST = "first"  # the field had no value yet
    CAUSAL = "causal"  # the author had seen the present value, or made it
    REPLACES = "replaces"  # it replaces the very value that is present
    OWNER = "owner"
    PREFER = "prefer"
    LATEST = "latest"
    MANUAL = "manual"  # the present stays; a person is asked
    SUM = "sum"
    UNION = "union"
    UPDATE_WINS = "update wins"  # existence: an edit beats a concurrent delete
    FROZEN = "frozen"  # automations rewrite each other here; nothing is taken until a person decides
    DECISION = "decision"  # a person settled it


@dataclass(frozen=True, slots=True)
class Change:
    """One field's change: `before` and `after` as its author saw and left them, and how it was resolved."""

    before: Value
    after: Value
    rule: Rule = Rule.FIRST
    wins: bool = True
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event not yet stored. `id` is a UUIDv7, `clock` a hybrid logical clock reading in microseconds.

    `context` is what the author had seen; `remote_id` the record's id at the origin; `cause` the inbox row it was
    read from; `entry` the id of the origin's own history entry, if it keeps one.
    """

    id: str
    type: str
    entity: str
    origin: str
    n: int
    context: Vector
    clock: int
    act: Act = Act.CHANGE
    changes: Mapping[str, Change] = field(default_factory=dict)
    remote_id: str | None = None
    generation: int = 1
    author: str | None = None
    entry: str | None = None
    source_time: datetime | None = None
    cause: int | None = None
    note: str = ""

    @property
    def dot(self) -> Dot:
        """This event's name among those of its entity."""
        return Dot(self.origin, self.n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A stored event: its place in the log (dense, from 1), when it was stored, and its seal.

    `erased`: the keys whose values were taken out of the log; null stands where they were.
    """

    draft: Draft
    position: int
    recorded: datetime
    digest: str
    chain: str
    erased: frozenset[str] = frozenset()
