"""Observations: what a read showed of a record whose entity is known."""

from __future__ import annotations

from dataclasses import dataclass

from replicator.core.document import Document, digest
from replicator.core.history import Entry
from replicator.core.marker import Marker


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A record of a known entity as read at one moment; references are entity ids. `fields` is None where it is
    absent.

    `at` is when the read started; `began` is the revision counter noted before that (None: an answer to our own call,
    nothing can be older). `wrote` is the sync id that the system itself names as the author of the present content,
    `author` anybody else. `doubt` says why an absence or a return is not believed at the moment. `heal`: what is gone,
    back or emptied there is put right, because a person said so. `history` are the changes that led to this content,
    oldest first, where the system keeps them.
    """

    remote_id: str
    fields: Document | None
    version: int = 0
    marker: Marker | None = None
    began: int | None = None
    at: float | None = None
    wrote: str | None = None
    author: str | None = None
    doubt: str | None = None
    history: tuple[Entry, ...] = ()
    heal: bool = False


def content_name(content: Document) -> str:
    """The name under which a state is remembered as seen. A qualified key that is null is as good as not there."""
    return digest({key: value for key, value in content.items() if value is not None or "@" not in key})
