"""The `Snapshots` port: one contract, held by the store on disk and by the fake; then what only a disk can do."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import duckdb
import pytest
from sqlalchemy import text

from assay.base.canonical import Digest, digest_text
from assay.base.errors import AssayError
from assay.base.ports import Snapshots
from assay.base.snapshots import Column, Manifest
from assay.engines.duckdb import DuckDBEngine
from assay.stores.database import open_database, writing
from assay.stores.snapshots import DiskSnapshots
from fakes.snapshots import MemorySnapshots

COLUMNS = (Column("n", "INTEGER"),)
ONE, TWO = digest_text("fingerprint 1"), digest_text("fingerprint 2")
LONG_AGO = 1_000_000_000


def on_disk(folder: Path) -> DiskSnapshots:
    """Open the store of a folder, as a process of its own would."""
    (folder / "home").mkdir(parents=True, exist_ok=True)
    database = open_database(f"sqlite:///{folder / 'home' / 'state.db'}")
    session = DuckDBEngine(folder / "scratch", [folder])
    return DiskSnapshots(database, folder / "home" / "data", session.describe)


@pytest.fixture(params=["disk", "fake"])
def snapshots(request: pytest.FixtureRequest, tmp_path: Path) -> Snapshots:
    return on_disk(tmp_path) if request.param == "disk" else MemorySnapshots(tmp_path / "fake")


@pytest.fixture
def disk(tmp_path: Path) -> DiskSnapshots:
    return on_disk(tmp_path)


def parquet(path: Path, value: int = 1, rows: int = 1, name: str = "n") -> Path:
    with duckdb.connect() as session:  # one of its own, for some of these tests run in several threads
        session.sql(f"select {value}::integer as {name} from range({rows})").write_parquet(str(path))
    return path


def received(path: Path, value: int = 1, rows: int = 1, name: str = "n") -> str:
    """Deliver a file that nobody has written to for a long time."""
    parquet(path, value, rows, name)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return str(path)


def commit(snapshots: Snapshots, fingerprint: Digest, *values: int, dataset: str = "p/d") -> Manifest:
    with snapshots.stage() as stage:
        for number, value in enumerate(values):
            parquet(Path(stage.directory) / f"part-{number}.parquet", value, rows=number + 1)
        return snapshots.commit(stage, fingerprint, dataset, COLUMNS, [number + 1 for number in range(len(values))])


def values(snapshots: Snapshots, manifest: Manifest) -> list[int]:
    return sorted(n for (n,) in duckdb.read_parquet(list(snapshots.paths(manifest))).fetchall())


def test_what_was_committed_is_found_by_its_fingerprint_and_by_its_digest(snapshots: Snapshots) -> None:
    manifest = commit(snapshots, ONE, 7, 8)

    assert snapshots.find([ONE, TWO]) == {ONE: snapshots.get(manifest.digest)} == {ONE: manifest}
    assert (manifest.dataset, manifest.columns, manifest.rows) == ("p/d", COLUMNS, 3)
    assert values(snapshots, manifest) == [7, 8, 8]


def test_what_was_never_committed_is_not_found(snapshots: Snapshots) -> None:
    assert snapshots.find([ONE]) == {}
    assert snapshots.get(ONE) is None


def test_the_first_snapshot_of_a_fingerprint_wins(snapshots: Snapshots) -> None:
    first = commit(snapshots, ONE, 1)

    assert commit(snapshots, ONE, 2) == first
    assert snapshots.find([ONE])[ONE] == first


def test_the_same_rows_under_two_fingerprints_are_one_snapshot(snapshots: Snapshots) -> None:
    assert commit(snapshots, ONE, 1) == commit(snapshots, TWO, 1)
    assert snapshots.find([TWO])[TWO] == snapshots.find([ONE])[ONE]


def test_the_same_files_of_another_dataset_are_another_snapshot(snapshots: Snapshots) -> None:
    assert commit(snapshots, ONE, 1).digest != commit(snapshots, TWO, 1, dataset="p/e").digest


def test_a_stage_that_is_left_without_a_commit_leaves_nothing(snapshots: Snapshots) -> None:
    with snapshots.stage() as stage:
        parquet(Path(stage.directory) / "part-0.parquet")

    assert not Path(stage.directory).exists()
    assert snapshots.find([ONE]) == {}


def test_two_stages_are_two_places(snapshots: Snapshots) -> None:
    with snapshots.stage() as one, snapshots.stage() as other:
        assert one.directory != other.directory


def test_a_file_that_is_gone_or_has_another_size_is_refused(snapshots: Snapshots) -> None:
    manifest = commit(snapshots, ONE, 1, 2)
    first, second = map(Path, snapshots.paths(manifest))
    second.chmod(0o600)
    second.write_bytes(b"short")
    with pytest.raises(AssayError, match="found 5"):
        snapshots.paths(manifest)

    first.unlink()
    with pytest.raises(AssayError, match=r"found [nN]one"):
        snapshots.paths(manifest)


def test_landing_keeps_a_copy_that_what_is_delivered_later_does_not_touch(snapshots: Snapshots, tmp_path: Path) -> None:
    path = received(tmp_path / "in.parquet", 5)
    manifest = snapshots.land("sources/s", [path])
    with Path(path).open("r+b") as file:  # written over in place, as careless deliveries are
        file.write(b"XXXX")

    assert values(snapshots, manifest) == [5]
    assert snapshots.get(manifest.digest) == manifest
    assert (manifest.dataset, manifest.columns, manifest.rows) == ("sources/s", COLUMNS, 1)


def test_landing_the_same_files_again_gives_the_same_snapshot_wherever_they_lie(
    snapshots: Snapshots, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    here = [received(tmp_path / "a.parquet", 1), received(tmp_path / "b.parquet", 2)]
    there = [received(tmp_path / "other" / "z.parquet", 2), received(tmp_path / "other" / "y.parquet", 1)]

    assert snapshots.land("sources/s", here) == snapshots.land("sources/s", here) == snapshots.land("sources/s", there)


def test_a_delivery_that_has_the_same_bytes_twice_has_its_rows_twice(snapshots: Snapshots, tmp_path: Path) -> None:
    paths = [received(tmp_path / "a.parquet", 1), received(tmp_path / "b.parquet", 1)]

    assert values(snapshots, snapshots.land("sources/s", paths)) == [1, 1]


def test_a_delivery_with_new_rows_is_a_new_snapshot_and_the_old_one_stays(snapshots: Snapshots, tmp_path: Path) -> None:
    path = received(tmp_path / "in.parquet", 1)
    before = snapshots.land("sources/s", [path])
    received(tmp_path / "in.parquet", 2)
    after = snapshots.land("sources/s", [path])

    assert (values(snapshots, before), values(snapshots, after)) == ([1], [2])


def test_a_delivery_without_files_is_refused(snapshots: Snapshots) -> None:
    with pytest.raises(AssayError, match="expected at least one file"):
        snapshots.land("sources/s", [])


def test_files_of_one_delivery_that_differ_in_their_columns_are_refused(snapshots: Snapshots, tmp_path: Path) -> None:
    paths = [received(tmp_path / "a.parquet"), received(tmp_path / "b.parquet", name="m")]

    with pytest.raises(AssayError, match=r"b\.parquet: expected the columns of .*a\.parquet"):
        snapshots.land("sources/s", paths)


def test_a_delivery_that_is_not_parquet_is_refused_by_its_name(snapshots: Snapshots, tmp_path: Path) -> None:
    (tmp_path / "in.parquet").write_text("n\n1\n")

    with pytest.raises(AssayError, match=r"in\.parquet: expected a Parquet file"):
        snapshots.land("sources/s", [str(tmp_path / "in.parquet")])


# What only a disk can do.


def test_another_process_sees_what_was_committed(disk: DiskSnapshots, tmp_path: Path) -> None:
    manifest = commit(disk, ONE, 1)

    assert on_disk(tmp_path).find([ONE])[ONE] == manifest


def test_the_files_of_a_snapshot_are_read_only(disk: DiskSnapshots) -> None:
    (path,) = disk.paths(commit(disk, ONE, 1))

    assert Path(path).stat().st_mode & 0o222 == 0


def test_a_delivery_that_was_not_touched_is_not_read_again(disk: DiskSnapshots, tmp_path: Path) -> None:
    path = Path(received(tmp_path / "in.parquet", 1))
    while time.time() - path.stat().st_ctime < 2.1:  # until its times can be relied on
        time.sleep(0.1)
    manifest = disk.land("sources/s", [str(path)])
    looked_at: list[str] = []

    def describe(path: str) -> tuple[tuple[Column, ...], int]:
        looked_at.append(path)
        return COLUMNS, 1

    database = open_database(f"sqlite:///{tmp_path / 'home' / 'state.db'}")
    assert DiskSnapshots(database, tmp_path / "home" / "data", describe).land("sources/s", [str(path)]) == manifest
    assert looked_at == []


def test_a_delivery_that_was_written_to_a_moment_ago_is_read_again(disk: DiskSnapshots, tmp_path: Path) -> None:
    """Within one tick of the file system's clock a second writing leaves no trace in the times."""
    path = parquet(tmp_path / "in.parquet", 1)
    before = disk.land("sources/s", [str(path)])
    facts = path.stat()
    content = parquet(tmp_path / "other.parquet", 2).read_bytes()
    assert len(content) == facts.st_size
    path.write_bytes(content)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))

    assert values(disk, disk.land("sources/s", [str(path)])) == [2]
    assert values(disk, before) == [1]


def test_a_delivery_that_changes_while_it_is_copied_is_refused(
    disk: DiskSnapshots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(received(tmp_path / "in.parquet", 1))
    copy = shutil.copyfileobj

    def copy_slowly(reading: IO[bytes], written: IO[bytes], length: int = 0) -> None:
        copy(reading, written, length)
        path.touch()

    monkeypatch.setattr(shutil, "copyfileobj", copy_slowly)
    with pytest.raises(
        AssayError, match=r"in\.parquet: expected a file that is not being written, found one that changed"
    ):
        disk.land("sources/s", [str(path)])


def test_a_delivery_that_is_gone_is_refused_by_its_name(disk: DiskSnapshots, tmp_path: Path) -> None:
    with pytest.raises(AssayError, match=r"nowhere\.parquet: expected a file that can be read, found No such file"):
        disk.land("sources/s", [str(tmp_path / "nowhere.parquet")])


def test_one_byte_changed_in_a_manifest_is_noticed(disk: DiskSnapshots, tmp_path: Path) -> None:
    manifest = commit(disk, ONE, 1)
    disk.persist()
    (path,) = (tmp_path / "home" / "data" / "manifests").iterdir()
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"p/d", b"p/e"))

    with pytest.raises(AssayError, match="expected its own digest"):
        on_disk(tmp_path).get(manifest.digest)


@pytest.mark.parametrize("damage", ["lost file", "half a file", "zeroed file", "lost manifest", "half a manifest"])
def test_what_a_power_cut_took_before_it_was_persisted_is_made_again(
    disk: DiskSnapshots, tmp_path: Path, damage: str
) -> None:
    manifest = commit(disk, ONE, 1)
    path = next((tmp_path / "home" / "data" / ("manifests" if "manifest" in damage else "files")).iterdir())
    path.chmod(0o600)
    if damage.startswith("lost"):
        path.unlink()
    elif damage.startswith("half"):
        path.write_bytes(path.read_bytes()[:20])
    else:
        path.write_bytes(bytes(path.stat().st_size))

    after = on_disk(tmp_path)
    assert after.find([ONE]) == {}
    assert commit(after, ONE, 1) == manifest
    after.persist()
    assert on_disk(tmp_path).find([ONE])[ONE] == manifest
    assert values(after, manifest) == [1]


def test_what_survived_before_it_was_persisted_is_believed_after_a_comparison(
    disk: DiskSnapshots, tmp_path: Path
) -> None:
    manifest = commit(disk, ONE, 1)
    after = on_disk(tmp_path)

    assert after.find([ONE])[ONE] == manifest
    assert _doubtful(tmp_path) == 1
    after.persist()
    assert _doubtful(tmp_path) == 0


def test_persisting_waits_for_the_disk_once_for_all_that_is_new(
    disk: DiskSnapshots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
    )
    manifests = [commit(disk, ONE, 1), commit(disk, TWO, 2)]
    assert synced == []
    disk.persist()

    data = tmp_path / "home" / "data"
    names = {str(data / file.path) for manifest in manifests for file in manifest.files}
    names |= {str(path) for path in (data / "manifests").iterdir()}
    assert sorted(synced) == sorted([*names, str(data / "files"), str(data / "manifests")])
    disk.persist()
    assert len(synced) == len(names) + 2


def test_many_at_once_agree_on_the_first(disk: DiskSnapshots, tmp_path: Path) -> None:
    stores = [on_disk(tmp_path) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda pair: commit(pair[1], ONE, pair[0]), enumerate(stores)))

    assert len({manifest.digest for manifest in found}) == 1
    assert disk.find([ONE])[ONE] == found[0]
    assert len(values(disk, found[0])) == 1


HOLDS_A_STAGE = """
import sys, time
from pathlib import Path
from assay.stores.staging import Staging
with Staging(Path(sys.argv[1])).place() as place:
    (place / "half.parquet").write_bytes(b"PAR1")
    print(place, flush=True)
    time.sleep(600)
"""


def test_the_leftovers_of_a_dead_process_are_swept_and_those_of_a_living_one_are_not(tmp_path: Path) -> None:
    on_disk(tmp_path)
    staging = tmp_path / "home" / "data" / "staging"
    process = subprocess.Popen([sys.executable, "-c", HOLDS_A_STAGE, str(staging)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    place = Path(process.stdout.readline().strip())

    on_disk(tmp_path)
    assert (place / "half.parquet").exists()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    on_disk(tmp_path)
    assert list(staging.iterdir()) == []


def _doubtful(folder: Path) -> int:
    database = open_database(f"sqlite:///{folder / 'home' / 'state.db'}")
    with writing(database).begin() as connection:
        return int(connection.scalar(text("select count(*) from unpersisted_fingerprints")) or 0)
