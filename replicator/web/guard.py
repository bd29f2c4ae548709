"""Who may read and order: whoever has the token; without a configured token, people on this very machine.

A browser on this machine can be made to call us by any page it shows. So without a token a call must also be *for*
this machine (its Host is a loopback name: a rebound DNS name is not) and must not come from another page (Origin).
"""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from replicator.settings import WebSettings
from replicator.web.refusal import Refusal

SCHEME = "bearer"


def is_loopback(host: str) -> bool:
    """Whether an address or name is this machine, and nobody else's."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def admit(connection: HTTPConnection, settings: WebSettings) -> None:
    """Let a request pass, or raise Refusal (401, 403)."""
    if settings.token is not None:
        _by_token(connection, settings.token.get_secret_value())
    elif not _from_this_machine(connection, settings):
        raise Refusal(
            403,
            "not_from_here",
            "without a token only this machine is answered, and not for other web pages",
            'set web.token = "env:NAME" in replicator.toml and send it as Authorization: Bearer …',
        )


def _by_token(connection: HTTPConnection, token: str) -> None:
    scheme, _, given = connection.headers.get("authorization", "").partition(" ")
    same = hmac.compare_digest(given.strip().encode("utf-8", "surrogatepass"), token.encode())
    if scheme.lower() != SCHEME or not same:
        raise Refusal(
            401,
            "no_token",
            "the token is missing or wrong",
            "send the value of web.token as Authorization: Bearer …",
            headers={"WWW-Authenticate": "Bearer"},
        )


def _from_this_machine(connection: HTTPConnection, settings: WebSettings) -> bool:
    client, origin = connection.client, connection.headers.get("origin")
    try:
        host = urlsplit(f"//{connection.headers.get('host', '')}")
        own_page = origin is None or urlsplit(origin).netloc == host.netloc
        for_us = is_loopback(host.hostname or "")
    except ValueError:  # a Host or Origin that is no address at all
        return False
    return own_page and for_us and is_loopback(settings.host) and client is not None and is_loopback(client.host)
