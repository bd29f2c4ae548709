"""The client: one system's HTTP, as all connectors need it. The only file that knows httpx.

A request ends in an `Answer` or in one error of the tree of `replicator.errors`:

| what happened | error | repeated here |
|---|---|---|
| no connection | NoAnswer, `sent` False | idempotent requests |
| no answer, half an answer, time-out | NoAnswer, `sent` True: it may have been done | idempotent requests |
| 429, 503 | Throttled: refused before it was done | all |
| 401 | Denied | once, after one new login |
| 403 | Denied | no |
| other 4xx | Refused, with its `body` and the `field` at fault | no |
| other 5xx | ServerFault, with its `body`: it may have been done | idempotent requests |
| a redirect, HTML, broken JSON, too much | BadAnswer | no |

Repetitions wait 1, 2, 4 s or what the system tells, if that is not too long to hold a worker. Numbers with a fraction
come as `Decimal`, exactly as they were written: money must not pass through a float. Addresses inside answers are
never followed.
"""

from __future__ import annotations

import asyncio
import json as jsonlib
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import httpx

from replicator.connectors.answers import Answer, Denied, NoAnswer, Refused, ServerFault, error_of, failed, parsed
from replicator.connectors.auth import Auth, BasicKey, Login, StaticToken, TokenStore
from replicator.core import backoff
from replicator.core.pace import Pace, wait_told
from replicator.errors import BadAnswer, CanonicalError, RemoteError, Throttled

__all__ = [
    "Answer",
    "Auth",
    "BasicKey",
    "Client",
    "Denied",
    "Login",
    "NoAnswer",
    "Pace",
    "Refused",
    "ServerFault",
    "StaticToken",
    "TokenStore",
    "failed",
]

Params: TypeAlias = Sequence[tuple[str, str]] | Mapping[str, str]

REPEATS = 3  # after 1, 2 and 4 s; who still has no answer then is better served by the delivery's own backoff
HELD_SECONDS_MAX = 15.0  # a longer wait is handed up: a worker has other systems to serve (DummyJSON tells 10)
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
ANSWER_BYTES_MAX = 64 * 1024 * 1024  # a hundred times the largest page we ask for


class Client:
    """One system over HTTP, with its pace, its login and its repetitions. Share one per system and process."""

    def __init__(
        self,
        base_url: str,
        *,
        auth: Auth | None = None,
        pace: Pace | None = None,
        timeout_seconds: float = 30,
        transport: httpx.AsyncBaseTransport | None = None,
        connections_max: int = 8,
        headers: Mapping[str, str] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        limits = httpx.Limits(max_connections=connections_max, max_keepalive_connections=connections_max)
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"accept": "application/json", **(headers or {})},
            timeout=timeout_seconds,
            limits=limits,
            transport=transport,
            follow_redirects=False,
            trust_env=False,
        )
        self._auth: Auth = auth or StaticToken(None)
        self._pace = pace or Pace()
        self._timeout_seconds = timeout_seconds
        self._slots = asyncio.Semaphore(connections_max)  # waiting here costs less than waiting in the pool
        self._renewing = asyncio.Lock()
        self._sleep = sleep
        if isinstance(auth, Login):
            auth.bind(self._log_in)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
    ) -> Answer:
        """Ask, wait as told, repeat where that is safe. Raises as the table above says."""
        if not path.startswith("/") or path.startswith("//"):
            msg = f"{path!r} is no path: an address found in an answer is never followed"
            raise ValueError(msg)
        content = None if json is None else encoded(json)
        build = {"params": _listed(params), "content": content}
        safe = method.upper() in ("GET", "HEAD") if idempotent is None else idempotent
        for attempt in range(1, REPEATS + 1):
            try:
                return await self._authorised(method, path, build, headers)
            except (Throttled, NoAnswer, ServerFault) as error:
                if not (safe or isinstance(error, Throttled)):
                    raise
                wait = backoff.delay(attempt, jitter=random.random())  # noqa: S311  (spreads, guards nothing)
                wait = max(wait, (error.retry_after or 0.0) if isinstance(error, Throttled) else 0.0)
                if wait > HELD_SECONDS_MAX:
                    raise
                await self._sleep(wait)
        return await self._authorised(method, path, build, headers)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _authorised(
        self, method: str, path: str, build: Mapping[str, Any], headers: Mapping[str, str] | None
    ) -> Answer:
        used = await self._auth.headers()
        try:
            return await self._paced(method, path, build, {**(headers or {}), **used})
        except Denied as error:
            if error.status != httpx.codes.UNAUTHORIZED or not await self._renewed(used):
                raise
        return await self._paced(method, path, build, {**(headers or {}), **await self._auth.headers()})

    async def _renewed(self, used: Mapping[str, str]) -> bool:
        """Whether there are other credentials now than those refused: one login for all who were refused together."""
        async with self._renewing:
            return await self._auth.headers() != used or await self._auth.renew()

    async def _paced(self, method: str, path: str, build: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        wait, self._pace = self._pace.turn(time.time())
        if wait > HELD_SECONDS_MAX:
            msg = f"{method} {path}: the system asked us to wait {wait:.0f} s"
            raise Throttled(msg, retry_after=wait)
        if wait > 0:
            await self._sleep(wait)
        began = time.time()
        answer, error = await self._exchange(method, path, build, headers)
        if isinstance(error, Throttled):
            self._pace = self._pace.refused(answer.headers, time.time(), began=began)
        else:
            self._pace = self._pace.answered(answer.headers, time.time())
        if error is not None:
            raise error
        return answer

    async def _log_in(self, path: str, body: Mapping[str, Any]) -> Answer:
        answer, error = await self._exchange("POST", path, {"content": encoded(body)}, {})
        if isinstance(error, Refused):  # some answer 400 to a wrong password
            raise Denied(str(error), status=httpx.codes.UNAUTHORIZED, body=error.body)
        if error is not None:
            raise error
        return answer

    async def _exchange(
        self, method: str, path: str, build: Mapping[str, Any], headers: Mapping[str, str]
    ) -> tuple[Answer, RemoteError | None]:
        """One request and what came of it. A refusal is returned, because the pace looks at its headers."""
        where = f"{method} {path}"
        sent_headers = {"content-type": "application/json", **headers} if build.get("content") else headers
        async with self._slots:
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    async with self._http.stream(method, path, headers=sent_headers, **build) as reply:
                        raw = await _read(reply, where)
            except NEVER_SENT as error:
                msg = f"{where}: no connection ({_told(error)})"
                raise NoAnswer(msg, sent=False) from error
            except (httpx.HTTPError, OSError) as error:  # asyncio's time-out is an OSError too
                msg = f"{where}: no answer ({_told(error)})"
                raise NoAnswer(msg, sent=True) from error
        answer_headers = {name.lower(): value for name, value in reply.headers.items()}
        status = reply.status_code
        if reply.is_success or status == httpx.codes.NOT_MODIFIED:
            return parsed(raw, status, answer_headers, where), None
        refusal = error_of(raw, status, wait_told(answer_headers, time.time()), where)
        return Answer(status, answer_headers, None), refusal


def encoded(body: object) -> bytes:
    """A request's JSON. A Decimal is written as the number it is; one that no float can hold is an error."""
    return jsonlib.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_number).encode()


def _number(value: object) -> float | int:
    if not isinstance(value, Decimal):
        msg = f"{value!r} has no JSON"
        raise CanonicalError(msg)
    if value == value.to_integral_value():
        return int(value)
    if Decimal(repr(float(value))) != value:
        msg = f"{value} cannot be sent exactly as a JSON number"
        raise CanonicalError(msg)
    return float(value)


def _listed(params: Params | None) -> list[tuple[str, str]] | None:
    return list(params.items()) if isinstance(params, Mapping) else list(params) if params is not None else None


def _told(error: BaseException) -> str:
    return str(error) or type(error).__name__


async def _read(reply: httpx.Response, where: str) -> bytes:
    raw = bytearray()
    async for chunk in reply.aiter_bytes():
        raw += chunk
        if len(raw) > ANSWER_BYTES_MAX:
            msg = f"{where}: the answer is longer than {ANSWER_BYTES_MAX} bytes"
            raise BadAnswer(msg, status=reply.status_code)
    return bytes(raw)
