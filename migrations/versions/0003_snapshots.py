"""Snapshots: states of entities as they were after one of their events, so that old states are folded fast.

They are made from the log and may be emptied at any time. Whatever erases values from the log erases the snapshots of
that entity in the same breath, by a trigger: no copy of what is gone stays behind.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0003"
down_revision: str | None = "0001"

FOLDER = Path(__file__).with_suffix("")


def upgrade() -> None:
    """Make the table."""
    _run("up")


def downgrade() -> None:
    """Take it back."""
    _run("down")


def _run(name: str) -> None:
    """Run one file as it stands: by the driver, for SQLAlchemy would find parameters in it."""
    op.get_bind().connection.cursor().execute((FOLDER / f"{name}.sql").read_text(encoding="utf-8"))
