"""Whatever is written to Strapi comes back in the declared form, and in no other."""

import json
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from replicator.catalog import CATALOG
from replicator.connectors.base import Action, Write
from replicator.connectors.client import encoded
from replicator.connectors.strapi import Layout, features
from replicator.connectors.strapi.shape import body, in_chunks, record
from replicator.core.document import Value, canonical
from replicator.core.marker import Marker
from replicator.core.schema import EntityType, Field, Kind

LAYOUT = Layout()
TEXT = Field(name="text")
STEP = Decimal("0.000001")  # of the columns that we ask for
MARKER = Marker(
    sync_id="s1",
    source="medusa",
    written_at="2026-11-20T23:22:00.889Z",
    entity="e1",
    system="strapi",
    generation=1,
    installation="shop",
)


def given_back(data: Mapping[str, Any], type_name: str) -> dict[str, Any]:
    """What Strapi answers after it was sent `data`: numbers as numbers, relations populated."""
    raw: dict[str, Any] = json.loads(encoded(data), parse_float=Decimal)
    for name, field in LAYOUT.references(type_name).items():
        attribute = LAYOUT.attribute(type_name, name)
        linked = raw[attribute]
        many = field.kind.value == "references"
        raw[attribute] = [{"documentId": each} for each in linked] if many else linked and {"documentId": linked}
    return {"documentId": "d", "updatedAt": "2026-11-20T23:22:00.889Z", **raw}


texts = st.none() | st.text(max_size=30)


ids = st.text("abcdefgh0123", min_size=1, max_size=6)


amounts = st.decimals(0, 10**7, places=2).map(lambda each: {"amount": format(each.normalize(), "f"), "currency": "usd"})
decimals = st.none() | st.decimals(0, 10**7, places=8).map(lambda each: format(each, "f"))
references = st.none() | ids
sets = st.sets(ids, max_size=4).map(sorted)
integers = st.none() | st.integers(-(2**31), 2**31)
plain = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9)
values = st.recursive(plain, lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each))

BY_KIND: Mapping[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: texts,
    Kind.INTEGER: integers,
    Kind.DECIMAL: decimals,
    Kind.FLAG: st.none() | st.booleans(),
    Kind.TEXTS: st.lists(st.text(max_size=9), max_size=3),
    Kind.JSON: values,
    Kind.REFERENCE: references,
    Kind.REFERENCES: sets,
}


def documents(schema: EntityType) -> st.SearchStrategy[dict[str, Value]]:
    """Any document of a type."""
    kinds = {name: each.kind for name, each in schema.fields.items()}
    return st.fixed_dictionaries(
        {f"{name}@usd" if kind is Kind.MONEY else name: BY_KIND.get(kind, amounts) for name, kind in kinds.items()}
    )


CASES = st.one_of(*(st.tuples(st.just(name), documents(schema)) for name, schema in CATALOG.items()))


@given(CASES)
def test_there_and_back_is_the_declared_form(case: tuple[str, dict[str, Value]]) -> None:
    type_name, fields = case
    told = {"type": type_name, "entity": "e1", "sync_id": "s1"}
    change = Write(action=Action.UPDATE, fields=fields, whole=fields, marker=MARKER, **told)
    data = body(LAYOUT, change, fields)["data"]
    assert isinstance(data, dict)
    for name, each in data.items():
        if LAYOUT.types[type_name].fields.get(LAYOUT.field_of(type_name, name), TEXT).kind is Kind.JSON:
            data[name] = json.loads(json.loads(each)) if isinstance(each, str) else each
    kept = {name: each.quantize(STEP, ROUND_HALF_UP) for name, each in data.items() if isinstance(each, Decimal)}
    back = record(LAYOUT, type_name, given_back({**data, **kept}, type_name))
    normal = features(LAYOUT).types[type_name].normal

    assert back.missing == ()
    assert back.fields == {key: normal(key, value) for key, value in fields.items()}
    assert (back.marker, back.entity) == (MARKER, "e1")
    assert canonical(back.fields)


@given(CASES)
def test_a_normal_form_is_its_own(case: tuple[str, dict[str, Value]]) -> None:
    normal = features(LAYOUT).types[case[0]].normal

    assert all(normal(key, normal(key, value)) == normal(key, value) for key, value in case[1].items())


@given(st.lists(st.text(max_size=300), max_size=120))
def test_values_are_asked_for_in_addresses_that_fit(values: list[str]) -> None:
    chunks = in_chunks(values, count_max=50, length_max=6000)

    assert [each for chunk in chunks for each in chunk] == values
    assert all(len(chunk) <= 50 for chunk in chunks)
    assert all(len(chunk) == 1 or sum(len(each.encode()) * 3 + 40 for each in chunk) <= 6000 for chunk in chunks)
