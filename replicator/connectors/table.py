"""The table of types and systems: what is read, written and provisioned where, and why not. Made of `Features` alone.

`python -m replicator.connectors.table` prints the page that is kept as docs/types.md; a test sees that it is that page,
and that no cell is empty: what a system does not carry, or not wholly, has a reason there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias

from pydantic import SecretStr

from replicator.catalog import CATALOG
from replicator.connectors import registry
from replicator.connectors.base import Features, TypeFeatures
from replicator.core.schema import EntityType
from replicator.settings import SystemSettings

System: TypeAlias = Literal["medusa", "directus", "strapi", "dummyjson"]
NAMES: Final[Mapping[System, str]] = {
    "medusa": "Medusa",
    "directus": "Directus",
    "strapi": "Strapi",
    "dummyjson": "DummyJSON",
}
HEAD: Final = """\
# Types and systems

Printed by `make types` from what the connectors say of themselves; not written by hand.

**read**: its records are taken in, and edits there are events. **written**: it is given what happens elsewhere.
**changed**: the same, but what it has not got is not made there. **kept**: what is deleted elsewhere stays.
**provisioned**: `replicator connect` makes room for it, or makes what is needed. A type or field that a system does not
carry is simply not due there; references to it are left out.
"""


def features() -> dict[System, Features]:
    """What each kind of system can do, set up as it comes."""
    return {kind: registry.connect(kind, _somewhere(kind), CATALOG).features for kind in NAMES}


def _somewhere(kind: System) -> SystemSettings:
    return SystemSettings(kind=kind, url="http://localhost", token=SecretStr("-"))


def page(systems: Mapping[System, Features]) -> str:
    """The whole page."""
    head = f"| type | {' | '.join(NAMES[name] for name in systems)} |"
    rule = "|---" * (len(systems) + 1) + "|"
    rows = [
        f"| `{schema.name}` | {' | '.join(cell(each, schema) for each in systems.values())} |"
        for schema in CATALOG.values()
    ]
    return "\n".join([HEAD, head, rule, *rows]) + "\n"


def cell(system: Features, schema: EntityType) -> str:
    """What one system does with one type; empty where nothing is said of a type that is not carried, or not wholly."""
    able, reason = system.types.get(schema.name), system.reasons.get(schema.name)
    if able is None:
        return f"no: {reason}" if reason else ""
    words = ", ".join([*_words(able), *(["provisioned"] if schema.name in system.provisions else [])])
    lacking = sorted(set(schema.fields) - able.reads)
    without = f" (without {', '.join(f'`{name}`' for name in lacking)})" if lacking else ""
    if reason:
        return f"{words}{without}: {reason}"
    source = not any(each.writes for each in system.types.values())
    return f"{words}{without}" if _whole(able, source=source) else ""


def _words(able: TypeFeatures) -> Iterator[str]:
    yield "read"
    if able.writes:
        yield "written" if able.creates else "changed"
        if able.creates and not able.deletes:
            yield "kept"


def _whole(able: TypeFeatures, *, source: bool) -> bool:
    """Whether nothing has to be explained: of a source, which is written nothing, that it is read."""
    return bool(able.reads) and (source or (able.writes == able.reads and able.creates and able.deletes))


if __name__ == "__main__":
    sys.stdout.write(page(features()))  # to be redirected into the page
