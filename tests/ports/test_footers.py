"""Footers: what the engine tells of them is what the data holds, for every writer that is believed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import assay.engines.duckdb
from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.base.ports import Engine
from assay.engines import duckdb_distinct
from assay.engines.duckdb import DuckDBEngine
from assay.validation.facts import ENDED, facts_of, groups_to_measure, is_known, lies
from assay.validation.types import family
from soak import SOAK

_MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))  # noqa: DTZ001
_TYPES: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "i8": (pa.int8(), st.integers(-(2**7), 2**7 - 1)),
    "i32": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "i64": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "u16": (pa.uint16(), st.integers(0, 2**16 - 1)),
    "u64": (pa.uint64(), st.integers(0, 2**64 - 1)),
    "dec": (pa.decimal128(18, 3), st.decimals(-(10**14), 10**14, places=3, allow_nan=False)),
    "wide": (pa.decimal128(38, 0), st.integers(-(10**37), 10**37).map(Decimal)),
    "day": (pa.date32(), st.dates(date(1, 1, 2), date(9999, 12, 30))),
    "at": (pa.timestamp("us"), _MOMENTS),
    "utc": (pa.timestamp("us", "UTC"), _MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC))),
    "yes": (pa.bool_(), st.booleans()),
    "text": (pa.string(), st.text(max_size=40)),
    "float": (pa.float64(), st.floats()),
}
_SCHEMA = pa.schema([(name, kind) for name, (kind, _) in _TYPES.items()])
_ROWS = st.lists(
    st.fixed_dictionaries({name: st.one_of(st.none(), values) for name, (_, values) in _TYPES.items()}),
    min_size=1, max_size=12,
)  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("footers")


@pytest.fixture(scope="module")
def engine(place: Path) -> Iterator[Engine]:
    opened: Engine = DuckDBEngine(place / "scratch", [place])
    yield opened
    opened.close()


def write(table: pa.Table, path: Path, writer: str) -> None:
    if writer == "arrow":
        pq.write_table(table, path, row_group_size=4)
        return
    with duckdb.connect() as session:
        session.register("rows", table)
        session.execute(f"COPY (SELECT * FROM rows) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


@pytest.mark.parametrize("writer", ["arrow", "duckdb"])
@settings(max_examples=400 if SOAK else 25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS)
def test_the_facts_of_a_file_are_what_its_rows_hold(
    engine: Engine, place: Path, writer: str, rows: list[dict[str, Any]]
) -> None:
    path = place / f"{uuid4().hex}.parquet"  # a session takes it that files never change
    table = pa.Table.from_pylist(rows, _SCHEMA)
    write(table, path, writer)
    columns, _ = engine.describe(str(path))
    footers = engine.footers([str(path)], [column.name for column in columns])
    facts = facts_of(footers, columns)

    assert is_known(footers[0].writer)
    assert facts.rows == len(rows)
    for column in columns:
        values = [row[column.name] for row in rows if row[column.name] is not None]
        known = facts.columns[column.name]
        assert known.nulls == len(rows) - len(values)
        if known.is_ended and values:
            assert (known.least, known.greatest) == (min(values), max(values)), column
    ended = frozenset(column.name for column in columns if family(column.type) in ENDED)
    measured = engine.reread(str(path), groups_to_measure(footers[0], 0), [column.name for column in columns], ended)
    assert list(lies(footers[0], measured, columns)) == []


def test_the_ends_of_numbers_and_moments_are_known(engine: Engine, place: Path) -> None:
    rows = [dict.fromkeys(_TYPES), dict.fromkeys(_TYPES) | {"i32": 7, "dec": Decimal("1.500")}]
    path = place / "ends.parquet"
    write(pa.Table.from_pylist(rows, _SCHEMA), path, "duckdb")
    columns, _ = engine.describe(str(path))
    facts = facts_of(engine.footers([str(path)], [column.name for column in columns]), columns)

    assert (facts.columns["i32"].least, facts.columns["i32"].greatest) == (7, 7)
    assert facts.columns["dec"].least == Decimal("1.500")
    assert facts.columns["i64"].is_ended
    assert facts.columns["i64"].least is None
    assert not facts.columns["text"].is_ended
    assert not facts.columns["float"].is_ended


def test_a_file_that_is_none_is_refused_by_its_name(engine: Engine, place: Path) -> None:
    path = place / "none.parquet"
    path.write_bytes(b"PAR1 and no more")

    with pytest.raises(AssayError, match=r"none\.parquet: expected a Parquet file"):
        engine.footers([str(path)], ["a"])


@pytest.mark.parametrize("few", [0, 1_000_000])
@pytest.mark.parametrize("at_once", [10, 1_000_000])
def test_repeated_numbers_are_found_by_either_way(
    engine: Engine, place: Path, monkeypatch: pytest.MonkeyPatch, few: int, at_once: int
) -> None:
    monkeypatch.setattr(duckdb_distinct, "FEW_ROWS", few)
    monkeypatch.setattr(duckdb_distinct, "MOST_AT_ONCE", at_once)
    numbers = pa.array([*range(100), 7, 7, 55, None, 2**64 - 1, 2**64 - 1], pa.uint64())
    pq.write_table(pa.table({"h": numbers}), place / "numbers.parquet", row_group_size=9)
    engine.attach(TableRef(None, "numbers"), [str(place / "numbers.parquet")])

    count, repeats = engine.repeats("SELECT h FROM numbers WHERE h IS NOT NULL", 106)
    assert count == 105
    assert sorted(repeats or ()) == [7, 55, 2**64 - 1]
    assert engine.repeats("SELECT h FROM numbers WHERE h BETWEEN 10 AND 20", 106) == (11, ())
    assert engine.repeats("SELECT h FROM numbers WHERE h = 5000", 106) == (0, ())


@pytest.mark.parametrize("few", [0, 1_000_000])
def test_very_many_repeated_numbers_are_not_told(
    engine: Engine, place: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(duckdb_distinct, "FEW_ROWS", few)
    monkeypatch.setattr(duckdb_distinct, "MOST_REPEATS", 3)
    pq.write_table(pa.table({"h": pa.array([1, 2, 3, 4] * 2, pa.uint64())}), place / "many.parquet")
    engine.attach(TableRef(None, "many"), [str(place / "many.parquet")])

    assert engine.repeats("SELECT h FROM many", 8) == (8, None)


def test_repeated_numbers_are_found_beside_other_queries(
    engine: Engine, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (duckdb_distinct, assay.engines.duckdb):
        monkeypatch.setattr(module, "FEW_ROWS", 0)
    pq.write_table(pa.table({"h": pa.array([1, 2, 3, 4] * 2, pa.uint64())}), place / "many.parquet")
    engine.attach(TableRef(None, "many"), [str(place / "many.parquet")])

    first = engine.repeats_beside("SELECT h FROM many WHERE h > 1", 8)
    second = engine.repeats_beside("SELECT h FROM many WHERE h > 2", 8)
    broken = engine.repeats_beside("SELECT no_such_column FROM many", 8)
    assert engine.query("SELECT count(*) FROM many") == [(8,)]
    count, repeats = first()
    assert (count, sorted(repeats or ())) == (6, [2, 3, 4])
    count, repeats = second()
    assert (count, sorted(repeats or ())) == (4, [3, 4])
    with pytest.raises(AssayError, match="no_such_column"):
        broken()
    with pytest.raises(AssayError, match="one SELECT"):
        engine.repeats_beside("DROP VIEW many", 8)()


@pytest.mark.parametrize("after_seconds", [0, 1], ids=["at once", "among the rows"])
def test_a_session_that_is_closed_leaves_nothing_going_on(
    place: Path, monkeypatch: pytest.MonkeyPatch, after_seconds: int
) -> None:
    for module in (duckdb_distinct, assay.engines.duckdb):
        monkeypatch.setattr(module, "FEW_ROWS", 0)
    pq.write_table(pa.table({"h": pa.array(range(2_000), pa.uint64())}), place / "many.parquet")
    engine = DuckDBEngine(place / "scratch", [place])
    engine.attach(TableRef(None, "many"), [str(place / "many.parquet")])
    waits = engine.repeats_beside("SELECT hash(a.h, b.h, c.h) AS h FROM many a, many b, many c", 8_000_000_000)
    time.sleep(after_seconds)
    began = time.monotonic()
    engine.close()

    assert time.monotonic() - began < 5
    with pytest.raises(KeyboardInterrupt):
        waits()
