"""Files for other people's projects: written once, then theirs to change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from replicator.errors import ConfigurationError


def write_texts(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write files (path inside of the folder → text); the paths of those that were not there.

    Nothing is overwritten: raises ConfigurationError, before anything is written, where a file there says otherwise.
    """
    wanted = {folder / path: text for path, text in texts.items()}
    present = {path: path.read_text("utf-8") for path in wanted if path.exists()}
    others = [str(path.relative_to(folder)) for path, text in present.items() if text != wanted[path]]
    if others:
        raise ConfigurationError(f"{', '.join(others)} say otherwise: merge them by hand, nothing was written")
    fresh = [path for path in wanted if path not in present]
    for path in fresh:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], "utf-8")
    return fresh
