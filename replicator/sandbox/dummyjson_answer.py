"""How DummyJSON answers: data with a weak ETag, a page for an unknown path, and the bodies of its status tool."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

OTHERS = {
    419: "Authentication Timeout",
    420: "Enhance Your Calm",
    444: "No Response",
    449: "Retry With",
    450: "Blocked by Windows Parental Controls",
    499: "Client Closed Request",
    598: "Network Read Timeout",
    599: "Network Connect Timeout",
}
SUPPORTED = frozenset(
    [
        *(*range(200, 209), 226, *range(300, 306), 307, 308, *range(400, 419), 420, 422, 423, 424, 426, 428, 429, 431),
        *(444, 449, 450, 451, 499, *range(500, 509), 510, 511, 598, 599),
    ]
)
WITHOUT_BODY = (204, 304)


def status_answer(code: str, message: str | None) -> Response:
    """The answer with that status. Neither 429 nor 503 tells how long to wait, and 301 does not tell where to go."""
    if not code.isdigit():
        return data({"message": f"Status code '{code}' is invalid"}, 500)
    status = int(code)
    if status not in SUPPORTED:
        return data({"message": f"Status code '{code}' is not supported"}, 500)
    if status in WITHOUT_BODY:
        return Response(status_code=status)
    words = message or OTHERS.get(status) or HTTPStatus(status).phrase
    if status < HTTPStatus.BAD_REQUEST:
        return data({"status": status, "message": words}, status)
    problem = {"status": status, "title": words, "type": "about:blank", "detail": words, "message": words}
    return data(problem, status, kind="application/problem+json")


def data(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None, *, kind: str = "application/json"
) -> Response:
    """JSON as the real one spells it: compact, and not escaped to ASCII."""
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(raw, status, headers, f"{kind}; charset=utf-8")


def with_etag(request: Request, answer: Response) -> Response:
    """The answer with its weak ETag, or 304 where the client holds it already."""
    raw = bytes(answer.body)
    digest = hashlib.sha1(raw, usedforsecurity=False).digest()
    answer.headers["etag"] = f'W/"{len(raw):x}-{base64.b64encode(digest).decode()[:27]}"'
    if answer.status_code == HTTPStatus.OK and request.headers.get("if-none-match") == answer.headers["etag"]:
        return Response(status_code=304, headers={"etag": answer.headers["etag"]})
    return answer


def unknown(request: Request) -> Response:
    """An unknown path is answered with a page, not with data."""
    if request.method in ("GET", "HEAD"):
        page_text = (
            f"<!DOCTYPE html><html><head><title>404</title></head><body>{'<p>Not here.</p>' * 120}</body></html>"
        )
        return HTMLResponse(page_text, 404)
    text = f"<!DOCTYPE html><html><body><pre>Cannot {request.method} {request.url.path}</pre></body></html>"
    return HTMLResponse(text, 404)
