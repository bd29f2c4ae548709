"""Goal: with draft & publish and with media libraries, what is published and what is pictured travels; drafts do not.

Each story ends with three full passes in which no system receives a write.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest

from tests.live.door import Answered, Asked, Door
from tests.live.hands import StrapiHand
from tests.live.story import SHOPS, Story
from tests.live.variants import FURNISHED, Variant

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
FILES = {"directus": "select count(*) as many from directus_files", "strapi": "select count(*) as many from files"}


@pytest.fixture
def variant() -> Variant:
    return FURNISHED


@pytest.fixture
async def pictures() -> AsyncIterator[str]:
    """The address of a server that has any picture asked for."""

    async def pixel(_asked: Asked) -> Answered:
        return Answered(status=200, headers=[(b"content-type", b"image/png")], body=PIXEL)

    async with Door(pixel) as door:
        yield door.url


async def test_a_draft_does_not_leak_and_publishing_it_does(stocked: Story) -> None:
    editor = stocked.hands["strapi"]
    assert isinstance(editor, StrapiHand)
    shirt = stocked.remote_id("strapi", "product", "linen-shirt")
    await editor.save("product", shirt, {"title": "Half-written"})
    await stocked.settled()
    drafted = await stocked.everywhere("product", "linen-shirt", "title")
    await editor.act("product", shirt, "publish")
    await stocked.reached("product", "linen-shirt", "title", "Half-written")

    assert drafted == ["Linen Shirt"] * 3


@pytest.mark.parametrize("system", SHOPS)
async def test_what_is_taken_back_and_published_again_is_so_everywhere(stocked: Story, system: str) -> None:
    for status in ("draft", "published"):
        editor = stocked.hands[system]
        if isinstance(editor, StrapiHand):
            action = "publish" if status == "published" else "unpublish"
            await editor.act("product", stocked.remote_id(system, "product", "linen-shirt"), action)
        else:
            await stocked.edit(system, "product", "linen-shirt", {"status": status})
        await stocked.reached("product", "linen-shirt", "status", status)


async def test_an_edit_that_is_published_at_once_reaches_the_others(stocked: Story) -> None:
    await stocked.edit("strapi", "product", "linen-shirt", {"title": "Published"})
    await stocked.reached("product", "linen-shirt", "title", "Published")


async def test_pictures_lie_in_the_libraries_once(stocked: Story, pictures: str) -> None:
    front, back = f"{pictures}/front.png", f"{pictures}/back.png"
    await stocked.edit("medusa", "product", "linen-shirt", {"images": [{"url": back}, {"url": front}]})
    await stocked.edit("medusa", "product", "shirt-1", {"images": [{"url": front}], "thumbnail": front})
    await stocked.settled()

    assert await stocked.everywhere("product", "linen-shirt", "images") == [[back, front]] * 3
    assert await stocked.everywhere("product", "shirt-1", "thumbnail") == [front] * 3
    assert {name: files(stocked, name) for name in FILES} == {"directus": 2, "strapi": 2}


def files(story: Story, system: str) -> int:
    """How many files are in the media library."""
    server = story.ready[system].server
    (row,) = server.cluster.rows(server.database, FILES[system])
    return int(row["many"])
