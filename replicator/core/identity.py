"""Identity: which entity a record is that has no row yet.

In this order: the entity of the marker (our create whose answer was lost, a restored dump, an export brought back);
the entity that another system's id in a reference field names (`medusa_id`, …); the entity that holds the type's
natural key; a new one. It is adopted only if it has no living record at that system; a copy made by a person carries
the marker of another record, which is there still or had another natural key, and is new. What is not unambiguous is
held for a person. Tombstones never match by natural key: a person may make the same thing anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Match(StrEnum):
    """How a record was recognised."""

    OURS = "marker"
    REFERENCE = "reference"
    KEY = "natural key"
    NEW = "new"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An entity that a record might be. `elsewhere`: it has another living record at that very system, or the
    record that bears its marker is a copy by its natural key.
    """

    entity: str
    match: Match
    exists: bool
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Identified:
    """Whose record it is: an entity, None for a new one; for HELD the reason says what a person has to decide."""

    entity: str | None
    match: Match
    reason: str
    copied: bool = False  # the marker belongs to another living record: it is to be ignored


def identify(candidates: Sequence[Candidate]) -> Identified:
    """Choose among the candidates of one record, strongest match first."""
    copied = any(each.match is Match.OURS and each.elsewhere for each in candidates)
    usable = [each for each in candidates if not (each.match is Match.OURS and each.elsewhere)]
    for match in (Match.OURS, Match.REFERENCE, Match.KEY):
        found = [each for each in usable if each.match is match and (each.exists or match is Match.OURS)]
        free = sorted({each.entity for each in found if not each.elsewhere})
        taken = sorted({each.entity for each in found if each.elsewhere})
        if len(free) > 1:
            return Identified(None, Match.HELD, f"it matches several by {match}: {', '.join(free)}", copied)
        if free:
            return Identified(free[0], match, f"known by its {match}", copied)
        if taken and not copied:
            reason = f"its {match} belongs to {taken[0]}, which has another record there already"
            return Identified(None, Match.HELD, reason, copied)
    return Identified(None, Match.NEW, "a copy made by somebody" if copied else "seen for the first time", copied)
