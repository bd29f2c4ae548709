"""Refusals: what Medusa's errors mean for a write. Pure.

Its statuses tell little (uniqueness is a 400, so is a missing parent): the sentences do.
"""

from __future__ import annotations

import re
from dataclasses import replace

from replicator.connectors.answers import Refused, ServerFault, failed
from replicator.connectors.base import Failed, Trouble, Write
from replicator.connectors.medusa.options import DEFAULT_TITLE, DEFAULT_VALUE
from replicator.core.document import Document
from replicator.errors import RemoteError

INTERNAL = 500
NOT_FOUND = 404

# First match wins. A group names the field at fault, in Medusa's words.
SENTENCES: tuple[tuple[re.Pattern[str], Trouble], ...] = (
    (re.compile(r"with (?P<field>\w+): .*already exists"), Trouble.CLASH),
    (re.compile(r"already exists"), Trouble.CLASH),
    (re.compile(r"Countries with codes: .* already assigned"), Trouble.CLASH),
    (re.compile(r"with category children is not allowed"), Trouble.WAIT),  # they are to be deleted first
    (re.compile(r"with associated Shipping Options"), Trouble.WAIT),  # the same
    (re.compile(r"(?P<field>Payment providers) with ids .* not enabled"), Trouble.REFUSED),  # with a 404
    (re.compile(r"(?P<field>Providers) .* are not enabled for the service location"), Trouble.REFUSED),
    (re.compile(r"Cannot calcuate (?P<field>pricing)"), Trouble.REFUSED),  # by a provider that cannot: theirs to spell
    (re.compile(r"(?P<field>Option) value .* does not exist"), Trouble.WAIT),
    (re.compile(r"(?P<field>Tag) with id .* not found"), Trouble.WAIT),
    (re.compile(r"tried to set relationship (?P<field>\w+)"), Trouble.WAIT),
    (re.compile(r"Unable to update the products with ids"), Trouble.GONE),
    (re.compile(r"Cannot update non-existing"), Trouble.GONE),
    (re.compile(r"Cannot unassign"), Trouble.WAIT),  # a variant has just been given what is to be taken away
    (re.compile(r"option values but there were"), Trouble.WAIT),  # an option has just been added
    (re.compile(r"[Pp]roduct (?P<field>handle) '"), Trouble.REFUSED),
    (re.compile(r"for field '(?P<field>[\w.]+)"), Trouble.REFUSED),
    (re.compile(r"Field '(?P<field>\w+)(?:, \w+)?' is required"), Trouble.REFUSED),
)
FIELDS = {
    "Option": "options",
    "Tag": "tags",
    "is_active": "active",
    "parent_category_id": "parent",
    "stocked_quantity": "quantity",
    "inventory_item_id": "location",
    "currency_code": "currency",
    "Payment providers": "payment_providers",
    "Providers": "provider",
    "pricing": "price_type",
    "shipping_profile_id": "profile",
}
NEEDED = {
    "tag": ("value",),
    "category": ("name", "handle"),
    "collection": ("title", "handle"),
    "product_type": ("value",),
    "region": ("name", "currency"),
    "shipping_profile": ("name",),
    "shipping_option": ("name",),
    "stock_location": ("name",),
    "store": ("name",),
    "product": ("title", "handle"),
    "option": ("product", "title"),
    "option_value": ("option", "value"),
    "variant": ("title",),
    "price": ("currency", "amount"),
    "stock": ("location", "quantity"),
    "metafield": ("key",),
}
NEVER_EMPTY = frozenset(("handle", "key"))  # Medusa would make up the one, and the other would name nothing
SILENT = {("option", "title"): DEFAULT_TITLE, ("option_value", "value"): DEFAULT_VALUE}  # names that say nothing


def refusal(error: RemoteError) -> Failed:
    """What an error means for a write that was sent alone."""
    match error:
        case Refused(body={"message": str(said)}):
            return _said(error, said) or (_missing(error) if error.status == NOT_FOUND else failed(error))
        case Refused(status=404):
            return _missing(error)
        case ServerFault(status=500, body={"type": "unknown_error"}):
            # Medusa's own error handler: the workflow was undone. A proxy's 500 has no such body.
            return Failed(trouble=Trouble.RETRY, message=str(error), status=error.status)
        case _:
            return failed(error)


def interrupted(error: RemoteError) -> Failed:
    """What an error between two calls means for a write that is not complete: it is to be tried again."""
    failure = failed(error)
    return failure if failure.trouble is Trouble.ACCOUNT else replace(failure, trouble=Trouble.RETRY)


def divisible(error: RemoteError) -> bool:
    """Whether one item of a bulk call may be at fault, so that the call is to be taken apart."""
    return isinstance(error, Refused) or (isinstance(error, ServerFault) and error.status == INTERNAL)


def unacceptable(write: Write, fields: Document) -> Failed | None:
    """What Medusa would not keep as it is: a name that is null, or a handle it would make up itself."""
    for name in NEEDED.get(write.type, ()):
        if name in fields and (fields[name] is None or (name in NEVER_EMPTY and not fields[name])):
            message = f"Medusa cannot hold a {write.type} without {name}"
            return Failed(trouble=Trouble.REFUSED, message=message, field=name)
        if name in fields and fields[name] == SILENT.get((write.type, name)):
            message = f"{fields[name]} is what Medusa calls an option that says nothing: it needs another name"
            return Failed(trouble=Trouble.REFUSED, message=message, field=name)
    return None


def _said(error: RemoteError, said: str) -> Failed | None:
    for pattern, trouble in SENTENCES:
        if found := pattern.search(said):
            name = found.groupdict().get("field")
            field = FIELDS.get(name, name) if name is not None else None
            return Failed(trouble=trouble, message=str(error), status=error.status, field=field)
    return None


def _missing(error: RemoteError) -> Failed:
    return Failed(trouble=Trouble.GONE, message=str(error), status=error.status)
