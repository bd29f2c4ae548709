"""The log: its tables, and the functions through which it is written.

The SQL lies in the folder of this step's name: the tables in one file, and one file for each function. What cannot be
added later is here from the first: a salted digest for each value and a chain over the digests, erasure that keeps
them, `now` as a parameter of everything that compares times.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision: str | None = None

FOLDER = Path(__file__).with_suffix("")
UP = (
    "tables",
    "only_erased",
    "refuse_change",
    "event_content",
    "log_append",
    "event_digest",
    "erased",
    "redact",
    "triggers",
    "roles",
)


def upgrade() -> None:
    """Make everything."""
    for name in UP:
        _run(name)


def downgrade() -> None:
    """Take everything back."""
    _run("down")


def _run(name: str) -> None:
    """Run one file as it stands: by the driver, for SQLAlchemy would find parameters in it."""
    op.get_bind().connection.cursor().execute((FOLDER / f"{name}.sql").read_text(encoding="utf-8"))
