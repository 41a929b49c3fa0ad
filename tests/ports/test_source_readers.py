"""The `SourceReader` port: one contract suite, run on files, on objects in S3 and on tables of PostgreSQL."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import NullPool, create_engine, text

from assay.actions.source_readers import SourceReaders
from assay.base.errors import AssayError, Place
from assay.base.ports import SourceReader
from assay.base.source_places import DatabaseAddress, FilesPlace, ObjectsPlace, SourcePlace, TablePlace
from assay.connectors.sources.objects import StoredObjects
from assay.connectors.sources.postgresql import PostgresqlSources
from assay.engines.duckdb import DuckDBEngine
from assay.stores.database import open_database
from assay.stores.received_files import ReceivedFiles
from assay.stores.snapshots import DiskSnapshots
from assay.stores.worktree import data_files
from databases import NEEDS_POSTGRESQL, Postgresql
from objects import ObjectStore, object_store

WHERE = Place("sources/orders.odcs.yaml", 8)
PASSWORD = "wine & cheese/@"
Rows = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Stage:
    """A source that a test fills, and what reads it.

    Attributes:
        open: a new reader.
        place: of the source.
        nowhere: of one that holds nothing.
        fill: put these rows there, in place of those before.
        has_marks: whether what has not changed is known without reading it.
        secret: what no message may hold.
    """

    open: Callable[[], SourceReader]
    place: SourcePlace
    nowhere: SourcePlace
    fill: Callable[[Rows], None]
    has_marks: bool
    secret: str


@pytest.fixture(scope="session")
def objects() -> Iterator[ObjectStore]:
    with object_store() as running:
        yield running


@pytest.fixture(params=["files", "objects", pytest.param("tables", marks=NEEDS_POSTGRESQL), "any"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Stage:
    if request.param == "objects":
        return _objects(request.getfixturevalue("objects"))
    if request.param == "tables":
        return _tables(request.getfixturevalue("server"))
    files = _files(tmp_path)
    return files if request.param == "files" else replace(files, open=lambda: SourceReaders({FilesPlace: files.open}))


def _files(folder: Path) -> Stage:
    def fill(rows: Rows) -> None:
        (folder / "in").mkdir(exist_ok=True)
        path = folder / "in" / "orders.parquet"
        path.write_bytes(_parquet(rows))
        os.utime(path, (1_700_000_000 + len(rows), 1_700_000_000 + len(rows)))

    place = FilesPlace(WHERE, str(folder / "in" / "*.parquet"), "${IN}/*.parquet")
    nowhere = FilesPlace(WHERE, str(folder / "else" / "*.parquet"), "${IN}/*.parquet")
    return Stage(lambda: ReceivedFiles(data_files(folder)), place, nowhere, fill, has_marks=False, secret=str(folder))


def _objects(store: ObjectStore) -> Stage:
    place = ObjectsPlace(
        WHERE, "town", "in/*.parquet", "s3://${BUCKET}/in/*.parquet", store.endpoint, None,
        store.access_key, store.secret_key,
    )  # fmt: skip
    nowhere = replace(place, pattern="else/*.parquet")
    return Stage(
        StoredObjects, place, nowhere, lambda rows: store.put("in/orders.parquet", _parquet(rows)),
        has_marks=True, secret=store.secret_key,
    )  # fmt: skip


def _tables(server: Postgresql) -> Stage:
    engine = create_engine(server.url().replace("postgresql:", "postgresql+pg8000:"), poolclass=NullPool)

    def fill(rows: Rows) -> None:
        with engine.begin() as connection:
            connection.execute(text("drop table if exists public.orders"))
            connection.execute(text("create table public.orders (id int8, state text)"))
            if rows:
                values = [{"id": number, "state": state} for number, state in rows]
                connection.execute(text("insert into public.orders values (:id, :state)"), values)

    address = DatabaseAddress("127.0.0.1", server.port, "tests", "postgres", PASSWORD)
    place = TablePlace(WHERE, address, "public", "orders", "postgresql://${HOST}, table public.orders", key=("id",))
    nowhere = replace(place, table="nothing")
    return Stage(PostgresqlSources, place, nowhere, fill, has_marks=False, secret=PASSWORD)


def _parquet(rows: Rows) -> bytes:
    written = io.BytesIO()
    table = pa.table({"id": pa.array([n for n, _ in rows], pa.int64()), "state": pa.array([s for _, s in rows])})
    pq.write_table(table, written)
    return written.getvalue()


def brought(stage: Stage, folder: Path) -> list[bytes]:
    """Bring all that there is into a folder of its own."""
    folder.mkdir()
    with closing(stage.open()) as reader:
        deliveries = reader.deliveries(stage.place)
        for number, delivery in enumerate(deliveries):
            delivery.bring(str(folder / f"{number}.parquet"))
    return [(folder / f"{number}.parquet").read_bytes() for number in range(len(deliveries))]


def test_what_a_source_holds_is_brought_as_parquet(stage: Stage, tmp_path: Path) -> None:
    stage.fill([(1, "open"), (2, "done"), (3, "é")])

    (content,) = brought(stage, tmp_path / "one")

    table = pq.read_table(io.BytesIO(content))
    assert table.to_pylist() == [{"id": 1, "state": "open"}, {"id": 2, "state": "done"}, {"id": 3, "state": "é"}]


def test_a_source_without_rows_is_brought_with_its_columns(stage: Stage, tmp_path: Path) -> None:
    stage.fill([])

    (content,) = brought(stage, tmp_path / "one")

    table = pq.read_table(io.BytesIO(content))
    assert (table.num_rows, table.column_names) == (0, ["id", "state"])


def test_the_same_rows_are_the_same_bytes(stage: Stage, tmp_path: Path) -> None:
    stage.fill([(1, "open"), (2, "done")])

    assert brought(stage, tmp_path / "one") == brought(stage, tmp_path / "two")


def test_a_mark_stays_while_nothing_changes_and_is_another_afterwards(stage: Stage) -> None:
    stage.fill([(1, "open")])
    with closing(stage.open()) as reader:
        first, again = (reader.deliveries(stage.place)[0] for _ in range(2))
    stage.fill([(1, "open"), (2, "open")])
    with closing(stage.open()) as reader:
        after = reader.deliveries(stage.place)[0]

    assert (first.name, first.mark) == (again.name, again.mark)
    assert after.name == first.name
    assert (first.mark is not None) == stage.has_marks
    assert not stage.has_marks or first.mark != after.mark


def test_where_nothing_is_the_place_in_the_contract_is_named_and_nothing_secret(stage: Stage) -> None:
    stage.fill([(1, "open")])
    with closing(stage.open()) as reader, pytest.raises(AssayError) as refused:
        reader.deliveries(stage.nowhere)

    (fault,) = refused.value.faults
    assert fault.where == WHERE
    assert fault.hint
    assert stage.secret not in str(refused.value)


def test_a_refusal_leaves_the_reader_usable(stage: Stage) -> None:
    stage.fill([(1, "open")])
    with closing(stage.open()) as reader:
        with pytest.raises(AssayError):
            reader.deliveries(stage.nowhere)

        assert len(reader.deliveries(stage.place)) == 1


def test_places_and_deliveries_show_no_secret(stage: Stage) -> None:
    stage.fill([(1, "open")])
    with closing(stage.open()) as reader:
        deliveries = reader.deliveries(stage.place)

    assert stage.secret not in repr(stage.place)
    assert not isinstance(stage.place, FilesPlace) or deliveries
    assert isinstance(stage.place, FilesPlace) or stage.secret not in repr(deliveries)


def test_a_reader_is_closed_twice_without_a_word(stage: Stage) -> None:
    stage.fill([(1, "open")])
    reader = stage.open()
    reader.deliveries(stage.place)

    reader.close()
    reader.close()


def test_what_was_landed_before_is_the_same_snapshot_and_what_changed_another(stage: Stage, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    database = open_database(f"sqlite:///{home / 'state.db'}")

    def landed() -> str:
        engine = DuckDBEngine(tmp_path / "scratch", [home])
        try:
            snapshots = DiskSnapshots(database, home / "data", engine.describe)
            with closing(stage.open()) as reader:
                return snapshots.receive("sources/orders", reader.deliveries(stage.place)).digest
        finally:
            engine.close()

    stage.fill([(1, "open"), (2, "done")])
    first, again = landed(), landed()
    stage.fill([(1, "open"), (2, "lost")])
    after = landed()

    assert first == again
    assert after != first
    assert not list((home / "data" / "staging").rglob("*.parquet"))
