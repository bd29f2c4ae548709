"""What a request brings: its body and its query."""

from __future__ import annotations

import json

from starlette.requests import Request

from replicator.sandbox.directus.query import Query, from_parameters
from replicator.sandbox.directus.refusals import invalid_payload
from replicator.sandbox.directus.tables import Json

PAYLOAD_BYTES_MAX = 1024 * 1024  # MAX_PAYLOAD_SIZE as it comes


async def body_of(request: Request) -> Json:
    """The body. Too much of it is a 400 too, not a 413."""
    raw = await request.body()
    if len(raw) > PAYLOAD_BYTES_MAX:
        raise invalid_payload("request entity too large")
    try:
        return json.loads(raw or b"{}")
    except ValueError as error:
        raise invalid_payload("Invalid JSON") from error


def query_of(request: Request) -> Query:
    """The query in the address."""
    return from_parameters(request.query_params.multi_items())
