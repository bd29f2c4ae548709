"""Accounts: who may come in. Users log in for a day; a secret key is sent as Basic, and is slow."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from replicator.sandbox.medusa.checks import checked
from replicator.sandbox.medusa.refusals import Refusal, missing
from replicator.sandbox.world import World

DAY_SECONDS = 86_400
KEY_AS_BEARER = (
    "A secret API key was passed as a Bearer token. Secret API keys must be sent using HTTP Basic authentication "
    "instead (Authorization: Basic <secret-api-key>)."
)
ADMIN, OURS, PERSON = "admin@shop.example", "replicator@shop.example", "mary@shop.example"
WORD = "supersecret"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a request: the account in the sandbox's words, and in Medusa's."""

    account: str
    id: str
    type: str


class Accounts:
    """Users, keys and tokens. After `restart` with a new secret all tokens are void; `key_seconds` makes keys slow."""

    def __init__(self, world: World) -> None:
        self.key = world.id("sk_", 40).lower()
        self.key_seconds = 0.0
        self._world = world
        self._key_actor = Actor("replicator", world.id("apk_"), "api-key")
        self._secret = world.uuid()
        self._users: dict[str, dict[str, str]] = {}
        self._invites: dict[str, str] = {}
        self._registered: dict[str, str] = {}
        self.reset()

    def reset(self) -> None:
        """An administrator, a user of the replicator's own, and one of the people who work there."""
        self._users.clear()
        self._invites.clear()
        self._registered.clear()
        self.key_seconds = 0.0
        for email, account in ((ADMIN, "admin"), (OURS, "replicator"), (PERSON, "person:mary")):
            self._users[email] = {"id": self._world.id("user_"), "password": WORD, "account": account, "email": email}

    def restart(self) -> None:
        """Medusa was started with another secret."""
        self._secret = self._world.uuid()

    def actor(self, request: Request) -> Actor:
        """Who asks. Raises Refusal 401."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme == "Basic" and _key_in(given) == self.key:
            return self._key_actor
        if scheme == "Bearer" and given.startswith("sk_"):
            raise Refusal(KEY_AS_BEARER, status=401, type_="")
        payload = self._payload(given) if scheme == "Bearer" else None
        user = next((one for one in self._users.values() if payload and one["id"] == payload["actor_id"]), None)
        if user is None:
            raise Refusal("Unauthorized", status=401, type_="")
        return Actor(user["account"], user["id"], "user")

    def log_in(self, body: object) -> str:
        """A token for a day."""
        given = checked(body, {"email": "string!", "password": "string!"})
        user = self._users.get(given["email"])
        if user is None or user["password"] != given["password"]:
            raise Refusal("Invalid email or password", status=401, type_="unauthorized")
        return self._token({"actor_id": user["id"], "actor_type": "user"})

    def refresh(self, actor: Actor) -> str:
        """Another token for another day."""
        return self._token({"actor_id": actor.id, "actor_type": actor.type})

    def me(self, actor: Actor) -> dict[str, Any]:
        """The user who asks; a key is none."""
        for user in self._users.values():
            if user["id"] == actor.id:
                return {"id": user["id"], "email": user["email"], "first_name": None, "last_name": None}
        raise missing(f"User with id: {actor.id} was not found")

    def invite(self, body: object) -> dict[str, Any]:
        """An invitation for somebody."""
        email = checked(body, {"email": "string!"})["email"]
        token = self._token({"invite": email})
        self._invites[token] = email
        return {"id": self._world.id("invite_"), "email": email, "accepted": False, "token": token}

    def register(self, body: object) -> str:
        """A login that belongs to no user yet."""
        given = checked(body, {"email": "string!", "password": "string!"})
        token = self._token({"actor_id": "", "actor_type": "user", "registered": given["email"]})
        self._registered[token] = given["password"]
        return token

    def accept(self, invitation: str, bearer: str, body: object) -> dict[str, Any]:
        """A person becomes a user: with the invitation, and the login that was registered."""
        given = checked(body, {"email": "string", "first_name": "string", "last_name": "string"})
        email = self._invites.pop(invitation, None)
        password = self._registered.pop(bearer, None)
        if email is None or password is None:
            raise Refusal("Unauthorized", status=401, type_="")
        name = given.get("first_name", email.partition("@")[0]).lower()
        user = {"id": self._world.id("user_"), "password": password, "account": f"person:{name}", "email": email}
        self._users[email] = user
        return {"id": user["id"], "email": email, "first_name": given.get("first_name")}

    def _token(self, claims: dict[str, Any]) -> str:
        issued = int(self._world.now().timestamp())
        parts = [{"alg": "HS256", "typ": "JWT"}, {**claims, "iat": issued, "exp": issued + DAY_SECONDS}]
        signed = ".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
        return f"{signed}.{self._signature(signed)}"

    def _payload(self, token: str) -> dict[str, Any] | None:
        signed, _, signature = token.rpartition(".")
        if not signed or not hmac.compare_digest(signature.encode(), self._signature(signed).encode()):
            return None
        claims = signed.partition(".")[2]
        payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        return payload if payload["exp"] > self._world.now().timestamp() and "actor_id" in payload else None

    def _signature(self, signed: str) -> str:
        return _encoded(hmac.new(self._secret.encode(), signed.encode(), hashlib.sha256).digest())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _key_in(given: str) -> str:
    """The key in a Basic header: as the user name, or raw."""
    if given.startswith("sk_"):
        return given
    try:
        return base64.b64decode(given, validate=True).decode().rstrip(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
