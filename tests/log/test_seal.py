"""The laws of the seal: it changes with everything an event says, and tells nothing about a value whose salt is
gone.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicator.core.document import Value
from replicator.core.event import Act, Change, Draft, Rule
from replicator.log.seal import Seal, digests_of, link, seal
from tests.log.samples import NOW, at, draft

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def fixed(size: int) -> bytes:
    return b"s" * size


def sealed(one: Draft) -> Seal:
    return seal(one, NOW, fixed)


OTHERS: Mapping[str, object] = {
    "id": draft(2).id,
    "type": "tag",
    "entity": draft(1, entity=2).entity,
    "origin": "strapi",
    "n": 5,
    "context": {"directus": 3},
    "clock": 1,
    "act": Act.BIND,
    "changes": {"title": Change(None, "Other")},
    "remote_id": None,
    "generation": 2,
    "author": "bob",
    "entry": "e",
    "source_time": at(0.000001),
    "cause": None,
    "note": "n",
}


def test_every_part_of_an_event_has_another_value_here() -> None:
    assert set(OTHERS) == {each.name for each in fields(Draft)}


@pytest.mark.parametrize("name", OTHERS)
def test_the_digest_changes_with_every_part_of_the_event(name: str) -> None:
    other = replace(draft(1), **{name: OTHERS[name]})  # type: ignore[arg-type] # each of its kind

    assert sealed(other).digest != sealed(draft(1)).digest


@pytest.mark.parametrize(
    "other", [Change("a", "b", Rule.OWNER), Change("a", "b", wins=False), Change("a", "b", depth=1)]
)
def test_the_digest_changes_with_how_a_change_was_resolved(other: Change) -> None:
    assert sealed(replace(draft(1), changes={"k": other})) != sealed(replace(draft(1), changes={"k": Change("a", "b")}))


def test_the_digest_changes_with_when_it_was_stored() -> None:
    later = seal(draft(1), NOW + timedelta(microseconds=1), fixed)

    assert later.digest != sealed(draft(1)).digest


def test_the_order_of_keys_does_not_matter() -> None:
    turned = replace(draft(1), changes=dict(reversed([*draft(1).changes.items()])))

    assert sealed(turned).digest == sealed(draft(1)).digest


@given(before=VALUES, after=VALUES)
def test_a_value_is_known_again_with_its_salt_only(before: Value, after: Value) -> None:
    change = Change(before, after)

    assert digests_of(change, ("c2FsdA", "cGVwcGVy")) == digests_of(change, ("c2FsdA", "cGVwcGVy"))
    assert digests_of(change, ("c2FsdA", "cGVwcGVy"))[0] != digests_of(change, ("b3RoZXI", "cGVwcGVy"))[0]


def test_equal_values_have_different_digests() -> None:
    drawn = iter(range(100))
    one = seal(draft(1, changes={"k": Change("a", "a")}), NOW, lambda size: bytes([next(drawn)]) * size)

    assert one.digests["k"][0] != one.digests["k"][1]
    assert len(set(one.salts["k"])) == 2


def test_the_chain_depends_on_all_before_it() -> None:
    assert link(link("", 1, "a"), 2, "b") != link(link("", 1, "b"), 2, "a")
    assert link("x", 1, "a") != link("x", 2, "a")
