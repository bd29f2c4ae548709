"""Trouble with a write, as every connector must bear it: fail alone, say why, make no second record."""

from __future__ import annotations

import pytest

from replicator.catalog import CATALOG
from replicator.connectors.base import PENDING, Locator, Record, Trouble
from tests.connectors.rig import (
    Rig,
    beside,
    create,
    delete,
    expected,
    family,
    known_by,
    made_family,
    repeated,
    touched,
    troubles,
    update,
    written,
)
from tests.connectors.samples import sample


class MeetingTrouble:
    """Trouble with a write, as every connector must bear it: fail alone, say why, make no second record."""

    async def test_what_is_not_there_cannot_be_updated_and_does_not_keep_others(self, rig: Rig) -> None:
        first = rig.types[0]
        field, _ = touched(rig, first)
        creates = [create(rig, first, sample(first, n)) for n in range(3)]
        ids = await written(rig, creates)
        await written(rig, [delete(creates[1], ids[1])])
        changes = [
            update(rig, write, remote_id, {field: f"changed-{n}"})
            for n, (write, remote_id) in enumerate(zip(creates, ids, strict=True))
        ]
        results = await rig.connector.write(changes)

        assert troubles(results) == [None, Trouble.GONE, None]
        assert sorted(rig.living(first)) == ["changed-0", "changed-2"]

    async def test_a_clash_fails_alone(self, rig: Rig) -> None:
        made = await made_family(rig)

        for name, (write, _) in made.items():
            if not rig.connector.features.types[name].unique:
                continue
            first, third = [await beside(rig, made, name, number) for number in (20, 22)]
            clashing = {**third.fields, **{key: write.fields.get(key) for key in CATALOG[name].key}}
            remote = {each.entity: remote_id for each, remote_id in made.values()}
            second = create(rig, name, expected(rig, name, clashing, remote))
            before = rig.living(name)
            results = await rig.connector.write([first, second, third])

            assert (name, troubles(results)) == (name, [None, Trouble.CLASH, None])
            assert len(rig.living(name)) == len(before) + 2

    async def test_a_reference_to_what_is_not_there_yet_waits(self, rig: Rig) -> None:
        waiting = [write for write in (await family(rig)).values() if PENDING in str(write.fields)]
        before = [rig.living(write.type) for write in waiting]
        results = await rig.connector.write(waiting)

        assert troubles(results) == [Trouble.WAIT for _ in waiting]
        assert [rig.living(write.type) for write in waiting] == before

    @pytest.mark.parametrize("fault", ["429", "500", "503", "drop", "lost"])
    async def test_a_create_that_met_trouble_is_repeated_without_a_second_record(self, rig: Rig, fault: str) -> None:
        made = await made_family(rig)

        for name in made:
            write = await beside(rig, made, name, 5)
            before = rig.living(name)
            rig.fault(fault)
            results = await repeated(rig, [write])

            assert (name, troubles(results)) == (name, [None])
            assert (name, len(rig.living(name))) == (name, len(before) + 1)

    async def test_after_a_lost_answer_the_record_is_found(self, rig: Rig) -> None:
        first = rig.types[0]
        write = create(rig, first, sample(first, 1))
        rig.fault("lost")
        results = await rig.connector.write([write])
        locator = Locator(type=first, entity=write.entity, key=known_by(rig, write, {}))
        found = (await rig.connector.read([locator]))[0]

        assert troubles(results) == [Trouble.UNKNOWN]
        assert isinstance(found, Record)
        assert found.marker == write.marker
