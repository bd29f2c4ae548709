"""The people of the simulation, and automations that act like people: what they do at the systems, and nothing else.

Each of their edits is numbered by the auditor. What cannot be done (there is no such record any more) is not done, so
that a history from which steps were taken out is still one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from replicator.core.document import Value
from replicator.core.event import EXISTENCE
from replicator.simulation.audit import Audit
from replicator.simulation.systems import KEY, STARTS, System


@dataclass(frozen=True, slots=True)
class Automation:
    """Something at a system that sets a field to its value whenever it is another: to everybody else, a person."""

    system: str
    key: str
    value: Value


class Persons:
    """Everybody who works at the systems. `hints` is what the systems tell of it; `now` is set by the world."""

    def __init__(
        self,
        systems: Mapping[str, System],
        audit: Audit,
        hints: list[tuple[str, str]],
        automations: Sequence[Automation] = (),
    ) -> None:
        self.systems, self.audit, self.hints, self.automations = systems, audit, hints, automations
        self.now = STARTS

    def make(self, system: str, key: str) -> None:
        """A person makes a record, unless the key is taken."""
        if self.systems[system].holder(key) is None:
            self._save(system, None, {KEY: key, "title": f"T{key}"})

    def edit(self, system: str, remote_id: str, key: str, value: Value) -> None:
        """A person gives a field of a record another value."""
        self._change(system, remote_id, {key: value})

    def erase(self, system: str, remote_id: str) -> None:
        """A person deletes a record."""
        if remote_id in self.systems[system].records:
            self.systems[system].erase(remote_id, self.audit.edited(system, EXISTENCE, value=False))
            self.hints.append((system, remote_id))

    def copy(self, system: str, remote_id: str, key: str) -> None:
        """A person makes a copy of a record, marker and all; only its natural key is another."""
        here = self.systems[system]
        source = here.records.get(remote_id)
        if source is None or here.holder(key) is not None:
            return
        fields = {**source.fields, KEY: key}
        edits = {each: self.audit.edited(system, each, value) for each, value in fields.items()}
        self.hints.append((system, here.copied(remote_id, fields, edits, self.now)))

    def undo(self, system: str, dump: int) -> None:
        """A person types in all that a record once was. Whoever tells the two apart sees edits, and so do we."""
        then = self.systems[system].backups.get(dump)
        if then is not None:
            self._change(system, then.remote_id, dict(then.fields))

    def back_up(self, system: str, remote_id: str, step: int) -> None:
        """A dump is taken of one record."""
        if remote_id in self.systems[system].records:
            self.systems[system].back_up(remote_id, step)

    def restore(self, system: str, dump: int) -> None:
        """Last night's dump of a record is put back."""
        backup = self.systems[system].backups.get(dump)
        if backup is not None and self.systems[system].restore(backup):
            self.hints.append((system, backup.remote_id))

    def bring_back(self, system: str, dump: int, typed: Mapping[str, Value]) -> None:
        """A person saves an old copy of a record again, marker and all: as it is, or to change one field of it."""
        here = self.systems[system]
        copy = here.backups.get(dump)
        present = here.records.get(copy.remote_id) if copy else None
        if copy is None or present is None:
            return
        wanted = {**dict.fromkeys(present.fields), **copy.fields, **typed}
        changed = {key: each for key, each in wanted.items() if present.fields.get(key) != here.normal(key, each)}
        if _clashes(here, changed):
            return
        self._save(system, copy.remote_id, changed, meant=typed or changed)
        here.bring_back_marker(copy)

    def react(self) -> None:
        """Every automation looks at every record of its system."""
        for each in self.automations:
            for remote_id in list(self.systems[each.system].records) if each.system in self.systems else ():
                self._change(each.system, remote_id, {each.key: each.value})

    def _change(self, system: str, remote_id: str, fields: Mapping[str, Value]) -> None:
        here = self.systems[system]
        present = here.records.get(remote_id)
        if present is not None:
            changed = {key: each for key, each in fields.items() if present.fields.get(key) != here.normal(key, each)}
            if changed and not _clashes(here, changed):
                self._save(system, remote_id, changed)

    def _save(
        self, system: str, remote_id: str | None, fields: Mapping[str, Value], meant: Mapping[str, Value] | None = None
    ) -> None:
        edits = {key: self.audit.edited(system, key, fields[key]) for key in meant or fields if key in fields}
        touched = self.systems[system].by_person(remote_id, fields, edits, self.now)
        self.hints.append((system, touched))


def _clashes(here: System, changed: Mapping[str, Value]) -> bool:
    """Whether the system refuses a change, because the natural key is another record's."""
    return KEY in changed and here.holder(changed[KEY]) is not None
