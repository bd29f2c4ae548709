"""Tokens: the log-in of our account at each system, kept for all processes where no Redis is configured.

`replicator_read` has no right to them: they open other people's systems.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0005"
down_revision: str | None = "0004"

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
