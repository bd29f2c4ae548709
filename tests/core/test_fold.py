"""Folding: the state is what its events say, whatever the policies are by now."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from replicator.core.document import Value
from replicator.core.entity import Entity, fold, fold_all
from replicator.core.event import Act, Draft
from replicator.core.merge import Edit, merge
from replicator.core.schema import EntityType, Policy
from replicator.core.vector import following
from tests.core.cases import EMPTY, THING

Change = tuple[str, str, Value, Value, bool]
CHANGES = st.tuples(
    st.sampled_from(["medusa", "directus", "strapi"]),
    st.sampled_from(["title", "brand", "body", "note"]),
    st.sampled_from("ab"),
    st.sampled_from("ab"),
    st.booleans(),
)


def log_of(schema: EntityType, changes: list[Change]) -> tuple[Entity, list[Draft]]:
    """The state that was kept while these edits came in, and the events they became."""
    entity, drafts = EMPTY, []
    for clock, (origin, key, before, after, knowing) in enumerate(changes):
        context = entity.vector if knowing else {}
        dot = following(entity.vector, origin)
        edit = Edit(origin=origin, dot=dot, context=context, clock=clock, changes={key: (before, after)})
        draft = Draft(
            id=f"v{clock}",
            type=entity.type,
            entity=entity.id,
            origin=origin,
            n=dot.n,
            context=context,
            clock=clock,
            changes=merge(entity, schema, edit).changes,
        )
        entity = fold(entity, draft)
        drafts.append(draft)
    return entity, drafts


@given(st.lists(CHANGES, max_size=12))
def test_folding_the_log_again_gives_the_state_that_was_kept(changes: list[Change]) -> None:
    kept, drafts = log_of(THING, changes)

    assert fold_all(EMPTY, drafts) == kept


@given(st.lists(CHANGES, max_size=12), st.sampled_from([Policy.LATEST, Policy.MANUAL, Policy.PREFER]))
def test_a_policy_changed_later_does_not_change_the_past(changes: list[Change], policy: Policy) -> None:
    once = replace(THING, fields={name: replace(each, policy=policy) for name, each in THING.fields.items()})
    kept, drafts = log_of(once, changes)

    assert fold_all(EMPTY, drafts) == kept


@given(st.lists(CHANGES, max_size=8))
def test_every_event_of_an_entity_has_a_dot_of_its_own(changes: list[Change]) -> None:
    kept, drafts = log_of(THING, changes)

    assert len({draft.dot for draft in drafts}) == len(drafts)
    assert sum(kept.vector.values()) == len(drafts)


def test_an_event_that_only_erases_values_changes_no_state() -> None:
    kept, drafts = log_of(THING, [("medusa", "title", None, "a", True)])
    erased = replace(drafts[0], id="v9", n=2, act=Act.REDACT)

    assert fold_all(EMPTY, [*drafts, erased]) == kept
