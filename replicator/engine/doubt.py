"""Doubt: when a system shows that very much is gone, nothing is believed until a person has looked.

A system suddenly empty, or a pass that would delete more than a set share, is far more often a wrong database, a lost
right or a restored backup than a shopkeeper's wish. (vdirsyncer's StorageEmpty refuses for the same reason.) Where
records went back to an older state it *is* a restored backup: it lacks what was made since, and has again what was
deleted since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from replicator.engine.desk import Desk, Recognised
from replicator.log import inbox_state

RESTORED = (
    "records there went back to an older state, as from a backup: what is gone there or back again is not believed; "
    "`replicator release SYSTEM --heal` puts it right there; if it is meant, `replicator release SYSTEM --believe`"
)
RESTORED_RUN = "restored"  # the run that counts the records which went back
RESTORED_WINDOW = timedelta(hours=1)  # a pass over a large shop takes a while; deletions of that hour wait for a person


def too_many_gone(gone: Counter[str], living: Counter[str], *, share_max: float, floor: int) -> str | None:
    """Why so many absences at once are not believed, or None if they are; all by type. `living`: known to be there.

    That all are gone is not believed of the smallest shop either.
    """
    told = _too_many(gone, living, share_max, floor)
    if told is None:
        return None
    return (
        f"{told} are gone there at once: if that is meant, `replicator release SYSTEM --believe`; "
        "if not, `replicator release SYSTEM --heal` puts them back; if the system was emptied, `replicator release "
        "SYSTEM --rebuild` writes it anew from the log"
    )


def too_many_blanked(blanked: Counter[str], living: Counter[str], *, share_max: float, floor: int) -> str | None:
    """Why so many emptied values at once are not believed: a dropped column does that, or an import that went wrong."""
    told = _too_many(blanked, living, share_max, floor)
    if told is None:
        return None
    return (
        f"{told} have had values emptied there at once: if that is meant, `replicator release "
        "SYSTEM --believe`; if not, `replicator release SYSTEM --heal` puts them back"
    )


def _too_many(struck: Counter[str], living: Counter[str], share_max: float, floor: int) -> str | None:
    """Which records these are: all of them, or most of a type. None where they are neither."""
    if struck.total() >= living.total() > 1:
        return f"{struck.total()} of {living.total()} records"
    for name, count in struck.most_common():
        if count > floor and count > share_max * living[name]:
            return f"{count} of {living[name]} records of the type {name}"
    return None


async def restored(desk: Desk, known: Sequence[Recognised], *, doubted: bool) -> str | None:
    """Why what is gone, or back again, is not believed: the system was put back to an older state, as far as we see.

    `doubted`: that was found before, and nobody has looked at it yet.
    """
    fresh = [each for each in known if each.entity is not None and _fresh(desk, each)]
    suspect = {each.read.system for each in fresh if _gone_or_back(desk, each)}
    suspect = {name for name in suspect if not (desk.standing[name].believed or desk.standing[name].healing)}
    if not suspect:
        return None
    since = datetime.fromtimestamp(desk.now, UTC) - RESTORED_WINDOW
    doubted = doubted or any(_older(desk, each) for each in fresh)
    return RESTORED if doubted or await inbox_state.went_back(desk.conn, sorted(suspect), since) else None


def _fresh(desk: Desk, each: Recognised) -> bool:
    """Whether nothing newer is known than what was read; else it shows the past because it was read in the past."""
    row, noted = desk.dossiers[str(each.entity)].replica(each.read.system), each.read.noted
    return noted is None or (row.revision <= noted.revision and not row.under_way(noted.at))


def _gone_or_back(desk: Desk, each: Recognised) -> bool:
    dossier = desk.dossiers[str(each.entity)]
    present, deleted = dossier.replica(each.read.system).present, dossier.entity.deleted is not None
    return (present and each.read.record.fields is None) or (deleted and not present and each.fields is not None)


def _older(desk: Desk, each: Recognised) -> bool:
    row = desk.dossiers[str(each.entity)].replica(each.read.system)
    return row.present and each.fields is not None and 0 < each.read.record.version < row.version
