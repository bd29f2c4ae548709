"""What goes through the database comes back the same: no integer becomes a float, no text changes."""

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicator.core.document import Value, canonical
from replicator.errors import CanonicalError
from replicator.log import codec

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@given(value=VALUES)
def test_a_value_comes_back_in_its_canonical_form(value: Value) -> None:
    assert canonical(codec.loads(codec.dumps(value))) == canonical(value)


@pytest.mark.parametrize("number", [2**53 + 1, 2**64, -(2**63) - 1, 10**30])
def test_a_long_integer_stays_one(number: int) -> None:
    assert codec.loads(codec.dumps({"n": [number]})) == {"n": [number]}


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\\\x00", "\ud800"])
def test_what_the_database_cannot_keep_is_refused(text: str) -> None:
    for value in (text, {text: 1}, [{"a": text}]):
        with pytest.raises(CanonicalError):
            codec.dumps(value)


@pytest.mark.parametrize("text", ["\\u0000", "\\\\u0000", "\x01", "\u2028", "😀"])
def test_what_only_looks_like_it_is_kept(text: str) -> None:
    assert codec.loads(codec.dumps(text)) == text


def test_other_mappings_and_sequences_are_plain_ones() -> None:
    assert codec.loads(codec.dumps(MappingProxyType({"a": (1, range(2))}))) == {"a": [1, [0, 1]]}


def test_what_has_no_json_form_is_refused() -> None:
    for value in (object(), [object()], {"a": {1}}):
        with pytest.raises(CanonicalError):
            codec.dumps(value)


def test_rows_are_counted_from_one() -> None:
    assert codec.loads(codec.rows([{"a": 1}, {"a": None}])) == [{"ord": 1, "a": 1}, {"ord": 2, "a": None}]


def test_a_foreign_body_keeps_all_but_nul() -> None:
    body = {"a\x00": ["\x00", 1.5, None, {"b": True}]}

    assert codec.without_nul(body) == {
        "a\N{REPLACEMENT CHARACTER}": ["\N{REPLACEMENT CHARACTER}", 1.5, None, {"b": True}]
    }
