"""The media library over HTTP: the files of pictures, fetched where they are not there yet.

The content API can neither fetch a picture nor find one by its caption without more rights than our account should
have: the companion does both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from replicator.connectors.answers import Answer
from replicator.connectors.client import Client
from replicator.connectors.strapi import media
from replicator.connectors.strapi.layout import Layout
from replicator.core.document import Document, Value
from replicator.errors import BadAnswer, CanonicalError

MEDIA = "/api/changes/media"
ADDRESSES_MAX = 20  # a call: the companion fetches them at once and gives each ten seconds


async def placed(client: Client, layout: Layout, type_name: str, fields: Document) -> dict[str, Any]:
    """The fields of a write with the numbers of files in place of the addresses of pictures."""
    pictured = {name: media.kept(value) for name, value in fields.items() if layout.pictured(type_name, name)}
    named = [each for value in pictured.values() for each in (value if isinstance(value, list) else [value]) if each]
    addresses = list(dict.fromkeys(str(each) for each in named))
    if addresses and not layout.writer:
        raise CanonicalError("pictures are put into the media library by the companion: install it in Strapi")
    numbers: dict[str, int] = {}
    for start in range(0, len(addresses), ADDRESSES_MAX):
        asked = addresses[start : start + ADDRESSES_MAX]
        own = [each.removeprefix(layout.assets) if layout.assets else each for each in asked]
        found = _numbers(await client.request("POST", MEDIA, json={"addresses": own}))
        numbers |= dict(zip(asked, found, strict=True))
    return {**fields, **{name: _numbered(value, numbers) for name, value in pictured.items()}}


def _numbered(value: Value, numbers: Mapping[str, int]) -> object:
    if isinstance(value, list):
        return [numbers[str(each)] for each in value]
    return None if value is None else numbers[str(value)]


def _numbers(answer: Answer) -> list[int]:
    data = answer.body.get("data") if isinstance(answer.body, dict) else None
    if not isinstance(data, list) or not all(isinstance(each, int) for each in data):
        raise BadAnswer("the companion in Strapi tells the numbers of files in `data`", status=answer.status)
    return data
