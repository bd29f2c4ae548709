"""All commands, put together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from replicator.cli import (
    conflicts,
    database,
    demo,
    doctor,
    entity,
    events,
    history,
    init,
    log,
    match,
    people,
    pull,
    redact,
    replay,
    revert,
    run,
    simulate,
    status,
    system,
    transfer,
    verify,
)
from replicator.cli.edge import By, Edge, LogJson, Verbose, session

HELP = """Replicates the catalogue of a shop between headless commerce systems, through a log.

A change at one system reaches the others once. Settings: [b]replicator.toml[/b] here, or --config; `replicator init`
writes one."""

app = typer.Typer(
    cls=Edge,
    help=HELP,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def root(
    ctx: typer.Context,
    *,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="The settings file (else REPLICATOR_CONFIG, replicator.toml).")
    ] = None,
    verbose: Verbose = False,
    log_json: LogJson = False,
    by: By = None,
) -> None:
    """What holds for every command."""
    said = session(ctx)
    said.config, said.verbose, said.log_json, said.by = config, verbose, log_json, by


app.command("demo")(demo.demo)
app.command("simulate")(simulate.simulate)
for command in (
    init.init,
    doctor.doctor,
    system.connect,
    run.run,
    run.serve,
    run.work,
    pull.pull,
    status.status,
    events.events,
    entity.show,
    history.history,
    entity.why,
    replay.replay,
    replay.cancel,
    match.match,
    verify.verify,
    revert.revert,
    redact.redact,
    conflicts.conflicts,
    people.dead,
    people.retry,
    system.pause,
    system.resume,
    system.release,
):
    app.command()(command)
app.command("export")(transfer.export)
app.command("import")(transfer.import_)
app.add_typer(database.app, name="db")
app.add_typer(log.app, name="log")
