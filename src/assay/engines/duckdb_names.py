"""Names that DuckDB would take for others: files whose names look like patterns, columns that differ in case alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from assay.base.errors import Fault, Place, raise_faults, refusal
from assay.sql.quoting import text_literal

if TYPE_CHECKING:
    import duckdb

_WILD = re.compile(r"[*?\[]")


def spelled_path(session: duckdb.DuckDBPyConnection, path: str) -> str:
    """Return how DuckDB has to be told of a file, so that it reads this one; its name may look like a pattern.

    Raises:
        AssayError: DuckDB would read other files, however it is told.
    """
    if not _WILD.search(path):
        return path
    file = Path(path)
    for spelling in (str(file.with_name(_WILD.sub(r"[\g<0>]", file.name))), path):
        found = session.execute(f"SELECT file FROM glob({text_literal(spelling)})").fetchall()  # noqa: S608
        if [os.path.normpath(other) for (other,) in found] == [os.path.normpath(path)]:
            return spelling
    raise refusal(
        path, expected="a path without *, ? and [", found="one that DuckDB takes for a pattern of other files"
    )


def column_names(session: duckdb.DuckDBPyConnection, path: str) -> tuple[str, ...]:
    """Return the names of a Parquet file's columns as they stand in it; what is inside of columns is left out."""
    schema = f"SELECT name, coalesce(num_children, 0) FROM parquet_schema({text_literal(path)})"  # noqa: S608
    rows = session.execute(schema).fetchall()
    names, left = [], 0
    for name, children in rows[1:]:  # depth first below the root
        if left == 0:
            names.append(str(name))
            left = 1
        left += int(children) - 1
    return tuple(names)


def refuse_alike(path: str, names: Iterable[str]) -> None:
    """Refuse a file in which the names of columns differ in case alone: DuckDB calls one of them otherwise.

    Raises:
        AssayError: all such columns but the first of each name.
    """
    first: dict[str, str] = {}
    faults = []
    hint = "Queries tell no case apart, so that they would read the other one. Write the file with other names."
    for name in names:
        known = first.get(name.lower())
        if known is None:
            first[name.lower()] = name
        else:
            found = f"{known} and {name}"
            faults.append(Fault(Place(path), "names of columns that differ in more than case", found, hint))
    raise_faults(faults)
