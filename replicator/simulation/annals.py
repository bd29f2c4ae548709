"""The history that some model systems keep of their records: every change and who made it, until the record is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from replicator.core import clock
from replicator.core.document import Value
from replicator.core.history import Entry

Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One change of a record: the fields it changed, as they were after it. `by`: key → whose edit (absent: ours)."""

    number: int
    version: int
    time: int
    fields: Values
    by: Mapping[str, int]
    wrote: str | None


def kept(
    before: tuple[Values, Mapping[str, int]],
    after: tuple[Values, Mapping[str, int]],
    *,
    number: int,
    version: int,
    time: int,
    wrote: str | None,
) -> Kept:
    """The entry of a change. `before` and `after` are the fields of the record, and whose edits they are."""
    (old, authors), (new, by) = before, after
    fields = {key: value for key, value in new.items() if (old.get(key), authors.get(key)) != (value, by.get(key))}
    meant = {key: edit for key, edit in by.items() if key in fields}
    return Kept(number=number, version=version, time=time, fields=fields, by=meant, wrote=wrote)


def entries(remote_id: str, history: Sequence[Kept], now: float) -> tuple[Entry, ...]:
    """A history as the core is told of it."""
    return tuple(
        Entry(
            number=each.number,
            fields=each.fields,
            ours=each.wrote is not None,
            author=None if each.wrote else "somebody",
            event_id=f"{remote_id}#{each.number}",
            version=each.version,
            clock=clock.tick(0, now, each.time),
        )
        for each in history
    )


def covered(history: Sequence[Kept], since: int) -> Iterator[tuple[str, Value, int]]:
    """The edits after an entry that nobody can see any more, for something later covers them: key, value, edit."""
    stood: dict[str, Value] = {}
    for index, each in enumerate(history):
        later = {key for other in history[index + 1 :] for key in other.fields}
        for key, edit in each.by.items():
            if each.number > since and key in later and stood.get(key) != each.fields[key]:
                yield key, each.fields[key], edit
        stood.update(each.fields)
