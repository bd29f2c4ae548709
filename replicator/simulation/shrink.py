"""Shrinking: from a history that went wrong to the few steps that matter, printed as a test.

Chunks of steps are taken out, large ones first, as long as the same thing still goes wrong (Zeller's ddmin, without the
complements). Steps name what they need by names that stay, so what is left means what it meant before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from replicator.simulation.script import Step

PLAYS_MAX = 2000
PLAYED = {False: ("def", "play"), True: ("async def", "await stage.play")}


async def shrunk(
    steps: Sequence[Step], wrong: Callable[[Sequence[Step]], Awaitable[bool]], plays_max: int = PLAYS_MAX
) -> list[Step]:
    """A part of the steps of which none can be left out any more (or only after more plays than we make)."""
    kept, plays = list(steps), 0
    size = max(1, len(kept) // 2)
    while plays < plays_max:
        before = len(kept)
        start = 0
        while start < len(kept) and plays < plays_max:
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


def as_test(name: str, setting: object, steps: Sequence[Step], *, whole: bool = False) -> str:
    """The source of a test that plays this history, on the core or on the `whole` engine (with a fixture `stage`)."""
    played = "\n".join(f"            {tuple(step)!r}," for step in steps)
    define, player = PLAYED[whole]
    return f"""{define} test_{name}({"stage: Stage" if whole else ""}) -> None:
    result = {player}(
        {setting!r},
        [
{played}
        ],
    )

    assert result.unexcused() == []
"""
