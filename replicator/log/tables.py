"""What is stored, table by table. The migrations must arrive at exactly this; a test compares them.

Statements are written as SQL beside the functions that use them; this module is what they can be checked against, and
what tells a reader which rows there are. Nothing refers to another table by foreign key: `entities` can be emptied and
folded anew from `events`, and rows of the inbox go after a time, while events that came of them stay.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Integer,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from replicator.log.columns import ID, counted, index, may, metadata, must, one_row, time
from replicator.log.disposable import snapshots, tokens
from replicator.log.passes import cursors, listed, runs

__all__ = ["cursors", "listed", "runs", "snapshots", "tokens"]  # the other tables, so that whoever looks here finds all

BLANKED = """changes @? '$.* ? (@.after == null || @.after == "" || @.after.size() == 0)'"""
"""Events that emptied a value. Said in the very words of the query, so that the planner sees that the index fits."""

revisions = Sequence("revisions", metadata=metadata)
"""Orders knowledge: what is stored takes the next number, what is read notes the last one before it starts."""

installation = Table(
    "installation",
    metadata,
    one_row(),
    must("id", ID, default="gen_random_uuid()"),
    CheckConstraint("only_row", name="one_row"),
)

systems = Table(
    "systems",
    metadata,
    must("name", Text, key=True),
    must("kind", Text),
    must("generation", Integer, default="1"),  # raised when the system is emptied and rebuilt
    must("status", Text, default="'new'"),
    must("paused", Boolean, default="false"),
    may("held", Text),  # why nothing is judged or written there until a person looks
    must("believed", Boolean, default="false"),  # a person has confirmed what looks like a mass deletion
    must("healing", Boolean, default="false"),  # a person has said that what is gone or back there is put right
    must("accepted", JSONB, default="'[]'"),  # installations whose markers a person has accepted there
    may("as_of", BigInteger),  # the position of the log that it is kept as of, and nothing newer is written there
    time("heard"),  # when it was last heard of without a long gap before
    CheckConstraint("status in ('new', 'accepted')", name="status"),
)

log_head = Table(
    "log_head",
    metadata,
    one_row(),
    must("position", BigInteger, default="0"),
    must("chain", Text, default="''"),
    CheckConstraint("only_row", name="one_row"),
)

events = Table(
    "events",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    must("id", ID),
    must("schema", SmallInteger),
    must("act", Text),
    must("type", Text),
    must("entity", ID),
    must("origin", Text),
    must("n", BigInteger),  # 0: no dot (a redaction)
    must("context", JSONB),
    must("changes", JSONB),  # key → {before, after, rule, wins, depth}
    must("digests", JSONB),  # key → [of before, of after]
    must("salts", JSONB),  # key → [of before, of after], null where the values were erased
    may("remote_id", Text),
    must("generation", Integer),
    may("author", Text),
    may("entry", Text),
    time("source_time"),
    must("clock", BigInteger),
    may("cause", BigInteger),
    must("note", Text),
    time("recorded", must=True),
    must("digest", Text),
    must("chain", Text),
    UniqueConstraint("id"),
    CheckConstraint("act in ('change', 'bind', 'redact')", name="act"),
    index(None, "entity", "position"),
    index("ix_events_deletions", "origin", "recorded", where="(changes->'*'->'after') = 'false'"),
    index("ix_events_bound", "origin", "type", "remote_id", "position", where="remote_id is not null"),
    index("ix_events_blanked", "origin", "recorded", where=BLANKED),
    index("uq_events_dot", "entity", "origin", "n", unique=True, where="n > 0"),
    index("uq_events_entry", "origin", "generation", "entry", unique=True, where="entry is not null"),
)

inbox = Table(
    "inbox",
    metadata,
    counted(),
    must("system", Text),
    must("source", Text),
    must("kind", Text),
    must("rank", SmallInteger),  # the lower is judged first
    may("type", Text),
    may("remote_id", Text),
    may("key", Text),  # the sender's own id of the delivery
    must("digest", Text),
    may("body", JSONB),
    must("headers", JSONB),
    may("began", BigInteger),  # the revision noted before the read
    time("received", must=True),
    time("due", must=True),  # while it is leased: the end of the lease
    must("attempts", Integer, default="0"),
    may("waits_for", Text),
    may("outcome", Text),
    may("reason", Text),
    may("entity", ID),
    may("event", ID),
    time("settled"),
    CheckConstraint("source in ('hook', 'poll', 'listing', 'guard', 'answer', 'operator', 'cascade')", name="source"),
    CheckConstraint("kind in ('hint', 'record', 'raw', 'cascade')", name="kind"),
    index("uq_inbox_system_key", "system", "key", unique=True, where="key is not null"),
    index("ix_inbox_work", "system", "rank", "due", "id", where="outcome is null and waits_for is null"),
    index("ix_inbox_open_record", "system", "type", "remote_id", where="outcome is null"),
    index(None, "waits_for", where="outcome is null and waits_for is not null"),
    index(None, "entity", where="entity is not null"),
    index(None, "settled", where="settled is not null"),
)

entities = Table(
    "entities",
    metadata,
    must("id", ID, key=True),
    must("type", Text),
    must("cells", JSONB),
    may("deleted", JSONB),
    must("vector", JSONB),
    may("parent", ID),  # the aggregate it is a part of
    time("updated", must=True),
    index(None, "type", "id"),
    index(None, "parent", where="parent is not null"),
)

replicas = Table(
    "replicas",
    metadata,
    must("entity", ID, key=True),
    must("system", Text, key=True),
    must("type", Text),
    must("generation", Integer),
    may("remote_id", Text),
    may("known", JSONB),
    must("asked", JSONB),
    must("vector", JSONB),
    may("sync_id", Text),
    may("intent", JSONB),
    must("version", BigInteger),
    must("revision", BigInteger),
    must("turns", JSONB),
    may("entry", BigInteger),
    may("held", Text),
    UniqueConstraint("system", "type", "remote_id", deferrable=True, initially="IMMEDIATE"),  # two rows may swap
)

states_seen = Table(
    "states_seen",
    metadata,
    must("entity", ID, key=True),
    must("system", Text, key=True),
    must("digest", Text, key=True),
    must("vector", JSONB),
    must("version", BigInteger),
)

states_signed = Table(
    "states_signed",
    metadata,
    must("entity", ID, key=True),
    must("system", Text, key=True),
    must("sync_id", Text, key=True),
    must("known", JSONB),
    must("asked", JSONB),
    must("vector", JSONB),
)

claims = Table(
    "claims",
    metadata,
    must("type", Text, key=True),
    must("key", Text, key=True),
    must("value", Text, key=True),
    must("entity", ID),
    index(None, "entity"),
)

deliveries = Table(
    "deliveries",
    metadata,
    must("entity", ID, key=True),
    must("system", Text, key=True),
    must("type", Text),
    must("position", BigInteger),  # grows with the entity's history
    must("priority", SmallInteger),  # the lower is written first
    must("state", Text),
    must("attempts", Integer, default="0"),
    time("due_at", must=True),
    time("lease_until"),
    may("lease_by", Text),
    may("last_error", Text),
    may("last_status", Integer),
    time("created", must=True),
    must("reason", Text),
    CheckConstraint("state in ('due', 'waiting', 'held', 'dead')", name="state"),
    index("ix_deliveries_work", "system", "priority", "due_at", where="state in ('due', 'waiting')"),
)

writes = Table(
    "writes",
    metadata,
    counted(),
    must("kind", Text),
    must("sync_id", Text),
    must("system", Text),
    must("entity", ID),
    must("type", Text),
    may("batch_id", Text),
    may("doing", Text),
    may("asked", JSONB),
    may("vector", JSONB),
    may("deadline", Double),  # epoch seconds
    may("position", BigInteger),
    may("landed", Boolean),
    may("status", Integer),
    may("answer", Text),
    may("duration_ms", Integer),
    time("at", must=True),
    CheckConstraint("kind in ('intent', 'outcome')", name="kind"),
    index(None, "sync_id"),
    index(None, "entity", "id"),
)

conflicts = Table(
    "conflicts",
    metadata,
    counted(),
    must("entity", ID),
    must("type", Text),
    must("key", Text),
    must("event", ID),
    must("loser", JSONB),
    must("winner", JSONB),
    must("rule", Text),
    time("at", must=True),
    may("decided_by", Text),
    time("decided_at"),
    may("decided_event", ID),
    index("ix_conflicts_open", "id", where="decided_at is null"),
    index(None, "entity"),
)
