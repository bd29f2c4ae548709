"""Doubt: when a system shows that very much is gone, nothing is believed until a person has looked.

A system suddenly empty, or a pass that would delete more than a set share, is far more often a wrong database, a lost
right or a restored backup than a shopkeeper's wish. (vdirsyncer's StorageEmpty refuses for the same reason.)
"""

from __future__ import annotations


def too_many_gone(gone: int, living: int, *, share_max: float, floor: int) -> str | None:
    """Why so many absences at once are not believed, or None if they are. `living` is how many we knew to be there."""
    if living == 0 or gone <= floor or gone <= share_max * living:
        return None
    return (
        f"{gone} of {living} records are gone there at once: if that is meant, `replicator release SYSTEM --believe`; "
        "if the system was emptied, `replicator release SYSTEM --rebuild` writes it anew from the log"
    )
