"""Whatever is written to Strapi comes back in the declared form, and in no other."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from replicator.connectors.base import Action, Write
from replicator.connectors.client import encoded
from replicator.connectors.strapi import Layout, features
from replicator.connectors.strapi.shape import body, in_chunks, record
from replicator.core.document import Value, canonical
from replicator.core.marker import Marker

LAYOUT = Layout()
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


PRODUCTS = st.fixed_dictionaries(
    {
        **dict.fromkeys(("title", "handle", "subtitle", "description", "status", "thumbnail", "brand"), texts),
        "images": st.lists(st.text(max_size=9), max_size=3),
        "weight": st.none() | st.decimals(0, 10**7, places=4).map(lambda each: format(each, "f")),
        "options": st.lists(st.fixed_dictionaries({"title": st.text(), "values": st.lists(st.text())}), max_size=2),
        "categories": st.sets(ids, max_size=4).map(sorted),
        "tags": st.sets(ids, max_size=4).map(sorted),
    }
)


VARIANTS = st.fixed_dictionaries(
    {
        **dict.fromkeys(("title", "sku", "barcode"), texts),
        "product": st.none() | ids,
        "options": st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
        "price@usd": amounts,
        "stock": st.none() | st.integers(-(2**31), 2**31),
    }
)


@given(st.tuples(st.just("product"), PRODUCTS) | st.tuples(st.just("variant"), VARIANTS))
def test_there_and_back_is_the_declared_form(case: tuple[str, dict[str, Value]]) -> None:
    type_name, fields = case
    told = {"type": type_name, "entity": "e1", "sync_id": "s1"}
    change = Write(action=Action.UPDATE, fields=fields, whole=fields, marker=MARKER, **told)
    data = body(LAYOUT, change, fields)["data"]
    assert isinstance(data, dict)
    weight = data.get("weight")
    rounded = {"weight": weight and round(Decimal(weight) + Decimal("1E-9"), 2)} if type_name == "product" else {}
    back = record(LAYOUT, type_name, given_back({**data, **rounded}, type_name))
    normal = features(LAYOUT).types[type_name].normal

    assert back.missing == ()
    assert back.fields == {key: normal(key, value) for key, value in fields.items()}
    assert (back.marker, back.entity) == (MARKER, "e1")
    assert canonical(back.fields)


@given(st.sampled_from([("product", PRODUCTS), ("variant", VARIANTS)]), st.data())
def test_a_normal_form_is_its_own(case: tuple[str, st.SearchStrategy[dict[str, Value]]], data: st.DataObject) -> None:
    normal = features(LAYOUT).types[case[0]].normal
    fields = data.draw(case[1])

    assert all(normal(key, normal(key, value)) == normal(key, value) for key, value in fields.items())


@given(st.lists(st.text(max_size=300), max_size=120))
def test_values_are_asked_for_in_addresses_that_fit(values: list[str]) -> None:
    chunks = in_chunks(values, count_max=50, length_max=6000)

    assert [each for chunk in chunks for each in chunk] == values
    assert all(len(chunk) <= 50 for chunk in chunks)
    assert all(len(chunk) == 1 or sum(len(each.encode()) * 3 + 40 for each in chunk) <= 6000 for chunk in chunks)
