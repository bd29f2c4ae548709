"""The media library over HTTP: the files of pictures, fetched by Directus itself where they are not there yet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from replicator.connectors.base import Write
from replicator.connectors.client import Client, ServerFault
from replicator.connectors.directus import media
from replicator.connectors.directus.layout import FILES, Layout
from replicator.connectors.directus.reading import fitting, listed

UNSEEN = {"storage": "local", "type": "image/*"}  # of a file without its content


class Library:
    """The files of one Directus."""

    def __init__(self, layout: Layout, client: Client) -> None:
        self._layout = layout
        self._client = client

    async def held(self, writes: Sequence[Write]) -> dict[str, str]:
        """The file of every picture that these writes name, by its address."""
        addresses = list(dict.fromkeys(each for write in writes for each in media.wanted(self._layout, write)))
        own = f"{self._layout.assets}/"
        found = {each: each.removeprefix(own) for each in addresses if each.startswith(own)}
        for some in fitting([each for each in addresses if each not in found]):
            found |= await self._described(some)
        for each in addresses:
            if each not in found:
                found[each] = await self._fetched(each)
        return found

    async def _described(self, addresses: Sequence[str]) -> dict[str, str]:
        condition = json.dumps({"description": {"_in": addresses}}, ensure_ascii=False)
        asked = [("filter", condition), ("fields", "id,description"), ("sort", "-id"), ("limit", "-1")]
        rows = listed(await self._client.request("GET", "/files", params=asked))
        return {str(row["description"]): str(row["id"]) for row in rows}

    async def _fetched(self, address: str) -> str:
        """Let Directus fetch a picture. One that it cannot reach is kept as a file without content: a dead address is
        no reason to keep the product back, and a person sees which picture is missing.
        """
        name = urlsplit(address).path.rpartition("/")[2] or address
        told = {"description": address, "title": name}
        try:
            answer = await self._client.request("POST", "/files/import", json={"url": address, "data": told})
        except ServerFault:
            unseen = {**UNSEEN, **told, "filename_download": name}
            answer = await self._client.request("POST", "/files", json=unseen)
        return str(answer.body["data"]["id"])


RIGHTS = [(FILES, "create"), (FILES, "read")]
