"""Who sent this webhook: proof first, everything else after.

Three kinds of proof, strongest first. **Standard Webhooks** (`webhook-id`, `webhook-timestamp`,
`webhook-signature`): an HMAC over id, time and body. **Body HMAC** (`X-Medusa-Hmac-Sha256: sha256=<hex>`,
`X-Strapi-Signature-256`): over time and body; without a signed time it would be good for ever, so a sender
must give one. **Static secret**: a fixed word in a header, for senders that can do no better (bare Strapi,
Directus): it proves neither the body nor the moment, and a hint is all that it can carry.

A timestamp five minutes off is refused: that bounds how long a recorded delivery can be replayed. Within
those minutes the replay is the inbox's to see: what is returned here is a delivery id that was signed with
the rest, and the inbox takes each id once. A static secret comes with no id, so such hints are never merged
by id.

Pure: `now` is handed in, comparisons take the same time wherever they differ, and several keys may hold at
once, so that a key can be changed without a gap. What is compared is the text of a signature, not what it
decodes to: one text, one proof.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from replicator.errors import ConfigurationError, ReplicatorError

TOLERANCE_SECONDS = 300  # what Standard Webhooks asks for: clocks differ, deliveries wait in queues
KEY_PREFIX = "whsec_"
TIMESTAMP_DIGITS_MAX = 12  # seconds until the year 33658


class Reason(StrEnum):
    """Why a delivery was not taken."""

    MISSING = "missing"  # a header that the proof needs is not there
    STALE = "stale"  # rightly signed, but too long ago, or in the future
    WRONG = "wrong"  # signed by somebody else, or changed on the way


class SignatureRefused(ReplicatorError):
    """A delivery that does not prove its sender."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def key(secret: str) -> bytes:
    """The key in a secret: `whsec_<base64>`, or any other text as it is. Raises ConfigurationError."""
    if not secret.startswith(KEY_PREFIX):
        spelled = secret.encode()
    else:
        try:
            spelled = base64.b64decode(secret.removeprefix(KEY_PREFIX), validate=True)
        except binascii.Error as error:
            raise ConfigurationError(f"a webhook secret that starts with {KEY_PREFIX} goes on in base64") from error
    if not spelled:
        raise ConfigurationError("a webhook secret is empty: anybody could sign with it")
    return spelled


def sign(signing_key: bytes, delivery_id: str, timestamp: str, body: bytes) -> str:
    """One signature as Standard Webhooks has it: `v1,<base64>`."""
    message = b".".join((_octets(delivery_id), _octets(timestamp), body))
    return "v1," + base64.b64encode(hmac.digest(signing_key, message, "sha256")).decode()


def sign_body(signing_key: bytes, timestamp: str, body: bytes) -> str:
    """The body HMAC of `<timestamp>.<body>`: `sha256=<hex>`."""
    return "sha256=" + hmac.new(signing_key, _octets(timestamp) + b"." + body, hashlib.sha256).hexdigest()


def standard(headers: Mapping[str, str], body: bytes, *, keys: Sequence[bytes], now: datetime) -> str:
    """The delivery id of a body signed as Standard Webhooks says. Raises SignatureRefused."""
    delivery_id, timestamp, given = _needed(headers, ("webhook-id", "webhook-timestamp", "webhook-signature"))
    expected = [sign(each, delivery_id, timestamp, body) for each in _usable(keys)]
    _one_of(expected, given.split(" "))
    _fresh(timestamp, now)
    return delivery_id


def body_hmac(
    headers: Mapping[str, str],
    body: bytes,
    *,
    header: str,
    keys: Sequence[bytes],
    now: datetime,
    timestamp_header: str = "webhook-timestamp",
) -> str:
    """The delivery id of a body with an HMAC of `<timestamp>.<body>` in `header`. Raises SignatureRefused.

    The sender gives no id, so the signature is it: a replay repeats it, another delivery cannot (two equal
    bodies of one second say the same thing).
    """
    timestamp, given = _needed(headers, (timestamp_header, header))
    _one_of([sign_body(each, timestamp, body) for each in _usable(keys)], [given])
    _fresh(timestamp, now)
    return given


def static_secret(headers: Mapping[str, str], *, header: str, secrets: Sequence[str]) -> None:
    """Whether a header holds one of the secrets; there is no delivery id. Raises SignatureRefused."""
    (given,) = _needed(headers, (header,))
    _one_of([each.decode() for each in _usable([secret.encode() for secret in secrets])], [given])


def _needed(headers: Mapping[str, str], names: Iterable[str]) -> list[str]:
    lowered = {name.lower(): value for name, value in headers.items()}
    values = []
    for name in names:
        value = lowered.get(name.lower())
        if not value:
            raise SignatureRefused(Reason.MISSING, f"header {name} is missing: the sender must sign what it sends")
        values.append(value)
    return values


def _usable(keys: Sequence[bytes]) -> Sequence[bytes]:
    if not keys or not all(keys):
        raise ConfigurationError("no webhook secret is set, or an empty one: nothing can be told from a forgery")
    return keys


def _one_of(expected: Iterable[str], given: Sequence[str]) -> None:
    # Every pair is compared, so that the time taken does not tell which key or signature was nearly right.
    matches = [hmac.compare_digest(_octets(ours), _octets(theirs)) for ours in expected for theirs in given]
    if not any(matches):
        raise SignatureRefused(
            Reason.WRONG, "the signature or secret is not ours: check that both sides hold the same secret"
        )


def _fresh(timestamp: str, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= TIMESTAMP_DIGITS_MAX):
        raise SignatureRefused(Reason.STALE, f"{timestamp!r} is not a time in seconds since 1970")
    seconds_off = abs(now.timestamp() - int(timestamp))
    if seconds_off > TOLERANCE_SECONDS:
        raise SignatureRefused(
            Reason.STALE,
            f"signed {seconds_off:.0f} s away from now, allowed are {TOLERANCE_SECONDS}: check both clocks",
        )


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # a header may hold anything; it must be refused, not crash
