"""The shop: which systems there are, what each carries, and the rules of every type. Plain data, made once at start.

Rules come from the catalog, the settings, and what the connectors say they can do (`Features`): a field is read where
the system has it, written where it can be, and a reference only where the system carries what it refers to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from replicator.connectors.base import Connector, Features
from replicator.core.dossier import Rules
from replicator.core.schema import EntityType, Field, Kind, Policy
from replicator.core.view import Refusal, View
from replicator.errors import ConfigurationError
from replicator.settings import EngineSettings, FieldSettings, MappingSettings, SystemSettings, TypeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Everything the loops need to know that does not change while they run."""

    installation: str
    connectors: Mapping[str, Connector]
    systems: Mapping[str, SystemSettings]
    rules: Mapping[str, Rules]  # by type, parents first
    engine: EngineSettings
    provenance: bool = True  # False: every echo is taken for an edit, as the demo shows

    def rank(self, type_name: str) -> int:
        """The place of a type in the order of writing: parents first."""
        return list(self.rules).index(type_name)

    def view(self, system: str, type_name: str) -> View | None:
        """What a system carries of a type, if it carries it."""
        rules = self.rules.get(type_name)
        return None if rules is None else rules.views.get(system)

    def targets(self) -> list[str]:
        """The systems that are written to."""
        return [name for name in self.connectors if any(not view.feed for view in self._views(name))]

    def _views(self, system: str) -> list[View]:
        return [rules.views[system] for rules in self.rules.values() if system in rules.views]


def extended(catalog: Mapping[str, EntityType], types: Mapping[str, TypeSettings]) -> dict[str, EntityType]:
    """The catalog with this shop's own fields and policies. Raises ConfigurationError for names nobody knows."""
    unknown = sorted(set(types) - set(catalog))
    if unknown:
        msg = f"types.{unknown[0]}: there is no such type; there are {', '.join(catalog)}"
        raise ConfigurationError(msg)
    return {name: _extended(schema, types.get(name, TypeSettings())) for name, schema in catalog.items()}


def _extended(schema: EntityType, settings: TypeSettings) -> EntityType:
    fields = dict(schema.fields)
    for name, given in settings.fields.items():
        if name not in fields and given.kind is None:
            msg = f"types.{schema.name}.fields.{name}: {schema.name} has no such field; give it a kind to add it"
            raise ConfigurationError(msg)
        fields[name] = _field(fields.get(name) or Field(name=name, kind=given.kind or Kind.TEXT), given)
    return replace(schema, fields=fields)


def _field(present: Field, given: FieldSettings) -> Field:
    chosen = replace(present, policy=given.policy or present.policy, order=given.order or present.order)
    if chosen.policy is Policy.OWNER and not chosen.order:
        msg = f"field {present.name}: the policy owner needs an order that names the owner"
        raise ConfigurationError(msg)
    return chosen


def rules_of(
    catalog: Mapping[str, EntityType],
    features: Mapping[str, Features],
    systems: Mapping[str, SystemSettings],
    types: Mapping[str, TypeSettings],
) -> dict[str, Rules]:
    """The rules of every type: which systems carry which of its fields, and how."""
    rules: dict[str, Rules] = {}
    for name, schema in catalog.items():
        chosen = types.get(name, TypeSettings()).systems
        carriers = [system for system in features if chosen is None or system in chosen]
        views = {system: _view(system, schema, features[system], systems[system]) for system in carriers}
        rules[name] = Rules(schema=schema, views={system: view for system, view in views.items() if view is not None})
    return rules


def _view(system: str, schema: EntityType, features: Features, settings: SystemSettings) -> View | None:
    able = features.types.get(schema.name)
    if able is None:
        return None
    mapping = settings.types.get(schema.name)
    _known(system, schema, mapping)
    omitted = set(mapping.omit if mapping else ())
    omitted |= {name for name, target in schema.references.items() if target not in features.types}
    unwritable = {name for name, field in schema.fields.items() if field.policy is Policy.SUM}
    known = set(schema.fields)
    return View(
        system=system,
        schema=schema,
        reads=frozenset((able.reads & known) - omitted),
        writes=frozenset((able.writes & known) - omitted - unwritable),
        refuses=_refuses(able.reads & known, mapping) if mapping else {},
        marks=able.marker,
        creates=able.creates,
        natural_ids=able.natural_ids,
        deletes=able.deletes,
        accepts_deletes=settings.accepts_deletes,
        version_skew=able.version_skew,
        normal=able.normal,
    )


def _known(system: str, schema: EntityType, mapping: MappingSettings | None) -> None:
    """Refuse rules for fields that the type does not have: a slip there would silently change who may write what."""
    named = {*(mapping.edits or ()), *mapping.omit, *mapping.refuses} if mapping else set[str]()
    for name in sorted(named - set(schema.fields)):
        fields = ", ".join(schema.fields)
        msg = f"systems.{system}.types.{schema.name}: {schema.name} has no field {name}; it has {fields}"
        raise ConfigurationError(msg)


def _refuses(fields: Iterable[str], mapping: MappingSettings) -> dict[str, Refusal]:
    """What is done with an edit of each field that may not be changed there."""
    others = set(fields) - set(mapping.edits) if mapping.edits is not None else set[str]()
    return {**dict.fromkeys(sorted(others), mapping.refused), **mapping.refuses}
