"""What a webhook says, as hints. Pure.

`{"event": "entry.update", "model": "product", "entry": {"documentId": …}}`. There is no delivery id, and the entry was
read when the webhook was sent, not when the change was made: nothing is believed but which record to read again.
"""

from __future__ import annotations

from collections.abc import Mapping

from replicator.connectors.base import Hint
from replicator.connectors.strapi.layout import Layout
from replicator.errors import BadAnswer

VERBS = {
    "entry.create": "created",
    "entry.update": "updated",
    "entry.delete": "deleted",
    "entry.publish": "published",
    "entry.unpublish": "unpublished",
    "entry.draft-discard": "draft discarded",
}


def read_webhook(_headers: Mapping[str, str], body: object, layout: Layout | None = None) -> list[Hint]:
    """The record that a webhook is about; none where it is about something we do not carry.

    Raises BadAnswer for a body that is no webhook of Strapi's, and for one whose row was gone before Strapi could read
    it (`"entry": null`): it tells that something happened to a document, but not to which. The next listing will.
    """
    layout = layout or Layout()
    event = body.get("event") if isinstance(body, Mapping) else None
    if not isinstance(body, Mapping) or not isinstance(event, str):
        raise BadAnswer("a webhook of Strapi is an object that names its event")
    type_name = layout.type_of(body.get("model"))
    if event not in VERBS or type_name is None:
        return []
    entry = body.get("entry")
    if entry is None:
        raise BadAnswer(
            f"{event} of a {type_name} without its entry: the row was gone when Strapi wanted to tell of it"
        )
    if not isinstance(entry, Mapping) or not isinstance(entry.get("documentId"), str):
        raise BadAnswer(f"{event} of a {type_name} names no documentId")
    return [Hint(type=type_name, remote_id=entry["documentId"], verb=VERBS[event])]
