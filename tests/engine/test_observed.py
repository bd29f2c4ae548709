"""A record kept in the inbox is judged as if it had just been read: nothing of it may be lost on the way."""

from __future__ import annotations

import orjson
import pytest

from replicator.connectors.base import Attribution, Record
from replicator.connectors.revision import Revision
from replicator.core.marker import Marker
from replicator.engine.observed import dump, load

MARKER = Marker(
    sync_id="s-1",
    source="medusa",
    written_at="2026-01-02T03:04:05.678Z",
    entity="e-1",
    system="directus",
    generation=1,
    installation="here",
)
HISTORY = (
    Revision(number=7, fields={"title": "a", "images": ["x"]}, ours=False, author="Paula", at=1795217175.26),
    Revision(number=9, fields={"title": "b"}, ours=True),
)


@pytest.mark.parametrize(
    "record",
    [
        Record(type="tag", remote_id="t-1", fields=None),
        Record(
            type="product",
            remote_id="p-1",
            fields={"title": "b", "tags": ["t-1"]},
            version=5,
            marker=MARKER,
            attribution=Attribution(sync_id="s-1"),
            missing=("brand",),
            references={("medusa", "product"): "prod_1"},
            entity="e-1",
            history=HISTORY,
        ),
    ],
)
def test_a_record_comes_out_as_it_went_in(record: Record) -> None:
    again = load(orjson.loads(orjson.dumps(dump(record))))

    assert again == record
    assert again.history == record.history
