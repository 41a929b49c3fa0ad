"""Files of text written anew as Parquet by DuckDB, so that whatever reads tables reads them too."""

# ruff: noqa: S608  (all names and texts in the SQL made here are quoted by `assay.sql.quoting`)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from assay.base.errors import Fault, Place, raise_faults
from assay.base.file_forms import Converted, FileForm
from assay.engines.duckdb_csv import TEXT, CsvForm, agree, settle_types, sniff_csv, typed_rows
from assay.engines.duckdb_names import refuse_alike, spelled_path
from assay.sql.quoting import identifier, text_literal

if TYPE_CHECKING:
    import duckdb

_JSON = "JSON"
_QUOTED = frozenset({"DATE", "TIME", "TIMESTAMP", "UUID"})
"""Types that are texts in JSON, so that who promises text means the same."""

_WIDER = {"BIGINT": "DOUBLE", "DATE": "TIMESTAMP"}


def convert_files(
    session: duckdb.DuckDBPyConnection, paths: Sequence[str], form: FileForm, promised: Mapping[str, str], folder: str
) -> Converted:
    """Write each file anew as Parquet.

    Args:
        session: where it runs; it may read the files and write the folder.
        paths: of files that are one table.
        form: of all of them, and not Parquet.
        promised: column to a type of DuckDB that it gets where its values allow it.
        folder: a folder that holds nothing yet.

    Raises:
        AssayError: the columns of the files differ, or cannot be told apart.
    """
    if form is FileForm.CSV:
        forms = agree([sniff_csv(session, path) for path in paths])
        _refuse_others(paths, forms)
        types, texts = settle_types(session, forms, promised)
        queries = [typed_rows(one, types) for one in forms]
    else:
        texts, queries = {}, _json_queries(session, paths, promised)
    written = tuple(f"{folder}/{number:06}.parquet" for number in range(len(paths)))
    for query, path in zip(queries, written, strict=True):
        session.execute(f"COPY ({query}) TO {text_literal(path)} (FORMAT parquet, COMPRESSION zstd)")
    return Converted(written, texts)


def _refuse_others(paths: Sequence[str], forms: Sequence[CsvForm]) -> None:
    first = set(forms[0].types)
    raise_faults(
        Fault(Place(path), f"the columns of {paths[0]}", ", ".join(sorted(first ^ set(form.types))[:5]))
        for path, form in zip(paths, forms, strict=True)
        if first != set(form.types)
    )


def _json_queries(session: duckdb.DuckDBPyConnection, paths: Sequence[str], promised: Mapping[str, str]) -> list[str]:
    """Return a query for each file, all with the columns of all: a field that a document leaves out is null."""
    spelled = [spelled_path(session, path) for path in paths]
    files = f"[{', '.join(text_literal(path) for path in spelled)}]"
    sampled = f"sample_size = -1, union_by_name = true, maximum_sample_files = {len(paths)}"
    found = session.execute(f"DESCRIBE SELECT * FROM read_json({files}, {sampled})").fetchall()
    sniffed = {str(name): str(kind) for name, kind, *_ in found}
    refuse_alike(paths[0], _fields(session, files, sniffed))
    types = {name: _settled(kind, promised.get(name)) for name, kind in sniffed.items()}
    empty = _empty(session, files, types)
    types |= dict.fromkeys(empty, TEXT)
    columns = ", ".join(f"{text_literal(name)}: {text_literal(kind)}" for name, kind in types.items())
    picked = ", ".join(
        f"CAST({identifier(name)} AS {promised[name]}) AS {identifier(name)}"
        if name in empty and name in promised
        else identifier(name)
        for name in types
    )
    return [f"SELECT {picked} FROM read_json({text_literal(path)}, columns = {{{columns}}})" for path in spelled]


def _fields(session: duckdb.DuckDBPyConnection, files: str, sniffed: Mapping[str, str]) -> list[str]:
    """Return the names of the fields as they are written; DuckDB gives another name to one that differs in case."""
    renamed = [name for name in sniffed if name.rpartition("_")[2].isdigit()]
    if not renamed:
        return list(sniffed)
    rows = f"read_json({files}, columns = {{'json': 'JSON'}}, records = false)"
    found = session.execute(f"SELECT DISTINCT unnest(json_keys(json)) FROM {rows}").fetchall()
    return sorted(str(name) for (name,) in found)


def _settled(sniffed: str, promised: str | None) -> str:
    if promised is None:
        return sniffed
    if promised == TEXT and sniffed in _QUOTED:
        return TEXT
    return promised if _WIDER.get(sniffed) == promised else sniffed


def _empty(session: duckdb.DuckDBPyConnection, files: str, types: Mapping[str, str]) -> list[str]:
    """Name the columns that hold nothing in any file: those DuckDB takes for documents."""
    doubtful = [name for name, kind in types.items() if kind == _JSON]
    if not doubtful:
        return []
    columns = ", ".join(f"{text_literal(name)}: 'JSON'" for name in doubtful)
    filled = ", ".join(f"count(*) FILTER (json_type({identifier(name)}) <> 'NULL')" for name in doubtful)
    found = session.execute(f"SELECT {filled} FROM read_json({files}, columns = {{{columns}}})").fetchall()[0]
    return [name for name, count in zip(doubtful, found, strict=True) if not count]
