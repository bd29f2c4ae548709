"""Medusa 2: a shop backend spoken to over its admin API.

Pure: `shape` (what it can do, webhooks), `taxonomy`, `products`, `variants`, `options`, `raw`, `refusals`. I/O: `api`
(the connector), `reading`, `finding`, `batch` and the `*_writes`, `provision`.
"""

from replicator.connectors.medusa.api import Medusa, MedusaSettings, connect
from replicator.connectors.medusa.shape import read_webhook

__all__ = ["Medusa", "MedusaSettings", "connect", "read_webhook"]
