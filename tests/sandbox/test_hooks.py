"""Goal: hooks are delivered once, in order and without retry, or as badly as the switches say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from replicator.sandbox.hooks import Switches, Target
from replicator.sandbox.world import World


class Ear:
    """A receiver of hooks, on a real port."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.status = 202

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b"":
            length = next(
                int(line.split(b":")[1]) for line in head.splitlines() if line.lower().startswith(b"content-length")
            )
            self.heard.append(json.loads(await reader.readexactly(length))["n"])
            writer.write(f"HTTP/1.1 {self.status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
            await writer.drain()
            writer.close()
            return


@pytest.fixture
async def ear() -> AsyncIterator[tuple[Ear, str]]:
    made = Ear()
    server = await asyncio.start_server(made, "127.0.0.1", 0)
    async with server:
        yield made, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks"


@pytest.mark.parametrize(
    ("switches", "heard"),
    [
        (Switches(), [0, 1, 2, 3]),
        (Switches(off=True), []),
        (Switches(drop=1.0), []),
        (Switches(repeat=2), [0, 0, 1, 1, 2, 2, 3, 3]),
    ],
)
async def test_hooks_are_delivered_in_order_once_unless_switched_otherwise(
    ear: tuple[Ear, str], switches: Switches, heard: list[int]
) -> None:
    world = World(1)
    hooks = world.hooks["medusa"]
    hooks.targets.append(Target(ear[1]))
    hooks.switches = switches
    for n in range(4):
        hooks.send({"n": n}, {}, ("product", str(n)))
    await hooks.settle()
    await hooks.aclose()

    assert ear[0].heard == heard
    assert world.ledger.hooks_reported.get("medusa", 0) == len(heard)


async def test_shuffled_hooks_all_come_in_another_order(ear: tuple[Ear, str]) -> None:
    hooks = World(1).hooks["medusa"]
    hooks.targets.append(Target(ear[1]))
    hooks.switches = Switches(shuffle=20)
    for n in range(20):
        hooks.send({"n": n}, {}, ("product", str(n)))
    await hooks.settle()
    await hooks.aclose()

    assert ear[0].heard != sorted(ear[0].heard)
    assert sorted(ear[0].heard) == list(range(20))


async def test_a_hook_that_is_refused_or_finds_nobody_is_forgotten(ear: tuple[Ear, str]) -> None:
    world = World(1)
    hooks = world.hooks["medusa"]
    ear[0].status = 500
    hooks.targets += [Target(ear[1]), Target("http://127.0.0.1:9/nobody")]
    hooks.send({"n": 1}, {}, ("product", "1"))
    await hooks.settle()
    await hooks.aclose()

    assert ear[0].heard == [1]
    assert world.ledger.hooks_reported == {}
