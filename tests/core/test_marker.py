"""Markers: there and back, and nothing else passes for one."""

import json

from hypothesis import given
from hypothesis import strategies as st

from replicator.core.marker import MARKER_VERSION, Marker, load

TEXTS = st.text(max_size=12)
MARKERS = st.builds(
    Marker,
    sync_id=TEXTS,
    source=TEXTS,
    written_at=TEXTS,
    entity=TEXTS,
    system=TEXTS,
    generation=st.integers(min_value=1),
    installation=TEXTS,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(MARKERS)
def test_a_marker_survives_being_stored_as_json(marker: Marker) -> None:
    assert load(json.loads(json.dumps(marker.dump()))) == marker


@given(JSON)
def test_anything_else_is_no_marker(raw: object) -> None:
    assert load(raw) is None


@given(MARKERS, st.sampled_from(["syncId", "syncSource", "lastSyncedAt", "entity", "system", "generation", "v"]))
def test_a_marker_without_one_of_its_parts_is_none(marker: Marker, part: str) -> None:
    raw = {key: value for key, value in marker.dump().items() if key != part}

    assert load(raw) is None


def test_a_marker_of_an_older_bridge_is_none_of_ours() -> None:
    assert load({"syncId": "1", "syncSource": "medusa", "lastSyncedAt": "2024-01-01T00:00:00Z"}) is None
    assert load({"v": MARKER_VERSION + 1, "syncId": "1"}) is None
