"""Testing steps: each case's rows become tables, the step runs on them as in a build, its rows are held against others.

Nothing is recorded and nothing is kept; what is written on the way lies in a staging place, as a build's does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import Any

from assay.actions.file_tables import promised_types
from assay.actions.step_making import Session, write_rows
from assay.actions.workshop import Workshop
from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.base.names import TableRef
from assay.base.ports import Engine
from assay.base.snapshots import Column
from assay.comparison.expected_rows import RowsDifference, compare_rows
from assay.comparison.typed_rows import UNKNOWN, inferred_type, misfits, rows_sql, uncast_sql
from assay.project.model import Product, Project
from assay.sql.quoting import identifier, table_sql
from assay.validation.conditions import Outcome
from assay.workflow.step_cases import CaseRows, StepCase
from assay.workflow.steps import Language

_MADE = TableRef(None, "made_by_the_step")
_ANY_DAY = date(2000, 1, 1)
"""For steps that do not ask for the logical date."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a case went.

    Attributes:
        product: whose step.
        outcome: pass, fail, or error when the step did not run to its end or the case is not of the step's types.
        difference: None when there are no rows to compare.
        faults: what an error is about.
        seconds: that it took.
    """

    product: str
    case: StepCase
    outcome: Outcome
    difference: RowsDifference | None
    faults: tuple[Fault, ...]
    seconds: float


def chosen_cases(product: Product, step: str | None, text: str | None) -> tuple[StepCase, ...]:
    """Choose from the unit tests of a product.

    Args:
        product: whose steps.
        step: None for all.
        text: stands in the names of the cases, upper or lower case; None for all.

    Raises:
        AssayError: there is no such step, or a file of unit tests has faults; then all of them.
    """
    raise_faults(product.tests.faults)
    if step is not None and step not in product.steps:
        close = ", ".join(get_close_matches(step, product.steps)) or ", ".join(product.steps) or "none"
        raise AssayError(Fault(Place(product.name), "one of its steps", repr(step), f"Steps: {close}."))
    return tuple(
        case
        for case in product.tests.cases
        if (step is None or case.step == step) and (text is None or text.lower() in case.name.lower())
    )


def run_cases(
    workshop: Workshop, project: Project, product: Product, cases: Sequence[StepCase]
) -> Iterator[CaseResult]:
    """Run unit tests one after the other; a step that fails is an error of its case and keeps no other from running."""
    engines: dict[date, Engine] = {}
    try:
        for case in cases:
            as_of = case.as_of or _ANY_DAY
            if as_of not in engines:
                engines[as_of] = workshop.engine(as_of)
            yield _run(_Bench(workshop, project, product, engines[as_of], as_of), case)
    finally:
        for engine in engines.values():
            engine.close()


@dataclass(frozen=True, slots=True)
class _Bench:
    """Where the cases of one logical date run."""

    workshop: Workshop
    project: Project
    product: Product
    engine: Engine
    as_of: date

    def session(self, given: Mapping[TableRef, Sequence[str]]) -> Session:
        """Give a session in which the rows of a case are attached; the engine goes on to the next case."""
        for table, paths in given.items():
            self.engine.attach(table, paths)
        session = Session(replace(self.workshop, engine=lambda _: self.engine), self.as_of)
        session.open()
        return session


def _run(bench: _Bench, case: StepCase) -> CaseResult:
    start = time.monotonic()
    name = bench.product.name
    try:
        difference = _difference(bench, case)
    except AssayError as error:
        return CaseResult(name, case, Outcome.ERROR, None, error.faults, time.monotonic() - start)
    outcome = Outcome.PASS if difference.is_none else Outcome.FAIL
    return CaseResult(name, case, outcome, difference, (), time.monotonic() - start)


def _difference(bench: _Bench, case: StepCase) -> RowsDifference:
    engine = bench.engine
    with bench.workshop.snapshots.stage() as stage:
        tables = _Tables(engine, bench.project, bench.product, stage.directory)
        given: dict[TableRef, tuple[str, ...]] = {}
        faults: list[Fault] = []
        for number, (table, rows) in enumerate(case.given.items()):
            path = f"{stage.directory}/given-{number}.parquet"
            try:
                _write(engine, rows, tables.types(table, rows), path)
            except AssayError as error:
                faults += error.faults
            given[table] = (path,)
        raise_faults(faults)
        made = f"{stage.directory}/made.parquet"
        columns, _ = write_rows(bench.session(given), bench.product.steps[case.step], given, made)
        compared = _compared(case, columns)
        expected = _read(engine, case.expected, compared)
        engine.attach(_MADE, [made])
        names = ", ".join(map(identifier, compared))
        found = engine.query(f"SELECT {names} FROM {table_sql(_MADE)}") if compared else []  # noqa: S608
    return compare_rows(compared, expected, found, is_ordered=case.is_ordered, tolerance=case.tolerance)


def _compared(case: StepCase, columns: Sequence[Column]) -> dict[str, str]:
    """Return the columns that a case speaks of, with the types that the step gave them; of no rows, all."""
    made = {column.name.lower(): column for column in columns}
    faults = [
        Fault(case.expected.place, f"a column that {case.step} makes", repr(name), f"It makes {_listed(columns)}.")
        for name in case.expected.columns
        if name.lower() not in made
    ]
    raise_faults(faults)
    wanted = [made[name.lower()] for name in case.expected.columns] or columns
    return {column.name: column.type for column in wanted}


def _listed(columns: Sequence[Column]) -> str:
    return ", ".join(column.name for column in columns)


def _write(engine: Engine, rows: CaseRows, types: Mapping[str, str], path: str) -> None:
    _refuse_misfits(engine, rows, types)
    with _named(rows.place):
        engine.write(rows_sql(rows, types), path)


def _read(engine: Engine, rows: CaseRows, types: Mapping[str, str]) -> list[tuple[Any, ...]]:
    if not rows.values:
        return []
    _refuse_misfits(engine, rows, types)
    with _named(rows.place):
        return engine.query(rows_sql(rows, types))


def _refuse_misfits(engine: Engine, rows: CaseRows, types: Mapping[str, str]) -> None:
    """Refuse values that are not of their column's type, all at once."""
    raise_faults(misfits(rows, types))
    if not rows.values:
        return
    names = list(types)
    with _named(rows.place):
        uncast = engine.query(uncast_sql(rows, types))
    positions = {name.lower(): n for n, name in enumerate(rows.columns)}
    raise_faults(
        Fault(
            rows.places[row], f"a value of {types[names[column]]} for {names[column]}",
            repr(rows.values[row][positions[names[column].lower()]])[:80],
        )
        for row, column in uncast
    )  # fmt: skip


@contextmanager
def _named(place: Place) -> Iterator[None]:
    """Name the place of a table where the engine could only say "query"."""
    try:
        yield
    except AssayError as error:
        faults = (replace(fault, where=place) if fault.where.file == "query" else fault for fault in error.faults)
        raise AssayError(*faults) from error


class _Tables:
    """Tells the columns of tables and their types, from whoever knows them best."""

    def __init__(self, engine: Engine, project: Project, product: Product, folder: str) -> None:
        self._engine = engine
        self._project = project
        self._product = product
        self._folder = folder

    def types(self, table: TableRef, rows: CaseRows) -> dict[str, str]:
        """Return the columns of a given table with their types.

        What the case asks for comes first, then the contract, then for a table of the product what its query gives;
        else the rows tell.

        Raises:
            AssayError: nothing tells the columns of a table without rows, or a type is none.
        """
        asked = {name.lower(): kind for name, kind in rows.types.items()}
        self._refuse_unknown(rows)
        known = self._known(table)
        columns = {name.lower(): name for name in (*known, *rows.columns)}
        if not columns:
            hint = "Name them beside the rows: {columns: {id: INTEGER}, rows: []}."
            raise AssayError(Fault(rows.place, f"the columns of {table}, which has no contract", "no rows", hint))
        found: dict[str, str] = {}
        for folded, name in columns.items():
            kind = asked.get(folded) or known.get(name)
            found[name] = kind or inferred_type(_values(rows, folded), is_text=rows.is_text)
        return found

    def _refuse_unknown(self, rows: CaseRows) -> None:
        raise_faults(
            Fault(rows.place, f"a type of DuckDB for {name}", repr(kind))
            for name, kind in rows.types.items()
            if not self._is_type(kind)
        )

    def _known(self, table: TableRef) -> dict[str, str | None]:
        """Return what is known of a table's columns: their names, and None for a type that nobody tells."""
        full = table if table.schema else TableRef(self._product.name, table.name)
        contract = self._project.contracts.get(full)
        if contract is not None:
            dataset = contract.datasets[0]
            promised = promised_types(dataset)
            written = {part.column: part.physical_type or "" for part in dataset.properties}
            return {
                name: promised.get(name) or (kind if kind and self._is_type(kind) else None)
                for name, kind in written.items()
            }
        return self._made(table.name) if table.schema is None else {}

    def _made(self, name: str) -> dict[str, str | None]:
        """Return what a step makes, from its query over empty tables of the types of all that it reads in turn."""
        step = self._product.steps[name]
        unknown: dict[str, str | None] = dict.fromkeys(step.columns or (), None)
        if step.language is not Language.SQL:
            return unknown
        with_types = {table: self._known(table) for table in step.reads}
        if not all(with_types.values()):
            return unknown
        try:
            columns = self._described(step.text, with_types)
        except AssayError:  # the step's own test will say so
            return unknown
        return {column.name: column.type for column in columns}

    def _described(self, sql: str, tables: Mapping[TableRef, Mapping[str, str | None]]) -> tuple[Column, ...]:
        """Describe a query over tables without rows."""
        for table, columns in tables.items():
            nothing = ", ".join(f"CAST(NULL AS {kind or UNKNOWN}) AS {identifier(n)}" for n, kind in columns.items())
            path = f"{self._folder}/nothing-{table}.parquet"
            self._engine.write(f"SELECT {nothing} WHERE false", path)
            self._engine.attach(table, [path])
        return self._engine.columns(sql)

    def _is_type(self, kind: str) -> bool:
        try:
            return len(self._engine.columns(f"SELECT CAST(NULL AS {kind}) AS x")) == 1
        except AssayError:
            return False


def _values(rows: CaseRows, folded: str) -> list[Any]:
    position = next((n for n, name in enumerate(rows.columns) if name.lower() == folded), None)
    return [] if position is None else [row[position] for row in rows.values]
