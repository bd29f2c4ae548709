"""DummyJSON: its JSON as our documents, and its API."""

from __future__ import annotations

from replicator.connectors.dummyjson.api import DummyJson, DummyJsonSettings, connect
from replicator.connectors.dummyjson.shape import FEATURES, Untold

__all__ = ["FEATURES", "DummyJson", "DummyJsonSettings", "Untold", "connect"]
