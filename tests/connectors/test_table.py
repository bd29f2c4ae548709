"""Goal: the documents say for every type and system what is done with it, as it is, and where it cannot be, why."""

from __future__ import annotations

from pathlib import Path

import pytest

from replicator.catalog import CATALOG
from replicator.connectors.base import Features, TypeFeatures
from replicator.connectors.table import NAMES, System, cell, features, page

PAGE = Path(__file__).parents[2] / "docs" / "types.md"
TAG = CATALOG["tag"]
VALUE = frozenset({"value"})


def test_the_page_is_what_the_connectors_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(features()), "`make types` writes it anew"


@pytest.mark.parametrize("system", NAMES)
def test_no_cell_is_empty(system: System) -> None:
    told = features()[system]
    empty = [name for name, schema in CATALOG.items() if not cell(told, schema)]

    assert empty == []


@pytest.mark.parametrize("system", NAMES)
def test_reasons_are_of_types_that_there_are(system: System) -> None:
    told = features()[system]

    assert set(told.reasons) | set(told.provisions) | set(told.types) <= set(CATALOG)


@pytest.mark.parametrize(
    ("able", "said"),
    [
        (TypeFeatures(reads=VALUE, writes=VALUE), "read, written"),
        (TypeFeatures(reads=frozenset(), writes=frozenset()), ""),
        (TypeFeatures(reads=VALUE), ""),
        (TypeFeatures(reads=VALUE, writes=VALUE, creates=False), ""),
        (TypeFeatures(reads=VALUE, writes=VALUE, deletes=False), ""),
        (None, ""),
    ],
)
def test_only_what_is_carried_wholly_needs_no_reason(able: TypeFeatures | None, said: str) -> None:
    other = TypeFeatures(reads=VALUE, writes=VALUE)
    plain = Features(types={"category": other} if able is None else {"category": other, "tag": able}, listings={})

    assert cell(plain, TAG) == said


def test_of_a_source_it_need_not_be_said_why_it_is_only_read() -> None:
    assert cell(Features(types={"tag": TypeFeatures(reads=VALUE)}, listings={}), TAG) == "read"


@pytest.mark.parametrize(
    ("able", "said"),
    [
        (TypeFeatures(reads=VALUE), "read, provisioned: it is so"),
        (TypeFeatures(reads=VALUE, writes=VALUE, creates=False), "read, changed, provisioned: it is so"),
        (TypeFeatures(reads=VALUE, writes=VALUE, deletes=False), "read, written, kept, provisioned: it is so"),
        (TypeFeatures(reads=frozenset()), "read, provisioned (without `value`): it is so"),
        (None, "no: it is so"),
    ],
)
def test_a_reason_is_told(able: TypeFeatures | None, said: str) -> None:
    types = {} if able is None else {"tag": able}
    told = Features(types=types, listings={}, reasons={"tag": "it is so"}, provisions=frozenset({"tag"}))

    assert cell(told, TAG) == said
