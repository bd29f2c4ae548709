"""Draft & publish, for a type that a shop has switched it on for: what is published is what a record says. Pure.

A document is two rows there. A draft that nobody has published yet is a record, too, one that is not for sale; a draft
that an editor has begun over what is published is the editor's until it is published. A write of ours would publish it
along, so that it waits until that draft is published or discarded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from replicator.connectors.base import Failed, Trouble, Write
from replicator.connectors.strapi.layout import STATUS, Layout

DRAFT, PUBLISHED = "draft", "published"
AGAIN_SECONDS = 60.0  # editors take their time


@dataclass(frozen=True, slots=True)
class State:
    """Whether a document is published, and whether somebody has begun another draft since."""

    published: bool
    begun: bool


def state(draft: Mapping[str, Any], published: Mapping[str, Any] | None) -> State:
    """The state of a document from its two rows: publishing makes their times equal."""
    begun = published is not None and published.get("updatedAt") != draft.get("updatedAt")
    return State(published is not None, begun)


def joined(
    layout: Layout, type_name: str, draft: Mapping[str, Any], published: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The two rows as one, with the state where the status would stand."""
    status = DRAFT if published is None else PUBLISHED
    return {**(draft if published is None else published), layout.attribute(type_name, STATUS): status}


NEW = State(published=False, begun=False)


def wanted(write: Write, found: State = NEW) -> str:
    """What a write leaves. One that does not say, because people have yet to decide, leaves the state as it is."""
    if STATUS in write.whole:
        return PUBLISHED if write.whole[STATUS] == PUBLISHED else DRAFT
    return PUBLISHED if found.published else DRAFT


def hindrance(layout: Layout, write: Write, found: State) -> Failed | None:
    """Why an update cannot be made now, if it cannot."""
    if wanted(write, found) == PUBLISHED and found.begun:
        told = "an editor has begun a draft of it: it is written once that is published or discarded"
        return Failed(trouble=Trouble.WAIT, message=told, retry_after=AGAIN_SECONDS)
    if wanted(write, found) == DRAFT and found.published and not layout.writer:
        told = "the content API cannot take back what is published: install the companion in Strapi"
        return Failed(trouble=Trouble.REFUSED, message=told, field=STATUS)
    return None
