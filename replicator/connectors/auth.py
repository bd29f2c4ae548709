"""Auth: how we say who we are. A token that is fixed, a key, or a token got by logging in and renewed when refused."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Protocol, TypeAlias

from replicator.connectors.answers import Answer
from replicator.errors import BadAnswer

Post: TypeAlias = Callable[[str, Mapping[str, Any]], Awaitable[Answer]]


class Auth(Protocol):
    """Who we are, in headers."""

    async def headers(self) -> Mapping[str, str]:
        """The headers to send."""
        ...

    async def renew(self) -> bool:
        """After a 401: get new ones. False where there is nothing to renew."""
        ...


class TokenStore(Protocol):
    """Where a token is kept for other processes: auth routes are rate limited, so log-ins are shared."""

    async def get(self) -> str | None:
        """The token last put, if any."""
        ...

    async def put(self, token: str) -> None:
        """Keep a token."""
        ...

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Log in one process at a time: who comes after finds the token of who went before."""
        ...


class StaticToken:
    """A token that does not change."""

    def __init__(self, token: str | None, *, scheme: str = "Bearer") -> None:
        self._headers = {} if token is None else {"authorization": f"{scheme} {token}"}

    async def headers(self) -> Mapping[str, str]:
        """The token; nothing, where it is None: the system is public."""
        return self._headers

    async def renew(self) -> bool:
        """There is nothing to renew."""
        return False


class BasicKey(StaticToken):
    """A secret key sent as the user name of HTTP Basic, without a password."""

    def __init__(self, key: str) -> None:
        super().__init__(base64.b64encode(f"{key}:".encode()).decode(), scheme="Basic")


class Login:
    """A token got by posting credentials. `reader` finds the token in the answer's body.

    Concurrent callers share one log-in; with a store, so do processes. The client binds itself on construction: a
    log-in is posted through it, but neither paced nor repeated.
    """

    def __init__(
        self,
        path: str,
        body: Mapping[str, Any],
        reader: Callable[[Any], str | None],
        *,
        store: TokenStore | None = None,
    ) -> None:
        self._path = path
        self._body = body
        self._reader = reader
        self._store = store
        self._token: str | None = None
        self._lock = asyncio.Lock()
        self._post: Post | None = None

    def bind(self, post: Post) -> None:
        """Use this to post the credentials."""
        self._post = post

    async def headers(self) -> Mapping[str, str]:
        """The token, logged in for if there is none yet."""
        async with self._lock:
            if self._token is None and self._store is not None:
                self._token = await self._store.get()
            if self._token is None:
                await self._renewed()
            return {"authorization": f"Bearer {self._token}"}

    async def renew(self) -> bool:
        """Take the token that another process has got meanwhile, else log in again."""
        async with self._lock:
            await self._renewed()
            return True

    async def _renewed(self) -> None:
        async with self._store.turn() if self._store is not None else nullcontext():
            kept = await self._store.get() if self._store is not None else None
            if kept is not None and kept != self._token:
                self._token = kept
            else:
                await self._log_in()

    async def _log_in(self) -> None:
        if self._post is None:
            msg = "a Login belongs to a Client, which binds it"
            raise TypeError(msg)
        answer = await self._post(self._path, self._body)
        token = self._reader(answer.body)
        if not token:
            msg = f"POST {self._path}: logged in, but there is no token in the answer"
            raise BadAnswer(msg, status=answer.status)
        self._token = token
        if self._store is not None:
            await self._store.put(token)
