"""Refusals: Medusa's errors, in its words. Uniqueness is a 400 with a sentence, never a 409."""

from __future__ import annotations

from starlette.responses import HTMLResponse, JSONResponse, Response

UNKNOWN_ERROR = {"code": "unknown_error", "type": "unknown_error", "message": "An unknown error occurred."}
TOO_LARGE = 413


class Refusal(Exception):
    """A request that Medusa refuses."""

    def __init__(self, message: str, *, status: int = 400, type_: str = "invalid_data") -> None:
        super().__init__(message)
        self.status = status
        self.type = type_

    def response(self) -> Response:
        """The answer."""
        if self.status == TOO_LARGE:
            return JSONResponse({"message": str(self), "type": self.type}, self.status)
        return JSONResponse({"type": self.type, "message": str(self)}, self.status)


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
    if status == 500:  # noqa: PLR2004  (the status itself is the word)
        return JSONResponse(UNKNOWN_ERROR, 500)
    headers = {"retry-after": "1"} if status == 429 else {}  # noqa: PLR2004  (likewise)
    return JSONResponse({"message": "Too Many Requests" if headers else "Service Unavailable"}, status, headers)
