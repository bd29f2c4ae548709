"""What was heard of a record: all inbox rows of a batch that speak of it, and what they are judged by. Pure.

Many hints of one record are one read and one judgement: the first row gets the verdict, the others are duplicates of
it. A row that carries a record read from a page is judged by that; a hint by what was read after it was claimed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from replicator.connectors.base import Ambiguous, Record
from replicator.core.outcome import Outcome
from replicator.engine import observed
from replicator.engine.desk import Noted, Read
from replicator.engine.unit import Settled
from replicator.log.inbox import Row, Settlement

Key: TypeAlias = tuple[str, str]
"""(type, remote id) at the system whose inbox it is."""


@dataclass(slots=True)
class Heard:
    """One record of a batch: the rows that speak of it, and its read, or why there is none."""

    rows: list[Row] = field(default_factory=list)
    read: Read | None = None
    refusal: tuple[Outcome, str] | None = None

    def settlements(self, settled: Settled | None) -> list[Settlement]:
        """The outcome of every row."""
        first, *others = self.rows
        if settled is None:
            outcome, reason = self.refusal or (Outcome.REJECTED, "it speaks of no record")
            return [Settlement(id=row.id, outcome=outcome, reason=reason) for row in self.rows]
        waits_for = None if settled.waits_for is None else settled.waits_for.path
        verdict = Settlement(
            id=first.id,
            outcome=settled.outcome,
            reason=settled.reason,
            entity=settled.entity,
            event=settled.event,
            waits_for=waits_for,
        )
        reason = f"told together with delivery {first.id}"
        return [
            verdict,
            *(Settlement(id=row.id, outcome=Outcome.DUPLICATE, reason=reason, entity=settled.entity) for row in others),
        ]


def gather(
    system: str,
    rows: Sequence[Row],
    answers: Mapping[Key, Record | Ambiguous | None],
    noted: Noted,
    carried: frozenset[str],
) -> list[Heard]:
    """The records that a batch of rows speaks of, each once, in the order first heard. `noted` before the
    batch's own read.
    """
    records: dict[Key, Heard] = {}
    for row in rows:
        if row.kind in ("hint", "record"):
            records.setdefault((str(row.type), str(row.remote_id)), Heard()).rows.append(row)
    for key, heard in records.items():
        _judged_by(system, heard, answers.get(key), noted, carried, answered=key in answers)
    return list(records.values())


def _judged_by(
    system: str,
    heard: Heard,
    answer: Record | Ambiguous | None,
    noted: Noted,
    carried: frozenset[str],
    *,
    answered: bool,  # an answer of None is not the same as none
) -> None:
    first = heard.rows[0]
    if first.type not in carried:
        heard.refusal = (Outcome.REJECTED, f"{system} carries no {first.type}: see `replicator.toml`")
    elif isinstance(answer, Ambiguous):
        ids = ", ".join(answer.remote_ids)
        heard.refusal = (Outcome.HELD, f"several records answer to it ({ids}): delete or merge all but one")
    elif answered:
        record = answer or Record(type=str(first.type), remote_id=str(first.remote_id), fields=None)
        heard.read = Read(system=system, record=record, noted=noted, cause=first.id)
    else:
        newest = heard.rows[-1]
        heard.read = Read(
            system=system,
            record=observed.load(newest.body),
            noted=Noted(newest.began or 0, newest.body["at"]),
            cause=newest.id,
        )
        heard.rows = [newest, *heard.rows[:-1]]
