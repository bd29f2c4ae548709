"""Tables of what is undertaken over a whole system: where its listings stand, runs, and what a run has shown so far."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from replicator.log.columns import counted, index, may, metadata, must, time

cursors = Table(
    "cursors",
    metadata,
    must("system", Text, key=True),
    must("listing", Text, key=True),
    may("cursor", Text),
    time("next_due"),  # when it is read again
)

runs = Table(
    "runs",
    metadata,
    counted(),
    must("kind", Text),
    may("system", Text),
    must("state", Text),
    time("started", must=True),
    time("finished"),
    must("began", BigInteger),  # the revision noted when it started
    must("counts", JSONB),
    may("error", Text),
    must("places", JSONB, default="'{}'"),  # listing → the cursor to go on from, null once it is through
    CheckConstraint("state in ('running', 'done', 'failed', 'held', 'cancelled')", name="state"),
    index("ix_runs_running", "kind", "system", where="state = 'running'"),
)

listed = Table(
    "listed",
    metadata,
    must("run", BigInteger, key=True),
    must("type", Text, key=True),
    must("remote_id", Text, key=True),
)
