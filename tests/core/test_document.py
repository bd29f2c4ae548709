"""Documents: one spelling for equal content, no binary fractions, and a difference that leads from one to the other."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicator.core.document import (
    CANONICAL_VERSION,
    Value,
    canonical,
    decimal,
    digest,
    field_name,
    members,
    money,
)
from replicator.errors import CanonicalError

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
DOCUMENTS = st.dictionaries(st.sampled_from(["title", "title@de", "price@usd", "tags"]), VALUES)


@given(VALUES)
def test_what_is_canonical_reads_back_as_the_same_value(value: Value) -> None:
    assert json.loads(canonical(value)) == value


@given(DOCUMENTS)
def test_the_order_of_keys_is_of_no_account(document: dict[str, Value]) -> None:
    backwards = dict(reversed(document.items()))

    assert canonical(document) == canonical(backwards)
    assert digest(document) == digest(backwards)


@given(DOCUMENTS, DOCUMENTS)
def test_equal_content_has_an_equal_name_and_other_content_another(left: Value, right: Value) -> None:
    assert (digest(left) == digest(right)) == (canonical(left) == canonical(right))


def test_a_digest_tells_the_version_of_the_canonical_form() -> None:
    assert digest({}).startswith(f"{CANONICAL_VERSION}:")


@pytest.mark.parametrize("value", [1.5, {"price": 0.1}, [{"a": [2.0]}], {"raw": b"x"}, {"set": {1}}])
def test_binary_fractions_and_strange_things_are_refused(value: Value) -> None:
    with pytest.raises(CanonicalError):
        canonical(value)


@pytest.mark.parametrize(
    ("number", "plain"),
    [
        (19.99, "19.99"),
        ("19.990", "19.99"),
        (0.1, "0.1"),
        (100, "100"),
        ("1E+2", "100"),
        ("1e-7", "0.0000001"),
        ("-0.0", "0"),
        ("0", "0"),
        (Decimal("1549.00"), "1549"),
        (-5, "-5"),
    ],
)
def test_decimals_are_exact_and_plain(number: str | float | Decimal, plain: str) -> None:
    assert decimal(number) == plain


@pytest.mark.parametrize("number", ["", "abc", "NaN", "Infinity", "1e50", "1" * 41])
def test_what_is_no_decimal_is_refused(number: str) -> None:
    with pytest.raises(CanonicalError):
        decimal(number)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4))
def test_decimals_keep_their_value_and_are_spelled_one_way(number: Decimal) -> None:
    plain = decimal(number)

    assert Decimal(plain) == number
    assert decimal(plain) == plain
    assert "E" not in plain


def test_money_is_an_exact_amount_and_a_currency_in_lower_case() -> None:
    assert money(19.99, "USD") == {"amount": "19.99", "currency": "usd"}


def test_a_set_has_each_member_once_in_order() -> None:
    assert members(["b", "a", "b"]) == ["a", "b"]


def test_a_key_may_carry_a_locale_or_a_currency() -> None:
    assert [field_name(key) for key in ("title", "title@de", "price@usd")] == ["title", "title", "price"]
