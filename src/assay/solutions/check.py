"""What is looked at before a solution is published: that it shows something, and only what its contracts promise."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from assay.base.names import TableRef
from assay.contract.model import Dataset
from assay.solutions.columns import columns_outside
from assay.solutions.dashboard import Dashboard, DashboardQuery
from assay.solutions.rows import QueryFailure, QueryRows

Answers = Mapping[str, "QueryRows | QueryFailure"]

MOST_ROWS = 5_000
"""More than this nobody sees in a chart, and every row travels inside the page."""


class Outcome(StrEnum):
    """What came of a check; error means that there is no verdict, and never counts as a pass."""

    PASS = "pass"
    FAIL = "fail"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class SolutionCheck:
    """One check of a solution: its name, what came of it, and the reason in a sentence."""

    name: str
    outcome: Outcome
    message: str


def check_solution(
    dashboard: Dashboard, answers: Answers, contracts: Mapping[TableRef, Dataset]
) -> tuple[SolutionCheck, ...]:
    """Check a dashboard with what its queries gave.

    Args:
        dashboard: as it was read.
        answers: the rows of each query, or why there are none, by the query's name.
        contracts: the schema object of each dataset's contract, in the version that is shown.

    Returns:
        for every query whether it ran, whether it gave rows and not too many, and whether all its columns are promised;
        for every key figure and chart whether its fields are columns of its query.
    """
    queries = dashboard.queries.values()
    of_queries = (check for query in queries for check in _of_query(query, answers.get(query.name), contracts))
    return (*of_queries, *_of_fields(dashboard, answers))


def is_good(checks: Collection[SolutionCheck]) -> bool:
    """Say whether every check passed."""
    return all(check.outcome is Outcome.PASS for check in checks)


def fields_of(spec: Any) -> frozenset[str]:
    """Return the columns of its data that a Vega-Lite specification names, without those it derives itself."""
    named, derived = set(_named(spec)), set(_derived(spec))
    return frozenset(_column(name) for name in named) - derived


def _of_query(
    query: DashboardQuery, answer: QueryRows | QueryFailure | None, contracts: Mapping[TableRef, Dataset]
) -> Iterator[SolutionCheck]:
    name = f"query {query.name}"
    if not isinstance(answer, QueryRows):
        reason = answer.message if answer else "it was not run"
        yield SolutionCheck(f"{name} gives rows", Outcome.ERROR, f"no rows: {reason}")
        return
    count = len(answer.rows)
    outcome = Outcome.PASS if 0 < count <= MOST_ROWS else Outcome.FAIL
    advice = "" if count <= MOST_ROWS else f"; at most {MOST_ROWS:,} can be shown, let the query aggregate them"
    yield SolutionCheck(f"{name} gives rows", outcome, f"{count:,} rows{advice}")
    yield _of_columns(query, answer, contracts)


def _of_columns(query: DashboardQuery, answer: QueryRows, contracts: Mapping[TableRef, Dataset]) -> SolutionCheck:
    name = f"query {query.name} reads promised columns"
    unknown = [str(table) for table in query.facts.tables if table not in contracts]
    if unknown:
        return SolutionCheck(name, Outcome.ERROR, f"no contract of {', '.join(unknown)}")
    promised = {part.column for table in query.facts.tables for part in contracts[table].properties}
    outside = columns_outside(query.sql, promised, answer.names)
    if outside:
        tables = ", ".join(str(table) for table in query.facts.tables)
        return SolutionCheck(name, Outcome.FAIL, f"{', '.join(outside)}: in no contract of {tables}")
    return SolutionCheck(name, Outcome.PASS, "every column is in the contract")


def _of_fields(dashboard: Dashboard, answers: Answers) -> Iterator[SolutionCheck]:
    shown = [(f"number {n.title!r}", n.query, frozenset({n.field}), True) for n in dashboard.numbers]
    shown += [(f"chart {c.title!r}", c.query, fields_of(c.spec), False) for c in dashboard.charts]
    for what, query, fields, is_single in shown:
        name = f"{what} shows columns of its query"
        answer = answers.get(query)
        if not isinstance(answer, QueryRows):
            yield SolutionCheck(name, Outcome.ERROR, f"query {query} gave no rows")
            continue
        missing = sorted(fields - set(answer.names))
        if missing:
            message = f"{', '.join(missing)}: not among {', '.join(answer.names)}"
            yield SolutionCheck(name, Outcome.FAIL, message)
        elif is_single and len(answer.rows) != 1:
            yield SolutionCheck(name, Outcome.FAIL, f"one row expected, {len(answer.rows):,} given")
        else:
            yield SolutionCheck(name, Outcome.PASS, "every field is there")


def _named(value: Any) -> Iterator[str]:
    """Give every text that stands under ``field``, ``groupby`` or another key that names columns."""
    if isinstance(value, list):
        for item in value:
            yield from _named(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in _FIELD_KEYS:
                yield from (text for text in (inner if isinstance(inner, list) else [inner]) if isinstance(text, str))
            yield from _named(inner)


def _derived(value: Any) -> Iterator[str]:
    """Give what transforms name as their result, and what a fold makes without being told a name."""
    if isinstance(value, list):
        for item in value:
            yield from _derived(item)
    elif isinstance(value, dict):
        names = value.get("as", ["key", "value"] if "fold" in value else [])
        yield from (name for name in ([names] if isinstance(names, str) else names) if isinstance(name, str))
        for inner in value.values():
            yield from _derived(inner)


_FIELD_KEYS = frozenset({"field", "groupby", "fold", "flatten", "pivot"})


def _column(field: str) -> str:
    """Return the column of a field: Vega reads ``a.b`` and ``a[0]`` as parts of the column ``a``."""
    return re.split(r"(?<!\\)[.\[]", field)[0].replace("\\", "")
