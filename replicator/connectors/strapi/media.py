"""Pictures in Strapi's media library, for a shop that wants them there: a file beside the address that it came from.

The address stands in the file's caption, so that a read gives back what was written; a picture that a person uploaded
has the address under which Strapi serves it. What is no address cannot be kept there. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from replicator.connectors.strapi.layout import Layout
from replicator.core.document import Value
from replicator.errors import BadAnswer

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
