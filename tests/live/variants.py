"""How the systems of a fleet are furnished: with our companions or without, and with what a shop may switch on."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from replicator.settings import MappingSettings
from tests.live.pinned import SYSTEMS

SECRET = "the-secret-of-hooks"
HEADER = "X-Sync-Secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way. `companions`: the systems that have ours; `drafts`: Strapi has draft & publish on for products;
    `media`: Directus and Strapi keep pictures in their media libraries; `redis`: Medusa's events wait in one.
    """

    name: str
    companions: frozenset[str] = frozenset()
    drafts: bool = False
    media: bool = False
    redis: bool = False

    def more(self, system: str, hook_port: int) -> dict[str, object]:
        """The settings of a system, beside its address and our account there."""
        mapping = MappingSettings(
            drafts=self.drafts and system == "strapi", media=self.media and system in ("directus", "strapi")
        )
        types: dict[str, object] = {"types": {"product": mapping} if mapping.drafts or mapping.media else {}}
        if system == "medusa" and system not in self.companions:  # it has no hooks of its own
            return types
        told = {"hook_url": hook_url(system, hook_port), "hook_secret": SecretStr(SECRET)}
        signed = system == "medusa" or (system == "directus" and system in self.companions)
        return {**types, **told, "hook_header": None if signed else HEADER}


def hook_url(system: str, hook_port: int) -> str:
    """Where a system's hooks go."""
    return f"http://127.0.0.1:{hook_port}/hooks/{system}"


ACCOMPANIED = Variant(name="accompanied", companions=frozenset(SYSTEMS))
PLAIN = Variant(name="plain")
FURNISHED = Variant(name="furnished", companions=frozenset({"medusa", "strapi"}), drafts=True, media=True, redis=True)
