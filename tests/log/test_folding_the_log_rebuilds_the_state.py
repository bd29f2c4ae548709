"""The state that is kept equals the fold of the log, for any history: events come back as they were appended."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replicator.core.entity import Entity, fold, fold_all
from replicator.core.event import EXISTENCE, Act, Change, Draft, Rule
from replicator.core.vector import following
from replicator.log import dossiers, events
from replicator.log.database import Database
from replicator.log.redaction import refold
from tests.log.samples import NOW, draft, uid

KEYS = ["title", "title@de", "stock", "tags", "price@usd"]
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=5)
MEMBERS = st.lists(st.sampled_from("abcd"), unique=True).map(sorted)


def values(key: str) -> st.SearchStrategy[object]:
    given_by = {"stock": st.none() | st.integers(-(2**70), 2**70), "tags": st.none() | MEMBERS}
    money = st.none() | st.fixed_dictionaries({"amount": st.just("9.99"), "currency": st.sampled_from(["usd", "eur"])})
    return given_by.get(key, money if key == "price@usd" else st.none() | TEXTS)


def changes(key: str) -> st.SearchStrategy[Change]:
    rules = {"stock": [Rule.SUM], "tags": [Rule.UNION]}.get(key, [Rule.CAUSAL, Rule.OWNER, Rule.MANUAL, Rule.FROZEN])
    return st.builds(Change, values(key), values(key), st.sampled_from(rules), st.booleans(), st.integers(0, 3))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["medusa", "directus", "strapi"]),
        st.fixed_dictionaries(
            {}, optional={key: changes(key) for key in KEYS} | {EXISTENCE: st.builds(Change, st.none(), st.booleans())}
        ),
    ),
    max_size=12,
)


def history(number: int, steps: list[tuple[str, dict[str, Change]]]) -> list[Draft]:
    """The events of one entity, each with the next dot of its origin."""
    state, drafts = Entity(type="product", id=uid(number)), []
    for place, (origin, changed) in enumerate(steps):
        one = draft(
            number * 100 + place,
            entity=number,
            origin=origin,
            n=following(state.vector, origin).n,
            context=dict(state.vector),
            changes=changed,
            act=Act.CHANGE if changed else Act.BIND,
        )
        state = fold(state, one)
        drafts.append(one)
    return drafts


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_the_kept_state_is_the_fold_of_the_log(database: Database, data: st.DataObject) -> None:
    async with database.look() as conn:
        number = await events.head(conn) + 1
    drafts = history(number, data.draw(STEPS))
    state = fold_all(Entity(type="product", id=uid(number)), drafts)
    async with database.unit() as conn:
        await dossiers.save(conn, [state], [], parents={}, now=NOW)
        await events.append(conn, [*drafts, draft(number * 100 + 99, entity=0, n=number)], NOW)

    async with database.look() as conn:
        kept = (await dossiers.load(conn, [uid(number)], lock=False))[uid(number)][0]

        assert replace(kept, position=0) == state
        assert await refold(conn, uid(number)) == state
        assert [each.draft for each in await events.read(conn, 0, 100, entity=uid(number))] == drafts
        assert (await events.verify(conn, after=number - 1)).first_fault is None
