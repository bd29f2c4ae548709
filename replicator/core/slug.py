"""Slugs: a handle for a record whose maker gave it none."""

from __future__ import annotations

import re
import unicodedata

from replicator.core.document import Value

LENGTH_MAX = 120  # what all systems take as a handle


def slugs(title: Value, remote_id: str) -> list[str]:
    """Slugs to try in turn: of the title, then with the remote id behind it. Always the same for the same record."""
    text = unicodedata.normalize("NFKD", str(title or "")).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:LENGTH_MAX] or "item"
    tail = re.sub(r"[^a-z0-9]+", "-", remote_id.lower()).strip("-")
    return [plain, f"{plain}-{tail}"]
