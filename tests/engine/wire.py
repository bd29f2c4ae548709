"""The wire between the replicator and the played systems, inside one process: no sockets, so that a story is quick.

Every request of an httpx client goes to the application that is served under its host; a connection that a fault cuts
is cut (`ConnectionResetError`). Connectors and demo are tested over real sockets elsewhere.
"""

from __future__ import annotations

import ssl

import httpx
import pytest
from starlette.types import ASGIApp


class Wire:
    """Hosts and the applications behind them."""

    def __init__(self) -> None:
        self._hosts: dict[str, httpx.ASGITransport] = {}

    def serve(self, host: str, app: ASGIApp) -> str:
        """The address under which `app` answers from now on."""
        self._hosts[host] = httpx.ASGITransport(app)
        return f"http://{host}"

    @classmethod
    def lay(cls, patch: pytest.MonkeyPatch) -> Wire:
        """The wire that every client goes by while a test runs."""
        wire = cls()

        async def handle(_transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
            return await wire._hosts[request.url.host].handle_async_request(request)

        patch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle)
        # Nothing is encrypted here, and every client would read all certificate authorities for it: 25 ms each.
        patch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_given, **_named: None)
        return wire
