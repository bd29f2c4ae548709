"""A natural key belongs to one entity, whoever comes first; a second one is not made."""

import asyncio

import pytest

from replicator.errors import ClaimTaken
from replicator.log import claims
from replicator.log.claims import Claim
from replicator.log.database import Database
from tests.log.samples import uid

KEY = ("product", "handle", "mug")


def claim(number: int, value: str | None = "mug", *, fresh: bool = False) -> Claim:
    return Claim(type="product", key="handle", value=value, entity=uid(number), fresh=fresh)


async def follow(database: Database, *claimed: Claim) -> None:
    async with database.unit() as conn:
        await claims.follow(conn, claimed)


async def holder(database: Database, *keys: tuple[str, str, str]) -> dict[tuple[str, str, str], str]:
    async with database.look() as conn:
        return await claims.find(conn, keys or [KEY])


async def test_the_holder_of_a_key_is_found(database: Database) -> None:
    await follow(database, claim(1, fresh=True))

    assert await holder(database, KEY, ("product", "handle", "cup"), ("tag", "handle", "mug")) == {KEY: uid(1)}


async def test_of_two_new_entities_with_one_key_the_second_is_refused(database: Database) -> None:
    await follow(database, claim(1, fresh=True))

    with pytest.raises(ClaimTaken, match="'mug'"):
        await follow(database, claim(2, fresh=True))

    assert await holder(database) == {KEY: uid(1)}


async def test_two_workers_that_make_one_thing_at_once_make_one(database: Database) -> None:
    outcomes = await asyncio.gather(
        *(
            follow(database, claim(number, fresh=True), claim(number, f"own {number}", fresh=True))
            for number in range(8)
        ),
        return_exceptions=True,
    )

    assert [type(each) for each in outcomes if each is not None] == [ClaimTaken] * 7
    assert len(await holder(database)) == 1


async def test_an_entity_takes_its_key_along(database: Database) -> None:
    await follow(database, claim(1, fresh=True))

    await follow(database, claim(1, "cup"))
    assert await holder(database) == {}
    await follow(database, claim(2, fresh=True))
    await follow(database, claim(1, None))

    async with database.look() as conn:
        assert await claims.of_entity(conn, uid(1)) == []
        assert await claims.of_entity(conn, uid(2)) == [("handle", "mug")]


async def test_an_edit_to_a_key_that_another_holds_leaves_it_there(database: Database) -> None:
    await follow(database, claim(1, fresh=True), claim(2, "cup", fresh=True))

    await follow(database, claim(2, "mug"))

    assert await holder(database, KEY, ("product", "handle", "cup")) == {KEY: uid(1)}
