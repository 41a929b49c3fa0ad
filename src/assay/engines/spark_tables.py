"""Tables on their way to Spark and back: Parquet both ways, and refused by name what one side does not have.

Spark reads the files in place, through a folder of links for each table: whatever the files are called, nothing in
their paths is a pattern or a partition. It writes one file a task; these are joined batch by batch.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from assay.base.errors import Fault, Place, raise_faults
from assay.engines.child_job import FaultJson, alike_names, fault_json
from assay.engines.spark_plan import refused_parts
from assay.engines.spark_session import set_writing

_HERE = "step"
"""How faults name the step's file, which the parent knows."""

_BEFORE = "Cast it in a SQL step that this one reads."
_GROUP_ROWS = 122_880
_GROUP_BYTES = 2**27

_LITERALLY = {"__globPaths__": "false"}
"""The option by which Spark's own commands say that a path is a path and no pattern."""

_NOT_BACK = ("void", "interval", "variant", "geometry", "geography")
"""How the names of Spark's types begin that Parquet has nothing for, or nothing that others read as what it is."""


def refuse_unfit(inputs: Mapping[str, Sequence[str]]) -> None:
    """Refuse columns that Spark has nothing for; nothing of Spark is needed to tell.

    Args:
        inputs: name of a table to its Parquet files.

    Raises:
        AssayError: all such columns.
    """
    import pyarrow.parquet as pq

    raise_faults(fault for name, paths in inputs.items() for fault in _unfit(name, pq.ParquetFile(paths[0])))


class SparkTables:
    """Hands Parquet files, whose columns fit, to a session as tables."""

    def __init__(self, session: Any, folder: Path) -> None:
        """Hand over nothing yet.

        Args:
            session: of Spark.
            folder: of the step, for the links.
        """
        self._session = session
        self._folder = folder / "inputs"
        self._number = 0

    def read(self, paths: Sequence[str]) -> Any:
        """Return a data frame over Parquet files."""
        return self._frame(self._linked(paths))

    def offer(self, name: str, paths: Sequence[str]) -> None:
        """Make a table of the session's catalog of Parquet files, under the name by which queries know it.

        Args:
            name: ``TABLE`` or ``SCHEMA.TABLE``.
            paths: its files.
        """
        place = self._linked(paths)
        schema, _, table = name.rpartition(".")
        full = f"`{table}`"
        if schema:
            self._session.sql(f"CREATE DATABASE IF NOT EXISTS `{schema}`")
            full = f"`{schema}`.`{table}`"
        self._session.catalog.createTable(full, str(place), "parquet", self._frame(place).schema, **_LITERALLY)

    def _linked(self, paths: Sequence[str]) -> Path:
        place = self._folder / str(self._number)
        self._number += 1
        place.mkdir(parents=True)
        for number, path in enumerate(paths):
            (place / f"part-{number:06}.parquet").symlink_to(path)
        return place

    def _frame(self, place: Path) -> Any:
        return self._session.read.options(**_LITERALLY).parquet(str(place))


def write(frame: Any, output: str, file: str) -> list[FaultJson]:
    """Write a data frame of Spark to one new Parquet file; return what is wrong with it.

    Args:
        frame: a ``pyspark.sql.DataFrame``.
        output: the file.
        file: of the step, to name in faults.
    """
    faults = [*refused_parts(frame, file), *alike_names(list(frame.columns), file)]
    for field in frame.schema.fields:
        if any(kind.simpleString().startswith(_NOT_BACK) for kind in _types(field.dataType)):
            found = f"{field.name}, of type {field.dataType.simpleString()}"
            faults.append(fault_json(file, None, "columns that Parquet can hold", found, "Cast it, or leave it out."))
    if faults:
        return faults
    parts = Path(tempfile.mkdtemp()) / "rows"  # in the step's own folder, which is removed whatever happens
    set_writing(frame.sparkSession)
    frame.write.parquet(str(parts))
    join(sorted(parts.glob("part-*.parquet")), output)
    return []


def join(parts: Sequence[Path], output: str) -> None:
    """Join Parquet files of the same columns to one, in their order and in the memory of some rows.

    Args:
        parts: at least one; each is removed when it was read, so that the disk holds the rows once.
        output: the file to write.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(field.with_nullable(True) for field in _schema(parts[0]))
    with closing(pq.ParquetWriter(output, schema, compression="zstd")) as writer:
        for table in _grouped(parts, schema):
            writer.write_table(table, row_group_size=max(table.num_rows, 1))


def _grouped(parts: Sequence[Path], schema: Any) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    batches: list[Any] = []
    for part in parts:
        with pq.ParquetFile(part) as opened:
            for batch in opened.iter_batches(_GROUP_ROWS // 4):
                batches.append(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
                if sum(b.num_rows for b in batches) >= _GROUP_ROWS or sum(b.nbytes for b in batches) >= _GROUP_BYTES:
                    yield pa.Table.from_batches(batches)
                    batches = []
        part.unlink()
    if batches:
        yield pa.Table.from_batches(batches)


def _schema(part: Path) -> Any:
    import pyarrow.parquet as pq

    return pq.read_schema(part).remove_metadata()


def _unfit(table: str, file: Any) -> Iterator[Fault]:
    leaves = [file.schema.column(n) for n in range(len(file.schema))]
    lengths = {leaf.path.partition(".")[0] for leaf in leaves if leaf.converted_type == "INTERVAL"}  # bytes to Arrow
    for field in file.schema_arrow:
        if field.name in lengths or not _is_fit(field.type):
            kind = "interval" if field.name in lengths else field.type
            yield Fault(Place(_HERE), "columns that Spark has a type for", f"{table}.{field.name} {kind}", _BEFORE)


def _is_fit(kind: Any) -> bool:
    """Whether Spark reads a type of a Parquet file as what it is."""
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return bool(kind.extension_name == "arrow.json")  # a text, which stays as it is
    if pa.types.is_timestamp(kind):
        return bool(kind.unit in ("us", "ms"))
    if pa.types.is_nested(kind):
        return all(_is_fit(kind.field(n).type) for n in range(kind.num_fields))
    if pa.types.is_dictionary(kind):
        return _is_fit(kind.value_type)
    refused = (pa.types.is_time, pa.types.is_duration, pa.types.is_interval, pa.types.is_null, pa.types.is_float16)
    return not any(is_refused(kind) for is_refused in refused)


def _types(kind: Any) -> Iterator[Any]:
    """Give a type of Spark and all that it is made of."""
    yield kind
    for inner in (getattr(kind, name, None) for name in ("elementType", "keyType", "valueType")):
        if inner is not None:
            yield from _types(inner)
    for field in getattr(kind, "fields", ()):
        yield from _types(field.dataType)
