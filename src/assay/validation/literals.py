"""Values of contracts as literals of DuckDB. Nothing is cast silently: what is no value of a type has no literal."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal

from assay.sql.quoting import text_literal
from assay.validation.conditions import Value
from assay.validation.scope import Uncompilable
from assay.validation.types import MOMENTS, NUMBERS, Family

_ZONE = re.compile(r"[A-Za-z0-9_+\-/]+")


def literal(value: Value, kind: Family) -> str:
    """Write a value as a literal of a column's family.

    Raises:
        Uncompilable: the value is none of this family; nothing is cast silently.
    """
    if isinstance(value, bool):
        if kind is Family.BOOLEAN:
            return "TRUE" if value else "FALSE"
    elif isinstance(value, int | float):
        if kind in NUMBERS:
            return number_literal(value)
    elif kind is Family.TEXT or kind is Family.UUID:
        return text_literal(value)
    elif kind in MOMENTS or kind is Family.TIME:
        return moment_literal(value, kind, "UTC")
    raise Uncompilable(f"the value {value!r} cannot be compared with a column of the type {kind}")


def moment_literal(text: str, kind: Family, zone: str) -> str:
    """Write a date, time or timestamp (ISO 8601) as a literal of a column's family.

    Args:
        text: the moment as the contract writes it, with or without an offset from UTC.
        kind: the column's family.
        zone: where moments without an offset, and columns without a time zone, are meant.

    Raises:
        Uncompilable: no such moment, or none of this family.
    """
    try:
        if kind is Family.DATE:
            return f"DATE {text_literal(date.fromisoformat(text).isoformat())}"
        if kind is Family.TIME:
            return f"TIME {text_literal(time.fromisoformat(text).isoformat())}"
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Uncompilable(f"{text!r} is no {kind} in ISO 8601") from error
    at = f" AT TIME ZONE {zone_literal(zone)}"
    if moment.tzinfo is None:
        plain = f"TIMESTAMP {text_literal(moment.isoformat(' '))}"
        return plain if kind is Family.TIMESTAMP else f"({plain}{at})"
    zoned = f"TIMESTAMPTZ {text_literal(moment.isoformat(' '))}"
    return f"({zoned}{at})" if kind is Family.TIMESTAMP else zoned


def zone_literal(zone: str) -> str:
    """Write the name of a time zone.

    Raises:
        Uncompilable: not a name as the IANA database has them.
    """
    if not _ZONE.fullmatch(zone):
        raise Uncompilable(f"{zone!r} is no time zone")
    return text_literal(zone)


def number_literal(value: int | float) -> str:
    """Write a number with all its digits, as long as DuckDB reads it exactly."""
    text = format(Decimal(repr(value)), "f")
    return text if len(text) <= 38 else repr(value)  # DuckDB reads up to 38 digits exactly
