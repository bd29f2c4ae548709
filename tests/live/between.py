"""A proxy between the replicator and a real system: it counts what is written, and spoils a request when told to.

The system itself is real, so a `lost` answer is of a write that was truly made there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx
import orjson

from tests.live.door import Answered, Asked, Door

WRITES = {"medusa": r"^/admin/", "directus": r"^/items/", "strapi": r"^/api/(?!auth)"}
TIMEOUT_SECONDS = 120.0
IDLE_SECONDS_MAX = 2.0  # the systems hang up after 5
HOP = (b"host", b"connection", b"content-length", b"transfer-encoding", b"accept-encoding")
REFUSALS = {
    429: ("REQUESTS_EXCEEDED", "Too many requests, please try again later."),
    500: ("INTERNAL_SERVER_ERROR", "An unexpected error occurred."),
    503: ("SERVICE_UNAVAILABLE", "Under pressure."),
}


@dataclass(slots=True, kw_only=True)
class Between:
    """The proxy. `url` is what the replicator is told; `writes` is what passed it, as method and path."""

    name: str
    upstream: str
    writes: list[str] = field(default_factory=list)
    _faults: list[str] = field(default_factory=list)
    _door: Door = field(init=False)
    _http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self._door = Door(self._handle)
        limits = httpx.Limits(keepalive_expiry=IDLE_SECONDS_MAX)
        self._http = httpx.AsyncClient(
            base_url=self.upstream, timeout=TIMEOUT_SECONDS, limits=limits, trust_env=False, follow_redirects=False
        )

    @property
    def url(self) -> str:
        """Its address, once it serves."""
        return self._door.url

    def spoil(self, kind: str) -> None:
        """Spoil the next write: `429`, `500`, `503`, `drop` (not made) or `lost` (made, no answer)."""
        self._faults.append(kind)

    async def __aenter__(self) -> Self:
        await self._door.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._door.__aexit__(kind, error, trace)
        await self._http.aclose()

    async def _handle(self, asked: Asked) -> Answered | None:
        writes = asked.method != "GET"
        fault = None
        if writes:
            self.writes.append(f"{asked.method} {asked.target}")
            if self._faults and re.search(WRITES[self.name], asked.target):
                fault = self._faults.pop(0)
        if fault == "drop":
            return None
        if fault is not None and fault != "lost":
            return refusal(self.name, int(fault))
        answered = await self._forward(asked)
        return None if fault == "lost" else answered

    async def _forward(self, asked: Asked) -> Answered | None:
        headers = [each for each in asked.headers if each[0].lower() not in HOP]
        headers.append((b"accept-encoding", b"identity"))
        request = self._http.build_request(asked.method, asked.target, headers=headers, content=asked.body)
        try:
            answer = await self._http.send(request)
        except httpx.TransportError:  # it is down, or died meanwhile: whoever asks sees the same
            return None
        return Answered(status=answer.status_code, headers=answer.headers.raw, body=answer.content)


def refusal(name: str, status: int) -> Answered:
    """A refusal as the system itself words it."""
    code, message = REFUSALS[status]
    bodies: dict[str, object] = {
        "medusa": {"type": "unknown_error", "message": message, "code": "unknown_error"},
        "directus": {"errors": [{"message": message, "extensions": {"code": code}}]},
        "strapi": {"data": None, "error": {"status": status, "name": "Error", "message": message, "details": {}}},
    }
    headers = [(b"content-type", b"application/json"), *([] if status == 500 else [(b"retry-after", b"0")])]
    return Answered(status=status, headers=headers, body=orjson.dumps(bodies[name]))
