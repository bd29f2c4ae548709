"""The log as lines of text: one CloudEvent 1.0 in JSON a line (NDJSON). Pure, both ways.

| type | one line is |
|---|---|
| `replicator.begin` | the first line: whose log it is, and the version of this form |
| `replicator.system` | a system: its generation and standing |
| `replicator.change.product` … | an event of the log, named by its act and type; `sequence` is its position |
| `replicator.replica` | what one system holds of one entity: under which id, what was asked for, what is known |
| `replicator.seen`, `replicator.signed` | a state seen there before: restored dumps and old copies are known by it |
| `replicator.conflict` | a conflict, decided or not |
| `replicator.head` | the last line: where the log ends, the chain there, and a digest of all lines before |

The sequence has leading zeros, as that extension wants; `digest` and `chain` are the event's seal. Values that were
erased are null, with null for salts: they verify as they do in the log. Events come in order, before
everything that was made of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from replicator.log import codec

FORM = 1  # raised when a reader of today would misunderstand
SEQUENCE_DIGITS = 19  # of the largest position
BEGIN, SYSTEM, REPLICA, SEEN, SIGNED, CONFLICT, HEAD = (
    f"replicator.{each}" for each in ("begin", "system", "replica", "seen", "signed", "conflict", "head")
)
SIDE = (SYSTEM, REPLICA, SEEN, SIGNED, CONFLICT)
EVENT_COLUMNS = (
    "schema", "act", "type", "entity", "origin", "n", "context", "changes", "digests", "salts", "remote_id",
    "generation", "author", "entry", "source_time", "clock", "cause", "note",
)  # fmt: skip


class Misread(ValueError):
    """A line is not what it should be; says what is wrong with it."""


class Told:
    """A row as an export tells it: its columns are attributes."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self.__dict__.update(columns)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - what a column holds is known only where it is read
        raise AttributeError(name)


def event_line(row: codec.Row, installation: str) -> bytes:
    """An event of the log, from its row."""
    attributes = {
        "subject": row.entity,
        "time": row.recorded,
        "sequence": f"{row.position:0{SEQUENCE_DIGITS}}",
        "digest": row.digest,
        "chain": row.chain,
    }
    data = {name: getattr(row, name) for name in EVENT_COLUMNS}
    return line(f"replicator.{row.act}.{row.type}", row.id, installation, data, attributes)


def line(
    kind: str, name: str, installation: str, data: Mapping[str, Any], attributes: Mapping[str, Any] | None = None
) -> bytes:
    """One CloudEvent. All of a log have one source, so that their sequence is that of the source."""
    envelope = {
        "specversion": "1.0",
        "id": name,
        "source": f"/installations/{installation}",
        "type": kind,
        "datacontenttype": "application/json",
        **(attributes or {}),
        "data": data,
    }
    return codec.dumps(envelope).encode() + b"\n"


def read(raw: bytes) -> dict[str, Any]:
    """The CloudEvent in a line. Raises Misread."""
    if not raw.endswith(b"\n"):
        raise Misread("it is cut off")
    try:
        told = codec.loads(raw)
    except (orjson.JSONDecodeError, ValueError) as error:
        raise Misread(f"it is no JSON: {error}") from error
    if not isinstance(told, dict) or told.get("specversion") != "1.0" or not isinstance(told.get("data"), dict):
        raise Misread("it is no CloudEvent 1.0 with data")
    if not all(isinstance(told.get(name), str) and told[name] for name in ("id", "source", "type")):
        raise Misread("it lacks an id, a source or a type")
    return told


def event_row(told: Mapping[str, Any]) -> codec.Row:
    """The row of an event, from its line. Raises Misread."""
    data = told["data"]
    try:
        row = {name: data[name] for name in EVENT_COLUMNS}
        row |= {"id": told["id"], "digest": told["digest"], "chain": told["chain"], "position": int(told["sequence"])}
        row["recorded"] = datetime.fromisoformat(told["time"])
        source_time = data["source_time"]
        row["source_time"] = None if source_time is None else datetime.fromisoformat(source_time)
    except (KeyError, TypeError, ValueError) as error:
        raise Misread(f"it lacks something, or says it wrongly: {error}") from error
    if told["type"] != f"replicator.{row['act']}.{row['type']}":
        raise Misread(f"it says that it is {told['type']}, and is not")
    return Told(row)
