"""Refusals: every error of every HTTP door has one form, and says what to do.

`{"error": {"code", "message", "mend"}}`: a code for programs, a sentence for people, and what mends it. The status is
chosen here, at the edge; the errors of the rooms below know nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class Refusal(Exception):
    """A request that is not done. Handlers raise it, `answer` makes the response."""

    def __init__(
        self, status: int, code: str, message: str, mend: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.mend = status, code, message, mend
        self.headers = dict(headers or {})


def answer(_request: Request, refusal: Exception) -> Response:
    """The response to a refused request."""
    if not isinstance(refusal, Refusal):
        raise refusal
    content = {"error": {"code": refusal.code, "message": refusal.message, "mend": refusal.mend}}
    return JSONResponse(content, status_code=refusal.status, headers=refusal.headers)
