"""A desk: a folder with a replicator.toml, a feed of three products, and a command line to try on it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from typer.testing import CliRunner

from replicator.cli.main import app

SETTINGS = """\
[web]
port = 0

[systems.feed]
kind = "dummyjson"
file = "products.json"
"""
SHOP = """
[systems.cms]
kind = "directus"
url = "http://127.0.0.1:9"  # the discard port: nobody answers
token = "env:CMS_TOKEN"
"""


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON
        """Standard output, which must be exactly one JSON object on one line."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)


def products(*numbers: int, **changed: object) -> list[dict[str, object]]:
    """Products as DummyJSON's data file has them."""
    return [
        {
            "id": number,
            "title": f"Mug {number}",
            "description": "To drink from.",
            "category": "cups",
            "price": 9.99,
            "stock": 5,
            "tags": ["clay"],
            "sku": f"MUG-{number}",
            "weight": 4,
            "dimensions": {"width": 8, "height": 9.5, "depth": 8},
            "images": [],
            "thumbnail": "https://example.com/mug.webp",
            "meta": {"barcode": "123"},
            **changed,
        }
        for number in numbers
    ]


@dataclass(frozen=True)
class Desk:
    """The folder, the environment of commands in it, and ways to run them."""

    folder: Path
    environment: dict[str, str]

    def stock(self, told: list[dict[str, object]]) -> None:
        """What the feed shows from now on."""
        (self.folder / "products.json").write_text(json.dumps(told), encoding="utf-8")

    def say(self, *words: str, given: str | None = None) -> Said:
        """Run a command in this process."""
        done = CliRunner().invoke(app, list(words), input=given, env=self.environment, prog_name="replicator")
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return Said(done.exit_code, done.stdout, done.stderr)

    def head(self) -> int:
        """The last position of the log."""
        found: int = self.say("log", "verify", "--json").json["head"]
        return found

    @contextmanager
    def started(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """Run a command as a process of its own, in a session of its own, as a terminal would."""
        process = subprocess.Popen(
            [sys.executable, "-m", "replicator", *words],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def line_of(stream: IO[str] | None) -> str:
    """The next line of a process, waited for (the test's own time limit ends a wait for nothing)."""
    assert stream is not None
    line = stream.readline()
    assert line, "the process ended without a word"
    return line
