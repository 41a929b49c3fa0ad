"""The SQL that several of the hand-written ways share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from checks import Check, Kind


def failing(check: Check) -> str:
    """Return the WHERE clause of the rows that fail a check; for a null rate, of those that are null."""
    column = check.columns[0]
    match check.kind:
        case Kind.NOT_NULL | Kind.NULL_RATE:
            return f"WHERE {column} IS NULL"
        case Kind.RANGE:
            return f"WHERE {column} < {check.low} OR {column} > {check.high}"
        case Kind.ACCEPTED:
            return f"WHERE {column} NOT IN ({quoted(check.values)})"
        case Kind.PATTERN:
            return f"WHERE NOT regexp_matches({column}, '{check.pattern}')"
        case Kind.CONDITION:
            return f"WHERE NOT ({check.condition})"
        case Kind.REFERENCE:
            return (
                f"WHERE {column} IS NOT NULL AND NOT EXISTS (FROM airlines WHERE airlines.{column} = flights.{column})"
            )
        case _:
            raise ValueError(check.kind)


def key_rows(check: Check) -> str:
    """Return the query of the keys that are there more than once; a key with a null is none."""
    present = " AND ".join(f"{column} IS NOT NULL" for column in check.columns)
    key = ", ".join(check.columns)
    return f"SELECT {key} FROM flights WHERE {present} GROUP BY {key} HAVING count(*) > 1"


def quoted(values: tuple[str, ...]) -> str:
    """Return texts as a list of SQL."""
    return ", ".join(f"'{value}'" for value in values)


def is_fresh(check: Check, newest: datetime | None) -> bool:
    """Say whether the newest moment, in UTC without a zone, is younger than the check's days."""
    return newest is not None and datetime.now(UTC).replace(tzinfo=None) - newest < timedelta(days=check.limit)
