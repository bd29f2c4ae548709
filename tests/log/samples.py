"""What the tests of the log store: small drafts, entities and rows, with ids that count up."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from replicator.core.document import Value
from replicator.core.entity import Cell, Entity
from replicator.core.event import EXISTENCE, Change, Draft, Rule
from replicator.core.merge import Conflict
from replicator.core.replica import Intent, Replica
from replicator.core.vector import Dot
from replicator.log.writes import Intended, Outcome

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """A moment so many seconds after NOW."""
    return NOW + timedelta(seconds=seconds)


def uid(number: int) -> str:
    """The id of that number."""
    return str(UUID(int=(0x7 << 76) | (0x2 << 62) | number))


def draft(number: int, entity: int = 1, n: int | None = None, **changed: object) -> Draft:
    """An event of an entity at medusa that gives it a title."""
    given: dict[str, object] = {
        "id": uid(10_000 + number),
        "type": "product",
        "entity": uid(entity),
        "origin": "medusa",
        "n": number if n is None else n,
        "context": {"directus": 2},
        "clock": 1_700_000_000_000_000 + number,
        "changes": {
            EXISTENCE: Change(None, after=True),
            "title": Change(None, f"Title {number}"),
            "price@usd": Change(None, {"amount": "19.99", "currency": "usd"}),
        },
        "remote_id": f"prod_{entity}",
        "author": "ann",
        "source_time": at(-60),
        "cause": 7,
    }
    return Draft(**given | changed)  # type: ignore[arg-type] # given by name, each of its kind


def entity(number: int = 1, **values: object) -> Entity:
    """A product with these values."""
    cells = {
        key: Cell(value=value, dot=Dot("medusa", 1), clock=5, elements={"a": Dot("strapi", 2)}, trail=("x",))  # type: ignore[arg-type] # any JSON
        for key, value in (values or {"title": "Mug"}).items()
    }
    return Entity(type="product", id=uid(number), cells=cells, vector={"medusa": 1})


def replica(number: int = 1, system: str = "medusa", **given: object) -> Replica:
    """The row of a product at a system."""
    row: dict[str, object] = {"remote_id": f"{system}_{number}", "known": {"title": "Mug"}, "revision": 1}
    return Replica(system=system, entity=uid(number), type="product", **row | given)  # type: ignore[arg-type] # as above


def intended(intent: Intent, number: int = 1) -> Intended:
    """The ledger's line of a write to medusa."""
    return Intended(system="medusa", entity=uid(number), type="product", intent=intent)


def outcome(sync_id: str, *, landed: bool | None, number: int = 1) -> Outcome:
    """The ledger's line of what came of it."""
    return Outcome(sync_id=sync_id, system="medusa", entity=uid(number), type="product", landed=landed, answer="ok")


def conflict(key: str, loser: Value) -> Conflict:
    """Two values of a field, of which the one of strapi lost."""
    return Conflict(
        key=key,
        rule=Rule.OWNER,
        winner="kept",
        winner_dot=Dot("medusa", 1),
        loser=loser,
        loser_dot=Dot("strapi", 1),
    )
