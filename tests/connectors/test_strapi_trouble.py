"""Strapi's refusals and webhooks are read for what they mean, and writes wait for what they need."""

import pytest

from replicator.connectors.answers import NoAnswer, Refused, ServerFault
from replicator.connectors.base import PENDING, Action, Hint, Trouble, Write
from replicator.connectors.strapi import Layout, read_webhook
from replicator.connectors.strapi.trouble import judged, waves
from replicator.core.document import Value
from replicator.errors import BadAnswer, RemoteError

LAYOUT = Layout()


def refused(message: str, status: int = 400, **details: object) -> RemoteError:
    told = {"data": None, "error": {"status": status, "name": "N", "message": message, "details": details}}
    return Refused(f"answered {status}: {message}", status=status, body=told)


def taken(*attributes: str) -> RemoteError:
    message = "This attribute must be unique"
    listed = [{"path": [each], "message": message, "name": "ValidationError", "value": "x"} for each in attributes]
    return refused(message, errors=listed)


@pytest.mark.parametrize(
    ("error", "trouble", "field"),
    [
        (taken("handle"), Trouble.CLASH, "handle"),
        (taken("status_code", "handle"), Trouble.CLASH, "status"),
        (refused("Not Found", 404), Trouble.GONE, None),
        (refused('Document with id "d", locale "null" not found'), Trouble.WAIT, None),
        (refused("Invalid key status_code", key="status_code", path="status_code"), Trouble.REFUSED, "status"),
        (refused("title must be defined."), Trouble.REFUSED, None),
        (ServerFault("answered 500", status=500, body=None), Trouble.RETRY, None),
        (ServerFault("a proxy answered 502", status=502, body=None), Trouble.UNKNOWN, None),
        (NoAnswer("timed out", sent=True), Trouble.UNKNOWN, None),
        (NoAnswer("no connection", sent=False), Trouble.RETRY, None),
    ],
)
def test_what_a_refusal_means(error: RemoteError, trouble: Trouble, field: str | None) -> None:
    failed = judged(LAYOUT, "product", error)

    assert (failed.trouble, failed.field) == (trouble, field)


def test_writes_wait_for_what_they_depend_on_and_for_nothing_else() -> None:
    def write(type_name: str, entity: str, action: Action = Action.CREATE, **fields: Value) -> Write:
        return Write(type=type_name, action=action, entity=entity, sync_id="s", fields=fields, whole=fields)

    writes = [
        write("category", "c1"),
        write("category", "c2"),
        write("category", "c3", parent=PENDING + "c1"),
        write("product", "p1", categories=[PENDING + "c3"]),
        write("product", "p2", Action.UPDATE),
        write("product", "p2", Action.UPDATE),
        write("product", "p3", Action.DELETE),
    ]

    assert list(waves(writes)) == [[0, 1], [2], [3, 4], [5], [6]]
    assert list(waves([])) == []


@pytest.mark.parametrize(
    ("told", "hints"),
    [
        ({"event": "entry.update", "model": "product", "entry": {"id": 1, "documentId": "p1"}}, [("product", "p1")]),
        (
            {"event": "entry.delete", "model": "product-variant", "entry": {"documentId": "v1"}},
            [("variant", "v1")],
        ),
        ({"event": "entry.update", "model": "article", "entry": {"documentId": "a"}}, []),
        ({"event": "media.create", "media": {}}, []),
        ({"event": "trigger-test", "createdAt": "2026-11-20T23:22:00.889Z"}, []),
    ],
)
def test_a_webhook_is_a_hint(told: object, hints: list[tuple[str, str]]) -> None:
    found = read_webhook({}, told)

    assert [(hint.type, hint.remote_id) for hint in found] == hints
    assert all(isinstance(hint, Hint) and hint.key is None for hint in found)


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {"model": "product"},
        {"event": "entry.update", "model": "product", "entry": None},
        {"event": "entry.update", "model": "product", "entry": {"id": 1}},
    ],
)
def test_a_webhook_that_names_nothing_is_refused_with_a_reason(told: object) -> None:
    with pytest.raises(BadAnswer):
        read_webhook({}, told)
