"""A dashboard's file (``NAME.dashboard.yaml``): its model, its frozen form, and the normal form that fixes its meaning.

A dashboard asks queries of datasets and shows their rows as key figures and as Vega-Lite charts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assay.base.canonical import Digest, JsonValue, digest_bytes
from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.base.names import NAME, TableRef
from assay.base.reading import Document, Path, read_as
from assay.sql.parse import Query, parse_query

SUFFIX = ".dashboard.yaml"

REFUSED_IN_SPEC: Mapping[str, str] = {
    "data": "The chart's `query` gives its data.",
    "datasets": "The chart's `query` gives its data.",
    "url": "A page works without a network.",
    "usermeta": "The page decides how a chart is embedded.",
    "$schema": "Every chart is Vega-Lite, in the version that Assay carries.",
}
"""Fields that no chart may have at any depth, and why."""

_NO_QUERIES: Mapping[Digest, Query] = {}

_Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NumberEntry(_Strict):
    """A key figure, as it is written in the file.

    Attributes:
        title: what it is.
        query: name of a query that gives one row.
        field: a column of that query.
        format: integer as 336,776, decimal as 12.6, percent as 76.5 % of a share from 0 to 1.
        digits: after the decimal point.
        unit: what stands behind the figure.
        note: what the figure means.
    """

    title: _Text
    query: _Text
    field: _Text
    format: Literal["integer", "decimal", "percent"] = "integer"
    digits: Annotated[int, Field(ge=0, le=6)] = 0
    unit: str = ""
    note: str = ""


class ChartEntry(_Strict):
    """A chart, as it is written in the file.

    Attributes:
        title: what it shows.
        query: name of the query that gives its rows.
        spec: a Vega-Lite specification without data.
        note: what to see in it.
        width: of a wide screen; on a phone each takes all of it.
    """

    title: _Text
    query: _Text
    spec: dict[str, Any]
    note: str = ""
    width: Literal["half", "full"] = "half"


class DashboardFile(_Strict):
    """``NAME.dashboard.yaml``: queries of datasets, shown as key figures and as Vega-Lite charts.

    Attributes:
        title: the question that it answers.
        summary: what whoever looks has to know.
        queries: name to SQL over the product's datasets.
        numbers: key figures, above the charts.
        charts: in the order of the page.
    """

    title: _Text
    summary: str = ""
    queries: Annotated[dict[str, str], Field(min_length=1)]
    numbers: list[NumberEntry] = []
    charts: Annotated[list[ChartEntry], Field(min_length=1)]


class NumberFormat(StrEnum):
    """How a key figure is written: 336,776 or 12.6 or 76.5 % (of a share from 0 to 1)."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    PERCENT = "percent"


class Width(StrEnum):
    """How much of a wide screen a chart takes; on a phone each takes all of it."""

    HALF = "half"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class DashboardQuery:
    """One query of a dashboard: its name, its SQL and what the SQL says of itself."""

    name: str
    sql: str
    facts: Query


@dataclass(frozen=True, slots=True)
class BigNumber:
    """A key figure: one field of a query that gives one row.

    Attributes:
        digits: after the decimal point; not looked at for integers.
        unit: what stands behind the figure; empty for none.
        note: what the figure means; empty for nothing to add.
    """

    title: str
    query: str
    field: str
    format: NumberFormat
    digits: int
    unit: str
    note: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: a Vega-Lite specification without data, drawn from the rows of a query."""

    title: str
    query: str
    spec: Mapping[str, Any]
    note: str
    width: Width


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard as it was read.

    Attributes:
        name: the stem of its file.
        queries: by name, in the order of the file.
        file: the name by which it is shown in errors.
    """

    name: str
    title: str
    summary: str
    queries: Mapping[str, DashboardQuery]
    numbers: tuple[BigNumber, ...]
    charts: tuple[Chart, ...]
    file: str
    _places: Mapping[str, Place] = field(default_factory=dict, repr=False, compare=False)

    @property
    def reads(self) -> tuple[TableRef, ...]:
        """The datasets its queries read, each once, ordered."""
        tables = {table for query in self.queries.values() for table in query.facts.tables}
        return tuple(sorted(tables, key=str))

    def place_of(self, table: TableRef) -> Place:
        """Say where the first query that reads a dataset stands."""
        reading = (name for name, query in self.queries.items() if table in query.facts.tables)
        return self._places.get(next(reading, ""), Place(self.file, 1))


def parse_dashboard(document: Document, name: str, known: Mapping[Digest, Query] = _NO_QUERIES) -> Dashboard:
    """Read a dashboard.

    Args:
        document: the file.
        name: the stem of its file name.
        known: what earlier readings of queries said, by the digest of their text, to save the parsing.

    Raises:
        AssayError: all faults of the file, each at its line: of its shape, of its queries, of names that lead nowhere,
            of charts that would ask something of the network.
    """
    file = read_as(DashboardFile, document)
    queries, faults = _queries(file, document, known)
    raise_faults([*faults, *_faults(file, document)])
    return Dashboard(
        name=name,
        title=file.title,
        summary=file.summary,
        queries=queries,
        numbers=tuple(
            BigNumber(**{**entry.model_dump(), "format": NumberFormat(entry.format)}) for entry in file.numbers
        ),
        charts=tuple(Chart(**{**entry.model_dump(), "width": Width(entry.width)}) for entry in file.charts),
        file=document.file,
        _places={query: document.place("queries", query) for query in file.queries},
    )


def normal_form(dashboard: Dashboard) -> JsonValue:
    """Return what a dashboard means as a JSON value: queries by the digests of their tokens, all else as written.

    The order of queries, comments, layout and values that equal their default do not count. The name does not either:
    it is the subject's, not the meaning's.
    """
    return {
        "title": dashboard.title,
        "summary": dashboard.summary,
        "queries": {name: query.facts.digest for name, query in dashboard.queries.items()},
        "numbers": [
            {
                "title": number.title,
                "query": number.query,
                "field": number.field,
                "format": str(number.format),
                "digits": number.digits,
                "unit": number.unit,
                "note": number.note,
            }
            for number in dashboard.numbers
        ],
        "charts": [
            {
                "title": chart.title,
                "query": chart.query,
                "spec": chart.spec,
                "note": chart.note,
                "width": str(chart.width),
            }
            for chart in dashboard.charts
        ],
    }


def _queries(
    file: DashboardFile, document: Document, known: Mapping[Digest, Query]
) -> tuple[dict[str, DashboardQuery], list[Fault]]:
    queries: dict[str, DashboardQuery] = {}
    faults: list[Fault] = []
    for name, sql in file.queries.items():
        place = document.place("queries", name)
        if not NAME.fullmatch(name):
            faults.append(Fault(place, "a query name of lower-case letters, digits and _", repr(name)))
        try:
            facts = known.get(digest_bytes(sql.encode())) or parse_query(sql, document.file)
        except AssayError as error:
            faults.extend(_moved(error.faults, place, sql))
            continue
        queries[name] = DashboardQuery(name, sql, facts)
        faults.extend(_refused_reads(facts, place))
    return queries, faults


def _moved(faults: Iterable[Fault], place: Place, sql: str) -> Iterator[Fault]:
    """Move faults from their line in a query to their line in the file; a text of many lines starts below its key."""
    is_block = "\n" in sql.strip()
    for fault in faults:
        line = (place.line or 1) + (fault.where.line or 1) - (0 if is_block else 1)
        yield Fault(Place(place.file, line), fault.expected, fault.found, fault.hint)


def _refused_reads(facts: Query, place: Place) -> Iterator[Fault]:
    for table in facts.tables:
        if table.is_source:
            hint = "What a solution shows stands in a dataset, for datasets have contracts and are accepted."
            yield Fault(place, "queries of datasets only", str(table), hint)
    if facts.uses_as_of:
        hint = "The datasets are of one logical date already."
        yield Fault(place, "a query without parameters", "$as_of", hint)


def _faults(file: DashboardFile, document: Document) -> Iterator[Fault]:
    users = [("numbers", i, entry.query) for i, entry in enumerate(file.numbers)]
    users += [("charts", i, entry.query) for i, entry in enumerate(file.charts)]
    for kind, index, query in users:
        if query not in file.queries:
            expected = f"one of the queries {', '.join(file.queries)}"
            yield document.fault(kind, index, "query", expected=expected, found=repr(query))
    for query in file.queries:
        if query not in {used for _, _, used in users}:
            hint = "Remove it, or show it in a chart or number."
            yield document.fault(
                "queries", query, expected="a query that something shows", found=repr(query), hint=hint
            )
    for index, entry in enumerate(file.charts):
        yield from _refused_fields(entry.spec, ("charts", index, "spec"), document)


def _refused_fields(value: Any, path: Path, document: Document) -> Iterator[Fault]:
    parts: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for key, inner in parts:
        if key in REFUSED_IN_SPEC:
            hint = REFUSED_IN_SPEC[str(key)]
            yield document.fault(*path, key, expected="a chart without this field", found=repr(key), hint=hint)
        else:
            yield from _refused_fields(inner, (*path, key), document)
