"""The example `examples/flights` on a DuckDB of the tests' own: its sources, and the datasets that its steps make."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from assay.project.model import Project
from assay.project.reading import read_project
from house import ROOT

EXAMPLE = ROOT / "examples" / "flights"
ONTIME = EXAMPLE / "products" / "ontime"
STEP = ONTIME / "workflow" / "ontime_daily.sql"
DEFECT = EXAMPLE / "demo" / "ontime_daily_defect.sql"


def example_files() -> dict[str, bytes]:
    """Return the files of the example, without the data."""
    paths = (path for path in EXAMPLE.rglob("*") if path.is_file() and path.suffix != ".parquet")
    return {path.relative_to(EXAMPLE).as_posix(): path.read_bytes() for path in paths}


def example() -> Project:
    """Read the example."""
    return read_project(example_files())


@contextmanager
def built(daily: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database with the sources and both datasets, `ontime_daily` made by the query that is given."""
    with duckdb.connect() as connection:
        connection.execute("create schema sources")
        for name, source in example().sources.items():
            path = next(s.settings["path"] for s in source.contract.servers if s.environment == "dev")
            connection.execute(f"create view sources.{name} as from '{EXAMPLE / path}'")
        connection.execute(f"create table ontime_daily as {daily}")
        step = _python_step("carrier_month")
        inputs = {name: connection.sql(f"from {table}").to_arrow_table() for name, table in step.READS.items()}
        connection.register("made", step.carrier_month(**inputs))
        connection.execute("create table carrier_month as from made")
        yield connection


def _python_step(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ONTIME / "workflow" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
