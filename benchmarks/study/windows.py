"""The known bridges: after a write, what that record's system says is not heard for so many seconds.

Written from the descriptions of three of them (2, 3 and 10 s). The kindest reading is taken: the key that says "do not
listen" is set in the moment of the write and not after its answer, it is never evicted, and both directions have it.
"""

from __future__ import annotations

from functools import partial

from benchmarks.study.shop import KEYS, OTHER, TICKS_PER_SECOND, WRITE_TICKS, Shop
from replicator.core.document import Value
from replicator.simulation.systems import KEY


class Windows:
    """A bridge with a window of so many seconds."""

    def __init__(self, shop: Shop, seconds: float) -> None:
        self._shop = shop
        self._ticks = round(seconds * TICKS_PER_SECOND)
        self._deaf_until: dict[tuple[str, str], int] = {}

    def hook(self, system: str, remote_id: str) -> None:
        """Read the record and write it to the other system, unless it is time not to listen."""
        if self._deaf_until.get((system, remote_id), 0) > self._shop.now:
            return
        record = self._shop.systems[system].records[remote_id]
        fields = {key: record.fields[key] for key in KEYS}
        self._shop.at(self._shop.now + WRITE_TICKS, partial(self._land, OTHER[system], record.fields[KEY], fields))

    def kept(self) -> set[Value]:
        """Nothing: who is overwritten is overwritten."""
        return set()

    def _land(self, system: str, key: Value, fields: dict[str, Value]) -> None:
        target = self._shop.systems[system]
        present = target.holder(key)
        assert present is not None, "nobody deletes anything here"
        target.by_person(present.remote_id, fields, {}, self._shop.now)
        self._deaf_until[system, present.remote_id] = self._shop.now + self._ticks
        self._shop.wrote(system, present.fields, target.records[present.remote_id])
