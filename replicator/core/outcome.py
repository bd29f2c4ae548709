"""Outcomes: what became of a delivery. Every one is stored with its reason."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What the gate said of an observation or a hint."""

    EVENT = "event"  # somebody's edit: it is in the log
    ECHO = "echo"  # our own write coming back, or nothing new
    DUPLICATE = "duplicate"  # told before
    STALE = "stale"  # read before we knew better: read again
    REGRESSION = "regression"  # an older state came back: it will be put right, nobody else hears of it
    REFUSED = "refused"  # this system may not change that
    REJECTED = "rejected"  # it cannot be read as what it claims to be
    HELD = "held"  # not judged until something else is known or a person has looked
