"""What Medusa's refusals and hooks mean, and how writes are put together. Nothing is asked of anybody."""

from __future__ import annotations

import pytest

from replicator.connectors.answers import Denied, NoAnswer, Refused, ServerFault
from replicator.connectors.base import Action, Trouble
from replicator.connectors.client import Client
from replicator.connectors.medusa.batch import Batch
from replicator.connectors.medusa.reading import Choices, Reader, asked_together, earlier
from replicator.connectors.medusa.refusals import divisible, refusal, unacceptable
from replicator.errors import RemoteError
from tests.connectors.medusa_rows import ENTITY, write


def said(message: str, status: int = 400) -> Refused:
    return Refused(message, status=status, body={"type": "invalid_data", "message": message})


@pytest.mark.parametrize(
    ("error", "trouble", "field"),
    [
        (said("Product with handle: mug, already exists."), Trouble.CLASH, "handle"),
        (said("Product variant with sku: a: b, already exists."), Trouble.CLASH, "sku"),
        (said("Variant (Red) with provided options already exists."), Trouble.CLASH, None),
        (said("Deleting ProductCategory (p) with category children is not allowed"), Trouble.WAIT, None),
        (said("Option value XL does not exist for option Size"), Trouble.WAIT, "options"),
        (said("Tag with id ptag_x not found"), Trouble.WAIT, "tags"),
        (said("Product has 2 option values but there were 1 provided option values …"), Trouble.WAIT, None),
        (said("Cannot unassign option values from product because the following …"), Trouble.WAIT, None),
        (said("Cannot update non-existing variants with ids: variant_x"), Trouble.GONE, None),
        (said("Inventory level with inventory_item_id: a, location_id: b, already exists."), Trouble.CLASH, "location"),
        (said("You tried to set relationship parent_category_id: x, but such …", 404), Trouble.WAIT, "parent"),
        (said('Product with id "prod_x" not found', 404), Trouble.GONE, None),
        (said("Invalid product handle 'Ü'. It must contain URL safe characters"), Trouble.REFUSED, "handle"),
        (said("Invalid request: Expected type: 'string' for field 'title', got: '1'"), Trouble.REFUSED, "title"),
        (said("request entity too large", 413), Trouble.REFUSED, None),
        (ServerFault("failed", status=500, body={"type": "unknown_error"}), Trouble.RETRY, None),
        (ServerFault("a proxy's", status=500, body=None), Trouble.UNKNOWN, None),
        (NoAnswer("timed out", sent=True), Trouble.UNKNOWN, None),
        (NoAnswer("no connection", sent=False), Trouble.RETRY, None),
        (Denied("who?", status=401, body=None), Trouble.ACCOUNT, None),
    ],
)
def test_refusals_by_their_sentences(error: RemoteError, trouble: Trouble, field: str | None) -> None:
    failed = refusal(error)

    assert (failed.trouble, failed.field) == (trouble, field)


def test_a_call_is_taken_apart_where_one_item_may_be_at_fault() -> None:
    assert divisible(said("Product with handle: mug, already exists."))
    assert divisible(ServerFault("failed", status=500, body=None))
    assert not divisible(ServerFault("bad gateway", status=502, body=None))
    assert not divisible(NoAnswer("timed out", sent=True))


def test_a_name_that_medusa_would_make_up_is_refused_before() -> None:
    refused = unacceptable(write("product"), {"handle": ""})

    assert refused is not None
    assert (refused.trouble, refused.field) == (Trouble.REFUSED, "handle")
    assert unacceptable(write("tag"), {"value": None}) is not None
    assert unacceptable(write("metafield"), {"key": ""}) is not None
    assert unacceptable(write("option"), {"title": "Default option"}) is not None
    assert unacceptable(write("variant"), {"title": "", "sku": None}) is None


def test_a_new_product_takes_its_variants_along() -> None:
    new = write("product", Action.CREATE, title="Mug", handle="mug")
    part = write("variant", Action.CREATE, title="Red", product=f"entity:{ENTITY}")
    elsewhere = write("variant", Action.CREATE, title="Blue", product="prod_9")
    client = Client("http://nobody.invalid")
    batch = Batch(
        client, Reader(client, Choices()), [new, part, elsewhere, write("tag"), write("product", Action.DELETE)]
    )
    groups = [
        (type_name, action, [(item.index, [one.index for one in item.parts]) for item in items])
        for type_name, action, items in batch.groups()
    ]

    assert groups == [
        ("tag", Action.UPDATE, [(3, [])]),
        ("product", Action.CREATE, [(0, [1])]),
        ("variant", Action.CREATE, [(2, [])]),
        ("product", Action.DELETE, [(4, [])]),
    ]


def test_addresses_stay_short_and_cursors_look_back() -> None:
    values = ["x" * 400] * 30 + ["y"] * 250
    portions = list(asked_together(values))

    assert [one for some in portions for one in some] == values
    assert max(sum(map(len, some)) for some in portions) <= 6_000
    assert max(map(len, portions)) == 100
    assert earlier("2026-11-20T23:45:03.269Z") == "2026-11-20T23:44:53.269Z"
