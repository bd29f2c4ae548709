"""`db`: the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import typer
from rich.console import Console

from replicator.cli.edge import Json, answer, settings_of
from replicator.log import migrate
from replicator.log.embedded import PrivatePostgres
from replicator.settings import Settings

app = typer.Typer(help="The database: bring its tables to this version, or say where they stand.", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class Step:
    """Where the tables stand (None: there are none), and where this version of the program has them."""

    current: str | None
    newest: str

    @property
    def up_to_date(self) -> bool:
        """Whether there is nothing to do."""
        return self.current == self.newest


@contextmanager
def address(settings: Settings) -> Iterator[str]:
    """The database's URL; without a configured one, the private Postgres runs meanwhile."""
    if settings.database is not None:
        yield settings.database.get_secret_value()
    else:
        with PrivatePostgres(settings.home / "postgres") as private:
            yield private.start()


@app.command("upgrade")
def upgrade(ctx: typer.Context, *, json: Json = False) -> None:
    """Make the tables of this version, keeping what is stored. Twice changes nothing."""
    with address(settings_of(ctx)) as url:
        migrate.upgrade(url)
        step = Step(migrate.current(url), migrate.newest())
    answer(step, _show, as_json=json)


@app.command("current")
def current(ctx: typer.Context, *, json: Json = False) -> None:
    """Say which step the tables stand at, and which is the newest."""
    with address(settings_of(ctx)) as url:
        step = Step(migrate.current(url), migrate.newest())
    answer(step, _show, as_json=json)


def _show(console: Console, step: Step) -> None:
    if step.up_to_date:
        console.print(f"the tables stand at {step.current}, the newest step")
    else:
        console.print(
            f"the tables stand at {step.current or 'no step'}; the newest is {step.newest}: `replicator db upgrade`"
        )
