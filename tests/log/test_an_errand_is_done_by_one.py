"""An errand that must not be done twice at once (a full listing) is one process's alone, until that one ends."""

import pytest

from replicator.log.database import Database


async def test_an_errand_is_refused_while_another_has_it(database: Database) -> None:
    async with (
        database.alone("listing medusa") as first,
        database.alone("listing medusa") as second,
        database.alone("listing strapi") as other,
    ):
        assert (first, second, other) == (True, False, True)
    async with database.alone("listing medusa") as again:
        assert again


async def test_an_errand_that_failed_is_free_again(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.alone("listing medusa"):
            raise ZeroDivisionError
    async with database.alone("listing medusa") as again:
        assert again
