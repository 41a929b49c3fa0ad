"""In which forms a Python step receives its tables, and of which forms its rows may be; used in the step's own process.

Whoever opens a dataset in Python gets data frames from here too.

Types stay exact: pandas gets Arrow's types (`pandas.ArrowDtype`), so that a whole number with gaps stays whole and a
decimal keeps its digits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.engines.child_job import FaultJson, alike_names, fault_json
from assay.engines.spark_session import SparkOfOne
from assay.engines.spark_tables import SparkTables
from assay.engines.spark_tables import write as write_spark

if TYPE_CHECKING:
    import duckdb

EXTRAS: Mapping[str, str] = {"polars": "polars", "pandas": "pandas", "pyspark": "spark"}
"""Packages that extras of ours bring, and the names of these."""

_RETURNED = "a pyarrow.Table, a DuckDB relation or a data frame of polars, pandas or Spark returned"


def readers(folder: Path, spark: SparkOfOne) -> Mapping[str, Callable[[list[str]], Any]]:
    """Return what reads Parquet files in each form.

    Args:
        folder: of the step, where DuckDB and Spark may put what does not fit into memory.
        spark: the session of the step, opened by the first table that is asked for as Spark's.
    """
    return {
        "arrow": _arrow,
        "duckdb": _Relations(folder).read,
        "polars-lazy": _polars,
        "spark": _SparkFrames(spark, folder).read,
        **FRAMES,
    }


def write(result: Any, output: str, file: str) -> list[FaultJson]:
    """Write what a step returned to a new Parquet file; return what is wrong with it.

    Args:
        result: whatever it is.
        output: the file to write.
        file: of the step, to name in faults.
    """
    import pyarrow as pa

    if isinstance(result, pa.Table):
        return write_arrow(result, output, file)
    for (module, name), writer in _WRITERS.items():
        package = sys.modules.get(module)  # who returns such a thing has imported it
        if package is not None and isinstance(result, getattr(package, name)):
            return writer(result, output, file)
    kind = type(result)
    hint = "Return the table itself."
    return [fault_json(file, None, _RETURNED, f"{kind.__module__}.{kind.__qualname__}", hint)]


def write_arrow(table: Any, output: str, file: str) -> list[FaultJson]:
    """Write an Arrow table to a new Parquet file; return what is wrong with its columns."""
    import pyarrow.parquet as pq

    faults = alike_names(list(table.column_names), file)
    if not faults:
        pq.write_table(table, output, compression="zstd")
    return faults


def _arrow(paths: list[str]) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pa.concat_tables([pq.ParquetFile(path).read() for path in paths])


class _Relations:
    """Tables as DuckDB relations of one session, opened when the first is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._session: duckdb.DuckDBPyConnection | None = None

    def read(self, paths: list[str]) -> Any:
        import duckdb

        if self._session is None:
            self._session = duckdb.connect(":memory:", config={"temp_directory": str(self._folder / "spill")})
            self._session.execute("SET TimeZone = 'UTC'; SET autoinstall_known_extensions = false")
        return self._session.read_parquet(list(paths), hive_partitioning=False)


class _SparkFrames:
    """Tables as data frames of Spark, whose session is opened when the first is asked for."""

    def __init__(self, spark: SparkOfOne, folder: Path) -> None:
        self._spark = spark
        self._folder = folder
        self._tables: SparkTables | None = None

    def read(self, paths: list[str]) -> Any:
        if self._tables is None:
            self._tables = SparkTables(self._spark.session, self._folder)
        return self._tables.read(paths)


def _polars(paths: list[str]) -> Any:
    import polars as pl

    return pl.scan_parquet(list(paths), hive_partitioning=False, glob=False)


def _pandas(paths: list[str]) -> Any:
    import pandas as pd

    return _arrow(paths).to_pandas(types_mapper=pd.ArrowDtype)


FRAMES: Mapping[str, Callable[[list[str]], Any]] = {"polars": lambda paths: _polars(paths).collect(), "pandas": _pandas}
"""What reads Parquet files as a data frame, by the package whose it is: for steps, and for whoever opens a dataset."""


def missing_extra(error: BaseException) -> str:
    """Say what to do about an extra of ours that is not installed; empty for another error."""
    extra = EXTRAS.get(error.name or "") if isinstance(error, ModuleNotFoundError) else None
    return f"Install it: pip install 'assay[{extra}]'." if extra else ""


def _write_relation(relation: duckdb.DuckDBPyRelation, output: str, file: str) -> list[FaultJson]:
    from assay.base.snapshots import Column
    from assay.engines.duckdb import check_columns, narrowed

    columns = [Column(name, str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True)]
    check_columns(columns)
    relation.project(narrowed(columns)).write_parquet(output, compression="zstd")
    return []


def _write_polars(frame: Any, output: str, file: str) -> list[FaultJson]:
    import polars as pl

    return write_arrow(_in_micros(frame.to_arrow(compat_level=pl.CompatLevel.oldest())), output, file)


def _write_lazy(frame: Any, output: str, file: str) -> list[FaultJson]:
    return _write_polars(frame.collect(), output, file)


def _write_pandas(frame: Any, output: str, file: str) -> list[FaultJson]:
    """Write a data frame without its index; one with a name holds values, and is not dropped without a word."""
    import pyarrow as pa

    named = [str(name) for name in frame.index.names if name is not None]
    if named:
        hint = "Return frame.reset_index(), or frame.reset_index(drop=True) to leave it out."
        return [fault_json(file, None, "a data frame without an index of its own", ", ".join(named), hint)]
    other = [repr(name) for name in frame.columns if not isinstance(name, str)]
    if other:
        return [fault_json(file, None, "columns named by texts", ", ".join(other), "Set frame.columns.")]
    faults = alike_names(list(frame.columns), file)  # Arrow would say it in other words
    return faults or write_arrow(_in_micros(pa.Table.from_pandas(frame, preserve_index=False)), output, file)


def _in_micros(table: Any) -> Any:
    """Give times of a data frame in microseconds, the finest that all engines keep, and no schema of pandas.

    Raises:
        pyarrow.ArrowInvalid: a time has digits beyond them.
    """
    import pyarrow as pa

    fields = []
    for field in table.schema:
        kind = field.type
        if pa.types.is_timestamp(kind) and kind.unit == "ns":
            kind = pa.timestamp("us", kind.tz)
        elif pa.types.is_time64(kind) and kind.unit == "ns":
            kind = pa.time64("us")
        fields.append(field.with_type(kind))
    return table.cast(pa.schema(fields))


_WRITERS: Mapping[tuple[str, str], Callable[[Any, str, str], list[FaultJson]]] = {
    ("duckdb", "DuckDBPyRelation"): _write_relation,
    ("polars", "DataFrame"): _write_polars,
    ("polars", "LazyFrame"): _write_lazy,
    ("pandas", "DataFrame"): _write_pandas,
    ("pyspark.sql", "DataFrame"): write_spark,
}
"""The classes of other packages that a step may return."""
