"""Refusals: Medusa's errors, in its words. Uniqueness is a 400 with a sentence, never a 409."""

from __future__ import annotations

from starlette.responses import HTMLResponse, JSONResponse, Response

UNKNOWN_ERROR = {"code": "unknown_error", "type": "unknown_error", "message": "An unknown error occurred."}
TOO_LARGE, TOO_FAST, INTERNAL = 413, 429, 500


class Refusal(Exception):
    """A request that Medusa refuses; some of its answers have no type."""

    def __init__(self, message: str, *, status: int = 400, type_: str = "invalid_data") -> None:
        super().__init__(message)
        self.status = status
        self.type = type_

    def response(self) -> Response:
        """The answer."""
        typed = {"type": self.type} if self.type else {}
        return JSONResponse({**typed, "message": str(self)}, self.status)


class Broken(Exception):
    """What Medusa does not foresee: 500."""


def missing(message: str) -> Refusal:
    """404, not found."""
    return Refusal(message, status=404, type_="not_found")


def exists(noun: str, column: str, value: object) -> Refusal:
    """What is unique is there already."""
    return Refusal(f"{noun} with {column}: {value}, already exists.")


def no_route(method: str, path: str) -> Response:
    """Express's own page, also for PUT."""
    page = f"<!DOCTYPE html>\n<html>\n<body>\n<pre>Cannot {method} {path}</pre>\n</body>\n</html>\n"
    return HTMLResponse(page, 404)


def trouble(status: int) -> Response:
    """A 429 or 503 comes from what stands before Medusa, a 500 from itself."""
    if status == INTERNAL:
        return JSONResponse(UNKNOWN_ERROR, status)
    if status == TOO_FAST:
        return JSONResponse({"message": "Too Many Requests"}, status, {"retry-after": "1"})
    return JSONResponse({"message": "Service Unavailable"}, status)
