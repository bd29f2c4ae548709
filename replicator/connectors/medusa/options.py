"""Options and their values, there and back. Pure.

Medusa's own admin gives a product without options one that says nothing ("Default option"), because a product cannot
be made without any. That one is not carried: neither read nor reported, and taken away when a real option comes.

A variant has a value of *every* option of its product, or none at all. Where a variant of ours says less, what it does
not say is filled with the value that says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from replicator.connectors.base import Failed, Record, Trouble
from replicator.connectors.medusa.parts import joined, last_of
from replicator.connectors.medusa.raw import Raw, living, members_of, version
from replicator.core.document import Value, members

DEFAULT_TITLE, DEFAULT_VALUE = "Default option", "Default option value"  # the names Medusa's own admin gives them


@dataclass(frozen=True, slots=True)
class Choice:
    """What a variant is, option by option, as it is posted; `fill`: options that need the value that says nothing."""

    options: Mapping[str, str]
    fill: tuple[str, ...] = ()


def records(raw: Raw) -> list[Record]:
    """The options of a product, each followed by its values."""
    found = []
    for option in shown(raw):
        found.append(option_record(str(raw["id"]), option))
        found += [value_record(str(raw["id"]), option["id"], value) for value in values_shown(option)]
    return found


def option_record(product: str, option: Raw) -> Record:
    """An option of a product as read."""
    return Record(
        type="option",
        remote_id=joined(product, option["id"]),
        fields={"product": product, "title": option["title"]},
        version=version(option),
    )


def value_record(product: str, option: str, value: Raw) -> Record:
    """A value of an option as read."""
    return Record(
        type="option_value",
        remote_id=joined(product, option, value["id"]),
        fields={"option": joined(product, option), "value": value["value"]},
        version=version(value),
    )


def chosen(raw: Raw) -> list[str]:
    """The values that a variant has."""
    rows = living(raw["options"], "options of a variant")
    return members(
        joined(raw["product_id"], row["option_id"], row["id"])
        for row in rows
        if row["option"]["title"] != DEFAULT_TITLE and row["value"] != DEFAULT_VALUE
    )


def shown(raw: Raw) -> list[Raw]:
    """The options of a product that are carried."""
    return [row for row in living(raw["options"], "options") if row["title"] != DEFAULT_TITLE]


def values_shown(option: Raw) -> list[Raw]:
    """The values of an option that are carried."""
    return [row for row in living(option["values"], "values") if row["value"] != DEFAULT_VALUE]


def default_of(raw: Raw) -> Raw | None:
    """The option of a product that says nothing, if it has it."""
    return next((row for row in living(raw["options"], "options") if row["title"] == DEFAULT_TITLE), None)


def titled(raw: Raw, title: Value) -> Raw | None:
    """The option of a product with this title."""
    return next((row for row in shown(raw) if row["title"] == title), None)


def choice(raw: Raw, values: Value, *, but: str | None = None, less: Collection[str] = ()) -> Choice | Failed:
    """How a variant of the product `raw` says that it has these values; or why it cannot.

    `but` is the variant itself, `less` are ids of options and values that are about to go.
    """
    wanted = {last_of(one) for one in members_of(values)} - set(less)
    said: dict[str, str] = {}
    offered = [row for row in living(raw["options"], "options") if row["id"] not in less]
    for option in offered:
        for row in [row for row in living(option["values"], "values") if row["id"] in wanted]:
            if option["title"] in said:
                message = f"a variant has one value of {option['title']}, not several"
                return Failed(trouble=Trouble.REFUSED, message=message, field="options")
            said[option["title"]] = row["value"]
    if len(said) < len(wanted):
        message = "its product has not all of its values yet"
        return Failed(trouble=Trouble.WAIT, message=message, field="options")
    if not said and not _default_is_free(raw, but):
        return Choice({})
    silent = {str(option["title"]): option for option in offered if option["title"] not in said}
    fill = tuple(option["id"] for option in silent.values() if not _has_default(option))
    return Choice({**said, **dict.fromkeys(silent, DEFAULT_VALUE)}, fill)


def users(raw: Raw, ids: Collection[str]) -> list[Raw]:
    """The variants of a product that have one of these values, or a value of one of these options."""
    return [
        variant
        for variant in living(raw["variants"], "variants")
        if any(row["id"] in ids or row["option_id"] in ids for row in living(variant["options"], "options"))
    ]


def without(raw: Raw, ids: Collection[str]) -> dict[str, Choice] | Failed:
    """What the variants of a product choose when these options or values are gone, or why they cannot."""
    choices: dict[str, Choice] = {}
    said = {
        str(variant["id"]): frozenset(
            (row["option"]["title"], row["value"]) for row in living(variant["options"], "options of a variant")
        )
        for variant in living(raw["variants"], "variants")
    }
    for variant in users(raw, ids):
        left = [one for one in chosen(variant) if not set(ids) & set(one.split("/"))]
        anew = choice(raw, left, but=variant["id"], less=ids)
        if isinstance(anew, Failed):
            return anew
        choices[str(variant["id"])] = anew
        said[str(variant["id"])] = frozenset(anew.options.items())
    several = [each for each in said.values() if each]
    if len(several) > len(set(several)):
        message = "variants would be the same without it: change or delete them first"
        return Failed(trouble=Trouble.WAIT, message=message, field="options")
    return choices


def _default_is_free(raw: Raw, but: str | None) -> bool:
    """Whether a product has no option but the one that says nothing, and no other variant has that."""
    default = default_of(raw)
    if default is None or shown(raw):
        return False
    return all(variant["id"] == but for variant in users(raw, [default["id"]]))


def _has_default(option: Raw) -> bool:
    return any(row["value"] == DEFAULT_VALUE for row in living(option["values"], "values"))
