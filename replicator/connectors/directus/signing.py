"""The User-Agent that our calls bear. Directus keeps it in its activity, where it tells our writes. Pure.

One write bears `sync=<sync id>`. Of several in one call each bears its own, beside the end of the item's id, because
the activity tells of each item alone and in no order that can be relied on. What does not fit is another call.
"""

from __future__ import annotations

import re
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from importlib.metadata import version

NAME = f"replicator/{version('replicator')}"
CHARACTERS_MAX = 1000  # a header that every proxy lets pass
TAIL = 6  # of an item's id: in one call no two items end alike, or they are not told at all
PLAIN = "~"  # before a sync id that is no UUID, and stands as it is
ONE = re.compile(r"^replicator/\S+ sync=(\S+)$")
SEVERAL = re.compile(r"^replicator/\S+ syncs=(\S+)$")


def signed(writes: Mapping[str, str]) -> str:
    """The User-Agent of a call that writes these: item → sync id."""
    if len(writes) == 1:
        return f"{NAME} sync={next(iter(writes.values()))}"
    return f"{NAME} syncs={','.join(_pair(item, sync_id) for item, sync_id in writes.items())}"


def fitting(items: Sequence[tuple[str, str]]) -> int:
    """How many of these, from the first on, one User-Agent can name; at least one."""
    room = CHARACTERS_MAX - len(f"{NAME} syncs=")
    for count, (item, sync_id) in enumerate(items):
        room -= len(_pair(item, sync_id)) + 1
        if room < 0:
            return max(count, 1)
    return len(items)


def sync_id_of(agent: str | None, item: str) -> str | None:
    """The sync id that a User-Agent tells for an item; None where it tells none, or cannot tell it apart."""
    if alone := ONE.match(agent or ""):
        return alone[1]
    several = SEVERAL.match(agent or "")
    pairs = [each.partition(":") for each in several[1].split(",")] if several else []
    told = [short for tail, _, short in pairs if tail == _tail(item)]
    return _long(told[0]) if len(told) == 1 else None


def _pair(item: str, sync_id: str) -> str:
    return f"{_tail(item)}:{_short(sync_id)}"


def _tail(item: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", item)[-TAIL:]


def _short(sync_id: str) -> str:
    """A UUID in 22 characters."""
    try:
        given = uuid.UUID(sync_id)
    except ValueError:
        return PLAIN + sync_id
    return urlsafe_b64encode(given.bytes).decode().rstrip("=") if str(given) == sync_id else PLAIN + sync_id


def _long(short: str) -> str | None:
    if short.startswith(PLAIN):
        return short.removeprefix(PLAIN)
    try:
        return str(uuid.UUID(bytes=urlsafe_b64decode(short + "==")))
    except ValueError:
        return None
