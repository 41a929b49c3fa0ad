"""Landing what was landed before costs no write, and a store's places are used again."""

from __future__ import annotations

import os
import time
from pathlib import Path

import duckdb
import pytest

from assay.base.errors import AssayError, Place
from assay.base.source_places import FilesPlace
from assay.engines.duckdb import DuckDBEngine
from assay.stores.database import open_database
from assay.stores.received_files import ReceivedFiles
from assay.stores.snapshots import DiskSnapshots
from assay.stores.staging import Staging


@pytest.fixture
def deliveries(tmp_path: Path) -> list[str]:
    """Deliver three files."""
    paths = [tmp_path / "received" / f"{number}.parquet" for number in range(3)]
    paths[0].parent.mkdir()
    for number, path in enumerate(paths):
        duckdb.sql(f"select {number} as n").write_parquet(str(path))
    return list(map(str, paths))


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the waits for the disk."""
    done: list[int] = []
    monkeypatch.setattr(os, "fsync", done.append)
    return done


def store(tmp_path: Path) -> DiskSnapshots:
    """Open the store, as a process of its own would."""
    (tmp_path / "home").mkdir(exist_ok=True)
    database = open_database(f"sqlite:///{tmp_path / 'home' / 'state.db'}")
    return DiskSnapshots(database, tmp_path / "home" / "data", DuckDBEngine(tmp_path / "scratch", [tmp_path]).describe)


def writes(tmp_path: Path) -> dict[str, int]:
    """Tell when each kept file and manifest was written."""
    kept = [path for room in ("files", "manifests") for path in (tmp_path / "home" / "data" / room).iterdir()]
    return {path.name: path.stat().st_mtime_ns for path in kept}


def test_what_was_landed_before_is_neither_written_nor_waited_for(
    tmp_path: Path, deliveries: list[str], waits: list[int]
) -> None:
    while time.time() - max(Path(path).stat().st_ctime for path in deliveries) < 2.1:
        time.sleep(0.1)  # until their times can be relied on
    first = store(tmp_path).land("sources/s", deliveries)
    before, waited = writes(tmp_path), len(waits)

    again = store(tmp_path)
    assert again.land("sources/s", deliveries) == first
    again.persist()

    assert waited > 0
    assert (writes(tmp_path), len(waits)) == (before, waited)


def test_what_was_landed_for_another_source_is_a_snapshot_of_its_own(tmp_path: Path, deliveries: list[str]) -> None:
    snapshots = store(tmp_path)
    first = snapshots.land("sources/s", deliveries)

    other = store(tmp_path).land("sources/t", deliveries)

    assert other.digest != first.digest
    assert store(tmp_path).get(other.digest) == other


def test_fewer_of_the_files_that_were_landed_are_another_snapshot(tmp_path: Path, deliveries: list[str]) -> None:
    whole = store(tmp_path).land("sources/s", deliveries)

    part = store(tmp_path).land("sources/s", deliveries[:2])

    assert (whole.rows, part.rows) == (3, 2)
    assert store(tmp_path).get(part.digest) == part


def test_a_kept_file_that_is_gone_is_copied_again(tmp_path: Path, deliveries: list[str]) -> None:
    snapshots = store(tmp_path)
    first = snapshots.land("sources/s", deliveries)
    gone = Path(snapshots.paths(first)[1])
    gone.unlink()

    assert store(tmp_path).land("sources/s", deliveries) == first
    assert gone.exists()


def test_a_manifest_that_is_gone_is_written_again(tmp_path: Path, deliveries: list[str]) -> None:
    first = store(tmp_path).land("sources/s", deliveries)
    next((tmp_path / "home" / "data" / "manifests").iterdir()).unlink()

    assert store(tmp_path).land("sources/s", deliveries) == first
    assert store(tmp_path).get(first.digest) == first


def test_a_place_that_was_left_empty_is_used_again(tmp_path: Path) -> None:
    staging = Staging(tmp_path)
    with staging.place() as first:
        (first / "moved").touch()
        (first / "moved").rename(tmp_path / "kept")
    with staging.place() as again, staging.place() as meanwhile:
        (again / "half").touch()

        assert (again, list(meanwhile.iterdir())) == (first, [])
        assert meanwhile != again
    with staging.place() as last:
        assert (last, list(last.iterdir())) == (meanwhile, [])
    assert not again.exists()


def test_a_place_that_somebody_removed_is_not_used_again(tmp_path: Path) -> None:
    staging = Staging(tmp_path)
    with staging.place() as first:
        first.rmdir()
    with staging.place() as second:
        assert second != first
        assert second.is_dir()


def test_a_landed_file_is_named_without_the_values_of_variables(tmp_path: Path) -> None:
    """Where it is damaged, and where it is gone by the time it is copied."""
    file = tmp_path / "received" / "a.parquet"
    file.parent.mkdir()
    file.write_text("no table")
    place = FilesPlace(Place("orders"), f"{tmp_path}/received/*", "${TOP}/received/*", str(tmp_path), "${TOP}")
    reader = ReceivedFiles(lambda pattern: tuple(map(str, file.parent.iterdir())))
    (delivery,) = reader.deliveries(place)

    with pytest.raises(AssayError, match=r"^\$\{TOP\}/received/a.parquet: expected a Parquet file") as damaged:
        store(tmp_path).receive("sources/s", [delivery])
    file.unlink()
    with pytest.raises(AssayError, match=r"^\$\{TOP\}/received/a.parquet: expected a file that can be read") as gone:
        store(tmp_path).receive("sources/s", [delivery])
    assert str(file) not in str(damaged.value) + str(gone.value)
