"""Answers: what came back over HTTP, read; and which error a refusal is. One table, no I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from replicator.connectors.base import Failed, Trouble
from replicator.errors import (
    BadAnswer,
    Rejected,
    RemoteError,
    Throttled,
    Unauthorised,
    Unreachable,
)

Headers: TypeAlias = Mapping[str, str]
EXCERPT_LENGTH = 200  # of an answer, in an error message: enough to recognise a proxy's page
TOO_FAST = (429, 503)  # refused before anything was done
UNAUTHORISED, FORBIDDEN = 401, 403
OUR_FAULT, THEIR_FAULT = 400, 500  # and above: the class of a status is its first digit


@dataclass(frozen=True, slots=True)
class Answer:
    """A usable answer: `headers` in lower case, `body` parsed (fractions as Decimal; None where it is empty)."""

    status: int
    headers: Headers
    body: Any


class NoAnswer(Unreachable):
    """No answer came. `sent`: the request may have reached them, so a write may have been made."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class Refused(Rejected):
    """The request itself is refused; `body` is what they said, parsed if it was JSON."""

    def __init__(self, message: str, *, status: int, body: Any, field: str | None = None) -> None:  # noqa: ANN401  (any JSON)
        super().__init__(message, status=status, field=field)
        self.body = body


class Denied(Unauthorised):
    """The account is refused, or (some answer 403 for it) the record is not there; `body` is what they said."""

    def __init__(self, message: str, *, status: int, body: Any) -> None:  # noqa: ANN401  (any JSON)
        super().__init__(message, status=status)
        self.body = body


class ServerFault(RemoteError):
    """Their server failed at it (5xx): it may have been done, wholly or in part."""

    def __init__(self, message: str, *, status: int, body: Any) -> None:  # noqa: ANN401  (any JSON)
        super().__init__(message, status=status)
        self.body = body


def parsed(raw: bytes, status: int, headers: Headers, where: str) -> Answer:
    """The answer of a request that was carried out. Raises BadAnswer for anything but JSON or nothing."""
    if not raw.strip():
        return Answer(status, headers, None)
    kind = headers.get("content-type", "")
    if "html" in kind or raw.lstrip().startswith(b"<"):
        msg = f"{where} answered a page, not data: {excerpt(raw)}"
        raise BadAnswer(msg, status=status)
    try:
        return Answer(status, headers, json.loads(raw, parse_float=Decimal))
    except ValueError as error:
        msg = f"{where} answered something that is not JSON: {excerpt(raw)}"
        raise BadAnswer(msg, status=status) from error


def error_of(raw: bytes, status: int, wait_seconds: float | None, where: str) -> RemoteError:
    """The error that an answer of 300 or more stands for."""
    body = _readable(raw)
    said = _message(body) or excerpt(raw)
    msg = f"{where} answered {status}: {said}" if said else f"{where} answered {status}"
    if status in TOO_FAST and not _elsewhere(body):
        return Throttled(msg, retry_after=wait_seconds, status=status)
    if status in (UNAUTHORISED, FORBIDDEN):
        return Denied(msg, status=status, body=body)
    if status >= THEIR_FAULT:
        return ServerFault(msg, status=status, body=body)
    if status >= OUR_FAULT:
        return Refused(msg, status=status, body=body, field=_field(body))
    return BadAnswer(msg, status=status)


def failed(error: RemoteError) -> Failed:
    """What such an error means for a write, where the connector does not know better."""
    match error:
        case Throttled():
            return Failed(trouble=Trouble.RETRY, message=str(error), status=error.status, retry_after=error.retry_after)
        case NoAnswer(sent=False):
            trouble = Trouble.RETRY
        case Unauthorised():
            trouble = Trouble.ACCOUNT
        case Rejected():
            return Failed(trouble=Trouble.REFUSED, message=str(error), status=error.status, field=error.field)
        case _:  # no answer, a server fault, an answer that cannot be read: it may have been made
            trouble = Trouble.UNKNOWN
    return Failed(trouble=trouble, message=str(error), status=error.status)


def excerpt(raw: bytes) -> str:
    """The beginning of an answer, fit for a message."""
    return " ".join(raw[: EXCERPT_LENGTH * 4].decode(errors="replace").split())[:EXCERPT_LENGTH]


def _readable(raw: bytes) -> Any:  # noqa: ANN401  (any JSON)
    try:
        return json.loads(raw, parse_float=Decimal)
    except ValueError:
        return None  # an error page is told by its excerpt


def _message(body: object) -> str | None:
    """The sentence in an error body, wherever these systems put it: `message`, `error.message`, `errors[0].message`."""
    match body:
        case {"message": str(text)} | {"error": {"message": str(text)}} | {"errors": [{"message": str(text)}, *_]}:
            return text
        case _:
            return None


def _elsewhere(body: object) -> bool:
    """Whether Directus says that not itself is overloaded, but something it asked is not there (a picture's host)."""
    match body:
        case {"errors": [{"extensions": {"service": str(service)}}, *_]}:
            return service != "api"
        case _:
            return False


def _field(body: object) -> str | None:
    """The field at fault, where it is told: `errors[0].extensions.field`, `error.details.errors[0].path`."""
    match body:
        case {"errors": [{"extensions": {"field": str(name)}}, *_]}:
            return name
        case {"error": {"details": {"errors": [{"path": [*path]}, *_]}}} if path:
            return ".".join(map(str, path))
        case _:
            return None
