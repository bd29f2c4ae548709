"""Faults: how a system is made to fail over HTTP, and the wrapper around its app that does it.

A rule names the requests it is for (method, path, account) and how many of them, or which share. Kinds:

- `delay`   answer, but only after `seconds`
- `429` `500` `503`   refuse unprocessed, with the system's own body and headers
- `drop`    close the connection unprocessed
- `lost`    process fully, then close the connection (after `seconds`) without an answer: "time-out after the
  write happened"
- `half`    process fully, then close the connection in the middle of the answer
- `garbage` process fully, then answer 200 with bytes that are no JSON
- `page`    answer 200 with a page for people, unprocessed, as something between the two does
- `hang`    take the request, and neither process nor answer it until the asker has gone

The wrapper also keeps the log of requests. Who asks is resolved by the system itself
(`request.state.account`), only while it answers; rules that name an account therefore go by who used the same
credentials before.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from replicator.sandbox.ledger import Ledger, Request, current_request

KINDS = ("delay", "429", "500", "503", "drop", "lost", "half", "garbage", "page", "hang")
REFUSALS = ("429", "500", "503")
UNANSWERED = ("drop", "lost", "half", "garbage", "page", "hang")  # nobody can tell from it what was done
PROCESSED = ("lost", "half", "garbage")
GARBAGE = bytes(range(256))
PAGE = "<!doctype html><title>Just a moment</title><p>The shop is being looked after.</p>"
CREDENTIALS_MAX = 1000  # a person's log-in per request would otherwise fill the memory


@dataclass(slots=True, kw_only=True)
class Fault:
    """One rule. It is used up after `count` requests; `share` < 1 lets chance pass some of them by."""

    kind: str
    count: int = 1
    share: float = 1.0
    method: str = ".*"
    path: str = ".*"
    account: str | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            msg = f"there is no fault {self.kind!r}; there are {', '.join(KINDS)}"
            raise ValueError(msg)

    def fits(self, method: str, path: str, account: str | None) -> bool:
        """Whether it is for such a request."""
        return (
            self.count > 0
            and re.fullmatch(self.method, method, re.IGNORECASE) is not None
            and re.search(self.path, path) is not None
            and self.account in (None, account)
        )


@dataclass(slots=True)
class Faults:
    """The rules of one system, in the order in which they are tried."""

    rng: random.Random
    rules: list[Fault] = field(default_factory=list)

    def take(self, method: str, path: str, account: str | None) -> Fault | None:
        """The fault that befalls this request, used up by one."""
        for rule in self.rules:
            if rule.fits(method, path, account) and (rule.share >= 1 or self.rng.random() < rule.share):
                rule.count -= 1
                self.rules = [each for each in self.rules if each.count > 0]
                return rule
        return None


class Faulty:
    """A system's app with its faults and the log of requests around it."""

    def __init__(
        self, app: ASGIApp, *, name: str, ledger: Ledger, faults: Faults, refusal: Callable[[int], Response]
    ) -> None:
        self._app = app
        self._name = name
        self._ledger = ledger
        self._faults = faults
        self._refusal = refusal
        self._accounts: dict[bytes, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or fail it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        query = scope["query_string"].decode()
        path = scope["path"] + (f"?{query}" if query else "")
        request = self._ledger.asked(system=self._name, method=scope["method"], path=path)
        credentials = _credentials(scope)
        request.account = self._accounts.get(credentials)
        fault = self._faults.take(scope["method"], path, request.account)
        request.fault = fault.kind if fault else None
        scope.setdefault("state", {})
        token = current_request.set(request)
        try:
            await self._serve(fault, request, (scope, receive, send))
        finally:
            current_request.reset(token)
            self._learn(credentials, scope, request)

    async def _serve(self, fault: Fault | None, request: Request, call: tuple[Scope, Receive, Send]) -> None:
        scope, receive, send = call

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.status = message["status"]
                # Who asked may have given up meanwhile: then the answer reaches nobody, like one that was lost.
                request.answered = not _is_gone(scope)
            await send(message)

        if fault is not None and fault.kind in REFUSALS:
            await self._refusal(int(fault.kind))(scope, receive, answer)
        elif fault is not None and fault.kind in UNANSWERED:
            request.answered = False
            kept = _Kept(request)
            if fault.kind in PROCESSED:
                await self._app(scope, await _whole(receive), kept)
            await asyncio.sleep(fault.seconds)
            await _spoil(fault.kind, kept, call)
        elif fault is not None:
            whole = await _whole(receive)
            await asyncio.sleep(fault.seconds)
            await self._app(scope, whole, answer)
        else:
            await self._app(scope, receive, answer)

    def _learn(self, credentials: bytes, scope: Scope, request: Request) -> None:
        request.account = scope["state"].get("account", request.account)
        if credentials and request.account is not None:
            if len(self._accounts) >= CREDENTIALS_MAX:
                self._accounts.clear()
            self._accounts[credentials] = request.account


class _Kept:
    """An answer that is not sent as it is."""

    def __init__(self, request: Request) -> None:
        self.messages: list[Message] = []
        self._request = request

    async def __call__(self, message: Message) -> None:
        """Keep one part of it."""
        if message["type"] == "http.response.start":
            self._request.status = message["status"]
        self.messages.append(message)

    async def half(self, send: Send) -> None:
        """Send its head, which tells how long it is, and the first half of its body."""
        body = b"".join(each.get("body", b"") for each in self.messages)
        await send(self.messages[0])
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


async def _spoil(kind: str, kept: _Kept, call: tuple[Scope, Receive, Send]) -> None:
    """What the asker sees of such a fault."""
    scope, receive, send = call
    if kind == "page":
        await HTMLResponse(PAGE)(scope, receive, send)
    elif kind == "garbage":
        await Response(GARBAGE, media_type="application/json")(scope, receive, send)
    elif kind == "hang":
        await _gone(receive)
    else:
        if kind == "half":
            await kept.half(send)
        await _hang_up(scope, receive)


def _credentials(scope: Scope) -> bytes:
    return b"".join(value for name, value in scope["headers"] if name in (b"authorization", b"cookie"))


async def _whole(receive: Receive) -> Receive:
    """The request read to its end: it will be carried out even if who asked gives up waiting."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return unread.pop() if unread else await receive()

    return replay


def _is_gone(scope: Scope) -> bool:
    transport = scope["state"].get("transport")
    return isinstance(transport, asyncio.Transport) and transport.is_closing()


async def _hang_up(scope: Scope, receive: Receive) -> None:
    transport = scope["state"].get("transport")  # put there by the server (serve.py); tests without sockets have none
    if not isinstance(transport, asyncio.Transport):
        msg = "the sandbox closed the connection"
        raise ConnectionResetError(msg)
    transport.close()
    await _gone(receive)


async def _gone(receive: Receive) -> None:
    """Back when the asker has gone; the rest of the body may still be under way."""
    while (await receive())["type"] != "http.disconnect":
        pass
