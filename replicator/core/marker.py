"""Markers: what we leave with a write, so that a later read tells whose it is.

The names that older bridges gave to sync metadata are kept (`syncId`, `syncSource`, `lastSyncedAt`); what the gate
needs is added. What that write asked for, and its vector, are not in the marker but in our ledger, under the sync id:
nobody can forge them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MARKER_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """One write's signature: the sync id it had, the system it went to, the entity it was for."""

    sync_id: str
    source: str  # where the newest change in that write was made
    written_at: str  # ISO 8601, for people; nothing is decided by it
    entity: str
    system: str
    generation: int
    installation: str

    def dump(self) -> dict[str, str | int]:
        """The marker as it is stored over there."""
        return {
            "syncId": self.sync_id,
            "syncSource": self.source,
            "lastSyncedAt": self.written_at,
            "entity": self.entity,
            "system": self.system,
            "generation": self.generation,
            "installation": self.installation,
            "v": MARKER_VERSION,
        }


def load(raw: object) -> Marker | None:
    """The marker in what a system returned, or None where there is none we know: older bridges leave others."""
    if not isinstance(raw, Mapping) or raw.get("v") != MARKER_VERSION:
        return None
    names = ("syncId", "syncSource", "lastSyncedAt", "entity", "system", "installation")
    texts = [raw.get(name) for name in names]
    if not all(isinstance(text, str) for text in texts) or not isinstance(raw.get("generation"), int):
        return None
    sync_id, source, written_at, entity, system, installation = map(str, texts)
    return Marker(
        sync_id=sync_id,
        source=source,
        written_at=written_at,
        entity=entity,
        system=system,
        generation=int(raw["generation"]),
        installation=installation,
    )
