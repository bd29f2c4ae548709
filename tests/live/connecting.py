"""Our connectors, pointed at the real systems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from replicator.catalog import CATALOG
from replicator.connectors import registry
from replicator.connectors.base import Connector, Finding
from replicator.settings import SystemSettings
from tests.live.fleet import Server

SECRETS = {
    "medusa": ("password",),
    "directus": ("token", "admin_token"),
    "strapi": ("token", "admin_password"),
}
PLAIN = {"medusa": ("email",), "directus": (), "strapi": ("admin_email",)}


def settings(server: Server, url: str | None = None, more: Mapping[str, object] | None = None) -> SystemSettings:
    """As an owner would have configured this system, except that secrets are handed in and not looked up in the
    environment. `url`: of a proxy before it; `more`: other settings.
    """
    given: dict[str, Any] = {"kind": server.name, "url": url or server.url}
    given |= {name: server.access[name] for name in PLAIN[server.name]}
    given |= {name: SecretStr(server.access[name]) for name in SECRETS[server.name]}
    return SystemSettings.model_construct(**{**given, **server.more, **(more or {})})


def connected(server: Server, url: str | None = None, more: Mapping[str, object] | None = None) -> Connector:
    """A connector, not provisioned."""
    return registry.connect(server.name, settings(server, url, more), CATALOG)


async def provisioned(server: Server) -> list[Finding]:
    """Give it what the replicator needs."""
    connector = connected(server)
    try:
        return await connector.provision(apply=True)
    finally:
        await connector.aclose()
