"""Directus: its settings, its administrator and a second one who edits. Our own account is made by `provision`."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.live.pinned import node_environment, node_folder, project
from tests.live.spawned import Command
from tests.live.systems.contract import ADMIN, HOST, OURS, PASSWORD, PERSON, Caller, Place, furnished
from tests.live.variants import SECRET, Variant, hook_url

ADMIN_TOKEN = "admin-static-token-0001"
PERSON_TOKEN = "person-static-token-0001"
TOKEN = "replicator-static-token-0001"


class Directus:
    """The recipe."""

    project = project("directus")
    health = "/server/ping"

    def lay_out(self, folder: Path, variant: Variant) -> None:
        """It needs nothing but room: for files, and for extensions."""
        for name in ("uploads", "extensions"):
            (folder / name).mkdir(parents=True)
        shutil.copyfile(self.project.source / "package.json", folder / "package.json")  # without it none are loaded
        if self.project.name in variant.companions:
            furnished(self.project.name, folder, variant)

    def first(self, place: Place) -> Sequence[Command]:
        """Tables and the administrator."""
        return [self._command(place, "bootstrap")]

    def serving(self, place: Place) -> Command:
        """One process."""
        return self._command(place, "start")

    def people(self, url: str) -> dict[str, str]:
        """A second administrator, who edits."""
        ask = Caller(url, ADMIN_TOKEN)
        role = ask("GET", "/users/me?fields=role")["data"]["role"]
        who = {"email": PERSON, "password": PASSWORD, "first_name": "Mary", "status": "active"}
        ask("POST", "/users", {**who, "role": role, "token": PERSON_TOKEN})
        return {
            "token": TOKEN,
            "email": OURS,
            "admin_token": ADMIN_TOKEN,
            "admin_email": ADMIN,
            "admin_password": PASSWORD,
            "person_token": PERSON_TOKEN,
            "person_email": PERSON,
            "person_password": PASSWORD,
        }

    def _command(self, place: Place, verb: str) -> Command:
        """Settings stand in a file, because for Directus the file wins over the environment."""
        file = place.folder / "directus.settings"
        file.write_text("".join(f'{key}="{value}"\n' for key, value in _settings(place).items()))
        file.chmod(0o600)
        script = self.project.folder / "node_modules" / "directus" / "cli.js"
        words = (str(node_folder() / "bin" / "node"), str(script), verb)
        environment = {**node_environment(), "CONFIG_PATH": str(file), "NODE_ENV": "production"}
        return Command(words=words, folder=place.folder, environment=environment)


def _settings(place: Place) -> dict[str, str | int]:
    return {
        "HOST": HOST,
        "PORT": place.port,
        "PUBLIC_URL": place.url,
        "SECRET": "a-secret-of-more-than-32-characters",
        "ADMIN_EMAIL": ADMIN,
        "ADMIN_PASSWORD": PASSWORD,
        "ADMIN_TOKEN": ADMIN_TOKEN,
        "TELEMETRY": "false",
        "ACCEPT_TERMS": "true",
        "SERVE_APP": "false",
        "IMPORT_IP_DENY_LIST": "169.254.169.254",  # the default denies hooks to this machine
        "LOG_LEVEL": "warn",
        "LOG_STYLE": "raw",
        "MAX_PAYLOAD_SIZE": "10mb",
        "STORAGE_LOCAL_ROOT": str(place.folder / "uploads"),
        "EXTENSIONS_PATH": str(place.folder / "extensions"),
        "REPLICATOR_HOOK_URL": hook_url("directus", place.hook_port),
        "REPLICATOR_HOOK_SECRET": SECRET,
        "DB_CLIENT": "pg",
        "DB_HOST": place.database.socket_folder,
        "DB_PORT": place.database.port,
        "DB_DATABASE": place.database.database,
        "DB_USER": place.database.user,
        "DB_PASSWORD": place.database.password,
    }
