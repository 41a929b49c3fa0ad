"""Reads the unit tests of a product's steps (``tests/*.yaml``): what is given, and what is expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from assay.base.errors import AssayError, Fault, Place
from assay.base.names import TableRef, parse_table_ref
from assay.base.reading import Document, Path, read_as, read_yaml
from assay.base.texts import decoded
from assay.contract.model import Contract
from assay.project.faults import Faults
from assay.project.files import Day, Entry, Name, Text
from assay.workflow.step_cases import CaseRows, StepCase, rows_of_csv, rows_of_mappings
from assay.workflow.steps import Step

SUFFIX = ".yaml"

_ROW = {"type": "object", "description": "Column to value; a column that is not named is NULL."}
_LIST = {"type": "array", "items": _ROW}
_TABLE: dict[str, Any] = {
    "anyOf": [
        {**_LIST, "description": "Rows, each as column: value. A column that a row does not name is NULL."},
        {"type": "string", "description": "Rows as comma-separated values under a line of column names."},
        {
            "type": "object",
            "additionalProperties": False,
            "description": "Rows here or in a file, and types where nothing else tells them.",
            "oneOf": [{"required": ["rows"]}, {"required": ["file"]}],
            "properties": {
                "rows": {"anyOf": [_LIST, {"type": "string"}], "description": "A list of rows, or CSV."},
                "file": {"type": "string", "description": "A .csv or .json file below the folder of this one."},
                "columns": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                    "description": "Column to its type as DuckDB names it, as in DECIMAL(9,2).",
                },
            },
        },
    ]
}
_FIELDS = {"rows", "file", "columns"}

Table = Annotated[Any, WithJsonSchema(_TABLE)]


class CaseEntry(Entry):
    """One case: what is given to the step, and what is expected of it.

    Attributes:
        description: what the case is about, where its name does not say it.
        as_of: the logical date, in place of the file's.
        given: table to rows, named as in the step; in place of the file's rows for that table.
        expect: the rows that the step makes; columns that no row names are not compared.
        ordered: whether the order of the rows counts.
        tolerance: by how much floating-point numbers may differ.
    """

    description: str = ""
    as_of: Day | None = None
    given: Annotated[dict[Text, Table], Field(default_factory=dict)]
    expect: Table
    ordered: bool = False
    tolerance: Annotated[float, Field(ge=0)] | None = None


class StepTestsFile(Entry):
    """``tests/NAME.yaml``: unit tests of one step.

    Attributes:
        step: which step is tested.
        as_of: the logical date of every case that names none, as YYYY-MM-DD.
        given: table to rows, named as in the step, for every case that gives no other rows for it.
        cases: what is tested: a sentence to what is given and expected.
    """

    step: Name
    as_of: Day | None = None
    given: Annotated[dict[Text, Table], Field(default_factory=dict)]
    cases: Annotated[dict[Text, CaseEntry], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class StepsAround:
    """What a file of tests meets in its project.

    Attributes:
        product: its name.
        steps: of the product, by name.
        contracts: of everything that a step may read, and of the product's datasets; None for one that is unreadable.
        files: relative path to content.
    """

    product: str
    steps: Mapping[str, Step]
    contracts: Mapping[TableRef, Contract | None]
    files: Mapping[str, bytes]

    def columns(self, table: TableRef) -> tuple[str, ...] | None:
        """Return the columns that a table has by its contract or by its step; None where only an engine can tell."""
        full = table if table.schema else TableRef(self.product, table.name)
        contract = self.contracts.get(full)
        promised = tuple(part.column for part in contract.datasets[0].properties) if contract else ()
        step = self.steps.get(table.name) if table.schema is None else None
        made = (step.columns if step else None) or ()
        return tuple(dict.fromkeys([*promised, *made])) or None


def read_step_tests(path: str, around: StepsAround) -> tuple[StepCase, ...]:
    """Read one file of unit tests.

    Raises:
        AssayError: all its faults: unknown fields, step, tables and columns, a table that the step reads and nobody
            gives, a logical date that the step asks for and nobody names.
    """
    document = read_yaml(around.files[path], path)
    file = read_as(StepTestsFile, document)
    faults = Faults()
    step = around.steps.get(file.step)
    if step is None:
        close = get_close_matches(file.step, around.steps)
        hint = f"Steps of {around.product}: {', '.join(close or sorted(around.steps)) or 'none'}."
        faults.add(document.fault("step", expected=f"a step of {around.product}", found=repr(file.step), hint=hint))
    reading = _Reading(document, around, step, faults)
    shared = reading.given(file.given, ("given",))
    cases = [reading.case(name, entry, file, shared) for name, entry in file.cases.items()]
    faults.raise_all()
    return tuple(case for case in cases if case)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One file while it is read; the step is None when it is not known."""

    document: Document
    around: StepsAround
    step: Step | None
    faults: Faults

    @property
    def _is_judged(self) -> bool:
        """Whether the step could be read: one that has faults leaves its name behind, and nothing is known of it."""
        return self.step is not None and bool(self.step.text)

    def case(
        self, name: str, entry: CaseEntry, file: StepTestsFile, shared: Mapping[TableRef, CaseRows]
    ) -> StepCase | None:
        where = ("cases", name)
        given = {**shared, **self.given(entry.given, (*where, "given"))}
        expected = self._table(entry.expect, (*where, "expect"))
        as_of = entry.as_of or file.as_of
        if self.step is None or expected is None:
            return None
        if self._is_judged:
            self.faults.extend(self._not_given(where, file, entry))
            self.faults.extend(self._unknown_columns(TableRef(None, self.step.name), expected))
            if self.step.uses_as_of and as_of is None:
                hint = "Write `as-of: YYYY-MM-DD`."
                self.faults.add(
                    self.document.fault(
                        *where, expected="the logical date, for the step asks for it", found="none", hint=hint
                    )
                )
        return StepCase(
            name=name,
            step=self.step.name,
            place=self.document.place(*where),
            as_of=date.fromisoformat(as_of) if as_of else None,
            given=given,
            expected=expected,
            is_ordered=entry.ordered,
            tolerance=entry.tolerance,
        )

    def given(self, entries: Mapping[str, Any], where: Path) -> dict[TableRef, CaseRows]:
        found: dict[TableRef, CaseRows] = {}
        for name, value in entries.items():
            place = self.document.place(*where, name)
            rows = self._table(value, (*where, name))
            table = self._read_table(name, place)
            if table is not None and rows is not None:
                found[table] = rows
                self.faults.extend(self._unknown_columns(table, rows))
        return found

    def _read_table(self, name: str, place: Place) -> TableRef | None:
        """Return the table of a name; None where the step does not read it, which is a fault."""
        if self.step is None or not self._is_judged:
            return None
        try:
            table = parse_table_ref(name)
        except AssayError:
            table = None
        if table in self.step.reads:
            return table
        reads = ", ".join(map(str, self.step.reads)) or "nothing"
        hint = f"{self.step.name} reads {reads}."
        self.faults.add(Fault(place, f"a table that {self.step.name} reads", repr(name), hint))
        return None

    def _not_given(self, where: Path, file: StepTestsFile, entry: CaseEntry) -> Iterator[Fault]:
        assert self.step is not None
        for table in self.step.reads:
            if str(table) not in file.given and str(table) not in entry.given:
                expected = f"rows of {table}, which {self.step.name} reads"
                hint = f"Give them, `{table}: []` for none."
                yield self.document.fault(*where, expected=expected, found="none", hint=hint)

    def _unknown_columns(self, table: TableRef, rows: CaseRows) -> Iterator[Fault]:
        known = self.around.columns(table)
        if known is None:
            return
        folded = {name.lower() for name in known}
        for name in rows.columns:
            if name.lower() not in folded:
                close = get_close_matches(name, known)
                hint = f"Did you mean {' or '.join(close)}?" if close else f"{table} has {', '.join(known)}."
                yield Fault(_first_use(rows, name), f"a column of {table}", repr(name), hint)

    def _table(self, value: Any, where: Path) -> CaseRows | None:
        """Read the rows of a table in any of their forms; None when they have faults, which are noted."""
        place = self.document.place(*where)
        if isinstance(value, dict):
            return self._described(value, where, place)
        return self._rows(value, where, {}, place)

    def _described(self, value: Mapping[str, Any], where: Path, place: Place) -> CaseRows | None:
        unknown = [
            self.document.fault(
                *where, name, expected="rows or file, and columns", found=repr(name), hint="Rows are a list."
            )
            for name in value
            if name not in _FIELDS
        ]
        if unknown or ("rows" in value) == ("file" in value):
            found = "both" if {"rows", "file"} <= value.keys() else "neither"
            self.faults.extend(unknown or [Fault(place, "either rows or a file", found)])
            return None
        types = self._types(value.get("columns", {}), (*where, "columns"))
        if types is None:
            return None
        if "rows" in value:
            return self._rows(value["rows"], (*where, "rows"), types, place)
        return self._file(value["file"], (*where, "file"), types, place)

    def _types(self, value: Any, where: Path) -> dict[str, str] | None:
        if isinstance(value, dict) and all(isinstance(kind, str) and kind for kind in value.values()):
            return value
        self.faults.add(self.document.fault(*where, expected="columns with their types", found=repr(value)[:120]))
        return None

    def _rows(self, value: Any, where: Path, types: Mapping[str, str], place: Place) -> CaseRows | None:
        if isinstance(value, str):
            line = self.document.place(*where).line
            first = Place(self.document.file, (line or 0) + 1)  # a text of several lines begins below its key
            return self.faults.attempt(rows_of_csv, value, first, types, place)
        return self._mappings(self.document, value, where, types, place)

    def _mappings(
        self, document: Document, value: Any, where: Path, types: Mapping[str, str], place: Place
    ) -> CaseRows | None:
        expected = "a list of rows, CSV, or rows or file with columns"
        if not isinstance(value, list):
            found = "nothing" if value is None else repr(value)[:120]
            self.faults.add(document.fault(*where, expected=expected, found=found, hint="Write [] for no rows."))
            return None
        wrong = [
            document.fault(*where, number, expected="a row: columns with their values", found=repr(row)[:120])
            for number, row in enumerate(value)
            if not isinstance(row, dict)
        ]
        if wrong:
            self.faults.extend(wrong)
            return None
        places = [document.place(*where, number) for number in range(len(value))]
        return rows_of_mappings(value, places, types, place)

    def _file(self, value: Any, where: Path, types: Mapping[str, str], place: Place) -> CaseRows | None:
        folder = self.document.file.rpartition("/")[0]
        path = f"{folder}/{value}"
        if not isinstance(value, str) or not value.endswith((".csv", ".json")) or path not in self.around.files:
            inside = [name[len(folder) + 1 :] for name in self.around.files if name.startswith(f"{folder}/")]
            there = ", ".join(name for name in inside if name.endswith((".csv", ".json"))) or "none"
            expected = "a .csv or .json file below the folder of this one"
            self.faults.add(
                self.document.fault(*where, expected=expected, found=repr(value)[:120], hint=f"There are: {there}.")
            )
            return None
        if value.endswith(".json"):
            document = self.faults.attempt(read_yaml, self.around.files[path], path)
            return self._mappings(document, document.value, (), types, place) if document else None
        text = self.faults.attempt(decoded, self.around.files[path], path)
        return None if text is None else self.faults.attempt(rows_of_csv, text, Place(path, 1), types, place)


def _first_use(rows: CaseRows, name: str) -> Place:
    """Say where a column is named first."""
    position = rows.columns.index(name)
    used = (place for place, row in zip(rows.places, rows.values, strict=True) if row[position] is not None)
    return next(used, rows.place)
