"""Proof: which of the three kinds of proof a system's hooks are held to, by its settings.

With `hook_header`, that header must hold the secret. Without it the hook may be signed (Standard Webhooks, or the body
HMAC of our companions), or else hold the secret in the header that `connect --apply` gives the hooks of that kind of
system. Accepting the word beside the signature takes nothing away: whoever has the secret could sign with it as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from replicator.connectors import signature
from replicator.connectors.registry import HOOK_HEADERS
from replicator.settings import SystemSettings
from replicator.web.refusal import Refusal

STANDARD_HEADER = "webhook-signature"
BODY_HEADERS = ("x-medusa-hmac-sha256", "x-strapi-signature-256")


def proven(name: str, settings: SystemSettings, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
    """The delivery id that was signed with the rest; None where the sender can give none. Raises Refusal (401)."""
    if settings.hook_secret is None:
        raise Refusal(
            401,
            "no_secret",
            f"{name} has no hook secret here, so nothing can be told from a forgery",
            f'set systems.{name}.hook_secret = "env:NAME" in replicator.toml, and the same secret at {name}',
        )
    try:
        return _checked(settings, settings.hook_secret.get_secret_value(), headers, body, now)
    except signature.SignatureRefused as error:
        mend = f"sign with, or send, the secret that systems.{name}.hook_secret names; see `replicator doctor`"
        raise Refusal(401, f"signature_{error.reason}", str(error), mend) from error


def _checked(
    settings: SystemSettings, secret: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> str | None:
    if settings.hook_header is not None:
        signature.static_secret(headers, header=settings.hook_header, secrets=[secret])
        return None
    key = signature.key(secret)
    given = {header.lower() for header in headers}
    for header in BODY_HEADERS:
        if header in given and STANDARD_HEADER not in given:
            return signature.body_hmac(headers, body, header=header, keys=[key], now=now)
    if STANDARD_HEADER in given or settings.kind not in HOOK_HEADERS:
        return signature.standard(headers, body, keys=[key], now=now)
    signature.static_secret(headers, header=HOOK_HEADERS[settings.kind], secrets=[secret])
    return None
