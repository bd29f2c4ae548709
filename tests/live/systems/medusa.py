"""Medusa: without a panel, its modules in memory, but for its events where there is a Redis; an administrator, our
account and a person who edits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from tests.live.pinned import node_environment, node_folder, project
from tests.live.spawned import Command
from tests.live.systems.contract import ADMIN, HOST, OURS, PASSWORD, PERSON, Caller, Place, copied, furnished, linked
from tests.live.variants import Variant

LOG_IN = "/auth/user/emailpass"


class Medusa:
    """The recipe."""

    project = project("medusa")
    health = "/health"

    def lay_out(self, folder: Path, variant: Variant) -> None:
        """The committed project."""
        copied(self.project.source, folder)
        if self.project.name in variant.companions:
            furnished(self.project.name, folder, variant)
        linked(self.project, folder)

    def first(self, place: Place) -> Sequence[Command]:
        """Tables, then the first user: only the command line can make that one."""
        return [
            self._command(place, "development", "db:migrate", "--execute-all-links"),
            self._command(place, "development", "user", "-e", ADMIN, "-p", PASSWORD),
        ]

    def serving(self, place: Place) -> Command:
        """One process."""
        served = self._command(place, "production", "start", "-H", HOST, "-p", str(place.port))
        if place.redis is None:
            return served
        return replace(served, environment={**served.environment, "EVENTS_REDIS_URL": place.redis})

    def people(self, url: str) -> dict[str, str]:
        """Two more users, who are invited as people are, and a secret key."""
        admin = Caller(url, Caller(url)("POST", LOG_IN, {"email": ADMIN, "password": PASSWORD})["token"])
        for email in (OURS, PERSON):
            invited = admin("POST", "/admin/invites", {"email": email})["invite"]["token"]
            token = Caller(url)("POST", f"{LOG_IN}/register", {"email": email, "password": PASSWORD})["token"]
            accepted = {"email": email, "first_name": email.partition("@")[0]}
            Caller(url, token)("POST", f"/admin/invites/accept?token={invited}", accepted)
        key = admin("POST", "/admin/api-keys", {"title": "replicator", "type": "secret"})["api_key"]["token"]
        return {
            "email": OURS,
            "password": PASSWORD,
            "secret_key": key,
            "admin_email": ADMIN,
            "admin_password": PASSWORD,
            "person_email": PERSON,
            "person_password": PASSWORD,
        }

    def _command(self, place: Place, mode: str, *words: str) -> Command:
        access = place.database
        account = f"{quote(access.user)}:{quote(access.password)}"
        where = f"{quote(access.socket_folder, safe='')}:{access.port}/{access.database}"
        environment = {
            **node_environment(),
            "NODE_ENV": mode,
            "DATABASE_URL": f"postgres://{account}@{where}",
            "JWT_SECRET": "a-secret-of-tests",
            "COOKIE_SECRET": "a-secret-of-tests",
            "MEDUSA_DISABLE_TELEMETRY": "1",
            "LOG_LEVEL": "warn",
            "REPLICATOR_API": f"http://{HOST}:{place.hook_port}",  # for the widget on a product's page
        }
        script = place.folder / "node_modules" / "@medusajs" / "cli" / "cli.js"
        node = str(node_folder() / "bin" / "node")
        return Command(words=(node, str(script), *words), folder=place.folder, environment=environment)
