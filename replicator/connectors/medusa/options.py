"""Options: what a product comes in. Pure.

Medusa keeps no order of options and values, and a product without options cannot be made: their normal form is sorted,
and never empty. An update of a product cannot carry them; they are changed per product, and a value that a variant has
cannot be taken away from under it.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from replicator.connectors.medusa.raw import Raw, living, members_of
from replicator.core.document import Value, decimal

DEFAULT_TITLE, DEFAULT_VALUE = "Default option", "Default option value"  # the names Medusa's own admin gives them
SINGLE_DIGITS_MAX = 9  # so many decimal digits tell every 32-bit float from its neighbours


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionChange:
    """What has to be done to a product's options: the body to post, None if nothing; `held` are values still in use."""

    body: Mapping[str, object] | None
    held: tuple[str, ...]


def normal(value: Value) -> list[dict[str, Value]]:
    """Options as Medusa gives them back: sorted, each value once, the default where there is none."""
    titles = {
        str(option["title"]): sorted(set(members_of(option.get("values"))))
        for option in (value if isinstance(value, Sequence) else ())
        if isinstance(option, Mapping)
    }
    titles = titles or {DEFAULT_TITLE: [DEFAULT_VALUE]}
    return [{"title": title, "values": list(values)} for title, values in sorted(titles.items())]


def options_of(raw: Raw) -> list[dict[str, Value]]:
    """The options of a product as read."""
    return [
        {"title": option["title"], "values": sorted(row["value"] for row in living(option["values"], "values"))}
        for option in sorted(living(raw["options"], "options"), key=lambda option: str(option["title"]))
    ]


def choice_of(raw: Raw) -> dict[str, Value]:
    """What a variant is, option by option."""
    return {row["option"]["title"]: row["value"] for row in living(raw["options"], "options of a variant")}


def chosen(value: Value) -> dict[str, Value]:
    """The options of a variant to be written; one of a product without options has the default."""
    choice = dict(value) if isinstance(value, Mapping) else {}
    return choice or {DEFAULT_TITLE: DEFAULT_VALUE}


def change(raw: Raw, wanted: Value) -> OptionChange:
    """How to bring the options of the product `raw` to what is wanted."""
    goal = {str(each["title"]): members_of(each["values"]) for each in normal(wanted)}
    used = {
        (row["option"]["title"], row["value"])
        for variant in living(raw["variants"], "variants")
        for row in living(variant["options"], "options of a variant")
    }
    present = {str(option["title"]): option for option in living(raw["options"], "options")}
    held: list[str] = []
    update = []
    for title, option in present.items():
        values = {row["value"]: row["id"] for row in living(option["values"], "values")}
        surplus = [value for value in values if value not in goal.get(title, ())]
        held += [f"{title}: {value}" for value in surplus if (title, value) in used]
        add = [{"value": value} for value in goal.get(title, ()) if value not in values]
        remove = [values[value] for value in surplus if (title, value) not in used]
        if title in goal and (add or remove):
            update.append({"product_option_id": option["id"], "add": add, "remove": remove})
    gone = [
        option["id"]
        for title, option in present.items()
        if title not in goal and not any(title == name for name, _ in used)
    ]
    new = [{"title": title, "values": values} for title, values in goal.items() if title not in present]
    parts = {"add": new, "remove": gone, "update": update}
    body = {key: part for key, part in parts.items() if part}
    return OptionChange(body=body or None, held=tuple(sorted(held)))


def single_precision(number: str) -> str:
    """A decimal as it comes back from a 32-bit float: its shortest spelling."""
    try:
        (single,) = struct.unpack("f", struct.pack("f", float(number)))
    except OverflowError:
        return number  # no 32-bit float: Medusa refuses it
    for digits in range(1, SINGLE_DIGITS_MAX + 1):
        spelled = f"{single:.{digits}g}"
        if struct.unpack("f", struct.pack("f", float(spelled))) == (single,):
            return decimal(spelled)
    return decimal(single)
