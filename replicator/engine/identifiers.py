"""Identifiers: UUIDs of version 7 (RFC 9562), ordered by the time they were made, so that indexes grow at one end."""

from __future__ import annotations

import secrets
import time
from uuid import UUID


def new_id() -> str:
    """A new UUIDv7."""
    milliseconds = time.time_ns() // 1_000_000
    number = (milliseconds << 80) | secrets.randbits(80)
    number = number & ~(0xF << 76) | (0x7 << 76)
    return str(UUID(int=number & ~(0x3 << 62) | (0x2 << 62)))
