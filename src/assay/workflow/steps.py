"""Steps: one file each, what it reads and what it means.

SQL (`*.sql`, one SELECT), Python (`*.py`, one function) and R (`*.R`, a script). A query is in DuckDB's dialect and run
by it, unless the product says otherwise: that it is written in another dialect, then it is translated; or that Spark
runs it, then it is in Spark's. A Python step may import modules of
the project: by a name relative to the product's ``workflow`` folder, or as ``shared.NAME`` from the project's folder
``shared``. An R step takes in other scripts from the same two places with ``source("PATH")``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from assay.base.canonical import Digest, digest_bytes, digest_value
from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.base.limits import NO_LIMITS, Limits
from assay.base.names import NAME, TableRef
from assay.base.texts import decoded
from assay.sql.dialects import Dialect
from assay.sql.parse import Query, parse_query
from assay.sql.spark import parse_spark_query
from assay.workflow.python_names import imported_modules, unsteady_uses
from assay.workflow.python_source import Form, Parameter, parameters, parse_module
from assay.workflow.python_tokens import python_digest
from assay.workflow.r_source import missing_source, read_script
from assay.workflow.slices import Slicing

SHARED = "shared"
"""The project's folder of modules that several products import."""

_NO_QUERIES: Mapping[Digest, Query] = {}


class Language(StrEnum):
    """In what a step is written."""

    SQL = "sql"
    """DuckDB's dialect: what the engine of a build runs itself, and what lineage and slices understand; a query
    that was written in another one is this too, for it was translated."""
    SPARK_SQL = "spark-sql"
    PYTHON = "python"
    R = "r"


ENDINGS: Mapping[str, Language] = {"sql": Language.SQL, "py": Language.PYTHON, "R": Language.R}
"""The endings of steps' files."""


class QueryEngine(StrEnum):
    """What runs a step in SQL; the dialect is its own."""

    DUCKDB = "duckdb"
    SPARK = "spark"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what makes one dataset or intermediate table of a product.

    Attributes:
        name: the file's stem, and the name of the table it makes.
        language: SQL of which dialect, Python or R.
        file: where it stands, relative to the project.
        text: its source; of a query that was written in another dialect, what was made of it.
        digest: of its meaning: its code and that of the project's modules it imports.
        reads: the tables it reads, each once, ordered.
        places: where each table is named.
        uses_as_of: whether its rows depend on the logical date.
        columns: the names of its columns; None where only an engine can tell.
        parameters: as what a step receives each table, in the order of its text; empty for one that DuckDB runs.
        modules: what a Python or R step takes in of the project: path relative to the import's root, to source.
        query: of a SQL step, what its text says of itself; None for another.
        limits: within what a step has to run that is a process of its own; they are no part of its meaning.
        slicing: by what it is built in slices; None for a step that is always built whole.
        is_compiled: whether the text is what dbt made of the file.
        dialect: in which a query was written that DuckDB runs.
        is_view: whether it keeps no rows, and each of its readers gets its query instead.
        views: which views a query needs to run, each after those it reads; known where it is built.
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
    limits: Limits = field(default=NO_LIMITS, compare=False)
    slicing: Slicing | None = None
    is_compiled: bool = False
    dialect: Dialect = Dialect.DUCKDB
    is_view: bool = False
    views: tuple[Step, ...] = field(default=(), repr=False)

    @property
    def shown_file(self) -> str:
        """What to call its text in errors: lines of a compiled one are not those of the file."""
        return as_compiled(self.file) if self.is_compiled else self.file

    @classmethod
    def unread(cls, name: str, file: str, content: bytes) -> Step:
        """Return what stands for a step that has faults, so that its readers are not blamed."""
        ending = file.rpartition(".")[2]
        return cls(name, ENDINGS.get(ending, Language.SQL), file, "", digest_bytes(content), (), {})


def in_slices(step: Step, slicing: Slicing, place: Place) -> Step:
    """Return a step that is built in slices.

    Args:
        step: as it was parsed.
        slicing: by what.
        place: where that is said.

    Raises:
        AssayError: not a query, or one that does not read the table whose slices count.
    """
    if step.language is Language.SPARK_SQL:
        hint = "Leave `incremental` out, or `engine: spark`."
        raise AssayError(Fault(place, "a query that DuckDB runs", f"{step.file}, which Spark runs as a whole", hint))
    if step.language is not Language.SQL:
        hint = "Only a query can be held to a slice: leave `incremental` out, or write the step in SQL."
        raise AssayError(Fault(place, "a step in SQL", step.file, hint))
    if slicing.table not in step.reads:
        hint = f"It reads {', '.join(map(str, step.reads)) or 'nothing'}."
        raise AssayError(Fault(place, f"a table that {step.name} reads", str(slicing.table), hint))
    digest = digest_value({"step": step.digest, "slices": slicing.as_json()})
    return replace(step, digest=digest, slicing=slicing)


def parse_step(
    file: str, content: bytes, modules: Mapping[str, bytes], known: Mapping[Digest, Query] = _NO_QUERIES,
    engine: QueryEngine = QueryEngine.DUCKDB, dialect: Dialect = Dialect.DUCKDB,
) -> Step:  # fmt: skip
    """Read one step.

    Args:
        file: its path relative to the project, in a product's ``workflow`` folder.
        content: its bytes, UTF-8.
        modules: the project's files, among which imported modules are looked up: relative path to bytes.
        known: what earlier readings of queries said, by their `query_key`, to save the parsing.
        engine: what runs it, if it is a query.
        dialect: in which it is written, if it is a query that DuckDB runs.

    Raises:
        AssayError: all that is wrong with the file: its name, its encoding, its syntax, what it may not use.
    """
    name, _, ending = file.rpartition("/")[2].rpartition(".")
    if ending not in ENDINGS or not NAME.fullmatch(name):
        hint = "Steps are NAME.sql, NAME.py or NAME.R, the name in lower-case letters, digits and _."
        raise AssayError(Fault(Place(file), "the name of a step", repr(file.rpartition("/")[2]), hint))
    text = decoded(content, file)
    if ENDINGS[ending] is Language.SQL and engine is QueryEngine.SPARK:
        return _spark_step(name, file, _unix(text), known)
    if ENDINGS[ending] is Language.SQL and dialect is not Dialect.DUCKDB:
        return _translated_step(name, file, _unix(text), dialect, known)
    if ENDINGS[ending] is Language.SQL:
        query = known.get(query_key(text, Language.SQL)) or parse_query(text, file)
        return _sql_step(name, file, text, query)
    make = _python_step if ENDINGS[ending] is Language.PYTHON else _r_step
    return make(name, file, text, modules)


def query_key(text: str, language: Language) -> Digest:
    """Return under what is remembered what a query says of itself; two dialects may read one text differently."""
    return digest_bytes(text.encode() if language is Language.SQL else f"{language}\0{text}".encode())


def compiled_step(name: str, file: str, text: str, known: Mapping[Digest, Query] = _NO_QUERIES) -> Step:
    """Read a step whose SQL another program made.

    Args:
        name: of the table it makes.
        file: what it was made of, relative to the project.
        text: the query, which names tables as every step does.
        known: as for `parse_step`.

    Raises:
        AssayError: all that is wrong with the query.
    """
    query = known.get(query_key(text, Language.SQL)) or parse_query(text, as_compiled(file))
    step = _sql_step(name, file, text, query)
    return replace(step, is_compiled=True, places={table: Place(file) for table in step.reads})


def as_compiled(file: str) -> str:
    """Name the compiled text of a file, whose lines are others."""
    return f"{file} (as dbt compiled it)"


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


def _translated_step(name: str, file: str, text: str, dialect: Dialect, known: Mapping[Digest, Query]) -> Step:
    """Read a query in another dialect. What counts of it is what DuckDB is given, for that is what makes the rows."""
    from assay.sql.translating import translate_query  # loads sqlglot, which costs 0.1 s

    made = translate_query(text, file, dialect)
    query = known.get(query_key(made, Language.SQL)) or parse_query(made, file)
    digest = digest_value({"language": "sql", "dialect": dialect, "code": query.digest})
    return replace(_sql_step(name, file, made, query), digest=digest, dialect=dialect)


def _spark_step(name: str, file: str, text: str, known: Mapping[Digest, Query]) -> Step:
    query = known.get(query_key(text, Language.SPARK_SQL)) or parse_spark_query(text, file)
    return Step(
        name=name,
        language=Language.SPARK_SQL,
        file=file,
        text=text,
        digest=digest_value({"language": "sql", "engine": "spark", "code": query.digest}),
        reads=query.tables,
        places={table: Place(file, query.lines[table]) for table in query.tables},
        uses_as_of=query.uses_as_of,
        columns=query.columns,
        parameters=tuple(Parameter(str(table), table, Form.SPARK, query.lines[table]) for table in query.tables),
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
        text = decoded(content, location)
        module = parse_module(text, location)
    except AssayError as error:
        faults.extend(error.faults)
        return set()
    codes[path] = python_digest(text)
    faults.extend(unsteady_uses(module, location))
    return imported_modules(module, path.split("/")[:-1])


def _r_step(name: str, file: str, text: str, modules: Mapping[str, bytes]) -> Step:
    faults: list[Fault] = []
    source = _unix(text)
    script = read_script(source, file, faults, is_step=True)
    folder = file.rpartition("/")[0]
    closure: dict[str, bytes] = {}
    wanted = [(path, line, file) for path, line in script.sources.items()]
    while wanted:
        path, line, reader = wanted.pop()
        location = path if path.startswith(f"{SHARED}/") else f"{folder}/{path}"
        if location not in modules:
            faults.append(missing_source(path, line, reader))
        elif path not in closure:
            closure[path], within = _read_script(location, modules[location], faults)
            wanted += [(each, at, location) for each, at in within.items()]
    raise_faults(faults)
    codes = {path: digest_bytes(content) for path, content in closure.items()}
    return Step(
        name=name,
        language=Language.R,
        file=file,
        text=source,
        digest=digest_value({"language": "r", "code": digest_bytes(source.encode()), "modules": codes}),
        reads=tuple(sorted(script.reads, key=str)),
        places={table: Place(file, line) for table, line in script.reads.items()},
        uses_as_of=script.uses_as_of,
        parameters=tuple(Parameter(str(table), table, Form.R, line) for table, line in script.reads.items()),
        modules=closure,
    )


def _read_script(location: str, content: bytes, faults: list[Fault]) -> tuple[bytes, dict[str, int]]:
    """Read a script that a step takes in; return it with LF as line ends, and what it takes in itself."""
    try:
        source = _unix(decoded(content, location))
    except AssayError as error:
        faults.extend(error.faults)
        return b"", {}
    return source.encode(), read_script(source, location, faults, is_step=False).sources


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
