"""The time of the second tier, and its chance: both stand still until they are moved, so that all can be repeated."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

BEGINNING = 1_800_000_000.0  # epoch seconds at which every history begins: some day in 2027


class Moment:
    """The present moment."""

    def __init__(self, seed: int) -> None:
        self.seconds = BEGINNING
        self._chance = random.Random(seed)

    @property
    def ms(self) -> int:
        """Milliseconds since the epoch, as versions of records count them."""
        return round(self.seconds * 1000)

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += max(0.0, seconds)

    @contextmanager
    def reigning(self) -> Iterator[None]:
        """Whoever asks for the time, or for random bits, gets ours. An event loop's timers go by it too."""
        with ExitStack() as stack:
            stack.enter_context(patch.object(time, "time", lambda: self.seconds))
            stack.enter_context(patch.object(time, "monotonic", lambda: self.seconds))
            stack.enter_context(patch.object(time, "time_ns", lambda: round(self.seconds * 1e9)))
            stack.enter_context(patch.object(secrets, "randbits", self._chance.getrandbits))
            yield
