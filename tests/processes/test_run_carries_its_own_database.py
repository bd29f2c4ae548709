"""`run` without a configured database: its Postgres dies with it, by SIGKILL too, and the next `run` goes on. Where it
alone dies, it is started again.
"""

import os
import select
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.processes.hooking import Senders
from tests.processes.life import SECONDS_MAX, Life, until

SECRET = "the secret of hooks"
TOML = """
home = "{home}"
web = {{ port = 0 }}
systems.medusa = {{ kind = "medusa", url = "http://127.0.0.1:9", email = "replicator@shop.test",
  password = "env:RUN_PASSWORD", hook_secret = "env:RUN_SECRET" }}
"""


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that every account can enter: as root, the server runs under another one."""
    folder = Path(tempfile.mkdtemp(prefix="replicator-run-"))
    folder.chmod(0o711)
    monkeypatch.setenv("RUN_PASSWORD", "of nobody")
    monkeypatch.setenv("RUN_SECRET", SECRET)
    monkeypatch.delenv("REPLICATOR_DATABASE_URL", raising=False)
    told = TOML.format(home=folder / "home").replace(",\n ", ",")
    (folder / "replicator.toml").write_text(told, encoding="utf-8")
    yield folder
    shutil.rmtree(folder)


async def test_a_second_run_continues_where_a_kill_has_ended_the_first(folder: Path) -> None:
    lives = [run(folder, "first")]
    try:
        first = await Senders((await lives[0].ready())["url"], SECRET).again(["evt_1"])
        server = int((folder / "home" / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        watched = os.pidfd_open(server) if sys.platform == "linux" else None  # elsewhere it lives on, and is found

        lives[0].signal(signal.SIGKILL)
        await lives[0].died()
        if watched is not None:
            ended, _, _ = select.select([watched], [], [], SECONDS_MAX)
            os.close(watched)
            assert ended == [watched]

        lives.append(run(folder, "second"))
        second = await Senders((await lives[1].ready())["url"], SECRET).again(["evt_1", "evt_2"])
        await lives[1].stop()
    finally:
        for life in lives:
            life.bury()

    assert second["evt_1"] == {"accepted": 0, "id": first["evt_1"]["id"], "duplicate": True}
    assert second["evt_2"]["accepted"] == 1


async def test_it_is_started_again_where_it_alone_was_killed(folder: Path) -> None:
    life = run(folder, "only", "serve")  # its loops would try for long, before they stop, what is not there
    try:
        senders = Senders((await life.ready())["url"], SECRET)
        before = await senders.again(["evt_1"])
        os.kill(int((folder / "home" / "postgres" / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

        async with httpx.AsyncClient(trust_env=False, timeout=SECONDS_MAX) as http:

            async def taken() -> bool:
                return (await senders.post(http, "evt_2")).status_code == 202

            await until(taken, life.said)
        after = await senders.again(["evt_1", "evt_2"])
        await life.stop()
    finally:
        life.bury()

    assert after["evt_1"] == {"accepted": 0, "id": before["evt_1"]["id"], "duplicate": True}
    assert after["evt_2"] == {"accepted": 0, "id": senders.answered["evt_2"]["id"], "duplicate": True}


def run(folder: Path, name: str, word: str = "run") -> Life:
    words = ["--config", str(folder / "replicator.toml"), word, "--json"]
    return Life(words, os.environ, folder / f"{name}.txt", (None, 1))
