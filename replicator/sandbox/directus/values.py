"""Values on their way into a column, and what Postgres makes of them."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from replicator.sandbox.directus.refusals import Refused, broken, failed_validation, unfit
from replicator.sandbox.directus.schema import Field

INTEGER_MAX = 2**31 - 1
STRING_LENGTH = 255


def moment(at: datetime) -> str:
    """A time as Directus shows it: ISO, milliseconds, UTC."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stored(collection: str, field: Field, value: object) -> object:
    """The value as the column holds it. Refuses what does not fit; a value of the wrong type is a plain 500."""
    if value is None:
        if not field.nullable:
            raise failed_validation(field.name, "nnull")
        return None
    try:
        return _cast(collection, field, value)
    except (ValueError, TypeError, InvalidOperation) as error:
        raise broken() from error


def _cast(collection: str, field: Field, value: object) -> object:
    match field.type:
        case "string" | "text":
            return _text(collection, field, value)
        case "integer" | "bigInteger":
            return _integer(collection, field, value)
        case "decimal":
            return _decimal(collection, field, value)
        case "boolean":
            return _flag(value)
        case "uuid":
            return str(uuid.UUID(str(value)))
        case "timestamp" | "dateTime":
            return moment(datetime.fromisoformat(str(value)))
        case _:
            return _json(value)


def _text(collection: str, field: Field, value: object) -> str:
    if isinstance(value, dict | list):
        raise TypeError(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    longest = (field.schema or {}).get("max_length") or STRING_LENGTH
    if field.type == "string" and len(text) > longest:
        raise unfit("VALUE_TOO_LONG", collection, field.name, text)
    if "\0" in text:
        raise ValueError(text)  # Postgres holds no NUL
    return text


def _integer(collection: str, field: Field, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(value)
    number = int(value)
    if field.type == "integer" and abs(number) > INTEGER_MAX:
        raise unfit("VALUE_OUT_OF_RANGE", collection, field.name, value)
    return number


def _decimal(collection: str, field: Field, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(value)
    schema = field.schema or {}
    precision, scale = schema.get("numeric_precision") or 10, schema.get("numeric_scale") or 0
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    if exact.adjusted() >= precision - scale:
        raise unfit("VALUE_OUT_OF_RANGE", collection, field.name, value)
    return format(exact, "f")


def _json(value: object) -> object:
    """Text goes to Postgres as JSON that it has to be, and text that comes back is unpacked once more."""
    held = json.loads(value) if isinstance(value, str) else json.loads(json.dumps(value))
    try:
        return json.loads(held) if isinstance(held, str) else held
    except ValueError:
        return held


def _flag(value: object) -> bool:
    if value in (True, "true", "1"):
        return True
    if value in (False, "false", "0"):
        return False
    raise ValueError(value)


def valid_key(field: Field, key: object) -> object:
    """A primary key from a path or a list. One that cannot be one is refused as if it were not there."""
    try:
        return _cast("", field, key)
    except (ValueError, TypeError, Refused):
        return None
