"""Trouble with a write, as every connector must bear it: fail alone, say why, make no second record."""

from __future__ import annotations

import pytest

from replicator.catalog import CATALOG
from replicator.connectors.base import PENDING, Locator, Record, Trouble
from tests.connectors.rig import (
    Rig,
    create,
    delete,
    family,
    made_family,
    repeated,
    sample,
    troubles,
    update,
    written,
)


class MeetingTrouble:
    """Trouble with a write, as every connector must bear it: fail alone, say why, make no second record."""

    async def test_what_is_not_there_cannot_be_updated_and_does_not_keep_others(self, rig: Rig) -> None:
        first = rig.types[0]
        field = CATALOG[first].key[0]
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
        product = made["product"][1] if "product" in made else None

        for name in rig.types:
            fields = [{**sample(name, n)} for n in (20, 1, 22)]
            for each in fields:
                each.update({"product": product} if name == "variant" else {})
            results = await rig.connector.write([create(rig, name, each) for each in fields])
            key = CATALOG[name].key[0]

            assert (name, troubles(results)) == (name, [None, Trouble.CLASH, None])
            assert sorted(rig.living(name)) == sorted(str(each[key]) for each in fields)

    async def test_a_reference_to_what_is_not_there_yet_waits(self, rig: Rig) -> None:
        writes = family(rig)
        waiting = [write for write in writes.values() if PENDING in str(write.fields)]
        results = await rig.connector.write(waiting)

        assert troubles(results) == [Trouble.WAIT for _ in waiting]
        assert [rig.living(write.type) for write in waiting] == [[] for _ in waiting]

    @pytest.mark.parametrize("fault", ["429", "500", "503", "drop", "lost"])
    async def test_a_create_that_met_trouble_is_repeated_without_a_second_record(self, rig: Rig, fault: str) -> None:
        await made_family(rig)

        for name, write in family(rig, 5).items():
            if PENDING in str(write.fields):
                continue
            rig.fault(fault)
            results = await repeated(rig, [write])

            assert (name, troubles(results)) == (name, [None])
            assert len(rig.living(name)) == 2

    async def test_after_a_lost_answer_the_record_is_found(self, rig: Rig) -> None:
        first = rig.types[0]
        write = create(rig, first, sample(first, 1))
        rig.fault("lost")
        results = await rig.connector.write([write])
        key = CATALOG[first].key[0]
        locator = Locator(type=first, entity=write.entity, keys={key: write.fields[key]})
        found = (await rig.connector.read([locator]))[0]

        assert troubles(results) == [Trouble.UNKNOWN]
        assert isinstance(found, Record)
        assert found.marker == write.marker
