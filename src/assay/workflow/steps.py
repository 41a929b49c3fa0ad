"""Steps: one file each, what it reads and what it means.

SQL (`*.sql`, one SELECT) and Python (`*.py`, one function). A Python step may import modules of the project: by a name
relative to the product's ``workflow`` folder, or as ``shared.NAME`` from the project's folder ``shared``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from assay.base.canonical import Digest, digest_bytes, digest_value
from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.base.names import NAME, TableRef
from assay.sql.parse import Query, parse_query
from assay.workflow.python_names import imported_modules, unsteady_uses
from assay.workflow.python_source import Parameter, parameters, parse_module
from assay.workflow.python_tokens import python_digest

SHARED = "shared"
"""The project's folder of modules that several products import."""

_NO_QUERIES: Mapping[Digest, Query] = {}


class Language(StrEnum):
    """In what a step is written; the values are the endings of its file."""

    SQL = "sql"
    PYTHON = "py"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what makes one dataset or intermediate table of a product.

    Attributes:
        name: the file's stem, and the name of the table it makes.
        language: SQL or Python.
        file: where it stands, relative to the project.
        text: its source.
        digest: of its meaning: its code and that of the project's modules it imports.
        reads: the tables it reads, each once, ordered.
        places: where each table is named.
        uses_as_of: whether its rows depend on the logical date.
        columns: the names of its columns; None where only an engine can tell.
        parameters: of a Python step, in the order of READS; empty for SQL.
        modules: what a Python step imports of the project: path relative to the import's root, to source.
        query: of a SQL step, what its text says of itself; None for Python.
    """

    name: str
    language: Language
    file: str
    text: str
    digest: Digest
    reads: tuple[TableRef, ...]
    places: Mapping[TableRef, Place] = field(repr=False)
    uses_as_of: bool = False
    columns: tuple[str, ...] | None = None
    parameters: tuple[Parameter, ...] = ()
    modules: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    query: Query | None = field(default=None, repr=False)


def parse_step(
    file: str, content: bytes, modules: Mapping[str, bytes], known: Mapping[Digest, Query] = _NO_QUERIES
) -> Step:
    """Read one step.

    Args:
        file: its path relative to the project, in a product's ``workflow`` folder.
        content: its bytes, UTF-8.
        modules: the project's files, among which imported modules are looked up: relative path to bytes.
        known: what earlier readings of queries said, by the digest of their text, to save the parsing.

    Raises:
        AssayError: all that is wrong with the file: its name, its encoding, its syntax, what it may not use.
    """
    name, _, ending = file.rpartition("/")[2].rpartition(".")
    if ending not in set(Language) or not NAME.fullmatch(name):
        hint = "Steps are NAME.sql or NAME.py, the name in lower-case letters, digits and _."
        raise AssayError(Fault(Place(file), "the name of a step", repr(file.rpartition("/")[2]), hint))
    text = _decoded(content, file)
    if ending == Language.SQL:
        return _sql_step(name, file, text, known.get(digest_bytes(text.encode())) or parse_query(text, file))
    return _python_step(name, file, text, modules)


def _decoded(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found = f"the byte {content[error.start]:#04x}"
        raise AssayError(Fault(Place(file, line), "text in UTF-8", found, "Save the file as UTF-8.")) from error


def _sql_step(name: str, file: str, text: str, query: Query) -> Step:
    return Step(
        name=name,
        language=Language.SQL,
        file=file,
        text=text,
        digest=digest_value({"language": "sql", "code": query.digest}),
        reads=query.tables,
        places={table: Place(file, query.lines[table]) for table in query.tables},
        uses_as_of=query.uses_as_of,
        columns=query.columns,
        query=query,
    )


def _python_step(name: str, file: str, text: str, modules: Mapping[str, bytes]) -> Step:
    module = parse_module(text, file)
    faults = list(unsteady_uses(module, file))
    found, uses_as_of = parameters(module, name, file, faults)
    closure: dict[str, bytes] = {}
    codes: dict[str, str] = {}
    wanted = sorted(imported_modules(module, ()))
    while wanted:
        for path, location in _files_of(wanted.pop(), file.rpartition("/")[0], modules):
            if path not in closure:
                closure[path] = modules[location]
                wanted += _read_module(path, location, modules[location], codes, faults)
    raise_faults(faults)
    tables = sorted({parameter.table for parameter in found}, key=str)
    return Step(
        name=name,
        language=Language.PYTHON,
        file=file,
        text=text,
        digest=digest_value({"language": "python", "code": python_digest(text), "modules": codes}),
        reads=tuple(tables),
        places={parameter.table: Place(file, parameter.line) for parameter in reversed(found)},
        uses_as_of=uses_as_of,
        parameters=found,
        modules=closure,
    )


def _files_of(dotted: str, folder: str, modules: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """Find the files that importing a name runs: the packages above it, and itself.

    Returns:
        the path relative to the import's root, and the path relative to the project.
    """
    parts = dotted.split(".")
    root = "" if parts[0] == SHARED else f"{folder}/"
    for length in range(1, len(parts) + 1):
        path = "/".join(parts[:length])
        for candidate in (f"{path}/__init__.py", f"{path}.py"):
            if root + candidate in modules:
                yield candidate, root + candidate


def _read_module(path: str, location: str, content: bytes, codes: dict[str, str], faults: list[Fault]) -> set[str]:
    """Read an imported module; return what it imports in turn."""
    try:
        text = _decoded(content, location)
        module = parse_module(text, location)
    except AssayError as error:
        faults.extend(error.faults)
        return set()
    codes[path] = python_digest(text)
    faults.extend(unsteady_uses(module, location))
    return imported_modules(module, path.split("/")[:-1])
