"""What many histories come to: how much happened, how often which exception was made, and which histories went wrong.

An exception is an event that nobody authored, or an edit of which nobody heard, where neither markers nor versions
could tell: it has a cause, and is counted in histories. Whatever has no cause is a failure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from replicator.simulation.audit import Fault
from replicator.simulation.hub import Fate
from replicator.simulation.script import Step
from replicator.simulation.systems import Cause
from replicator.simulation.whole.runner import Doom

SHARE_MAX = 0.01  # of all histories, for a cause that nobody brings about on purpose
SHARES_MAX = {Cause.MIXED: 0.05, Cause.OLD_COPY: 0.05}  # what people do in a tenth of all histories
FEW = 300  # histories, of which no share can be told
TROUBLES = frozenset({"lose", "crash", "expire", "restore", "bring back", "undo", "copy", "kill"})


@dataclass(frozen=True, slots=True)
class Failure:
    """A history that went wrong. `test`: its steps, shrunk, as a test; empty until somebody shrinks it."""

    tier: str
    seed: int
    faults: tuple[str, ...]
    test: str = ""


@dataclass(slots=True)
class Tally:
    """The sums over histories of one tier."""

    tier: str
    histories: int = 0
    sums: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    def count(self, seed: int, steps: Iterable[Step], faults: Sequence[Fault]) -> None:
        """Count one history: the troubles it was given, and what went wrong."""
        self.histories += 1
        self.sums["faults"] += sum(troubles(step) for step in steps)
        self.causes.update({each.excuse for each in faults if each.excuse})
        wrong = tuple(f"{each.what} {each.system}: {each.details}" for each in faults if not each.excuse)
        if wrong:
            self.failures.append(Failure(self.tier, seed, wrong))

    def join(self, other: Tally) -> None:
        """Add what another process counted."""
        self.histories += other.histories
        self.sums.update(other.sums)
        self.outcomes.update(other.outcomes)
        self.causes.update(other.causes)
        self.failures = sorted([*self.failures, *other.failures], key=lambda each: each.seed)

    def too_often(self) -> list[str]:
        """The causes that more than their share of histories show."""
        if self.histories < FEW:
            return []
        shares = {cause: n / self.histories for cause, n in self.causes.items()}
        return [cause for cause, share in shares.items() if share > share_max(cause)]


def share_max(cause: str) -> float:
    """In what share of histories there may be exceptions for that cause."""
    return next((share for each, share in SHARES_MAX.items() if each == cause), SHARE_MAX)


def troubles(step: Step) -> int:
    """How many things go wrong by this step, other than by the people's own wish."""
    if step.act == "tell":
        return sum(1 for each in step.words[-2:] if each in (True, "body", "repeated", "lost"))
    last = step.words[-1] if step.words else None
    if isinstance(last, Doom):
        return _of_fate(last.fate) + int(last.dies_at is not None) + int(last.breaks > 0)
    return _of_fate(last) if isinstance(last, Fate) else int(step.act in TROUBLES)


def _of_fate(fate: Fate) -> int:
    return int(fate.refused or not fate.answers)
