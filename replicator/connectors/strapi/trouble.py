"""Trouble: which of Strapi's refusals means what for a write, and which writes may be under way together. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from replicator.connectors.answers import Refused, ServerFault, failed
from replicator.connectors.base import PENDING, Action, Failed, Trouble, Write
from replicator.connectors.strapi.layout import Layout
from replicator.errors import RemoteError

UNIQUE = "This attribute must be unique"
NO_TARGET = ("Document with id", "not found")  # the beginning and the end of what is said of a reference
NOT_FOUND, FAULT = 404, 500


def judged(layout: Layout, type_name: str, error: RemoteError) -> Failed:
    """What an error means for the write that met it."""
    if isinstance(error, ServerFault) and error.status == FAULT:
        # Strapi's own 500 comes after its transaction was rolled back: a lost race, a deadlock, a column too short.
        return Failed(trouble=Trouble.RETRY, message=str(error), status=error.status)
    if not isinstance(error, Refused):
        return failed(error)
    if error.status == NOT_FOUND:
        return Failed(trouble=Trouble.GONE, message=str(error), status=error.status)
    taken = clashing(error)
    if taken:
        clashed = layout.field_of(type_name, taken[0])
        return Failed(trouble=Trouble.CLASH, message=str(error), status=error.status, field=clashed)
    told = _told(error)
    message = str(told.get("message", ""))
    if message.startswith(NO_TARGET[0]) and message.endswith(NO_TARGET[1]):
        return Failed(trouble=Trouble.WAIT, message=str(error), status=error.status)
    attribute = invalid_key(error) or error.field
    field = layout.field_of(type_name, attribute) if attribute else None
    return Failed(trouble=Trouble.REFUSED, message=str(error), status=error.status, field=field)


def clashing(error: RemoteError) -> list[str]:
    """The attributes whose value another document holds, if that is what was wrong."""
    details = _details(error)
    listed = details.get("errors")
    return [
        str(each["path"][0])
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, Mapping) and each.get("message") == UNIQUE and each.get("path")
    ]


def invalid_key(error: RemoteError) -> str | None:
    """The attribute that does not exist, or may not be written, if that is what was wrong."""
    key = _details(error).get("key")
    return key if isinstance(key, str) else None


def waves(writes: Sequence[Write]) -> Iterator[list[int]]:
    """The writes by index, in groups that do not depend on one another; each group needs those before it.

    Types and deletes are kept apart, because writes come parents first and deletes children first.
    """
    wave: list[int] = []
    for index, write in enumerate(writes):
        first = writes[wave[0]] if wave else write
        alike = (first.type, first.action is Action.DELETE) == (write.type, write.action is Action.DELETE)
        entities = {writes[each].entity for each in wave}
        if not alike or write.entity in entities or entities & _pending(write):
            yield wave
            wave = []
        wave.append(index)
    if wave:
        yield wave


def _pending(write: Write) -> set[str]:
    values = [
        each for value in write.fields.values() for each in (value if isinstance(value, list | tuple) else [value])
    ]
    return {each.removeprefix(PENDING) for each in values if isinstance(each, str) and each.startswith(PENDING)}


def _told(error: RemoteError) -> Mapping[str, object]:
    body = error.body if isinstance(error, Refused) else None
    told = body.get("error") if isinstance(body, Mapping) else None
    return told if isinstance(told, Mapping) else {}


def _details(error: RemoteError) -> Mapping[str, object]:
    details = _told(error).get("details")
    return details if isinstance(details, Mapping) else {}
