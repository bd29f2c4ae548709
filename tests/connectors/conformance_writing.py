"""Writing, as every connector must do it: every field, in the declared form, and nothing not asked for."""

from __future__ import annotations

from replicator.catalog import CATALOG
from replicator.connectors.base import Failed, Trouble, Write, Written
from replicator.core.document import Document, Value
from replicator.core.schema import Kind
from tests.connectors.rig import (
    Rig,
    assert_shows,
    create,
    delete,
    expected,
    family,
    made_family,
    read,
    sample,
    troubles,
    update,
    written,
)

HARD_VALUES: dict[Kind, tuple[Value, ...]] = {
    Kind.TEXT: (
        "Größe 漢字 🙂",
        "  spaces around  ",
        'a <b>"quote"</b> & \\ more',
        "two\nlines",
        "",
        None,
        "0",
    ),
    Kind.INTEGER: (0, 1, 2_000_000_000),
    Kind.DECIMAL: ("0", "0.5", "12.345", "1.005", "100000", None),
    Kind.FLAG: (True, False),
    Kind.TEXTS: ([], ["https://images.example/a.png"], [f"https://images.example/{n}.png" for n in "cab"]),
}


async def assert_kept(rig: Rig, write: Write, remote_id: str, values: Document) -> None:
    """The values come back in the declared form. If the system refuses them together, each is tried alone."""
    result = (await rig.connector.write([update(rig, write, remote_id, values)]))[0]
    if isinstance(result, Failed):
        assert result.trouble is Trouble.REFUSED, (write.type, values, result)
        for field, value in values.items() if len(values) > 1 else ():
            await assert_kept(rig, write, remote_id, {field: value})
        return
    normal = rig.connector.features.types[write.type].normal
    after = await read(rig, write.type, remote_id)

    assert after.fields is not None
    assert {field: after.fields[field] for field in values} == {
        field: normal(field, value) for field, value in values.items()
    }


class Writing:
    """Writing, as every connector must do it: every field, in the declared form, and nothing not asked for."""

    async def test_a_family_is_written_parents_first_and_read_back(self, rig: Rig) -> None:
        made = await made_family(rig)
        remote = {write.entity: remote_id for write, remote_id in made.values()}

        for name, (write, remote_id) in made.items():
            features = rig.connector.features.types[name]
            record = await read(rig, name, remote_id)

            assert_shows(rig, record, expected(rig, name, write.fields, remote))
            assert record.marker == write.marker
            assert not features.entity_column or record.entity == write.entity
            assert not features.client_ids or remote_id == write.entity

    async def test_a_write_answers_with_what_a_read_shows(self, rig: Rig) -> None:
        for name, write in family(rig).items():
            result = (await rig.connector.write([create(rig, name, sample(name, 1), write.entity)]))[0]

            assert isinstance(result, Written)
            assert result.record is None or result.record == await read(rig, name, result.remote_id)
            break  # the first type needs no other; references are seen to above

    async def test_an_update_changes_what_it_names_and_nothing_else(self, rig: Rig) -> None:
        made = await made_family(rig)

        for name, (write, remote_id) in made.items():
            before = await read(rig, name, remote_id)
            field = "title" if "title" in CATALOG[name].fields else CATALOG[name].key[0]
            value = "changed-by-us"
            change = update(rig, write, remote_id, {field: value})
            await written(rig, [change])
            after = await read(rig, name, remote_id)

            assert before.fields is not None
            assert_shows(rig, after, {**before.fields, field: value})
            assert after.marker == change.marker
            assert after.version >= before.version

    async def test_values_come_back_in_the_declared_form(self, rig: Rig) -> None:
        made = await made_family(rig)

        for name, (write, remote_id) in made.items():
            writes = rig.connector.features.types[name].writes - {"status"}  # a status is one of a few words
            hard = {
                field.name: HARD_VALUES[field.kind]
                for field in CATALOG[name].fields.values()
                if field.name in writes and field.kind in HARD_VALUES
            }
            for turn in range(max(map(len, hard.values()))):
                values = {field: each[turn] for field, each in hard.items() if turn < len(each)}
                await assert_kept(rig, write, remote_id, values)

    async def test_references_are_moved_and_taken_away(self, rig: Rig) -> None:
        made = await made_family(rig)
        targets = await made_family(rig, 2)

        for name, (write, remote_id) in made.items():
            features = rig.connector.features.types[name]
            for field in CATALOG[name].fields.values():
                if (
                    field.name not in features.writes
                    or field.target not in targets
                    or field.name == CATALOG[name].part_of
                ):
                    continue
                target = targets[field.target][1]
                many = field.kind is Kind.REFERENCES
                for value in ([target] if many else target, [] if many else None):
                    await written(rig, [update(rig, write, remote_id, {field.name: value})])
                    after = await read(rig, name, remote_id)

                    assert after.fields is not None
                    assert (name, field.name, after.fields[field.name]) == (name, field.name, value)

    async def test_prices_come_and_go(self, rig: Rig) -> None:
        made = await made_family(rig)

        for name, (write, remote_id) in made.items():
            if not any(field.qualified for field in CATALOG[name].fields.values()):
                continue
            euros: Value = {"amount": "12.5", "currency": "eur"}
            dollars: Value = {"amount": "10", "currency": "usd"}
            await written(rig, [update(rig, write, remote_id, {"price@eur": euros, "price@usd": dollars})])
            both = await read(rig, name, remote_id)
            await written(rig, [update(rig, write, remote_id, {"price@eur": euros, "price@usd": None})])
            one = await read(rig, name, remote_id)

            assert both.fields is not None
            assert one.fields is not None
            assert (both.fields.get("price@eur"), both.fields.get("price@usd")) == (euros, dollars)
            assert (one.fields.get("price@eur"), one.fields.get("price@usd")) == (euros, None)

    async def test_deleted_is_absent_and_takes_with_it_what_is_declared(self, rig: Rig) -> None:
        made = await made_family(rig)
        absent: set[str] = set()

        for name in reversed(rig.types):
            features = rig.connector.features.types[name]
            if not features.deletes or any(name in rig.connector.features.types[each].cascades for each in made):
                continue  # it goes with its parent
            write, remote_id = made[name]
            await written(rig, [delete(write, remote_id)])
            absent |= {name, *features.cascades}
            again = await rig.connector.write([delete(write, remote_id)])

            assert {each for each in made if (await read(rig, each, made[each][1])).fields is None} == absent
            assert troubles(again) == [Trouble.GONE]
