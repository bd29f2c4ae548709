"""`init`: a first replicator.toml, commented, with every secret in the environment; and what to do next."""

from __future__ import annotations

from dataclasses import dataclass, field
from json import dumps
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console

from replicator.cli.edge import Json, answer, print_json, session
from replicator.errors import ConfigurationError
from replicator.settings import FILE_NAME, Settings

KINDS = ("medusa", "directus", "strapi", "dummyjson")
ADDRESSES = {
    "medusa": "http://localhost:9000",
    "directus": "http://localhost:8055",
    "strapi": "http://localhost:1337",
    "dummyjson": "https://dummyjson.com",
}
HOOK_URL = "http://localhost:8400/hooks"

HEAD = """\
# Settings of the replicator. Secrets never stand here: "env:NAME" is read from the environment, "file:PATH" from a
# file.
# Editors can complete this file: `replicator init --schema > replicator.schema.json`. `replicator doctor` checks it.

# Without a database of yours a private Postgres runs along, its data in .replicator/.
# database = "env:DATABASE_URL"

[web]
host = "127.0.0.1"
port = 8400
# token = "env:REPLICATOR_TOKEN"  # for the API and the storefront reads, when others than this machine shall read
"""

ACCOUNTS = {
    "medusa": """\
email = "{email}"
password = "env:MEDUSA_PASSWORD"  # or, with a secret API key instead of an account: token = "env:MEDUSA_KEY"
# admin_email = "admin@example.com"  # these two for `replicator connect medusa --apply` only: who invites our account
# admin_password = "env:MEDUSA_ADMIN_PASSWORD"
# What makes an import sellable; `replicator connect medusa --apply` makes what is missing:
currency = {currency}
location = {location}
{sales_channel}
{shipping_profile}
""",
    "directus": """\
token = "env:DIRECTUS_TOKEN"  # a static token of our own account
# admin_token = "env:DIRECTUS_ADMIN_TOKEN"  # for `replicator connect directus --apply` only
""",
    "strapi": """\
token = "env:STRAPI_TOKEN"  # an API token of our own, full access to what is carried
# admin_email = "admin@example.com"  # these two for `replicator connect strapi --apply` only
# admin_password = "env:STRAPI_ADMIN_PASSWORD"
""",
    "dummyjson": """\
currency = {currency}  # of its prices
location = {location}  # of its stock
# file = "products.json"  # its data file instead of the service
# schedule = "0 3 * * *"  # when it is read; without this, daily at midnight
""",
}
HOOKS = """\
# hook_secret = "env:{upper}_HOOK_SECRET"  # without it, what happens there is found by polling
# hook_url = "{hook_url}/{name}"  # where {name} reaches us: `connect --apply` registers it there
"""


@dataclass(slots=True, kw_only=True)
class Chosen:
    """What the file shall say: the systems (all of them named after their kind), their addresses, and what makes an
    import sellable in Medusa.
    """

    addresses: dict[str, str] = field(default_factory=dict)
    email: str = "replicator@example.com"
    currency: str = "usd"
    location: str = "Main warehouse"
    sales_channel: str = ""  # empty: Medusa's default one, as is the next
    shipping_profile: str = ""

    def words(self) -> dict[str, str]:
        """What stands in the parts of the systems; texts are quoted as TOML and JSON both do."""
        plain = {"email": self.email, "currency": quoted(self.currency.lower()), "location": quoted(self.location)}
        for name in ("sales_channel", "shipping_profile"):
            chosen = getattr(self, name)
            plain[name] = f"{name} = {quoted(chosen)}" if chosen else f'# {name} = "…"  # without it, the default one'
        return plain


@dataclass(frozen=True, slots=True)
class Written:
    """The file that was written, and the next steps."""

    path: str
    systems: list[str]
    next_steps: list[str]


def init(
    ctx: typer.Context,
    *,
    systems: Annotated[
        str | None, typer.Option("--systems", help=f"Which, by commas, of: {', '.join(KINDS)}. Else you are asked.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: all systems, at their usual addresses.")
    ] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of replicator.toml instead.")] = False,
    json: Json = False,
) -> None:
    """Write a first replicator.toml. One that is there is never overwritten."""
    if schema:
        print_json(Settings.model_json_schema())
        return
    path = session(ctx).config or Path(FILE_NAME)
    if path.exists():
        raise ConfigurationError(f"{path} is there already and stays as it is; name another with --config")
    chosen = _chosen(systems, ask=not (yes or json))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text_of(chosen))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from error
    answer(Written(str(path), list(chosen.addresses), _next_steps(chosen)), _show, as_json=json)


def text_of(chosen: Chosen) -> str:
    """The file's text."""
    parts = [HEAD]
    for name, address in chosen.addresses.items():
        part = f'\n[systems.{name}]\nkind = "{name}"\nurl = "{address}"\n' + ACCOUNTS[name].format(**chosen.words())
        if name != "dummyjson":
            part += HOOKS.format(upper=name.upper(), name=name, hook_url=HOOK_URL)
        parts.append(part)
    return "".join(parts)


def quoted(text: str) -> str:
    """A text between quotes."""
    return dumps(text, ensure_ascii=False)


def _chosen(systems: str | None, *, ask: bool) -> Chosen:
    named = list(KINDS) if systems is None else [each.strip() for each in systems.split(",") if each.strip()]
    unknown = [each for each in named if each not in KINDS]
    if unknown or not named:
        raise ConfigurationError(
            f"--systems: there is no {', '.join(unknown) or 'system'}; there are {', '.join(KINDS)}"
        )
    chosen = Chosen()
    for name in named:
        if systems is None and ask and not typer.confirm(f"Is there a {name} to connect?", default=name != "dummyjson"):
            continue
        usual = ADDRESSES[name]
        chosen.addresses[name] = cast("str", typer.prompt(f"Where is {name}?", default=usual)) if ask else usual
    if ask and "medusa" in chosen.addresses:
        _ask_medusa(chosen)
    return chosen


def _ask_medusa(chosen: Chosen) -> None:
    questions = {
        "email": "Our account's email at medusa?",
        "currency": "Which money are prices in that come without one?",
        "location": "Where do goods lie (the name of a stock location)?",
        "sales_channel": "In which sales channel are new products sold (nothing: the default one)?",
        "shipping_profile": "By which shipping profile are they sent (nothing: the default one)?",
    }
    for name, question in questions.items():
        setattr(chosen, name, cast("str", typer.prompt(question, default=getattr(chosen, name), show_default=True)))


def _next_steps(chosen: Chosen) -> list[str]:
    secrets = {"medusa": "MEDUSA_PASSWORD", "directus": "DIRECTUS_TOKEN", "strapi": "STRAPI_TOKEN"}
    needed = [secrets[name] for name in chosen.addresses if name in secrets]
    steps = [f"put into the environment: {', '.join(needed)}"] if needed else []
    steps += [
        f"`replicator connect {name}`, and with --apply what it lacks" for name in chosen.addresses if name in secrets
    ]
    return [
        *steps,
        "`replicator doctor` checks everything",
        "`replicator run --observe` reads and writes nothing; then `replicator run`",
    ]


def _show(console: Console, written: Written) -> None:
    console.print(f"{written.path} is written. Next:", markup=False)
    for number, step in enumerate(written.next_steps, start=1):
        console.print(f"{number}. {step}", markup=False)
