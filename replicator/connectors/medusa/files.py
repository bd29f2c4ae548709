"""The companion: a few files in a Medusa project that tell us of every change, with its author, and show on the page of
a product where it stands.

Medusa has no webhooks and its event bus forgets. The companion notes every event that is about something replicated in
a table, posts them signed, and tries again until they were taken. It stamps the account of the request on them; that
is for people to read. Nothing is judged by it: an event's row is written after the change that it tells of, so that
what was read a moment later may be somebody else's.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from replicator.connectors.project_files import write_texts

PLACES: Final = {  # our file → its place in the project
    "actor.ts": "src/lib/replicator/actor.ts",
    "naming.ts": "src/lib/replicator/naming.ts",
    "outbox.ts": "src/lib/replicator/outbox.ts",
    "subscriber.ts": "src/subscribers/replicator.ts",
    "job.ts": "src/jobs/replicator.ts",
    "settings_route.ts": "src/api/admin/replicator/companion/route.ts",
    "product_route.ts": "src/api/admin/replicator/products/[id]/route.ts",
    "widget.tsx": "src/admin/widgets/replicator.tsx",
}
MIDDLEWARES: Final = ("src/api/middlewares.ts", "src/api/middlewares.js")
"""Every project has one such file at most, and may have it already: then ours is named to it, not written."""


def contents() -> dict[str, str]:
    """All files: path inside the project → text."""
    return {place: _text(name) for name, place in PLACES.items()}


def write_files(folder: Path) -> list[Path]:
    """Write them into a Medusa project; the paths of those that were not there.

    Nothing is overwritten: raises ConfigurationError, before anything is written, where a file there says otherwise. A
    project's own middlewares stay as they are: see `unnamed`.
    """
    texts = contents()
    if not any((folder / place).exists() for place in MIDDLEWARES):
        texts[MIDDLEWARES[0]] = _text("middlewares.ts")
    return write_texts(folder, texts)


def unnamed(folder: Path) -> str | None:
    """What a person has to add to the project's own middlewares; None where nothing is missing."""
    for place in MIDDLEWARES:
        path = folder / place
        if path.exists() and "replicatorRoutes" not in path.read_text("utf-8"):
            return (
                f'{place} is yours and stays as it is: import {{ replicatorRoutes }} from "../lib/replicator/actor" '
                "there and add ...replicatorRoutes to its routes, or events will not tell who made a change"
            )
    return None


def _text(name: str) -> str:
    return files("replicator.connectors.medusa").joinpath("companion").joinpath(name).read_text("utf-8")
