"""Alembic's entry: runs the steps on the connection that `log.migrate` hands over."""

from __future__ import annotations

from alembic import context

from replicator.log import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.revisions.metadata,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
