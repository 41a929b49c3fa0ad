"""CSV files as DuckDB reads them: their form is sniffed, their types are proven on every value.

DuckDB itself takes a sample for the types. A file whose first code with a leading zero stands below the sample would
lose that zero without a word.
"""

# ruff: noqa: S608  (all names and texts in the SQL made here are quoted by `assay.sql.quoting`)

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assay.base.errors import refusal
from assay.base.file_forms import unpacked
from assay.engines.duckdb_names import refuse_alike, spelled_path
from assay.sql.quoting import identifier, text_literal

if TYPE_CHECKING:
    import duckdb

TEXT = "VARCHAR"
_EMPTY = "(empty)"
_DELIMITERS = frozenset(",;\t|")
_COLUMNS_AT_ONCE = 100
"""Of so many columns is asked in one query; of two thousand at once DuckDB takes gigabytes."""

_LATER: Mapping[str, tuple[str, ...]] = {
    "BIGINT": ("BIGINT", "DOUBLE"),
    "DATE": ("DATE", "TIMESTAMP"),
}
"""Type that the sample told to what is tried, in this order; text is what is left."""

_CODES = "codes with a leading 0 or +"
_A_LOOK_ROWS = 1_000

_WHOLE = "'[+-]?[0-9]+'"
_CODE = r"'\+[0-9]+|-?0[0-9].*'"
_LONG = "'[+-]?[0-9]{16,}'"
"""Patterns of SQL: a whole number; a code, of which a number loses a sign or zeros; more than a DOUBLE holds."""


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How one CSV file is written.

    Attributes:
        path: as DuckDB has to be told of it.
        options: of `read_csv`, as SQL.
        types: column to the type that a sample told, in the order of the file.
        formats: type to the format of its values, where that is an odd one.
    """

    path: str
    options: str
    types: Mapping[str, str]
    formats: Mapping[str, str]

    @property
    def rows(self) -> str:
        """The rows as texts, as what stands after FROM."""
        columns = ", ".join(f"{text_literal(name)}: '{TEXT}'" for name in self.types)
        return f"read_csv({text_literal(self.path)}, {self.options}, header = true, columns = {{{columns}}})"

    def value(self, name: str, kind: str) -> str:
        """Write a column's value as a type; null where it is none."""
        column = identifier(name)
        form = self.formats.get(kind)
        if form is not None:
            return f"TRY_CAST(try_strptime({column}, {text_literal(form)}) AS {kind})"
        return column if kind == TEXT else f"TRY_CAST({column} AS {kind})"


def sniff_csv(session: duckdb.DuckDBPyConnection, path: str) -> CsvForm:
    """Find out how a CSV file is written.

    Raises:
        AssayError: its first line names no columns, or names them alike.
    """
    spelled = spelled_path(session, path)
    tab = ", delim = '\t'" if unpacked(path).endswith(".tsv") else ""
    asked = "Delimiter, Quote, Escape, Comment, HasHeader, Columns, DateFormat, TimestampFormat"
    found = session.execute(f"SELECT {asked} FROM sniff_csv({text_literal(spelled)}, skip = 0{tab})").fetchall()
    delimiter, quote, escape, comment, has_header, columns, day, moment = found[0]
    signs = {"delim": delimiter, "quote": quote, "escape": escape, "comment": comment}
    options = ", ".join(f"{name} = {text_literal('' if sign == _EMPTY else sign)}" for name, sign in signs.items())
    options = f"auto_detect = false, skip = 0, {options}"
    names = [str(column["name"]) for column in columns]
    _refuse_headless(path, names, has_header=bool(has_header))
    refuse_alike(path, _written(session, spelled, options, len(names)))
    formats = {kind: str(form) for kind, form in (("DATE", day), ("TIMESTAMP", moment)) if form is not None}
    return CsvForm(spelled, options, {str(c["name"]): str(c["type"]) for c in columns}, formats)


def _written(session: duckdb.DuckDBPyConnection, path: str, options: str, count: int) -> Iterator[str]:
    """Give the names of the columns as they stand in the first line; DuckDB renames what comes again."""
    columns = ", ".join(f"'c{number}': '{TEXT}'" for number in range(count))
    rows = f"read_csv({text_literal(path)}, {options}, header = false, columns = {{{columns}}})"
    found = session.execute(f"SELECT * FROM {rows} LIMIT 1").fetchall()
    return (str(name) for row in found for name in row if name is not None)


def _refuse_headless(path: str, names: Sequence[str], *, has_header: bool) -> None:
    if not has_header:
        hint = "Write the names of the columns into the first line."
        raise refusal(path, expected="a first line that names the columns", found="none", hint=hint)
    if len(names) == 1 and _DELIMITERS & set(names[0]):
        hint = "Look for a line with more or fewer values than the first one."
        raise refusal(path, expected="lines with as many values as the first one", found="others", hint=hint)


def agree(forms: Sequence[CsvForm]) -> tuple[CsvForm, ...]:
    """Give the files of one table one format of dates; where they have several, their dates stay text."""
    found = {kind: {form.formats[kind] for form in forms if kind in form.formats} for kind in ("DATE", "TIMESTAMP")}
    formats = {kind: next(iter(seen)) for kind, seen in found.items() if len(seen) == 1}
    unclear = {kind for kind, seen in found.items() if len(seen) > 1}
    return tuple(
        replace(form, formats=formats, types={n: TEXT if k in unclear else k for n, k in form.types.items()})
        for form in forms
    )


def settle_types(
    session: duckdb.DuckDBPyConnection, forms: Sequence[CsvForm], promised: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Settle the type of each column so that every value of every file has it.

    Args:
        session: where it runs.
        forms: of files with the same columns.
        promised: column to a type that is tried first.

    Returns:
        Column to its type; column to the reason why it stayed text, where its values look like numbers.
    """
    tried = {name: _tried(name, forms, promised) for name in forms[0].types}
    asked = [name for name, kinds in tried.items() if kinds]
    types = dict.fromkeys(tried, TEXT)
    reasons = _codes(session, forms[0], [name for name, kinds in tried.items() if not kinds and name not in promised])
    for start in range(0, len(asked), _COLUMNS_AT_ONCE):
        names = asked[start : start + _COLUMNS_AT_ONCE]
        counts = [_counts(session, form, names, tried) for form in forms]
        for number, name in enumerate(names):
            values, codes, longs, *fitting = (sum(each) for each in zip(*(one[number] for one in counts), strict=True))
            kinds = [kind for kind, fit in zip(tried[name], fitting, strict=True) if values and fit == values]
            kind = kinds[0] if kinds else promised.get(name, TEXT) if not values else TEXT
            if _is_number(kind) and (codes or (longs and kind == "DOUBLE")):
                reasons[name] = _CODES if codes else "whole numbers of more than 15 digits"
                kind = TEXT
            types[name] = kind
    return types, reasons


def _codes(session: duckdb.DuckDBPyConnection, form: CsvForm, names: Sequence[str]) -> dict[str, str]:
    """Name the columns of which already the sample told that they are codes: whole numbers, as far as one sees."""
    if not names:
        return {}
    counts = (
        f"count({column}) > 0 AND count({column}) = count_if(regexp_full_match({column}, {_WHOLE}))"
        for column in map(identifier, names)
    )
    found = session.execute(f"SELECT {', '.join(counts)} FROM (FROM {form.rows} LIMIT {_A_LOOK_ROWS})").fetchall()[0]
    return {name: _CODES for name, is_code in zip(names, found, strict=True) if is_code}


def _tried(name: str, forms: Sequence[CsvForm], promised: Mapping[str, str]) -> tuple[str, ...]:
    """Return the types that are tried of a column; none where it is text."""
    if promised.get(name) == TEXT:
        return ()
    seen = list(dict.fromkeys(form.types[name] for form in forms))
    later = (kind for one in seen for kind in _LATER.get(one, (one,)))
    ordered = sorted(dict.fromkeys(later), key=lambda kind: kind in {"DOUBLE", "TIMESTAMP"})
    return tuple(dict.fromkeys(kind for kind in (promised.get(name, TEXT), *ordered) if kind != TEXT))


def _counts(
    session: duckdb.DuckDBPyConnection, form: CsvForm, names: Sequence[str], tried: Mapping[str, Sequence[str]]
) -> list[list[int]]:
    """Count for each column: values, codes, long whole numbers, and values that each tried type holds."""
    wanted: list[str] = []
    for name in names:
        column = identifier(name)
        patterns = (f"count_if(regexp_full_match({column}, {pattern}))" for pattern in (_CODE, _LONG))
        numbers = any(_is_number(kind) for kind in tried[name])
        wanted += [f"count({column})", *(patterns if numbers else ("0", "0"))]
        wanted += [f"count_if({_fits(form, name, kind)})" for kind in tried[name]]
    found = iter(session.execute(f"SELECT {', '.join(wanted)} FROM {form.rows}").fetchall()[0])
    return [[int(next(found)) for _ in range(3 + len(tried[name]))] for name in names]


def _fits(form: CsvForm, name: str, kind: str) -> str:
    """Write what is true of a text that a type holds whole; DuckDB itself would round 1.5 to 2."""
    value, column = form.value(name, kind), identifier(name)
    if kind.endswith("INT") or kind == "INTEGER":
        return f"{value} IS NOT NULL AND regexp_full_match(trim({column}), {_WHOLE})"
    if kind.startswith("DECIMAL("):
        scale = int(kind.rstrip(")").rpartition(",")[2])
        return f"{value} IS NOT NULL AND regexp_full_match(trim({column}), '[+-]?[0-9]*([.][0-9]{{0,{scale}}})?')"
    if kind == "DATE" and kind not in form.formats:
        return f"{value} IS NOT NULL AND length(trim({column})) <= 10"
    return f"{value} IS NOT NULL"


def _is_number(kind: str) -> bool:
    return kind.endswith("INT") or kind.startswith("DECIMAL") or kind in {"INTEGER", "DOUBLE", "FLOAT"}


def typed_rows(form: CsvForm, types: Mapping[str, str]) -> str:
    """Write the query of a file's rows with their types, in the order in which these are given."""
    return (
        f"SELECT {', '.join(f'{form.value(n, kind)} AS {identifier(n)}' for n, kind in types.items())} FROM {form.rows}"
    )
