"""The main job, as anybody runs it: the command, its one line of JSON, and its exit code."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REAL_CATALOGUE = Path(__file__).parents[3] / "shared" / "data" / "dummyjson-products.json"
NAMES = [
    *("products", "categories", "records", "events", "echoes", "writes", "conflicts", "second_import_events"),
    *("loops", "lost_edits", "duplicates", "diverged", "rebuilt", "rebuild_diff", "seconds", "peak_rss_mb"),
]
PEAK_RSS_MB_MAX = 180


def played(*words: str) -> tuple[int, dict[str, Any], str]:
    """The exit code, the JSON on standard output and the story on standard error."""
    command = [sys.executable, "-m", "replicator", "demo", "--json", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()

    assert len(lines) == 1, done.stderr
    return done.returncode, json.loads(lines[0]), done.stderr


@pytest.mark.timeout(400)
def test_the_whole_story_ends_with_every_invariant_held() -> None:
    """On the real catalogue where it lies beside the project, else on the made-up one of the same shape."""
    words = ["--dummyjson", str(REAL_CATALOGUE)] if REAL_CATALOGUE.exists() else []

    code, told, story = played(*words)

    assert list(told) == NAMES
    assert (told["products"], told["categories"]) == (194, 24)
    assert len(set(told["records"].values())) == 1
    bad = ("second_import_events", "loops", "lost_edits", "duplicates", "diverged", "rebuild_diff")
    assert {name: told[name] for name in bad} == dict.fromkeys(bad, 0)
    assert all(told[name] > 0 for name in ("echoes", "conflicts", "rebuilt"))
    assert told["peak_rss_mb"] < PEAK_RSS_MB_MAX
    assert code == 0, story


@pytest.mark.timeout(200)
def test_without_provenance_it_loops_and_says_so() -> None:
    code, told, _ = played("--without-provenance")

    assert told["loops"] > 0
    assert code == 1


def test_a_catalogue_that_is_not_there_is_named() -> None:
    command = [sys.executable, "-m", "replicator", "demo", "--dummyjson", "nowhere.json"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "nowhere.json" in done.stderr
