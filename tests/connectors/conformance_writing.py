"""Writing, as every connector must do it: every field, in the declared form, and nothing not asked for."""

from __future__ import annotations

from dataclasses import replace

from replicator.catalog import CATALOG
from replicator.connectors.base import Action, Failed, Trouble, Write, Written
from replicator.core.document import Document, Value
from replicator.core.schema import Kind
from tests.connectors.rig import (
    Rig,
    assert_shows,
    beside,
    create,
    delete,
    expected,
    made_family,
    new_id,
    read,
    references,
    standing,
    touched,
    troubles,
    update,
    written,
)
from tests.connectors.samples import CHANGED, sample

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
    Kind.JSON: ({"a": [1, "two", None, True], "b": {}}, "words", 7, [], {}),
    Kind.TEXTS: ([], ["https://images.example/a.png"], [f"https://images.example/{n}.png" for n in "cab"]),
}

CHOSEN = {"status", "price_type", "kind", "code", "currency", "iso_3", "origin_country", "address"}
"""Fields that take one of a few words, or a form of their own."""


async def assert_kept(rig: Rig, write: Write, remote_id: str, values: Document) -> str:
    """The values come back in the declared form. If the system refuses them together, each is tried alone.

    Returns the remote id: what is named by a natural key there has another one under another key.
    """
    result = (await rig.connector.write([update(rig, write, remote_id, values)]))[0]
    if isinstance(result, Failed):
        assert result.trouble is Trouble.REFUSED, (write.type, values, result)
        for field, value in values.items() if len(values) > 1 else ():
            remote_id = await assert_kept(rig, write, remote_id, {field: value})
        return remote_id
    normal = rig.connector.features.types[write.type].normal
    after = await read(rig, write.type, result.remote_id)

    assert after.fields is not None
    assert {field: after.fields[field] for field in values} == {
        field: normal(field, value) for field, value in values.items()
    }
    return result.remote_id


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
        there = await standing(rig)

        for name in rig.types:
            write = create(rig, name, {**sample(name, 1), **references(rig, name, there)})
            result = (await rig.connector.write([write]))[0]

            assert isinstance(result, Written), (name, result)
            assert result.record is None or result.record == await read(rig, name, result.remote_id)
            there[name] = result.remote_id

    async def test_an_update_changes_what_it_names_and_nothing_else(self, rig: Rig) -> None:
        made = await made_family(rig)

        for name, (write, remote_id) in made.items():
            before = await read(rig, name, remote_id)
            field, value = touched(rig, name)
            change = update(rig, write, remote_id, {field: value})
            await written(rig, [change])
            after = await read(rig, name, remote_id)

            assert before.fields is not None
            assert_shows(rig, after, {**before.fields, field: value})
            assert after.marker == change.marker
            assert after.version >= before.version

    async def test_what_cannot_be_made_can_be_changed_as_far_as_it_is_said(self, rig: Rig) -> None:
        made = await made_family(rig)
        there = {**await standing(rig), **{name: remote_id for name, (_, remote_id) in made.items()}}

        for name in rig.standing:
            writes = rig.connector.features.types[name].writes
            plain = dict([touched(rig, name)]) if writes & set(CHANGED) else {}
            changes = {**plain, **references(rig, name, there)}
            if name not in there or not changes:
                continue
            write = Write(type=name, action=Action.UPDATE, entity=new_id(), sync_id=new_id(), remote_id=there[name])
            await written(rig, [replace(write, fields=changes, whole=changes)])

            assert_shows(rig, await read(rig, name, there[name]), changes)

    async def test_values_come_back_in_the_declared_form(self, rig: Rig) -> None:
        made = await made_family(rig)

        for name, (write, first_id) in made.items():
            schema, remote_id = CATALOG[name], first_id
            hard = {
                field.name: HARD_VALUES[field.kind]
                for field in schema.fields.values()
                if field.name in rig.connector.features.types[name].writes - CHOSEN
                and field.kind in HARD_VALUES
                and not (field.name in schema.key and field.kind is Kind.INTEGER)
            }
            for turn in range(max(map(len, hard.values()), default=0)):
                values = {field: each[turn] for field, each in hard.items() if turn < len(each)}
                remote_id = await assert_kept(rig, write, remote_id, values)

    async def test_references_are_moved_and_taken_away(self, rig: Rig) -> None:
        made = await made_family(rig)
        targets = {name: remote_id for name, (_, remote_id) in (await made_family(rig, 2)).items()}

        for name, (write, remote_id) in made.items():
            able = rig.connector.features.types[name].writes - set(CATALOG[name].key) - {CATALOG[name].part_of}
            for field in [CATALOG[name].fields[each] for each in CATALOG[name].references if each in able]:
                within = CATALOG[field.target or ""].part_of is not None
                if within:  # what a variant is of a product is among that product's values, and never nothing
                    targets[field.target or ""] = (
                        await written(rig, [await beside(rig, made, field.target or "", 7)])
                    )[0]
                elif field.target not in targets:
                    continue
                target, many = targets[field.target or ""], field.kind is Kind.REFERENCES
                normal = rig.connector.features.types[name].normal
                nothing: list[Value] = [] if within else [[], None] if many else [None]
                for value in ([target] if many else target, *nothing):
                    result = (await rig.connector.write([update(rig, write, remote_id, {field.name: value})]))[0]
                    if not value and isinstance(result, Failed) and result.trouble is Trouble.REFUSED:
                        continue  # a region has to have some money
                    after = await read(rig, name, remote_id)

                    assert after.fields is not None
                    assert (name, field.name, after.fields[field.name]) == (
                        name,
                        field.name,
                        normal(field.name, value),
                    )

    async def test_amounts_of_several_currencies_come_and_go(self, rig: Rig) -> None:
        made = await made_family(rig)

        for name, (write, remote_id) in made.items():
            for field in [each.name for each in CATALOG[name].fields.values() if each.qualified]:
                euros: Value = {"amount": "12.5", "currency": "eur"}
                dollars: Value = {"amount": "10", "currency": "usd"}
                both = {f"{field}@eur": euros, f"{field}@usd": dollars}
                for wanted in (both, {**both, f"{field}@usd": None}):
                    await written(rig, [update(rig, write, remote_id, wanted)])
                    shown = (await read(rig, name, remote_id)).fields or {}

                    assert {key: shown.get(key) for key in wanted} == wanted

    async def test_each_is_deleted_alone_parts_first(self, rig: Rig) -> None:
        made = await made_family(rig)
        absent: set[str] = set()

        for name in reversed(rig.types):
            features = rig.connector.features.types[name]
            if not features.deletes:
                continue
            write, remote_id = made[name]
            await written(rig, [delete(write, remote_id)])
            absent |= {name, *features.cascades} & set(made)
            again = await rig.connector.write([delete(write, remote_id)])

            assert {each for each in made if (await read(rig, each, made[each][1])).fields is None} == absent
            assert (name, troubles(again)) == (name, [Trouble.GONE])

    async def test_a_whole_takes_with_it_what_is_declared(self, rig: Rig) -> None:
        for number, name in enumerate(rig.types, start=1):
            features = rig.connector.features.types[name]
            if not features.deletes or not features.cascades:
                continue
            made = await made_family(rig, number)
            write, remote_id = made[name]
            await written(rig, [delete(write, remote_id)])
            gone = {each for each in made if (await read(rig, each, made[each][1])).fields is None}

            assert (name, gone) == (name, {name, *features.cascades} & set(made))
