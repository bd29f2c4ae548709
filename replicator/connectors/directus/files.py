"""The hook extension that tells us of changes, as files for the folder of a Directus: an alternative to the Flow.

A Flow posts once, unsigned, and what nobody heard is lost; the extension keeps what is to be told in a table, written
in the item's own transaction, until we have taken it, and signs every post.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from replicator.connectors.directus.layout import Layout
from replicator.connectors.project_files import write_texts

NAME = "directus-extension-replicator"
PLACE = f"extensions/{NAME}"
COLLECTIONS, OWNERS = "/* COLLECTIONS */ []", "/* OWNERS */ {}"


def contents(layout: Layout) -> dict[str, str]:
    """All files: path inside the folder of the Directus → text."""
    companion = files("replicator.connectors.directus").joinpath("companion")
    script = companion.joinpath("index.js").read_text("utf-8")
    carried = [layout.collections[each.name] for each in layout.carried()]
    owners = {
        one.collection: (layout.collections[each.name], one.ours)
        for each in layout.carried()
        for one in layout.junctions(each.name).values()
    }
    script = script.replace(COLLECTIONS, json.dumps(carried)).replace(OWNERS, json.dumps(owners))
    return {
        f"{PLACE}/package.json": companion.joinpath("package.json").read_text("utf-8"),
        f"{PLACE}/index.js": script,
    }


def write_files(folder: Path, layout: Layout | None = None) -> list[Path]:
    """Write them beside a Directus; the paths of those that were not there.

    Nothing is overwritten: raises ConfigurationError, before anything is written, where a file there says otherwise.
    """
    return write_texts(folder, contents(layout or Layout()))
