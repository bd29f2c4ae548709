"""Shrinking: from a history that went wrong to the few steps that matter, printed as a test.

Chunks of steps are taken out, large ones first, as long as the same thing still goes wrong (Zeller's ddmin, without the
complements). Steps name what they need by names that stay, so what is left means what it meant before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from replicator.simulation.script import Setting, Step

PLAYS_MAX = 2000


async def shrunk(steps: Sequence[Step], wrong: Callable[[Sequence[Step]], Awaitable[bool]]) -> list[Step]:
    """A part of the steps of which none can be left out any more (or only after more plays than we make)."""
    kept, plays = list(steps), 0
    size = max(1, len(kept) // 2)
    while plays < PLAYS_MAX:
        before = len(kept)
        start = 0
        while start < len(kept) and plays < PLAYS_MAX:
            less = kept[:start] + kept[start + size :]
            plays += 1
            if await wrong(less):
                kept = less
            else:
                start += size
        if size == 1 and len(kept) == before:
            break
        size = max(1, size // 2)
    return kept


def as_test(name: str, setting: Setting | Any, steps: Sequence[Step], player: str = "play") -> str:  # noqa: ANN401 - either tier's
    """The source of a test that plays this history."""
    played = "\n".join(f"            {tuple(step)!r}," for step in steps)
    return f"""def test_{name}() -> None:
    result = {player}(
        {setting!r},
        [
{played}
        ],
    )

    assert result.audit.unexcused() == []
"""
