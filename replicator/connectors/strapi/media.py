"""Pictures in Strapi's media library, for a shop that wants them there: a file beside the address that it came from.

The address stands in the file's caption, so that a read gives back what was written; a picture that a person uploaded
has the address under which Strapi serves it. What is no address cannot be kept there. The content API can neither fetch
a picture nor find one by its caption without more rights than we should have: the companion does both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from replicator.connectors.answers import Answer
from replicator.connectors.client import Client
from replicator.connectors.strapi.layout import Layout
from replicator.core.document import Document, Value
from replicator.errors import BadAnswer, CanonicalError

MEDIA = "/api/changes/media"
ADDRESSES_MAX = 20  # a call: the companion fetches them at once and gives each ten seconds
SCHEMES = ("https://", "http://")
SHOWN = ("caption", "url")


def kept(value: Value) -> Value:
    """What the library can keep of a value: addresses."""
    if isinstance(value, str):
        return value if value.startswith(SCHEMES) else None
    listed = value if isinstance(value, list | tuple) else []
    return [each for each in listed if kept(each) is not None]


def shown(layout: Layout, raw: object) -> Value:
    """The addresses of a picture or of several, in order. Raises BadAnswer for what is no file."""
    if isinstance(raw, list):
        return [shown(layout, each) for each in raw]
    if raw is None:
        return None
    caption, url = (raw.get("caption"), raw.get("url")) if isinstance(raw, Mapping) else (None, None)
    if isinstance(caption, str) and caption.startswith(SCHEMES):
        return caption
    if not isinstance(url, str):
        raise BadAnswer("a picture of Strapi names no file: may our account find files?")
    return url if url.startswith(SCHEMES) else layout.assets + url


async def placed(client: Client, layout: Layout, type_name: str, fields: Document) -> dict[str, Any]:
    """The fields of a write with the numbers of files in place of the addresses of pictures."""
    pictured = {name: kept(value) for name, value in fields.items() if layout.pictured(type_name, name)}
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
