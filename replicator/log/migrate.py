"""Brings a database to the tables of this version, or back.

The steps lie beside the package in a clone (`migrations/`), and inside it in a wheel.

An advisory lock makes programs that start together wait for one another; the second finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

import replicator
from replicator.log.line import dialled

PACKAGE = Path(replicator.__file__).parent
FOLDER = next(each for each in (PACKAGE / "migrations", PACKAGE.parent / "migrations") if each.is_dir())  # wheel, clone
LOCK = 0x7265706C  # "repl": any number that no one else takes


def upgrade(url: str, revision: str = "head") -> None:
    """Make the tables of this version, keeping what is stored."""
    _run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str = "base") -> None:
    """Take steps back. Everything that only later steps know is lost."""
    _run(url, lambda config: command.downgrade(config, revision))


def current(url: str) -> str | None:
    """The step the database stands at; None before the first."""
    engine = create_engine(dialled(url))
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def newest() -> str:
    """The step that this version of the program has its tables at."""
    return str(ScriptDirectory(str(FOLDER)).get_current_head())


def _run(url: str, step: Callable[[Config], None]) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    engine = create_engine(dialled(url))
    try:
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            config.attributes["connection"] = connection
            step(config)
    finally:
        engine.dispose()
