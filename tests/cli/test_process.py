"""The replicator as a process: says when it is ready, works, drains when told to, and ends at once when told twice."""

import json
import os
import signal
import socket

import httpx
import pytest

from tests.cli.desk import Desk, line_of


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_drains_when_told_to_stop(desk: Desk, number: signal.Signals) -> None:
    with desk.started("run") as process:
        ready = line_of(process.stdout)
        url = ready.split()[1]
        live = httpx.get(f"{url}/health/live", trust_env=False)

        process.send_signal(number)
        out, err = process.communicate(timeout=30)

    assert (ready.startswith("ready: http://127.0.0.1:"), live.status_code) == (True, 200)
    assert (process.returncode, out, err) == (0, "", "")


def test_ctrl_c_reaches_the_private_postgres_only_after_the_drain(desk: Desk) -> None:
    """A terminal sends its signal to everything it started; without a database of ours that includes a Postgres."""
    del desk.environment["REPLICATOR_DATABASE_URL"]
    with desk.started("run", "--json") as process:
        ready = json.loads(line_of(process.stdout))

        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)

    assert (ready["ready"], ready["systems"]) == (True, ["feed"])
    assert (process.returncode, err) == (0, "")


def test_work_and_serve_are_parts_of_run(desk: Desk) -> None:
    with desk.started("work") as work, desk.started("serve", "--json") as serve:
        worked, served = line_of(work.stdout), json.loads(line_of(serve.stdout))
        live = httpx.get(f"{served['url']}/health/live", trust_env=False)

        for process in (work, serve):
            process.terminate()
            process.wait(30)

    assert (worked, live.status_code) == ("ready: working (feed)\n", 200)
    assert (work.returncode, serve.returncode) == (0, 0)


def test_a_port_that_is_taken_is_a_mistake_in_the_settings(desk: Desk) -> None:
    with desk.started("serve", "--json") as first:
        port = json.loads(line_of(first.stdout))["url"].rpartition(":")[2]
        desk.environment["REPLICATOR_PORT"] = port
        with desk.started("serve") as second:
            _, err = second.communicate(timeout=30)

    assert second.returncode == 2
    assert err.startswith(f"error: cannot listen on 127.0.0.1:{port}")


def test_a_second_ctrl_c_waits_for_nothing(desk: Desk) -> None:
    with desk.started("serve", "--json") as process:
        url = httpx.URL(json.loads(line_of(process.stdout))["url"])
        address = (url.host, int(url.port or 0))
        with socket.create_connection(address) as half_a_hook:
            half_a_hook.sendall(b"POST /hooks/feed HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")

            process.send_signal(signal.SIGINT)
            while _listens(address):
                assert process.poll() is None
            process.send_signal(signal.SIGINT)

            assert process.wait(30) == 130


def _listens(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address).close()
    except OSError:
        return False
    return True


def test_events_are_followed_as_they_are_recorded(desk: Desk) -> None:
    with desk.started("events", "--follow", "--json", "--after", "0") as process:
        desk.say("pull", "feed")

        followed = [json.loads(line_of(process.stdout))["position"] for _ in range(8)]
        process.send_signal(signal.SIGINT)
        process.wait(30)

    assert followed == [1, 2, 3, 4, 5, 6, 7, 8]
