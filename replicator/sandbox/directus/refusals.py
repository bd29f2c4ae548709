"""What Directus says when it refuses: status, code, and the very words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

from starlette.responses import JSONResponse, Response

NO_PERMISSION = "You don't have permission to access this."
RETRY_SECONDS = 1


class Refused(Exception):
    """A request that Directus answers with an error."""

    def __init__(self, status: int, code: str, message: str, extensions: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.extensions = dict(extensions or {})

    def response(self) -> Response:
        """The answer."""
        error = {"message": str(self), "extensions": {**self.extensions, "code": self.code}}
        return JSONResponse({"errors": [error]}, status_code=self.status)


def forbidden(reason: str | None = None) -> Refused:
    """403: forbidden, unknown, or not there; Directus does not say which."""
    return Refused(HTTPStatus.FORBIDDEN, "FORBIDDEN", reason or NO_PERMISSION, {"reason": reason} if reason else None)


def forbidden_action(action: str, collection: str) -> Refused:
    """403 for an update or delete that found nothing, or may not be done."""
    return forbidden(
        f'You don\'t have permission to perform "{action}" for collection "{collection}" or it does not exist.'
    )


def forbidden_update(collection: str, fields: list[str]) -> Refused:
    """403 for an update of items that are not there."""
    named = ", ".join(f'"{name}"' for name in fields)
    return forbidden(
        f'You don\'t have permissions to perform "update" for the field(s) {named} in collection "{collection}" '
        "or it does not exist."
    )


def forbidden_collection(collection: str, field: str | None = None) -> Refused:
    """403 for an unknown collection or field."""
    which = f'field "{field}" in collection "{collection}"' if field else f'collection "{collection}"'
    return forbidden(f"You don't have permission to access {which} or it does not exist. Queried in root.")


def not_unique(collection: str, field: str, value: object) -> Refused:
    """400: another item holds the value."""
    return Refused(
        HTTPStatus.BAD_REQUEST,
        "RECORD_NOT_UNIQUE",
        f'Value "{value}" for field "{field}" in collection "{collection}" has to be unique.',
        {"collection": collection, "field": field, "value": value},
    )


def failed_validation(field: str, kind: str) -> Refused:
    """400: a required field is missing (`required`) or null (`nnull`)."""
    said = "Value is required." if kind == "required" else "Value can't be null."
    return Refused(
        HTTPStatus.BAD_REQUEST,
        "FAILED_VALIDATION",
        f'Validation failed for field "{field}". {said}',
        {"field": field, "path": [], "type": kind},
    )


def unfit(code: str, collection: str, field: str, value: object) -> Refused:
    """400: VALUE_TOO_LONG, VALUE_OUT_OF_RANGE or INVALID_FOREIGN_KEY."""
    said = {
        "VALUE_TOO_LONG": f'Value for field "{field}" in collection "{collection}" is too long.',
        "VALUE_OUT_OF_RANGE": f'Value for field "{field}" in collection "{collection}" is out of range.',
        "INVALID_FOREIGN_KEY": f'Invalid foreign key for field "{field}" in collection "{collection}".',
    }
    return Refused(HTTPStatus.BAD_REQUEST, code, said[code], {"collection": collection, "field": field, "value": value})


def invalid_payload(reason: str) -> Refused:
    """400: the body cannot be used."""
    return Refused(HTTPStatus.BAD_REQUEST, "INVALID_PAYLOAD", f"Invalid payload. {reason}.", {"reason": reason})


def invalid_query(reason: str) -> Refused:
    """400: the query cannot be used."""
    return Refused(HTTPStatus.BAD_REQUEST, "INVALID_QUERY", f"Invalid query. {reason}.", {"reason": reason})


def invalid_credentials() -> Refused:
    """401: no such token."""
    return Refused(HTTPStatus.UNAUTHORIZED, "INVALID_CREDENTIALS", "Invalid user credentials.")


def no_route(path: str) -> Refused:
    """404: for routes only."""
    return Refused(HTTPStatus.NOT_FOUND, "ROUTE_NOT_FOUND", f"Route {path} doesn't exist.", {"path": path})


def broken() -> Refused:
    """500: also for a value of the wrong type, and then for good."""
    return Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL_SERVER_ERROR", "An unexpected error occurred.")


def under_fault(status: int, now: datetime) -> Response:
    """The limiters' answers: 429 with `Retry-After` and an exact `reset`, 503 without; and the plain 500."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        reset = (now + timedelta(seconds=RETRY_SECONDS)).isoformat(timespec="milliseconds")
        extensions = {"limit": 50, "reset": reset.replace("+00:00", "Z")}
        said = f"Too many requests, retry after {RETRY_SECONDS}s."
        answer = Refused(status, "REQUESTS_EXCEEDED", said, extensions).response()
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
        return answer
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        said = 'Service "api" is unavailable. Under pressure.'
        reasons = {"service": "api", "reason": "Under pressure"}
        return Refused(status, "SERVICE_UNAVAILABLE", said, reasons).response()
    return broken().response()
