"""Settings: the only reader of the environment and of `replicator.toml`.

Secrets never stand in the file: `token = "env:DIRECTUS_TOKEN"` is read from the environment, `"file:/run/secrets/x"`
from a file. They are held as SecretStr, so that printing a setting never shows one. Every mistake is reported with
the place where it stands.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from croniter import croniter
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, field_validator

from replicator.core.backoff import PARK_AFTER
from replicator.core.schema import Kind, Policy
from replicator.core.view import Refusal
from replicator.errors import ConfigurationError

DAILY = "0 0 * * *"
SECRET_BYTES_MAX = 16_384  # a secret file larger than this is not a secret


def _secret(given: object) -> object:
    """Follow `env:NAME` and `file:PATH`; anything else is refused, so that no secret is ever typed into the file."""
    if not isinstance(given, str) or given == "":
        return given
    scheme, _, place = given.partition(":")
    if scheme == "env":
        if place not in os.environ:
            msg = f"the environment has no {place}: set it, or name another variable"
            raise ValueError(msg)
        return os.environ[place]
    if scheme == "file":
        try:
            with Path(place).open(encoding="utf-8") as file:
                return file.read(SECRET_BYTES_MAX).strip()
        except OSError as error:
            msg = f"the file {place} cannot be read: {error.strerror}"
            raise ValueError(msg) from error
    msg = 'secrets do not stand in the file: write "env:NAME" or "file:PATH"'
    raise ValueError(msg)


def _address(given: object) -> object:
    if isinstance(given, str) and given.startswith("env:"):
        given = os.environ.get(given.removeprefix("env:"), "")
    if isinstance(given, str) and urlsplit(given).scheme in ("http", "https") and urlsplit(given).netloc:
        return given.rstrip("/")
    msg = f'{given!r} is no address: write it as "https://host[:port]"'
    raise ValueError(msg)


Secret = Annotated[SecretStr, BeforeValidator(_secret)]
Address = Annotated[str, BeforeValidator(_address)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldSettings(_Part):
    """One field of a type: a change of its policy, or (with `kind`) a field of this shop's own."""

    kind: Kind | None = None
    policy: Policy | None = None
    order: tuple[str, ...] | None = None


class TypeSettings(_Part):
    """One type: its fields by name, and which systems carry it (None: all that can)."""

    fields: dict[str, FieldSettings] = Field(default_factory=dict)
    systems: tuple[str, ...] | None = None


class MappingSettings(_Part):
    """How one system names a type and its fields, where it differs: `collection = "items"`, `fields = {title =
    "name"}`.
    """

    collection: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)
    omit: tuple[str, ...] = ()  # fields this system shall not carry
    media: bool = False  # pictures go into the system's media library, and their addresses with them
    drafts: bool = False  # draft & publish is on there: what is published is what counts, and whether it is the status
    edits: tuple[str, ...] | None = None  # the fields that may be changed here (None: all)
    refused: Refusal = Refusal.REVERT  # what is done with an edit of any other field
    refuses: dict[str, Refusal] = Field(default_factory=dict)  # field → what is done with an edit made here


class SystemSettings(_Part):
    """One outside system: where it is, our account there, when it is read."""

    kind: Literal["medusa", "directus", "strapi", "dummyjson"]
    url: Address | None = None
    file: Path | None = None  # dummyjson: the data file instead of the service
    email: str | None = None
    password: Secret | None = None
    token: Secret | None = None
    admin_token: Secret | None = None  # for `connect --apply` only, as are the next two
    admin_email: str | None = None
    admin_password: Secret | None = None
    hook_url: Address | None = None  # where that system reaches our web door: `connect --apply` registers it there
    hook_secret: Secret | None = None  # HMAC key of signed hooks, or the value of the static header
    hook_header: str | None = None  # the header a system sends its static secret in; None: hooks are signed
    currency: str = "usd"
    location: str = "Main warehouse"  # a stock location: where a feed's stock lies, and Medusa's for new products
    sales_channel: str | None = None  # medusa: where new products are sold, by id or name; None: its default one
    shipping_profile: str | None = None  # medusa: how new products are sent; None: its default one
    service_zone: str | None = None  # medusa: whither new shipping options send; None: the only one
    poll_seconds: float = Field(default=10, gt=0)
    full_seconds: float = Field(default=3600, gt=0)
    schedule: str | None = None  # cron: full listings at these times only; feeds: daily at midnight if not said
    verify: str | None = None  # cron: when it is compared with the log
    time_zone: str = "UTC"
    timeout_seconds: float = Field(default=30, gt=0)
    accepts_deletes: bool = True
    types: dict[str, MappingSettings] = Field(default_factory=dict)

    @field_validator("schedule", "verify")
    @classmethod
    def _cron(cls, given: str | None) -> str | None:
        if given is not None and not croniter.is_valid(given):
            raise ValueError(f'{given!r} is no cron line: five fields, as "0 0 * * *" for daily at midnight')
        return given

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, given: str) -> str:
        if given not in available_timezones():
            raise ValueError(f'{given!r} is no time zone: a name such as "Europe/Berlin"')
        return given

    @property
    def times(self) -> str | None:
        """The cron line of full listings, if they go by one: feeds do, daily at midnight unless another is set."""
        return self.schedule or (DAILY if self.kind == "dummyjson" else None)


class WebSettings(_Part):
    """The doors."""

    host: str = "127.0.0.1"
    port: int = Field(default=8400, ge=0, le=65535)
    body_bytes_max: int = Field(default=1_048_576, gt=0)
    token: Secret | None = None  # for the JSON API; without it the API answers on loopback only
    store_public: bool = False  # /store is for anybody; otherwise it is read by the same rule as the API


class EngineSettings(_Part):
    """The loops. The defaults suit a shop; the tests make everything quicker."""

    batch: int = Field(default=50, ge=1, le=500)
    lease_seconds: float = Field(default=60, gt=0)
    idle_seconds: float = Field(default=1, gt=0)
    attempts_max: int = Field(default=PARK_AFTER, ge=1)  # then a person is asked
    retry_first_seconds: float = Field(default=1, gt=0)
    absent_share_max: float = Field(default=0.2, gt=0, le=1)  # a pass that would delete more is held
    absent_floor: int = Field(default=10, ge=0)  # … unless it is fewer than this
    away_seconds: float = Field(default=86_400, gt=0)  # not heard of for so long: it is listed before it is written to
    retention_days: int = Field(default=30, ge=1)  # of settled inbox rows


class Settings(_Part):
    """Everything. `database` None: the embedded Postgres, its data in `home`."""

    database: Secret | None = None
    redis: Secret | None = None
    home: Path = Path(".replicator")
    web: WebSettings = WebSettings()
    engine: EngineSettings = EngineSettings()
    systems: dict[str, SystemSettings] = Field(default_factory=dict)
    types: dict[str, TypeSettings] = Field(default_factory=dict)


FILE_NAME = "replicator.toml"
OVERRIDES = {  # settings that a container hands in by the environment; they beat the file
    "REPLICATOR_DATABASE_URL": ("database",),
    "REPLICATOR_REDIS_URL": ("redis",),
    "REPLICATOR_HOST": ("web", "host"),
    "REPLICATOR_PORT": ("web", "port"),
}


def load(path: Path | None = None) -> Settings:
    """Read `replicator.toml` (or the file named) and the environment. Raises ConfigurationError, one line per
    mistake.
    """
    chosen = path or Path(os.environ.get("REPLICATOR_CONFIG", FILE_NAME))
    try:
        raw = tomllib.loads(chosen.read_text(encoding="utf-8")) if chosen.exists() or path else {}
    except FileNotFoundError as error:
        msg = f"{chosen} is not there: `replicator init` makes one"
        raise ConfigurationError(msg) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{chosen} cannot be read: {error}"
        raise ConfigurationError(msg) from error
    return read(raw, name=str(chosen))


def read(raw: Mapping[str, object], *, name: str = FILE_NAME) -> Settings:
    """Settings from parsed TOML, with the environment's overrides. Raises ConfigurationError."""
    merged = {key: dict(part) if isinstance(part, Mapping) else part for key, part in raw.items()}
    for variable, place in OVERRIDES.items():
        if os.environ.get(variable):
            _put(merged, place, f"env:{variable}" if place[0] in ("database", "redis") else os.environ[variable])
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        lines = [
            f"{name}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False)
        ]
        raise ConfigurationError("\n".join(lines)) from error


def _put(into: dict[str, object], place: tuple[str, ...], value: object) -> None:
    for part in place[:-1]:
        inner = into.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        into = inner
    into[place[-1]] = value
