"""How Strapi says no: one envelope for all errors, and the handful of errors that clients must tell apart."""

from __future__ import annotations

from starlette.responses import JSONResponse

NAMES = {
    400: "ValidationError",
    401: "UnauthorizedError",
    403: "ForbiddenError",
    404: "NotFoundError",
    405: "MethodNotAllowedError",
    429: "RateLimitError",
    500: "InternalServerError",
    503: "ServiceUnavailableError",
}
MESSAGES = {
    401: "Missing or invalid credentials",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Too many requests, please try again later.",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Refusal(Exception):
    """A request that ends in an error body."""

    def __init__(
        self,
        status: int,
        message: str | None = None,
        *,
        details: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        name: str | None = None,
    ) -> None:
        self.status = status
        self.message = message or MESSAGES[status]
        self.details = details or {}
        self.headers = headers or {}
        self.name = name or NAMES[status]
        super().__init__(self.message)

    def response(self) -> JSONResponse:
        """As it goes over the wire."""
        error = {"status": self.status, "name": self.name, "message": self.message, "details": self.details}
        return JSONResponse({"data": None, "error": error}, self.status, headers=self.headers)


def invalid_key(name: str, parameter: str | None = None) -> Refusal:
    """A field that does not exist or may not be written: in the body, or in a parameter of the query."""
    where = {"path": None, "source": "query", "param": parameter} if parameter else {"path": name, "source": "body"}
    return Refusal(400, f"Invalid key {name}", details={"key": name, **where})


def invalid(errors: list[tuple[str, str, object]]) -> Refusal:
    """One or more values that cannot be: (path, message, value)."""
    listed = [
        {"path": [path], "message": message, "name": "ValidationError", "value": value}
        for path, message, value in errors
    ]
    message = errors[0][1] if len(errors) == 1 else f"{len(errors)} errors occurred"
    return Refusal(400, message, details={"errors": listed})
