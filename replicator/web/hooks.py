"""`POST /hooks/{system}`: where systems say that something happened.

Nothing is believed but who speaks (`proof`) and which records to read again; the answer 202 is given when that is
committed, not before, because most senders never say anything twice. What comes from a proven sender is kept even
where it cannot be read: people can look at it, and nothing vanishes without a trace.

| answer | when |
|---|---|
| 202 | stored; `duplicate` where the same delivery came before |
| 400 | proven, but not readable: kept as rejected |
| 401 | not proven, or no secret is set here |
| 404 | no such system here |
| 409 | the id of an earlier delivery, with other content |
| 413 | too large |
| 503 | more comes than can be stored, or the database is away: send again |
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from replicator.connectors import registry
from replicator.connectors.base import Hint
from replicator.core.outcome import Outcome
from replicator.core.schema import EntityType
from replicator.errors import BadAnswer, LogError
from replicator.log import inbox
from replicator.log.wake import Wake
from replicator.settings import Settings, SystemSettings
from replicator.web.batching import Batching, Call, Full
from replicator.web.proof import proven
from replicator.web.refusal import Refusal

KEPT_HEADERS = frozenset({"content-type", "user-agent", "webhook-id", "webhook-timestamp", "x-strapi-event"})
"""Headers that are kept with a delivery. Named one by one, so that no secret is ever stored."""
DEPTH_MAX = 64  # of nesting: no system sends so much, and what is kept has to be read again
HINTS_MAX = 5000  # records one delivery may name: a bulk edit of a whole catalogue is listed faster


@dataclass(frozen=True, slots=True)
class Hooks:
    """The door for hooks of all systems."""

    settings: Settings
    catalog: Mapping[str, EntityType]
    batching: Batching
    wake: Wake

    async def receive(self, request: Request) -> Response:
        """Take one delivery. Raises Refusal."""
        name = request.path_params["system"]
        system = self.settings.systems.get(name)
        if system is None:
            raise Refusal(
                404, "unknown_system", f"there is no system {name} here", "send to /hooks/{a name in replicator.toml}"
            )
        body = await _body(request, self.settings.web.body_bytes_max)
        delivery = proven(name, system, request.headers, body, datetime.now(UTC))
        call, refusal = self._read(name, system, request.headers, body, delivery)
        receipts = await self._stored(call)
        self.wake.send()
        if any(each.mismatch for each in receipts):
            raise Refusal(
                409,
                "other_content",
                f"delivery {delivery} came before with other content; that one stays",
                "give every delivery an id of its own",
            )
        if refusal is not None:
            raise refusal
        duplicate = all(each.duplicate for each in receipts)
        told: dict[str, object] = {"accepted": 0 if duplicate or call.outcome else len(receipts), "id": receipts[0].id}
        return JSONResponse(told | ({"duplicate": True} if duplicate else {}), status_code=202)

    async def _stored(self, call: Call) -> list[inbox.Receipt]:
        try:
            return await self.batching.store(call)
        except (Full, LogError, OSError) as error:
            mend = "nothing was taken: send it again"
            raise Refusal(503, "not_stored", str(error), mend, headers={"Retry-After": "1"}) from error

    def _read(
        self, name: str, system: SystemSettings, headers: Mapping[str, str], body: bytes, delivery: str | None
    ) -> tuple[Call, Refusal | None]:
        """What is stored of a delivery, and the refusal to answer with after that, if it cannot be read."""
        came = _Came(name, headers, body, delivery)
        if nested_too_deep(body):
            return came.unreadable(f"the body is nested deeper than {DEPTH_MAX}")
        try:
            hints = registry.hints(system, self.catalog, headers, body)
        except BadAnswer as error:
            return came.unreadable(str(error))
        if len(hints) > HINTS_MAX:
            return came.unreadable(f"it names {len(hints)} records, at most {HINTS_MAX} are taken from one delivery")
        return came.read(hints), None


@dataclass(frozen=True, slots=True)
class _Came:
    """A delivery as it came."""

    system: str
    headers: Mapping[str, str]
    body: bytes
    delivery: str | None

    def read(self, hints: Sequence[Hint]) -> Call:
        """A row for each record that is named; where none is, the delivery is kept and settled."""
        parsed = orjson.loads(self.body)
        if not hints:
            return Call([self._row(self.delivery, parsed)], Outcome.ECHO, "it names no record that is carried here")
        signed = self.delivery or hints[0].key
        rows = [
            self._row(_key(signed, place), parsed if place == 1 else None, hint)
            for place, hint in enumerate(hints, start=1)
        ]
        return Call(rows)

    def unreadable(self, reason: str) -> tuple[Call, Refusal]:
        """The delivery is kept as text; the sender is told why it is of no use."""
        text = self.body.decode("utf-8", "replace")
        mend = f"send JSON as a hook of this kind of system has it; it was kept in the inbox of {self.system}"
        refusal = Refusal(400, "unreadable", reason, mend)
        return Call([self._row(self.delivery, {"text": text})], Outcome.REJECTED, reason), refusal

    def _row(self, key: str | None, body: object, hint: Hint | None = None) -> inbox.Delivery:
        return inbox.Delivery(
            system=self.system,
            source="hook",
            kind="raw" if hint is None else "hint",
            type=None if hint is None else hint.type,
            remote_id=None if hint is None else hint.remote_id,
            key=key,
            digest=hashlib.sha256(self.body).hexdigest(),
            body=body,
            headers={name: value for name, value in self.headers.items() if name.lower() in KEPT_HEADERS},
        )


def _key(delivery: str | None, place: int) -> str | None:
    """The first row has the id itself, so that a delivery of the same id always meets it."""
    return delivery if delivery is None or place == 1 else f"{delivery}#{place}"


async def _body(request: Request, bytes_max: int) -> bytes:
    """The body as it came, refused as soon as it is too large, whatever it said of its length. Raises Refusal."""
    refusal = Refusal(
        413,
        "too_large",
        f"a hook may have {bytes_max} bytes",
        "send the ids of what changed, not all of it; or raise web.body_bytes_max in replicator.toml",
    )
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdecimal() and int(told[:12]) > bytes_max:
        raise refusal
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > bytes_max:
                raise refusal
    except ClientDisconnect as error:
        raise Refusal(400, "cut_off", "the body ended early", "send it again") from error
    return bytes(body)


def nested_too_deep(body: bytes) -> bool:
    """Whether JSON is nested deeper than anything reads it again safely. Counts brackets outside of texts."""
    depth, in_text, escaped = 0, False, False
    if body.count(b"[") + body.count(b"{") <= DEPTH_MAX:
        return False
    for byte in body:
        if in_text:
            in_text = escaped or byte != ord('"')
            escaped = not escaped and byte == ord("\\")
        elif byte == ord('"'):
            in_text = True
        elif byte in b"[{":
            depth += 1
            if depth > DEPTH_MAX:
                return True
        elif byte in b"]}":
            depth -= 1
    return False
