"""The ledger: the only record of what really happened in the sandbox. The replicator cannot read it.

It is appended to by the systems' stores at every successful record write, whoever made it, and by the kernel
for every request. All entries are numbered by one counter, so that "before" and "after" are told across
systems without asking a clock. An entry remembers the request it was made in: a write whose answer was lost
on purpose excuses one repetition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

REPLICATOR = "replicator"
FEED = "feed"  # the account under which a source's own content counts as made
OPERATOR = "operator"
ENTRIES_MAX = 1_000_000  # a sandbox that wrote more is in a loop nobody needs to see the end of


@dataclass(slots=True, kw_only=True)
class Request:
    """One HTTP request as it was served: what the sandbox did to it, and whether an answer left."""

    n: int
    at: datetime
    system: str
    method: str
    path: str
    account: str | None = None
    status: int | None = None
    fault: str | None = None
    answered: bool = True


@dataclass(slots=True, kw_only=True)
class Entry:
    """One record written.

    `changes`: catalog field → (before, after) in the form of `Shown`; empty for a write without effect.
    `observed` are the fields whose new value was shown to the replicator while it was current, or told with
    its value later. An operator's act (`empty`, `load`, a mark) is an entry without type or key.
    """

    n: int
    at: datetime
    system: str
    account: str
    type: str
    key: str
    remote_id: str
    action: str
    changes: Mapping[str, tuple[object, object]]
    request: Request | None = None
    observed: set[str] = field(default_factory=set)

    @property
    def by_person(self) -> bool:
        """Whether a person made it."""
        return self.account.startswith("person:")


current_request: ContextVar[Request | None] = ContextVar("current_request", default=None)


class Ledger:
    """Everything that was written, shown, reported and asked, in order."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.entries: list[Entry] = []
        self.requests: list[Request] = []
        self.marks: dict[str, int] = {}
        self.hooks_reported: dict[str, int] = {}
        self._now = now
        self._n = 0
        self._by_record: dict[tuple[str, str, str], list[Entry]] = {}
        # The entry that made the value now shown, per record and field; what is asked about at every
        # `served`.
        self._present: dict[tuple[str, str, str], dict[str, Entry]] = {}

    def wrote(
        self,
        *,
        system: str,
        account: str,
        type: str,  # noqa: A002  (the catalog's own word; the contract of all systems' stores)
        key: str,
        remote_id: str,
        action: str,
        changes: Mapping[str, tuple[object, object]],
    ) -> None:
        """A record was written: one call per record, also for each in a batch and each made along with it.

        `account` is "replicator", "person:<name>" or "feed". `action` is create, update, delete, or cascade
        for a delete that followed from another record's.
        """
        if len(self.entries) >= ENTRIES_MAX:
            msg = f"the ledger holds {ENTRIES_MAX} entries: something writes without end"
            raise RuntimeError(msg)
        entry = Entry(
            n=self._next(),
            at=self._now(),
            system=system,
            account=account,
            type=type,
            key=key,
            remote_id=remote_id,
            action=action,
            changes=dict(changes),
            request=current_request.get(),
        )
        self.entries.append(entry)
        self._by_record.setdefault((system, type, remote_id), []).append(entry)
        present = self._present.setdefault((system, type, remote_id), {})
        present.update(dict.fromkeys(entry.changes, entry))

    def served(
        self,
        *,
        system: str,
        account: str,
        type: str,  # noqa: A002  (as above)
        remote_id: str,
        values: Mapping[str, object] | None = None,
    ) -> None:
        """A record was shown in an answer: what people left in it is now observed by the replicator.

        With `values` (field → value) it was not the record but its history that told those values, current or
        not.
        """
        if account != REPLICATOR:
            return
        if values is not None:
            self._told(system, type, remote_id, values)
            return
        for name, entry in self._present.get((system, type, remote_id), {}).items():
            entry.observed.add(name)

    def reported(
        self,
        *,
        system: str,
        type: str,  # noqa: A002  (as above)
        remote_id: str,
        values: Mapping[str, object] | None = None,
    ) -> None:
        """A hook about the record was answered 2xx; its edits count as observed if it carried the values."""
        self.hooks_reported[system] = self.hooks_reported.get(system, 0) + 1
        if values is not None:
            self._told(system, type, remote_id, values)

    def acted(self, system: str, action: str) -> None:
        """An operator did something to a whole system: `empty` or `load`."""
        self.entries.append(
            Entry(
                n=self._next(),
                at=self._now(),
                system=system,
                account=OPERATOR,
                type="",
                key="",
                remote_id="",
                action=action,
                changes={},
            )
        )
        for key in [key for key in self._present if key[0] == system]:
            del self._present[key]

    def mark(self, name: str) -> int:
        """Name this moment; returns its number."""
        self.marks[name] = self._next()
        return self.marks[name]

    def asked(self, *, system: str, method: str, path: str) -> Request:
        """A request came in; the kernel fills in how it ended."""
        request = Request(n=self._next(), at=self._now(), system=system, method=method, path=path)
        self.requests.append(request)
        return request

    def clear(self) -> None:
        """Begin anew."""
        self.entries.clear()
        self.requests.clear()
        self.marks.clear()
        self.hooks_reported.clear()
        self._present.clear()
        self._by_record.clear()

    def _told(self, system: str, type_: str, remote_id: str, values: Mapping[str, object]) -> None:
        for entry in self._by_record.get((system, type_, remote_id), []):
            entry.observed.update(name for name, (_, after) in entry.changes.items() if values.get(name, ...) == after)

    def _next(self) -> int:
        self._n += 1
        return self._n
