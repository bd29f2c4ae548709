"""Tables that can be emptied at any time: what is in them only spares work, and is made again from the log."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from replicator.log.columns import ID, may, metadata, must, time

snapshots = Table(
    "snapshots",
    metadata,
    must("entity", ID, key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    must("events", BigInteger),  # how many of this entity it is folded from
    must("cells", JSONB),
    may("deleted", JSONB),
    must("vector", JSONB),
)

tokens = Table(
    "tokens",
    metadata,
    must("system", Text, key=True),
    must("token", Text),
    time("kept", must=True),
)
