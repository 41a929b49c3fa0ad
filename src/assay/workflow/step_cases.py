"""Cases of unit tests: rows that are given to a step, and rows that are expected of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from csv import Error, reader
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from assay.base.errors import AssayError, Fault, Place
from assay.base.names import TableRef


@dataclass(frozen=True, slots=True)
class CaseRows:
    """Rows as somebody wrote them, before anybody knows of what types they are.

    Attributes:
        columns: that any row names, in the order in which they come first.
        values: of each row, in the order of the columns; None for NULL and for what a row does not name.
        places: where each row stands.
        types: column to the type that the file asks for; a column without one gets it from elsewhere.
        is_text: whether all values are texts, as in CSV, of which some may mean numbers.
        place: where the table stands.
    """

    columns: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]
    places: tuple[Place, ...] = field(repr=False)
    types: Mapping[str, str]
    is_text: bool
    place: Place


@dataclass(frozen=True, slots=True)
class StepCase:
    """One case of a step's unit tests.

    Attributes:
        name: a sentence; each once in a file.
        step: what is tested.
        place: where the case stands.
        as_of: the logical date; None where the step does not ask for it.
        given: the rows of every table that the step reads.
        expected: rows with the columns that are compared.
        is_ordered: whether their order counts.
        tolerance: by how much floating-point numbers may differ; None for what arithmetic itself leaves open.
    """

    name: str
    step: str
    place: Place
    as_of: date | None
    given: Mapping[TableRef, CaseRows] = field(repr=False)
    expected: CaseRows = field(repr=False)
    is_ordered: bool
    tolerance: float | None


@dataclass(frozen=True, slots=True)
class StepTests:
    """The unit tests of a product's steps.

    Attributes:
        cases: those that could be read.
        faults: what is wrong with the files of the others.
    """

    cases: tuple[StepCase, ...] = ()
    faults: tuple[Fault, ...] = ()


def rows_of_mappings(
    rows: Sequence[Mapping[str, Any]], places: Sequence[Place], types: Mapping[str, str], place: Place
) -> CaseRows:
    """Make rows of mappings from column to value; a type that is asked for makes a column, too."""
    columns = tuple(dict.fromkeys([*(name for row in rows for name in row), *types]))
    values = tuple(tuple(row.get(name) for name in columns) for row in rows)
    return CaseRows(columns, values, tuple(places), types, False, place)


def rows_of_csv(text: str, first: Place, types: Mapping[str, str], place: Place) -> CaseRows:
    """Read comma-separated rows under a line of column names. An empty cell is NULL.

    Args:
        text: the content.
        first: where its first line stands.
        types: column to the type that is asked for.
        place: where the table stands.

    Raises:
        AssayError: no names, a name that is empty or comes twice, a row with more or fewer cells than there are names.
    """
    lines = list(_lines(text, first))
    if not lines:
        raise AssayError(Fault(first, "a line with the names of the columns", "nothing"))
    head, names = lines[0]
    faults = [
        Fault(head, "each column once, with a name", repr(name))
        for number, name in enumerate(names)
        if not name or name in names[:number]
    ]
    faults += [
        Fault(line, f"{len(names)} cells, one for each column", str(len(cells)))
        for line, cells in lines[1:]
        if len(cells) != len(names)
    ]
    if faults:
        raise AssayError(*faults)
    values = tuple(tuple(cell or None for cell in cells) for _, cells in lines[1:])
    return CaseRows(tuple(names), values, tuple(line for line, _ in lines[1:]), types, True, place)


def _lines(text: str, first: Place) -> Iterator[tuple[Place, list[str]]]:
    """Give the rows of CSV that are not empty, each with the line on which it begins."""
    rows = reader(text.splitlines(keepends=True), strict=True)
    start = 0
    try:
        for cells in rows:
            place = Place(first.file, (first.line or 1) + start)
            start = rows.line_num
            if cells:
                yield place, [cell.strip() for cell in cells]
    except Error as error:
        place = Place(first.file, (first.line or 1) + rows.line_num - 1)
        raise AssayError(Fault(place, "comma-separated values", str(error))) from error
