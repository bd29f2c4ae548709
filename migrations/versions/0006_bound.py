"""Bound: whose record it was that bore a remote id, found without reading the whole log.

A page of a listing may be judged after what it shows was deleted: it is told from a new record by the id it had.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0006"
down_revision: str | None = "0005"

FOLDER = Path(__file__).with_suffix("")


def upgrade() -> None:
    """Make the index."""
    _run("up")


def downgrade() -> None:
    """Take it back."""
    _run("down")


def _run(name: str) -> None:
    """Run one file as it stands: by the driver, for SQLAlchemy would find parameters in it."""
    op.get_bind().connection.cursor().execute((FOLDER / f"{name}.sql").read_text(encoding="utf-8"))
