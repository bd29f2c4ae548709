"""`replicator simulate` prints what happened, for people and as JSON, and fails only where an invariant did."""

import orjson
from typer.testing import CliRunner

from replicator.cli.main import app

FEW = ["simulate", "--seed", "9", "--histories", "12", "--processes", "1"]


def test_it_prints_histories_edits_faults_and_writes() -> None:
    told = CliRunner().invoke(app, FEW)

    assert told.exit_code == 0, told.output
    assert "12 histories over the core" in told.output
    assert all(word in told.output for word in (" edits", " faults", " writes", "0 failures"))


def test_it_says_the_same_as_json() -> None:
    told = CliRunner().invoke(app, [*FEW, "--json"])
    core = orjson.loads(told.stdout)["core"]

    assert told.exit_code == 0, told.output
    assert core["histories"] == 12
    assert core["failures"] == []
    assert min(core["edits"], core["faults"], core["writes"], core["outcomes"]["event"]) > 0
    assert core["exceptions"]
