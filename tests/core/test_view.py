"""Views: which fields of an observation count, which are missing, and what a system is to hold."""

from dataclasses import replace

from tests.core.cases import EMPTY, state, view

PRICED = view(fields=("title", "price"))


def test_fields_outside_the_view_are_of_no_account() -> None:
    assert PRICED.complete({"title": "a", "body": "b"}, None) == ({"title": "a"}, ())


def test_a_plain_field_that_is_not_in_the_answer_is_missing_not_null() -> None:
    assert PRICED.complete({"price@usd": None}, None)[1] == ("title",)
    assert PRICED.complete({"title": None}, None) == ({"title": None}, ())


def test_qualified_keys_come_and_go() -> None:
    usd = {"amount": "5", "currency": "usd"}

    assert PRICED.complete({"title": "a", "price@usd": usd}, None) == ({"title": "a", "price@usd": usd}, ())
    assert PRICED.complete({"title": "a"}, {"title": "a", "price@usd": usd}) == ({"title": "a", "price@usd": None}, ())


def test_a_localised_key_belongs_to_the_view_of_its_field() -> None:
    assert PRICED.complete({"title": "a", "title@de": "b", "body@de": "c"}, None)[0] == {"title": "a", "title@de": "b"}


def test_a_system_is_to_hold_the_fields_it_is_written_and_no_others() -> None:
    entity = state({"title": "a", "body": "b", "price@usd": {"amount": "5", "currency": "usd"}})

    assert PRICED.wanted(entity) == {"title": "a", "price@usd": {"amount": "5", "currency": "usd"}}
    assert view(feed=True).wanted(entity) == {}


def test_what_was_never_set_is_wanted_as_null() -> None:
    assert view(fields=("title", "body")).wanted(state({"title": "a"})) == {"title": "a", "body": None}
    assert PRICED.wanted(EMPTY) == {"title": None}


def test_a_field_that_waits_for_a_person_is_not_written_anywhere() -> None:
    entity = state({"title": "a", "body": "b"})
    waiting = replace(entity, cells={**entity.cells, "title": replace(entity.cells["title"], undecided=True)})
    frozen = replace(entity, cells={**entity.cells, "title": replace(entity.cells["title"], frozen=True)})

    assert view().wanted(waiting) == {"body": "b"}
    assert view().wanted(frozen) == {"body": "b"}
