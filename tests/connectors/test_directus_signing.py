"""What our calls are signed with tells, in Directus' own activity, which write of ours made what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicator.connectors.directus import signing

uuids = st.uuids().map(str)


@given(st.dictionaries(uuids, uuids | st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True), min_size=1, max_size=40))
def test_each_item_is_told_its_own_sync_id_or_none_at_all(writes: dict[str, str]) -> None:
    agent = signing.signed(writes)
    alike = [item[-signing.TAIL :] for item in writes]

    for item, sync_id in writes.items():
        told = signing.sync_id_of(agent, item)
        assert told == (sync_id if alike.count(item[-signing.TAIL :]) == 1 or len(writes) == 1 else None)


@given(st.dictionaries(uuids, uuids, min_size=1, max_size=120))
def test_what_fits_fits_and_one_write_always_does(writes: dict[str, str]) -> None:
    pairs = list(writes.items())
    count = signing.fitting(pairs)

    assert 1 <= count <= len(pairs)
    assert len(signing.signed(dict(pairs[:count]))) <= signing.CHARACTERS_MAX
    assert count == len(pairs) or len(signing.signed(dict(pairs[: count + 1]))) > signing.CHARACTERS_MAX


def test_thirty_records_go_into_one_call() -> None:
    pairs = [(f"{n:08}-0000-4000-8000-{n:012}", f"{n:08}-0000-4000-8000-{n:012}") for n in range(100)]

    assert signing.fitting(pairs) >= 30


def test_one_write_reads_plainly() -> None:
    assert signing.signed({"17": "s-1"}) == f"{signing.NAME} sync=s-1"
    assert signing.fitting([("17", "s" * 2000)]) == 1


@pytest.mark.parametrize(
    "agent", [None, "", "Mozilla/5.0", "replicator/1 sync=", "replicator/1 syncs=17:!", "replicator/1 syncs=18:AAAA"]
)
def test_other_agents_tell_nothing(agent: str | None) -> None:
    assert signing.sync_id_of(agent, "17") is None
