"""A change of a record, as a system that keeps a history of its own tells it."""

from __future__ import annotations

from dataclasses import dataclass

from replicator.core.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One change of a record, from a history that the system itself keeps. `number` grows from each to the next.

    `fields` are those it changed, as they were after it; references are left out. `version` is the record's after it.
    `at` is in epoch seconds.
    """

    number: int
    fields: Document
    ours: bool  # made by our account
    author: str | None = None  # the system's name for who made it
    version: int = 0
    at: float | None = None
