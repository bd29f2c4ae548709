"""Strapi: our content types and companion in a plain project; an administrator, an editor, a token and a service user.

NODE_ENV is `development`: in production its admin API refuses webhooks to this machine.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.live.pinned import node_environment, node_folder, project
from tests.live.spawned import Command
from tests.live.systems.contract import ADMIN, HOST, OURS, PASSWORD, PERSON, Caller, Place, copied, furnished, linked
from tests.live.variants import Variant

RIGHTS = ("find", "findOne", "create", "update", "delete")


class Strapi:
    """The recipe."""

    project = project("strapi")
    health = "/_health"

    def lay_out(self, folder: Path, variant: Variant) -> None:
        """The committed project, with the files that we give to any Strapi; without a companion, its types alone."""
        copied(self.project.source, folder)
        (folder / "public" / "uploads").mkdir(parents=True)  # it does not start without
        (folder / "database" / "migrations").mkdir(parents=True)
        furnished(self.project.name, folder, variant)
        if self.project.name not in variant.companions:
            shutil.rmtree(folder / "src" / "api" / "change")
            for each in (folder / "src").glob("*.js"):
                each.unlink()
        linked(self.project, folder)

    def first(self, _place: Place) -> Sequence[Command]:
        """Nothing: it makes its tables when it starts."""
        return []

    def serving(self, place: Place) -> Command:
        """One process. A PUT racing a DELETE is an unhandled rejection over there, and must not end it."""
        access = place.database
        environment = {
            **node_environment(),
            "NODE_ENV": "development",
            "HOST": HOST,
            "PORT": str(place.port),
            "DATABASE_HOST": access.socket_folder,
            "DATABASE_PORT": str(access.port),
            "DATABASE_NAME": access.database,
            "DATABASE_USERNAME": access.user,
            "DATABASE_PASSWORD": access.password,
            "STRAPI_TELEMETRY_DISABLED": "true",
        }
        node = str(node_folder() / "bin" / "node")
        script = place.folder / "node_modules" / "@strapi" / "strapi" / "bin" / "strapi.js"
        words = (node, "--unhandled-rejections=warn", str(script), "start")
        return Command(words=words, folder=place.folder, environment=environment)

    def people(self, url: str) -> dict[str, str]:
        """The first administrator makes the others."""
        first = {"email": ADMIN, "firstname": "Ad", "lastname": "Min", "password": PASSWORD}
        token = Caller(url)("POST", "/admin/register-admin", first)["data"]["token"]
        admin = Caller(url, token)
        self._editor(url, admin)
        self._service(admin)
        key = {"name": "replicator", "description": "", "type": "full-access", "lifespan": None}
        return {
            "token": admin("POST", "/admin/api-tokens", key)["data"]["accessKey"],
            "email": OURS,
            "password": PASSWORD,
            "admin_email": ADMIN,
            "admin_password": PASSWORD,
            "person_email": PERSON,
            "person_password": PASSWORD,
        }

    def _editor(self, url: str, admin: Caller) -> None:
        """A person at the panel, who may do everything there: what the community edition calls a super admin."""
        roles = admin("GET", "/admin/roles")["data"]
        role = next(each["id"] for each in roles if each["code"] == "strapi-super-admin")
        who = {"firstname": "Mary", "lastname": "Editor"}
        made = admin("POST", "/admin/users", {**who, "email": PERSON, "roles": [role]})["data"]
        accepted = {"registrationToken": made["registrationToken"], "userInfo": {**who, "password": PASSWORD}}
        Caller(url)("POST", "/admin/register", accepted)

    def _service(self, admin: Caller) -> None:
        """A user of the API with a role of its own."""
        granted = {name: {"enabled": True, "policy": ""} for name in RIGHTS}
        apis = sorted(_models(admin))
        permissions: dict[str, Any] = {
            f"api::{name}": {"controllers": {name: granted}} for name in apis if name != "plugin"
        }
        role = {"name": "Replicator", "description": "The replicator's own", "permissions": permissions, "users": []}
        admin("POST", "/users-permissions/roles", role)
        roles = admin("GET", "/users-permissions/roles")["roles"]
        number = next(each["id"] for each in roles if each["name"] == "Replicator")
        user = {"username": "replicator", "email": OURS, "password": PASSWORD, "confirmed": True, "blocked": False}
        linked_role = {"connect": [{"id": number}], "disconnect": []}
        path = "/content-manager/collection-types/plugin::users-permissions.user"
        admin("POST", path, {**user, "role": linked_role})


def _models(admin: Caller) -> list[str]:
    """The content types of the project itself."""
    uids = [each["uid"] for each in admin("GET", "/content-manager/content-types?kind=collectionType")["data"]]
    return [uid.partition("::")[2].partition(".")[0] for uid in uids if uid.startswith("api::")]
