"""Moments as SQL: the end of a value in microseconds, and the gaps between values that follow each other."""

from __future__ import annotations

from assay.sql.quoting import identifier, table_sql
from assay.sql.writing import all_of, select
from assay.validation.asked import Asked, of_relation
from assay.validation.conditions import Frequent
from assay.validation.expressions import DAY_MICROSECONDS, chosen
from assay.validation.literals import zone_literal
from assay.validation.promises import DEFAULT_ZONE
from assay.validation.scope import Scope, Uncompilable
from assay.validation.types import MOMENTS, Family


def end_microseconds(value: str, kind: Family, zone: str) -> str:
    """Return the moment in microseconds since 1970 in UTC; of a date, its end.

    Raises:
        Uncompilable: the values are no moments.
    """
    _demand_moment(kind)
    if kind is Family.DATE:
        value = f"CAST({value} AS TIMESTAMP) + INTERVAL 1 DAY"
    if kind is not Family.TIMESTAMP_TZ and zone != DEFAULT_ZONE:
        value = f"({value}) AT TIME ZONE {zone_literal(zone)}"
    return f"epoch_us({value})"


def moment_end(column: str) -> str:
    """Return the newest value of another table, of a type that is not known here; a date counts from its end."""
    newest = f"max({identifier(column)})"
    return f"epoch_us({newest}) + CASE WHEN typeof({newest}) = 'DATE' THEN {DAY_MICROSECONDS} ELSE 0 END"


def local_timestamp(value: str, kind: Family, zone: str) -> str:
    """Return a moment as a timestamp without a time zone, as clocks in a zone show it.

    Raises:
        Uncompilable: the values are no moments.
    """
    _demand_moment(kind)
    if kind is Family.TIMESTAMP_TZ:
        return f"({value} AT TIME ZONE {zone_literal(zone)})"
    return f"CAST({value} AS TIMESTAMP)"


def gaps(test: Frequent, name: str, kind: Family, scope: Scope) -> list[Asked]:
    """Ask how many gaps are longer than promised, how many there are, and how long the longest is in microseconds."""
    moment = local_timestamp(name, kind, DEFAULT_ZONE)  # in UTC, where no hour comes twice
    present = all_of([f"{name} IS NOT NULL", *([chosen(test.where)] if test.where else [])])
    different = select([f"DISTINCT {moment} AS v"], table_sql(scope.table), where=present)
    pairs = select(["v", "lag(v) OVER (ORDER BY v) AS before"], f"({different}) AS different")
    microseconds = int(test.limit.seconds * 1_000_000)
    limit = f"to_months({test.limit.months}) + to_microseconds({microseconds})"
    expressions = [
        f"count(*) FILTER (WHERE v > before + {limit})",
        "count(before)",
        "max(epoch_us(v) - epoch_us(before))",
    ]
    return of_relation("gaps", f"({pairs}) AS pairs", expressions, scope.table)


def _demand_moment(kind: Family) -> None:
    if kind not in MOMENTS:
        raise Uncompilable(f"the column is of the type {kind}; an age needs a date or a timestamp")
