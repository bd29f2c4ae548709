"""Who asks: API tokens, users of the content API, and the editors of the admin. And how often they may log in.

Log-ins are rate limited and right ones count too: ten a minute for users, five in five minutes for editors.
No token at all is a 403, a wrong or misplaced one a 401.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.requests import Request

from replicator.sandbox.strapi.answers import iso
from replicator.sandbox.strapi.records import Account
from replicator.sandbox.strapi.refusals import Refusal
from replicator.sandbox.world import World

USER_TOKEN_LIFE = timedelta(days=30)
EDITOR_TOKEN_LIFE = timedelta(minutes=30)


@dataclass(slots=True)
class Limiter:
    """A fixed window: so many tries in so many seconds, per key."""

    tries: int
    seconds: int
    on: bool = True
    _windows: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def take(self, key: str, now: datetime) -> dict[str, str]:
        """Count a try; the headers that tell. Raises the 429."""
        count, ends = self._windows.get(key, (0, now))
        if ends <= now:
            count, ends = 0, now + timedelta(seconds=self.seconds)
        count += 1
        self._windows[key] = count, ends
        headers = {
            "X-RateLimit-Limit": str(self.tries),
            "X-RateLimit-Remaining": str(max(0, self.tries - count)),
            "X-RateLimit-Reset": str(int(ends.timestamp())),
        }
        if self.on and count > self.tries:
            raise Refusal(429, headers=headers)
        return headers

    def forget(self) -> None:
        """As after a restart."""
        self._windows.clear()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can log in."""

    id: int
    login: str
    word: str
    account: Account


class Accounts:
    """All accounts, as seeded at the first start."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.token = world.id(length=64).lower()
        self.read_only_token = world.id(length=64).lower()
        self._tokens = {
            self.token: Account(name="replicator", stamp="api-token:replicator"),
            self.read_only_token: Account(name="person:reader", stamp="api-token:reader", writes=False),
        }
        word = world.id("Pw1-", 12)
        self.service = Person(1, "svc", word, Account(name="replicator", stamp="user:svc"))
        self.admin = _editor(1, "admin", word)
        self.person = _editor(2, "editor", word)
        self.other_person = _editor(3, "translator", word)
        self._sessions: dict[str, tuple[Account, datetime, str]] = {}
        self.user_limiter = Limiter(10, 60)
        self.editor_limiter = Limiter(5, 300)

    @property
    def editors(self) -> Mapping[int, Mapping[str, object]]:
        """The editors as documents name them."""
        return {
            each.id: {"id": each.id, "firstname": each.account.name, "lastname": None, "email": each.login}
            for each in (self.admin, self.person, self.other_person)
        }

    def of_api(self, request: Request) -> Account:
        """Who asks the content API."""
        bearer = _bearer(request)
        if bearer is None:
            raise Refusal(403)
        account = self._tokens.get(bearer) or self._session(bearer, "user")
        return _known(request, account)

    def of_admin(self, request: Request) -> Account:
        """Who asks the admin API."""
        bearer = _bearer(request)
        return _known(request, self._session(bearer, "editor") if bearer else None)

    def log_in_user(self, body: object, client: str) -> tuple[dict[str, object], dict[str, str]]:
        """`POST /api/auth/local`."""
        headers = self.user_limiter.take(client, self._world.now())
        given = body if isinstance(body, dict) else {}
        if (given.get("identifier"), given.get("password")) != (self.service.login, self.service.word):
            raise Refusal(400, "Invalid identifier or password", headers=headers)
        moment = iso(self._world.now())
        user = {
            "id": self.service.id,
            "username": self.service.login,
            "email": f"{self.service.login}@example.test",
            "provider": "local",
            "confirmed": True,
            "blocked": False,
            "createdAt": moment,
            "updatedAt": moment,
            "publishedAt": moment,
        }
        return {"jwt": self._open(self.service.account, "user", USER_TOKEN_LIFE), "user": user}, headers

    def log_in_editor(self, body: object, client: str) -> tuple[dict[str, object], dict[str, str]]:
        """`POST /admin/login`."""
        given = body if isinstance(body, dict) else {}
        email = str(given.get("email"))
        headers = self.editor_limiter.take(f"{email}:{client}", self._world.now())
        found = next((each for each in (self.admin, self.person, self.other_person) if each.login == email), None)
        if found is None or found.word != given.get("password"):
            raise Refusal(400, "Invalid credentials", headers=headers, name="ApplicationError")
        token = self._open(found.account, "editor", EDITOR_TOKEN_LIFE)
        return {"data": {"token": token, "accessToken": token, "user": self.editors[found.id]}}, headers

    def _open(self, account: Account, realm: str, life: timedelta) -> str:
        token = f"eyJ{self._world.id(length=40)}"
        self._sessions[token] = account, self._world.now() + life, realm
        return token

    def _session(self, token: str, realm: str) -> Account | None:
        account, ends, of = self._sessions.get(token, (None, self._world.now(), ""))
        return account if of == realm and ends > self._world.now() else None


def _editor(number: int, name: str, word: str) -> Person:
    email = f"{name}@example.test"
    ledger_name = "admin" if name == "admin" else f"person:{name}"
    return Person(number, email, word, Account(name=ledger_name, stamp=f"admin:{email}", user=number))


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _known(request: Request, account: Account | None) -> Account:
    if account is None:
        raise Refusal(401)
    request.state.account = account.name
    return account
