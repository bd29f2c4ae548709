"""The companion's word on who we are: whether it is installed, the name it writes down for us, Strapi's version."""

from __future__ import annotations

from dataclasses import dataclass, replace

from replicator.connectors.answers import Denied, Refused
from replicator.connectors.base import Finding, Level
from replicator.connectors.client import Client
from replicator.connectors.strapi.layout import Layout
from replicator.connectors.strapi.trouble import NOT_FOUND
from replicator.errors import BadAnswer

ACCOUNT = "/api/changes/account"
SUBJECT = "companion"


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are over there. The layout's `writer` is empty where no companion is installed, or we may not ask it."""

    layout: Layout
    version: str | None = None
    denied: bool = False


async def introduced(client: Client, layout: Layout) -> Account:
    """Ask the companion. Raises RemoteError, but not because there is none."""
    try:
        answer = await client.request("GET", ACCOUNT)
    except Denied:
        return Account(layout, denied=True)
    except Refused as error:
        if error.status != NOT_FOUND:
            raise
        return Account(layout)
    data = answer.body.get("data") if isinstance(answer.body, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("writer"), str):
        raise BadAnswer("the companion in Strapi does not say as whom we write", status=answer.status)
    version = data.get("strapi")
    return Account(replace(layout, writer=data["writer"]), version=version if isinstance(version, str) else None)


def companion(account: Account) -> Finding:
    """What there is to say of the companion."""
    if account.layout.writer:
        return Finding(SUBJECT, Level.OK, f"installed; we write as {account.layout.writer}")
    if account.denied:
        mend = "let our account find, and ask for the account of, changes (api::change.change)"
        return Finding(SUBJECT, Level.WARNING, "our account may not ask it, if it is there at all", mend)
    if account.layout.media:
        types = ", ".join(sorted(account.layout.media))
        mend = "`replicator connect strapi --write DIR`, and restart Strapi"
        return Finding(SUBJECT, Level.ERROR, f"not installed: it puts the pictures of {types} into the library", mend)
    told = "not installed: who wrote is told by markers only, and deletions are found by full listings and webhooks"
    return Finding(SUBJECT, Level.WARNING, told, "`replicator connect strapi --write DIR`, and restart Strapi")
