"""What is replicated, as data: types, their fields, the keys they are known by, and what may be decided by default.

Types are listed parents first: a reference points to a type above its own, or to its own.
"""

from __future__ import annotations

from replicator.catalog.types import CATALOG
from replicator.core.schema import EntityType, Field, Kind

__all__ = ["CATALOG", "EntityType", "Field", "Kind"]
