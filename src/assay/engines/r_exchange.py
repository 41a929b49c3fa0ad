"""Tables on their way to R and back: a SQLite file of vectors as R itself keeps them, and of what each of them is.

Cell by cell, SQLite would be slow, and it has no NaN. So a column goes in parts of some ten thousand rows, each the
bytes of one vector of R: whole numbers of 32 bits, doubles (in which R keeps days, moments and whole numbers of 64 bits
too), texts that end with a null character. What is missing is R's own NA. The table ``columns`` says as what R gets
each column, and memory is taken for one part at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assay.base.errors import AssayError, Fault, Place, raise_faults

_PART_ROWS = 65_536
_EXACT_DIGITS = 15
"""So many decimal digits come back from a double as they went in; a longer decimal is handed over as text."""

_HERE = "step"
"""How faults name the step's file, which the parent knows."""

_BEFORE = "Cast it or take it apart in a SQL step that this one reads."
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE job (key TEXT, value TEXT);
CREATE TABLE columns ("table" TEXT, position INTEGER, name TEXT, kind TEXT);
CREATE TABLE vectors ("table" TEXT, position INTEGER, part INTEGER, rows INTEGER, content BLOB, beside BLOB);
"""
_INDEX = 'CREATE INDEX by_column ON vectors ("table", position, part)'

_NA_INTEGER = -(2**31)
_NA_LARGE = -(2**63)
_NA_DOUBLE = np.array([0x7FF00000000007A2], np.uint64).view(np.float64)[0]
"""R's NA among doubles: a NaN whose lower half is 1954."""
_NA_LOWER = 1954

Vector = tuple[bytes, bytes]
"""The bytes of a vector, and what is kept beside them: of texts, the places of those that are missing, from 1; of
bytes, how many each value has, -1 for none."""


@dataclass(frozen=True, slots=True)
class _Way:
    """How a column goes to R: what it is there, and what makes its vector of an Arrow array."""

    kind: str
    vector: Callable[[Any], Vector]


def hand_over(path: Path, inputs: Mapping[str, Sequence[str]], as_of: date | None) -> None:
    """Write Parquet files into a new SQLite file.

    Args:
        path: the file to write.
        inputs: table to its Parquet files.
        as_of: the logical date, where the step asks for it.

    Raises:
        AssayError: columns that R has nothing for, or values that it cannot hold.
    """
    with closing(sqlite3.connect(path)) as database:
        database.executescript(_SCHEMA)
        if as_of is not None:
            database.execute("INSERT INTO job VALUES ('as_of', ?)", [as_of.isoformat()])
        for number, (name, paths) in enumerate(inputs.items(), 1):
            database.execute("INSERT INTO job VALUES (?, ?)", [f"table {name}", f"t{number}"])
            _hand_over(database, f"t{number}", name, paths)
        database.execute(_INDEX)
        database.commit()


def _hand_over(database: sqlite3.Connection, table: str, name: str, paths: Sequence[str]) -> None:
    schema = pq.read_schema(paths[0])
    ways = _ways(schema, name)
    columns = [(table, n, field.name, way.kind) for n, (field, way) in enumerate(zip(schema, ways, strict=True), 1)]
    database.executemany("INSERT INTO columns VALUES (?, ?, ?, ?)", columns)
    batches = (batch for path in paths for batch in pq.ParquetFile(path).iter_batches(_PART_ROWS))
    for part, batch in enumerate(batches, 1):
        for (_, position, field, _), way, column in zip(columns, ways, batch.columns, strict=True):
            content, beside = _vector(column, way, f"{name}.{field}")
            row = (table, position, part, batch.num_rows, content, beside)
            database.execute("INSERT INTO vectors VALUES (?, ?, ?, ?, ?, ?)", row)


def _ways(schema: Any, table: str) -> list[_Way]:
    ways = [(field, _way(field.type)) for field in schema]
    raise_faults(
        Fault(Place(_HERE), "columns that R has a class for", f"{table}.{field.name} {field.type}", _BEFORE)
        for field, way in ways
        if way is None
    )
    return [way for _, way in ways if way is not None]


def _vector(column: Any, way: _Way, name: str) -> Vector:
    try:
        return way.vector(column)
    except (ValueError, pa.ArrowInvalid) as error:
        raise AssayError(Fault(Place(_HERE), "values that R can hold", f"{name}: {error}", _BEFORE)) from error


def _way(kind: Any) -> _Way | None:
    """Say how a column of an Arrow type goes to R; None where it does not."""
    if pa.types.is_dictionary(kind):
        inner = _way(kind.value_type)
        return inner and _Way(inner.kind, lambda column: inner.vector(column.dictionary_decode()))
    if pa.types.is_decimal(kind):
        return _Way("double", _decimals) if kind.precision <= _EXACT_DIGITS else _Way("text", _long_decimals)
    if pa.types.is_timestamp(kind):
        return _Way("moment" if kind.tz else "local", _moments)
    return next((way for is_it, way in _WAYS if is_it(kind)), None)


def _integers(column: Any) -> Vector:
    numbers = column.cast(pa.int32())
    if pc.min(numbers).as_py() == _NA_INTEGER:
        raise ValueError(f"{_NA_INTEGER} stands for NA in R's integer; as BIGINT it is kept")
    return _filled(numbers, np.int32, _NA_INTEGER), b""


def _large(column: Any) -> Vector:
    numbers = column.cast(pa.int64())  # for the largest of unsigned ones there is no place
    if pc.min(numbers).as_py() == _NA_LARGE:
        raise ValueError(f"{_NA_LARGE} stands for NA in R's integer64")
    return _filled(numbers, np.int64, _NA_LARGE), b""


def _doubles(column: Any) -> Vector:
    return _filled(column.cast(pa.float64()), np.float64, 0.0), b""


def _decimals(column: Any) -> Vector:
    return _doubles(column.cast(pa.string()))  # a text becomes the nearest double, a product of powers may not


def _filled(column: Any, kind: type[np.generic], missing: float) -> bytes:
    values = np.array(column.fill_null(missing), kind)
    if kind is np.float64 and column.null_count:
        values[np.asarray(column.is_null())] = _NA_DOUBLE
    return values.tobytes()


def _days(column: Any) -> Vector:
    return _doubles(column.cast(pa.date32()).cast(pa.int32()))


def _moments(column: Any) -> Vector:
    """Give seconds since 1970: the double nearest to the microseconds, where these can be told from it again."""
    micros = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64())
    exact = np.asarray(micros.fill_null(0))
    seconds = exact / 1e6
    lost = np.flatnonzero(np.rint(seconds * 1e6).astype(np.int64) != exact)
    if len(lost):
        raise ValueError(f"{column[int(lost[0])]}, whose microseconds have no place in a double")
    return _doubles(pa.array(seconds, mask=np.asarray(column.is_null())))


def _times(column: Any) -> Vector:
    return _doubles(pc.divide(column.cast(pa.time64("us")).cast(pa.int64()).cast(pa.float64()), 1e6))


def _texts(column: Any) -> Vector:
    texts = column.cast(pa.large_string()).fill_null("")
    if pc.any(pc.match_substring(texts, "\0")).as_py():
        raise ValueError("a text with a null character")
    missing = np.flatnonzero(np.asarray(column.is_null())).astype(np.int32) + np.int32(1)
    return b"\0".join(texts.cast(pa.large_binary()).to_pylist()) + b"\0", missing.tobytes()


def _long_decimals(column: Any) -> Vector:
    return _texts(pa.array([v if v is None else format(v, "f") for v in column.to_pylist()], pa.string()))


def _uuids(column: Any) -> Vector:
    return _texts(pa.array([v if v is None else str(v) for v in column.to_pylist()], pa.string()))


def _bytes(column: Any) -> Vector:
    values = column.to_pylist()
    sizes = np.array([-1 if value is None else len(value) for value in values], np.int32)
    return b"".join(value for value in values if value), sizes.tobytes()


def _is_small(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind)) and (kind.bit_width < 32 or pa.types.is_int32(kind))


_WAYS: tuple[tuple[Callable[[Any], bool], _Way], ...] = (
    (pa.types.is_boolean, _Way("logical", lambda column: _integers(column.cast(pa.int8())))),
    (pa.types.is_null, _Way("logical", _integers)),
    (_is_small, _Way("integer", _integers)),
    (pa.types.is_integer, _Way("integer64", _large)),
    (pa.types.is_floating, _Way("double", _doubles)),
    (pa.types.is_date, _Way("date", _days)),
    (pa.types.is_time, _Way("time", _times)),
    (pa.types.is_string, _Way("text", _texts)),
    (pa.types.is_large_string, _Way("text", _texts)),
    (pa.types.is_string_view, _Way("text", _texts)),
    (lambda kind: isinstance(kind, pa.UuidType), _Way("text", _uuids)),
    (pa.types.is_binary, _Way("blob", _bytes)),
    (pa.types.is_large_binary, _Way("blob", _bytes)),
    (pa.types.is_fixed_size_binary, _Way("blob", _bytes)),
)
"""The types that need no parameter of theirs, each with its way; the first that fits counts."""


def take_back(path: Path, output: str) -> list[str]:
    """Write the rows that R left in a SQLite file to a new Parquet file.

    Returns:
        the names of the columns; nothing is written where they are none, or two of one name.

    Raises:
        AssayError: a day, moment or time that is none.
    """
    with closing(sqlite3.connect(path)) as database:
        columns = database.execute("SELECT name, kind FROM columns ORDER BY position").fetchall()
        names = [name for name, _ in columns]
        if names and len({name.lower() for name in names}) == len(names):
            schema = pa.schema([(name, _BACK[kind][0]) for name, kind in columns])
            with pq.ParquetWriter(output, schema, compression="zstd") as writer:
                for batch in _batches(database, columns, schema):
                    writer.write_batch(batch)
        return names


def _batches(database: sqlite3.Connection, columns: Sequence[tuple[str, str]], schema: Any) -> Iterator[Any]:
    found = database.execute("SELECT part, rows, content, beside FROM vectors ORDER BY rowid")
    for _, vectors in groupby(found, key=lambda row: row[0]):
        arrays = [_array(name, kind, *vector[1:]) for (name, kind), vector in zip(columns, vectors, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(name: str, kind: str, rows: int, content: bytes | None, beside: bytes | None) -> Any:
    type_, read = _BACK[kind]
    try:
        return read(rows, content or b"", beside or b"").cast(type_)
    except (ValueError, OverflowError, pa.ArrowInvalid) as error:
        raise AssayError(Fault(Place(_HERE), f"a {kind} in each row of {name}", str(error))) from error


def _read_integers(_rows: int, content: bytes, _beside: bytes) -> Any:
    values = np.frombuffer(content, np.int32)
    return pa.array(values, mask=values == _NA_INTEGER)


def _read_large(_rows: int, content: bytes, _beside: bytes) -> Any:
    values = np.frombuffer(content, np.int64)
    return pa.array(values, mask=values == _NA_LARGE)


def _read_doubles(_rows: int, content: bytes, _beside: bytes) -> Any:
    values = np.frombuffer(content, np.float64)
    lower = np.frombuffer(content, np.uint64) & np.uint64(0xFFFFFFFF)
    return pa.array(values, mask=np.isnan(values) & (lower == _NA_LOWER))


def _read_scaled(scale: float, rounded: Callable[[Any], Any]) -> Callable[[int, bytes, bytes], Any]:
    """Make what reads doubles as whole numbers of a smaller unit; NaN counts as missing, as R shows it."""

    def read(_rows: int, content: bytes, _beside: bytes) -> Any:
        values = np.frombuffer(content, np.float64) * scale
        if np.isinf(values).any():
            raise ValueError("infinity")
        missing = np.isnan(values)
        return pa.array(rounded(np.where(missing, 0.0, values)).astype(np.int64), mask=missing)

    return read


def _read_texts(rows: int, content: bytes, beside: bytes) -> Any:
    data = np.frombuffer(content, np.uint8)
    ends = np.flatnonzero(data == 0)
    offsets = np.concatenate([[0], ends - np.arange(rows)]).astype(np.int64)
    kept = data[data != 0].tobytes()
    texts = pa.LargeStringArray.from_buffers(rows, pa.py_buffer(offsets.tobytes()), pa.py_buffer(kept))
    texts.validate(full=True)
    missing = np.zeros(rows, bool)
    missing[np.frombuffer(beside, np.int32) - 1] = True
    return pc.if_else(pa.array(missing), pa.scalar(None, pa.large_string()), texts)


def _read_bytes(_rows: int, content: bytes, beside: bytes) -> Any:
    at, values = 0, []
    for size in np.frombuffer(beside, np.int32).tolist():
        values.append(None if size < 0 else content[at : at + size])
        at += max(size, 0)
    return pa.array(values, pa.binary())


def _via(type_: Any, read: Callable[[int, bytes, bytes], Any]) -> Callable[[int, bytes, bytes], Any]:
    return lambda rows, content, beside: read(rows, content, beside).cast(type_)


_MICROS = _read_scaled(1e6, np.rint)
_BACK: Mapping[str, tuple[Any, Callable[[int, bytes, bytes], Any]]] = {
    "logical": (pa.bool_(), _read_integers),
    "integer": (pa.int32(), _read_integers),
    "integer64": (pa.int64(), _read_large),
    "double": (pa.float64(), _read_doubles),
    "text": (pa.string(), _read_texts),
    "date": (pa.date32(), _via(pa.int32(), _read_scaled(1, np.floor))),
    "moment": (pa.timestamp("us", "UTC"), _MICROS),
    "local": (pa.timestamp("us"), _MICROS),
    "time": (pa.time64("us"), _MICROS),
    "blob": (pa.binary(), _read_bytes),
}
"""What R's columns become, and what reads their vectors."""
