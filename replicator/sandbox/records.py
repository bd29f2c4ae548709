"""Records across systems: which remote ids and natural keys belong to one thing, told from the ledger alone.

A thing's key may change and each system names it differently, so names are joined: whatever was once seen together
stays together (a disjoint-set forest).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping

from replicator.sandbox.ledger import FEED, Entry
from replicator.sandbox.words import KEYS
from replicator.sandbox.world import Shown

Name = tuple[str, ...]


def plain(value: object) -> str:
    """A value in one spelling, whoever tells it: money by its amount, lists and objects as JSON."""
    if isinstance(value, Mapping) and set(value) == {"amount", "currency"}:
        value = value["amount"]
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


class Records:
    """The records of one ledger, numbered. `entries` and `living` (system → what it shows) by record."""

    def __init__(self, entries: Iterable[Entry], shown: Mapping[str, list[Shown]]) -> None:
        self._parents: dict[Name, Name] = {}
        self._numbers: dict[Name, int] = {}
        told = [entry for entry in entries if entry.type]
        self._join_entries(told)
        for system, living in shown.items():
            for each in living:
                self._join(("id", system, each.type, each.remote_id), ("key", each.type, each.key))
        self._join_feeds(told, shown)
        self._keys: dict[int, set[tuple[str, str]]] = defaultdict(set)
        for name in list(self._parents):
            if name[0] == "key" and not name[2].startswith("feed:"):
                self._keys[self._number(name)].add((name[1], name[2]))
        self.entries: dict[int, list[Entry]] = defaultdict(list)
        for entry in told:
            self.entries[self.of(entry)].append(entry)
        self.living: dict[int, dict[str, Shown]] = defaultdict(dict)
        self._carriers: dict[str, set[str]] = defaultdict(set)
        for system, living in shown.items():
            for each in living:
                self.living[self._number(("id", system, each.type, each.remote_id))][system] = each
                self._carriers[each.type].add(system)
        for entry in told:
            if entry.account != FEED:
                self._carriers[entry.type].add(entry.system)

    def of(self, entry: Entry) -> int:
        """The record that an entry is about."""
        return self._number(("id", entry.system, entry.type, entry.remote_id))

    def keys(self, record: int) -> list[str]:
        """All natural keys that it had, anywhere."""
        return sorted(key for _, key in self._keys.get(record, ()))

    def name(self, record: int) -> tuple[str, str]:
        """Its type and keys, for people."""
        found = sorted(self._keys.get(record, ()))
        return (found[0][0], " = ".join(key for _, key in found)) if found else ("?", "?")

    def shown_at(self, record: int, system: str) -> Shown | None:
        """What a system shows of it now."""
        return self.living.get(record, {}).get(system)

    def carriers(self, type_: str) -> set[str]:
        """The systems that hold, or ever held, records of a type; a source is none."""
        return self._carriers[type_]

    def _join_entries(self, entries: list[Entry]) -> None:
        for each in entries:
            name = ("id", each.system, each.type, each.remote_id)
            self._join(name, ("key", each.type, each.key))
            named_by = KEYS.get(each.type, ())
            for value in each.changes.get(named_by[0], ()) if len(named_by) == 1 else ():
                if isinstance(value, str) and value:
                    self._join(name, ("key", each.type, value))

    def _join_feeds(self, entries: list[Entry], shown: Mapping[str, list[Shown]]) -> None:
        """A source's product is the one to which the variant of its sku belongs."""
        product_of = {
            each.key: each.changes["product"][1]
            for each in entries
            if each.account == FEED and each.type == "variant" and "product" in each.changes
        }
        pairs = [(each.key, each.changes["product"][1]) for each in entries if "product" in each.changes]
        pairs += [
            (each.key, each.fields.get("product"))
            for living in shown.values()
            for each in living
            if each.type == "variant"
        ]
        for sku, product in pairs:
            if sku in product_of and isinstance(product, str):
                self._join(("key", "product", product), ("key", "product", str(product_of[sku])))

    def _join(self, left: Name, right: Name) -> None:
        if left[-1] == "" or right[-1] == "":  # a record without a key is not joined to the others without one
            self._root(left if left[-1] else right)
            return
        self._parents[self._root(left)] = self._root(right)

    def _root(self, name: Name) -> Name:
        parent = self._parents.setdefault(name, name)
        while parent != self._parents[parent]:
            parent = self._parents[parent] = self._parents[self._parents[parent]]
        self._parents[name] = parent
        return parent

    def _number(self, name: Name) -> int:
        return self._numbers.setdefault(self._root(name), len(self._numbers))
