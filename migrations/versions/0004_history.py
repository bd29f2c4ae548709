"""Replays, verifications and restores: systems that are kept as of a position or were away, runs that can be resumed.

A system may be kept as of a position of the log, so that what is written there is what was true then. It says since
when it was heard of, so that one that was away for long is listed before it is written to.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0004"
down_revision: str | None = "0003"

FOLDER = Path(__file__).with_suffix("")


def upgrade() -> None:
    """Add the columns."""
    _run("up")


def downgrade() -> None:
    """Take them back."""
    _run("down")


def _run(name: str) -> None:
    """Run one file as it stands: by the driver, for SQLAlchemy would find parameters in it."""
    op.get_bind().connection.cursor().execute((FOLDER / f"{name}.sql").read_text(encoding="utf-8"))
