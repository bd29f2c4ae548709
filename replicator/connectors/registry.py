"""The registry: one line per kind of system. A new system is a folder and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import orjson
from pydantic import SecretStr

from replicator.connectors import directus, dummyjson, medusa, strapi
from replicator.connectors.auth import TokenStore
from replicator.connectors.base import Connector, Hint
from replicator.core.schema import EntityType
from replicator.errors import BadAnswer, ConfigurationError
from replicator.settings import MappingSettings, SystemSettings

HOOK_HEADERS = {"directus": "X-Sync-Secret", "strapi": "Authorization"}
"""Where a system that cannot sign its hooks sends the secret, if `hook_header` does not say."""

Catalog: TypeAlias = Mapping[str, EntityType]
Make: TypeAlias = Callable[[str, SystemSettings, Catalog, TokenStore | None], Connector]


def connect(name: str, settings: SystemSettings, catalog: Catalog, tokens: TokenStore | None = None) -> Connector:
    """The connector of one configured system. Raises ConfigurationError, naming the setting that is missing."""
    return _KINDS[settings.kind](name, settings, _carried(settings, catalog), tokens)


def hints(settings: SystemSettings, catalog: Catalog, headers: Mapping[str, str], body: bytes) -> list[Hint]:
    """What a webhook of this system tells. Raises BadAnswer where the body cannot be read as one."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadAnswer(f"the body is not JSON: {error}") from error
    carried = _carried(settings, catalog)
    match settings.kind:
        case "medusa":
            return medusa.read_webhook(headers, told)
        case "directus":
            return directus.read_webhook(headers, told, _directus_layout(settings, carried))
        case "strapi":
            return strapi.read_webhook(headers, told, _strapi_layout(settings, carried))
        case "dummyjson":
            return []


def write_files(settings: SystemSettings, catalog: Catalog, folder: Path) -> tuple[list[Path], str | None]:
    """Put our files into the project of a system: those that were not there, and what a person has to add by hand.

    Raises ConfigurationError where a file there says otherwise, or where no files are needed.
    """
    carried = _carried(settings, catalog)
    match settings.kind:
        case "medusa":
            return medusa.write_files(folder), medusa.unnamed(folder)
        case "directus":
            return directus.write_files(folder, _directus_layout(settings, carried)), None
        case "strapi":
            return strapi.write_files(folder, _strapi_layout(settings, carried)), strapi.files.unnamed(folder)
        case "dummyjson":
            raise ConfigurationError("DummyJSON is only read: it needs no files of ours")


def _carried(settings: SystemSettings, catalog: Catalog) -> dict[str, EntityType]:
    """The catalog as one system carries it: without the fields that its settings omit."""
    return {
        name: _without(schema, settings.types.get(name, MappingSettings()).omit) for name, schema in catalog.items()
    }


def _without(schema: EntityType, omitted: tuple[str, ...]) -> EntityType:
    return replace(schema, fields={name: each for name, each in schema.fields.items() if name not in omitted})


def _medusa(name: str, settings: SystemSettings, _catalog: Catalog, _tokens: TokenStore | None) -> Connector:
    return medusa.connect(
        medusa.MedusaSettings(
            url=_url(name, settings),
            email=settings.email,
            password=_plain(settings.password),
            secret_key=_plain(settings.token),
            admin_email=settings.admin_email,
            admin_password=_plain(settings.admin_password),
            choices=medusa.Choices(
                sales_channel=settings.sales_channel,
                shipping_profile=settings.shipping_profile,
                stock_location=settings.location,
                service_zone=settings.service_zone,
            ),
            currencies=(settings.currency,),
            hook_url=settings.hook_url,
            hook_secret=_plain(settings.hook_secret),
            timeout_seconds=settings.timeout_seconds,
        )
    )


def _directus(name: str, settings: SystemSettings, catalog: Catalog, _tokens: TokenStore | None) -> Connector:
    token = _plain(settings.token)
    if token is None:
        raise ConfigurationError(f'systems.{name}.token is missing: a static token of our own account, as "env:NAME"')
    return directus.connect(
        directus.DirectusSettings(
            url=_url(name, settings),
            token=token,
            admin_token=_plain(settings.admin_token),
            hook_url=settings.hook_url,
            hook_secret=_plain(settings.hook_secret),
            hook_header=settings.hook_header or HOOK_HEADERS["directus"],
            timeout_seconds=settings.timeout_seconds,
            layout=_directus_layout(settings, catalog),
        )
    )


def _strapi(name: str, settings: SystemSettings, catalog: Catalog, tokens: TokenStore | None) -> Connector:
    secret = _plain(settings.hook_secret)
    headers = {settings.hook_header or HOOK_HEADERS["strapi"]: secret} if secret is not None else {}
    return strapi.connect(
        strapi.StrapiSettings(
            url=_url(name, settings),
            token=_plain(settings.token),
            identifier=settings.email,
            password=_plain(settings.password),
            admin_email=settings.admin_email,
            admin_password=_plain(settings.admin_password),
            hook_url=settings.hook_url,
            hook_headers=headers,
            timeout_seconds=settings.timeout_seconds,
            layout=_strapi_layout(settings, catalog),
        ),
        tokens=tokens,
    )


def _dummyjson(name: str, settings: SystemSettings, _catalog: Catalog, _tokens: TokenStore | None) -> Connector:
    where = str(settings.file) if settings.file is not None else _url(name, settings)
    untold = dummyjson.Untold(currency=settings.currency.lower(), location=settings.location)
    return dummyjson.connect(dummyjson.DummyJsonSettings(url=where, untold=untold))


_KINDS: dict[str, Make] = {"medusa": _medusa, "directus": _directus, "strapi": _strapi, "dummyjson": _dummyjson}


def _directus_layout(settings: SystemSettings, catalog: Catalog) -> directus.Layout:
    plain = directus.Layout(types=catalog)
    return replace(
        plain,
        collections={**plain.collections, **_collections(settings)},
        columns=_renamed(plain.columns, settings),
        media=frozenset(name for name, each in settings.types.items() if each.media),
    )


def _strapi_layout(settings: SystemSettings, catalog: Catalog) -> strapi.Layout:
    plain = strapi.Layout(types=catalog)
    return replace(
        plain,
        plurals={**plain.plurals, **_collections(settings)},
        attributes=_renamed(plain.attributes, settings),
        drafted=frozenset(name for name, each in settings.types.items() if each.drafts),
        media=frozenset(name for name, each in settings.types.items() if each.media),
    )


def _collections(settings: SystemSettings) -> dict[str, str]:
    return {name: each.collection for name, each in settings.types.items() if each.collection is not None}


def _renamed(plain: Mapping[str, Mapping[str, str]], settings: SystemSettings) -> dict[str, dict[str, str]]:
    given = {name: each.fields for name, each in settings.types.items()}
    return {name: {**plain.get(name, {}), **given.get(name, {})} for name in {*plain, *given}}


def _url(name: str, settings: SystemSettings) -> str:
    if settings.url is None:
        raise ConfigurationError(f'systems.{name}.url is missing: where is it? ("https://…", or "env:NAME")')
    return settings.url


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
