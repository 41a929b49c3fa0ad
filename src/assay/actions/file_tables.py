"""Tables of files that somebody names, whatever form they have: Parquet as it is, CSV and JSON written anew.

Whoever looks at files without a project begins here: `attach_files(engine, table, paths)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.base.file_forms import Converted, FileForm, form_of
from assay.base.names import TableRef
from assay.base.snapshots import Column
from assay.contract.model import Dataset, LogicalType
from assay.validation.types import MOMENTS, NUMBERS, Family, family, neutral_type

if TYPE_CHECKING:
    from assay.base.ports import Engine

_PLAIN: Mapping[LogicalType | None, str] = {
    LogicalType.STRING: "VARCHAR",
    LogicalType.INTEGER: "BIGINT",
    LogicalType.NUMBER: "DOUBLE",
    LogicalType.BOOLEAN: "BOOLEAN",
    LogicalType.DATE: "DATE",
    LogicalType.TIMESTAMP: "TIMESTAMP",
    LogicalType.TIME: "TIME",
}
_SCALARS = frozenset({*NUMBERS, *MOMENTS, Family.TEXT, Family.BOOLEAN, Family.TIME, Family.UUID})


@dataclass(frozen=True, slots=True)
class FileTable:
    """A table of files as it can be queried.

    Attributes:
        rows: of all files together.
        paths: Parquet files with the rows. Those that were written anew are gone when the engine's session ends.
        form: of the files that were named.
        texts: columns that stayed text though their values look like numbers, each with the reason.
    """

    table: TableRef
    columns: tuple[Column, ...]
    rows: int
    paths: tuple[str, ...]
    form: FileForm
    texts: Mapping[str, str]


def attach_files(
    engine: Engine, table: TableRef, paths: Sequence[str], promised: Mapping[str, str] | None = None
) -> FileTable:
    """Offer files as a table for later queries; what is not Parquet is read once and written anew for the session.

    Args:
        engine: a session that may read the files.
        table: the name under which they are asked for.
        paths: one or more; the form is told by the ending of their names, unless they are Parquet all the same.
        promised: of CSV and JSON: column to a type of DuckDB that it gets where its values allow it.

    Raises:
        AssayError: a file is not there or not what its name says, or the files have different forms or columns.
    """
    form = _form(engine, paths)
    read = Converted(tuple(paths), {}) if form is FileForm.PARQUET else engine.convert(paths, form, promised or {})
    described = [engine.describe(path) for path in read.paths]
    columns = described[0][0]
    raise_faults(
        Fault(Place(path), f"the columns of {paths[0]}", difference(columns, other))
        for path, (other, _) in zip(paths[1:], described[1:], strict=True)
        if other != columns
    )
    engine.attach(table, read.paths)
    return FileTable(table, columns, sum(rows for _, rows in described), read.paths, form, read.texts)


def promised_types(dataset: Dataset | None) -> Mapping[str, str]:
    """Return the types of DuckDB that a contract promises, by column: files of text have none of their own."""
    if dataset is None:
        return {}
    found = {
        part.column: neutral_type(part.physical_type or "") or _PLAIN.get(part.logical_type)
        for part in dataset.properties
    }
    return {name: kind for name, kind in found.items() if kind is not None and family(kind) in _SCALARS}


def difference(first: Sequence[Column], other: Sequence[Column]) -> str:
    """Say in words how the columns of a file differ from those of the first one."""
    ours, theirs = ({column.name: column.type for column in columns} for columns in (first, other))
    missing = [f"no {name}" for name in ours if name not in theirs]
    more = [f"{name} as well" for name in theirs if name not in ours]
    changed = [f"{name} as {theirs[name]}" for name in ours if theirs.get(name, ours[name]) != ours[name]]
    return ", ".join([*missing, *more, *changed][:5]) or "the same in another order"


def _form(engine: Engine, paths: Sequence[str]) -> FileForm:
    """Return the one form of all files."""
    forms = [_form_of(engine, path) for path in paths]
    raise_faults(
        Fault(Place(path), f"a {forms[0]} file as {paths[0]} is", f"a {form} file")
        for path, form in zip(paths, forms, strict=True)
        if form is not forms[0]
    )
    return forms[0]


def _form_of(engine: Engine, path: str) -> FileForm:
    """Return a file's form: as its name says, unless it is Parquet all the same."""
    form = form_of(path)
    if form is FileForm.PARQUET:
        return form
    try:
        engine.describe(path)
    except AssayError:
        return form
    return FileForm.PARQUET
