"""Directus: its JSON as our documents, and its API.

Pure: `layout` (names over there), `abilities`, `shape` (rows, there and back) with `media`, `activity` with `signing`
(who wrote), `webhook`, `wanted` (what has to be). I/O: `api` (the connector) with `reading`, `changes`, `writing` and
`library`; `provision` with `recording`, `access` and `flow`; `files` (the hook extension).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from replicator.connectors.client import Client, StaticToken
from replicator.connectors.directus.api import Directus
from replicator.connectors.directus.files import write_files
from replicator.connectors.directus.layout import Layout
from replicator.connectors.directus.settings import DirectusSettings
from replicator.connectors.directus.webhook import read_webhook

__all__ = ["Directus", "DirectusSettings", "Layout", "connect", "read_webhook", "write_files"]


def connect(settings: DirectusSettings, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> Directus:
    """A Directus connector with a client of its own. `sleep` waits between repetitions."""

    def client(token: str) -> Client:
        return Client(settings.url, auth=StaticToken(token), timeout_seconds=settings.timeout_seconds, sleep=sleep)

    layout = replace(settings.layout, assets=f"{settings.url.rstrip('/')}/assets")
    settings = replace(settings, layout=layout)
    admin = client(settings.admin_token) if settings.admin_token else None
    return Directus(settings, client(settings.token), admin)
