"""Provision: our account in Medusa, and the companion that sends hooks; what makes products sellable is in `sellable`.

Medusa has no webhooks of its own. The companion (`files`) is a few files in its project, which post every event to us,
signed; it keeps where to and with which secret, and tells the name of the secret, not the secret.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from replicator.connectors.answers import Refused
from replicator.connectors.base import Finding, Level
from replicator.connectors.client import Client, Login, StaticToken
from replicator.errors import RemoteError, Unauthorised

COMPANION: Final = "/admin/replicator/companion"
LOG_IN: Final = "/auth/user/emailpass"
NOT_FOUND: Final = 404
APPLY: Final = "`replicator connect SYSTEM --apply`"
INSTALL: Final = "`replicator connect SYSTEM --write DIR` puts its files into Medusa's project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Our account, and an administrator's who can invite it."""

    url: str
    email: str | None
    password: str | None
    admin_email: str | None = None
    admin_password: str | None = None


async def account(client: Client, ours: Account, *, apply: bool) -> Finding:
    """Whether we are let in; with `apply` an administrator invites us, if we are told one."""
    if ours.email is None or ours.password is None:
        message = "a secret key is let in, but costs Medusa about 0.1 s a call: an account of our own does not"
        return Finding("account", Level.WARNING, message, "`systems.SYSTEM.email` and `password`, and then --apply")
    try:
        await client.request("GET", "/admin/users/me")
    except Unauthorised as error:
        if not apply or ours.admin_email is None or ours.admin_password is None:
            mend = f"{APPLY} with `admin_email` and `admin_password`, or invite {ours.email} in Medusa"
            return Finding("account", Level.ERROR, str(error), mend)
        try:
            await _invited(ours)
        except RemoteError as refused:
            return Finding("account", Level.ERROR, f"{ours.email} could not be made: {refused}", "make it in Medusa")
    return Finding("account", Level.OK, f"we are {ours.email}")


async def companion(client: Client, url: str | None, secret: str | None, *, apply: bool) -> list[Finding]:
    """Whether our companion is there and posts to us; with `apply` it is told to."""
    if url is None:
        return []
    wanted = {"url": url, "secret_name": None if secret is None else secret_name(secret)}
    try:
        told = (await client.request("GET", COMPANION)).body["companion"]
        if {key: told.get(key) for key in wanted} != wanted and apply:
            told = (await client.request("POST", COMPANION, json={"url": url, "secret": secret})).body["companion"]
    except Refused as error:
        if error.status != NOT_FOUND:
            raise
        message = "our companion is not installed there: changes are found by polls and listings alone, later"
        return [Finding("companion", Level.WARNING, message, INSTALL)]
    if {key: told.get(key) for key in wanted} != wanted:
        message = f"our companion posts to {told.get('url')!r} or signs otherwise than we expect"
        return [Finding("companion", Level.ERROR, message, APPLY)]
    return [Finding("companion", Level.OK, f"our companion posts to {url}")]


def secret_name(secret: str) -> str:
    """A name by which both sides can see that they have the same secret."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]


async def _invited(ours: Account) -> None:
    """An administrator invites us, we register, and accept. Raises RemoteError."""
    credentials = {"email": ours.email, "password": ours.password}
    admin = {"email": ours.admin_email, "password": ours.admin_password}
    by_admin = Client(ours.url, auth=Login(LOG_IN, admin, lambda answer: answer.get("token")))
    nobody = Client(ours.url)
    try:
        invited = (await by_admin.request("POST", "/admin/invites", json={"email": ours.email})).body["invite"]
        registered = (await nobody.request("POST", f"{LOG_IN}/register", json=credentials)).body["token"]
        by_us = Client(ours.url, auth=StaticToken(registered))
        try:
            accepted = {"email": ours.email, "first_name": "Replicator"}
            params = {"token": str(invited["token"])}
            await by_us.request("POST", "/admin/invites/accept", params=params, json=accepted)
        finally:
            await by_us.aclose()
    finally:
        await nobody.aclose()
        await by_admin.aclose()
