"""The base of a comparison: the state that the content of a record was made from.

Which base it is tells the marker that our writes leave, and the states seen before:

- the marker of the write under way: it landed; the base is what is known then;
- a version older than the newest seen (beyond the skew), or a state seen before at the very version it had then: a
  restored dump (base: that state), whatever marker is on it. Nothing can be lost: a later state was judged;
- the marker of our last write, or a type without markers: the base is what is known;
- an older marker, or ours gone: a state seen before at a remote version that is not newer is a restored dump (base:
  that state), with a newer version a person's undo (base: known); content never seen is an old copy saved again (base:
  the state last seen under that marker);
- anything else: known.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from replicator.core.document import Document
from replicator.core.observation import Observation
from replicator.core.replica import Past, Replica
from replicator.core.vector import Vector
from replicator.core.view import View


@dataclass(frozen=True, slots=True)
class Base:
    """What the content is compared with: a state, the vector it stood under, and what was asked then."""

    known: Document
    vector: Vector
    asked: Document
    old: bool = False
    ours: Document = field(default_factory=dict)
    reason: str = "as last known"


def base_of(row: Replica, view: View, observation: Observation, content: Document, past: Past) -> Base:
    """What the content of this observation is compared with."""
    known = Base(row.known or {}, row.vector, row.asked)
    if _went_back(row, view, observation, content, past):
        then = past.seen or past.signed
        reason = "an older version of the record came back: a restored dump"
        return Base(content, then.vector if then else {}, content, old=True, reason=reason)
    signed = observation.marker.sync_id if observation.marker else None
    if not view.marks or signed == row.sync_id or observation.wrote == row.sync_id is not None:
        return known
    if past.seen is not None and observation.version <= row.version:
        return Base(
            content, past.seen.vector, content, old=True, reason="a state seen before came back: a restored dump"
        )
    if past.seen is None and past.signed is not None:
        then = past.signed
        return Base(then.known, then.vector, then.asked, old=True, reason="an old copy was saved again")
    if past.abandoned is not None:
        return replace(known, ours=past.abandoned, reason="a write of ours given up for lost had landed")
    return known


def _went_back(row: Replica, view: View, observation: Observation, content: Document, past: Past) -> bool:
    """Whether a state from before came back, by its version: markers cannot tell where the dump has our last one.

    Of a record whose later version we have seen nothing can be lost: every edit in the older one was in the later one,
    or was replaced there by whoever made the later one. But a version that is a time is set before the commit, so that
    of two writers at once the later to commit may carry the earlier time (Strapi, Directus): content never seen counts
    as old only beyond the skew that the connector declares. The very content at the very version seen is no news.
    """
    if observation.version + view.version_skew < row.version:
        return True
    if past.seen is None or content == row.known:
        return False
    return observation.version < row.version or past.seen.version == observation.version > 0
