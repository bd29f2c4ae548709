"""Goal: a currency made in one system is met where it cannot be made but may be known: under its code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from replicator.catalog import CATALOG
from replicator.core.document import Value
from replicator.core.dossier import Dossier, Rules, observe
from replicator.core.entity import Entity
from replicator.core.observation import Observation
from replicator.core.replica import Replica
from replicator.core.view import View
from replicator.engine.changes import Change
from replicator.engine.references import RemoteKey
from tests.core.cases import stamp

CURRENCY = CATALOG["currency"]
FIELDS = frozenset(CURRENCY.fields)
DESK = View(system="directus", schema=CURRENCY, reads=FIELDS, writes=FIELDS)
SHOP = View(system="medusa", schema=CURRENCY, reads=FIELDS, natural_ids=True)
RULES = Rules(schema=CURRENCY, views={"directus": DESK, "medusa": SHOP})
SOUGHT = [RemoteKey("medusa", "currency", "gbp")]


def made(code: Value) -> Dossier:
    """A currency that somebody has made in Directus."""
    fields: dict[str, Value] = {**dict.fromkeys(FIELDS), "code": code, "name": "Pound"}
    seen = Observation(remote_id="d1", fields=fields, began=0)
    nobody = Dossier(entity=Entity(type="currency", id="e1"))
    return observe(nobody, RULES, "directus", seen, stamp()).dossier


def change(before: Dossier | None, after: Dossier) -> Change:
    return Change(before=before, after=after, rules=RULES, rank=0)


def test_it_is_asked_after_once_under_its_natural_key() -> None:
    dossier = made("gbp")

    assert change(None, dossier).sought() == SOUGHT
    assert change(dossier, dossier).sought() == []
    assert change(made("usd"), dossier).sought() == SOUGHT


def test_it_is_never_due_where_it_cannot_be_made() -> None:
    changing = replace(SHOP, writes=frozenset({"name"}), creates=False)
    rules = replace(RULES, views={"directus": DESK, "medusa": changing})

    assert made("gbp").due(rules) == {}


@pytest.mark.parametrize("code", [None, ""])
def test_what_has_no_natural_key_is_not_asked_after(code: Value) -> None:
    assert change(None, made(code)).sought() == []


def test_what_is_known_there_is_not_asked_after() -> None:
    row = Replica(system="medusa", entity="e1", type="currency", remote_id="gbp", known={"code": "gbp"})

    assert change(None, made("gbp").with_replica(row)).sought() == []
