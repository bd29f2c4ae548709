"""Medusa 2: a shop backend spoken to over its admin API.

Pure: `shape` and `able` (what it can do, webhooks), nouns (`taxonomy`, `selling`, `shipping`, `products`, `variants`,
`prices` …), `raw`, `refusals`. I/O: `api` (the connector), the `*reading`, `finding`, `batch` and the `*_writes`,
`provision` and `sellable`.
"""

from replicator.connectors.medusa.api import Medusa, MedusaSettings, connect
from replicator.connectors.medusa.files import unnamed, write_files
from replicator.connectors.medusa.hearing import read_webhook
from replicator.connectors.medusa.reading import Choices

__all__ = ["Choices", "Medusa", "MedusaSettings", "connect", "read_webhook", "unnamed", "write_files"]
