"""Files that are read where they lie: no copy, the same snapshot as of a copy, and no rows but those it names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.base.canonical import Digest
from assay.base.errors import AssayError
from assay.base.snapshots import Manifest
from assay.engines.duckdb import DuckDBEngine
from assay.stores import referenced, stamps
from assay.stores.database import open_database
from assay.stores.landing import delivered_file
from assay.stores.referenced import linked_files
from assay.stores.snapshot_files import digest_of
from assay.stores.snapshots import DiskSnapshots
from homes import rows_of
from ports.test_step_slices import SALES, Row, Store
from soak import count

HINT = "It is read where it lies, so no version of it is kept: build again, on what lies there now."


class Here:
    """A store, and a file outside of it."""

    def __init__(self, folder: Path) -> None:
        (folder / "home").mkdir(parents=True)
        (folder / "received").mkdir()
        self.data = folder / "home" / "data"
        self.file = folder / "received" / "orders.parquet"
        self.folder = folder
        self.write(1)
        self.snapshots = self.opened()

    def opened(self) -> DiskSnapshots:
        """Open the store, as a process of its own would."""

        def describe(path: str) -> Any:
            engine = DuckDBEngine(self.folder / "scratch", [self.data], files=linked_files(self.data))
            try:
                return engine.describe(path)
            finally:
                engine.close()

        return DiskSnapshots(open_database(f"sqlite:///{self.folder / 'home' / 'state.db'}"), self.data, describe)

    def write(self, number: int, name: str = "") -> Path:
        path = self.file.with_name(name) if name else self.file
        pq.write_table(pa.table({"number": [number]}), path)
        return path

    def refer(self, *paths: Path) -> Manifest:
        given = paths or (self.file,)
        return self.snapshots.receive(
            "sources/orders", [delivered_file(p, f"${{PLACE}}/{p.name}", is_referenced=True) for p in given]
        )

    def numbers(self, manifest: Manifest) -> list[int]:
        return sorted(
            int(n) for path in self.snapshots.paths(manifest) for n in pq.read_table(path)["number"].to_pylist()
        )


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file count as one whose times can be relied on."""
    monkeypatch.setattr(stamps, "_SETTLED_NANOSECONDS", -1)


def copies(here: Here) -> list[Path]:
    return [path for path in here.data.rglob("*.parquet") if not path.is_symlink()]


def test_it_is_the_same_snapshot_as_of_a_copy_and_nothing_is_copied(here: Here) -> None:
    manifest = here.refer()

    assert copies(here) == []
    assert here.numbers(manifest) == [1]
    assert manifest.rows == 1
    assert [(file.digest, file.size_bytes) for file in manifest.files] == [
        (digest_of(here.file), here.file.stat().st_size)
    ]
    assert Here(here.folder / "other").snapshots.land("sources/orders", [str(here.file)]).digest == manifest.digest
    assert here.opened().get(manifest.digest) == manifest
    assert list((here.data / "staging").rglob("*.parquet")) == []


@pytest.mark.usefixtures("settled")
def test_what_was_met_before_is_not_read_again(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    same = here.write(1, "same.parquet")
    first = here.refer(here.file, same)
    read: list[Path] = []

    def digest(path: Path) -> Digest | None:
        read.append(path)
        return digest_of(path)

    monkeypatch.setattr(referenced, "digest_of", digest)
    here.snapshots = here.opened()

    assert here.refer(here.file, same) == first
    with here.snapshots.reading([first]):
        assert here.numbers(first) == [1, 1]
    assert read == []
    os.utime(here.file, ns=(1, 1))
    same.unlink()
    assert here.numbers(here.refer()) == [1]
    assert read != []


@pytest.mark.parametrize("is_settled", [True, False])
@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("remove", "none"),
        ("write in place", "another content"),
        ("replace", "another content"),
        ("cut off", r"one of 10 bytes, not \d+"),
    ],
)
def test_another_file_than_the_one_that_was_met_is_refused_by_its_name(
    here: Here, change: str, found: str, is_settled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_settled:
        monkeypatch.setattr(stamps, "_SETTLED_NANOSECONDS", -1)
    manifest = here.refer()
    disturb(here, change)

    for act in (lambda: here.snapshots.paths(manifest), lambda: here.opened().reading([manifest]).__enter__()):
        with pytest.raises(
            AssayError, match=rf"expected the file that a snapshot of sources/orders names, found {found}\."
        ) as refused:
            act()
        assert str(refused.value).startswith("${PLACE}/orders.parquet: ")
        assert HINT in str(refused.value)
        assert str(here.folder) not in str(refused.value)


def disturb(here: Here, change: str) -> None:
    if change == "remove":
        here.file.unlink(missing_ok=True)
    elif change == "write in place":
        content = here.write(2, "other.parquet").read_bytes()
        with here.file.open("r+b" if here.file.exists() else "wb") as opened:
            opened.write(content)
    elif change == "replace":
        here.write(2, "other.parquet").replace(here.file)
    elif change == "cut off":
        here.file.write_bytes(here.file.read_bytes()[:10] if here.file.exists() else b"0123456789")
    elif change == "touch" and here.file.exists():
        os.utime(here.file, ns=(7, 7))
    elif change == "copy" and here.file.exists():
        aside = here.file.with_name("aside")
        aside.write_bytes(here.file.read_bytes())
        aside.replace(here.file)


def test_a_file_that_was_touched_or_copied_back_is_still_the_same(here: Here) -> None:
    manifest = here.refer()
    for change in ("touch", "copy"):
        disturb(here, change)
        with here.snapshots.reading([manifest]):
            assert here.numbers(manifest) == [1]


@pytest.mark.parametrize("change", ["remove", "write in place", "replace", "touch", "copy", "cut off"])
def test_whatever_happens_to_a_file_while_it_is_read_refuses_what_was_read(here: Here, change: str) -> None:
    """Also where the content is the same afterwards: nobody can tell what lay there in between."""
    manifest = here.refer()
    reading = here.snapshots.reading([manifest])
    reading.__enter__()
    disturb(here, change)

    with pytest.raises(
        AssayError, match=r"^\$\{PLACE\}/orders.parquet: expected the file .*(found none|while it was read)"
    ):
        reading.__exit__(None, None, None)


def test_the_refusal_takes_the_place_of_what_whoever_read_made_of_it(here: Here) -> None:
    manifest = here.refer()
    reading = here.snapshots.reading([manifest])
    reading.__enter__()
    here.file.unlink()

    with pytest.raises(AssayError, match="found none"):
        reading.__exit__(AssayError, AssayError(), None)


def test_an_error_that_has_nothing_to_do_with_it_stays_what_it_is(here: Here) -> None:
    own = AssayError()
    with pytest.raises(AssayError) as raised, here.snapshots.reading([here.refer()]):
        raise own
    assert raised.value is own


def test_a_landed_copy_counts_more_than_a_link(here: Here) -> None:
    manifest = here.refer()
    assert here.snapshots.land("sources/orders", [str(here.file)]).digest == manifest.digest
    disturb(here, "remove")

    with here.snapshots.reading([manifest]):
        assert here.numbers(manifest) == [1]


def test_a_link_of_which_nothing_was_noted_is_followed_to_the_same_content_only(here: Here) -> None:
    """As a process that was killed just then leaves it, or a database that was restored."""
    manifest = here.refer()
    database = open_database(f"sqlite:///{here.folder / 'home' / 'state.db'}")
    with database.begin() as connection:
        connection.exec_driver_sql("delete from referenced_files")
    here.snapshots = here.opened()

    assert here.numbers(manifest) == [1]
    disturb(here, "remove")
    here.snapshots = here.opened()
    with pytest.raises(AssayError, match=r"^sources/orders: [0-9a-f]{12}: expected the file"):
        here.snapshots.paths(manifest)


def test_some_files_of_a_snapshot_are_a_snapshot_without_a_copy(here: Here) -> None:
    manifest = here.refer(here.file, here.write(2, "more.parquet"))
    wanted = digest_of(here.file)
    assert wanted is not None
    part = here.snapshots.subset(manifest, {wanted})

    assert here.numbers(part) == [1]
    assert here.opened().get(part.digest) == part
    assert copies(here) == []
    assert here.refer().digest == part.digest


def test_what_is_no_parquet_file_is_refused_by_the_name_that_may_be_shown(here: Here) -> None:
    here.file.write_text("no table")
    with pytest.raises(
        AssayError, match=r"^\$\{PLACE\}/orders.parquet: expected a Parquet file of sources/orders"
    ) as refused:
        here.refer()
    assert str(here.file) not in str(refused.value)


def test_a_file_that_may_not_be_read_is_refused(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path) -> Digest | None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(referenced, "digest_of", denied)
    with pytest.raises(
        AssayError, match=r"^\$\{PLACE\}/orders.parquet: expected a file that can be read, found Permission"
    ):
        here.refer()


def test_files_of_different_columns_are_no_source(here: Here) -> None:
    other = here.file.with_name("other.parquet")
    pq.write_table(pa.table({"number": ["one"]}), other)
    with pytest.raises(AssayError, match=r"expected the columns of \$\{PLACE\}/orders.parquet"):
        here.refer(here.file, other)


def test_what_may_be_a_secret_is_in_no_manifest_and_no_note(here: Here) -> None:
    manifest = here.refer()
    text = (here.data / "manifests" / f"{manifest.digest[7:]}.json").read_text()

    assert str(here.file.parent) not in text
    assert rows_of(here.folder / "home" / "state.db", "select shown from referenced_files") == [
        ("${PLACE}/orders.parquet",)
    ]


CHANGES = st.sampled_from(["none", "touch", "copy", "write in place", "replace", "remove", "cut off", "write back"])


@pytest.fixture(scope="module")
def folders() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder)


@settings(max_examples=count(40, soak=2000), deadline=None)
@given(st.lists(CHANGES, max_size=3), st.lists(CHANGES, max_size=2), st.lists(CHANGES, max_size=2))
def test_what_is_read_is_what_the_snapshot_names_or_nothing(
    folders: Path, before: list[str], early: list[str], late: list[str]
) -> None:
    """Whatever happens to the file before it is read, and at both ends of it."""
    with TemporaryDirectory(dir=folders) as folder:
        here = Here(Path(folder))
        manifest = here.refer()
        read = []

        def happens(changes: list[str]) -> None:
            for change in changes:
                if change == "write back":
                    here.write(1)
                else:
                    disturb(here, change)

        happens(before)
        try:
            with here.snapshots.reading([manifest]):
                happens(early)
                try:
                    read = [pq.read_table(path)["number"].to_pylist() for path in here.snapshots.paths(manifest)]
                except pa.ArrowInvalid as error:
                    raise AssayError from error
                happens(late)
        except AssayError:
            return
        assert read == [[1]]


class Referring(Store):
    """The store of slices, over files that are read where they lie."""

    def __init__(self, folder: Path) -> None:
        self.made = 0
        super().__init__(folder)

    def _landed(self, name: str, tables: list[pa.Table]) -> Manifest:
        paths = []
        for number, table in enumerate(tables):
            path = self.folder / f"{name}-{number}.parquet"
            if not path.exists() or pq.read_table(path) != table:
                pq.write_table(table, path)
            paths.append(path)
        return self.workshop.snapshots.receive(
            f"sources/{name}", [delivered_file(path, is_referenced=True) for path in paths]
        )


ONE: list[list[Row]] = [[(date(2013, 1, 5), 0, 10)], [(date(2013, 2, 5), 0, 30)]]


def test_a_file_that_comes_to_a_source_makes_its_own_slices(tmp_path: Path) -> None:
    store = Referring(tmp_path)
    store.sales(*ONE)
    first = store.files(store.make())
    store.sales(*ONE, [(date(2013, 3, 5), 0, 40), (date(2013, 2, 7), 0, 1)])
    second = store.files(store.make())

    assert first["2013-01-01"] == second["2013-01-01"]
    assert set(second) == {"2013-01-01", "2013-02-01", "2013-03-01"}
    assert [row[3] for row in store.rows()] == [10, 30, 1, 40]


def test_a_file_that_is_replaced_makes_all_slices_for_nobody_can_tell_what_it_held(tmp_path: Path) -> None:
    store = Referring(tmp_path)
    store.sales(*ONE)
    store.make()
    store.sales([(date(2013, 1, 5), 0, 11)], ONE[1])
    store.make()

    assert [row[3] for row in store.rows()] == [11, 30]


def test_a_step_whose_source_changes_while_it_runs_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Referring(tmp_path)
    store.slicing = None
    store.sales(*ONE)
    real = DuckDBEngine.write

    def write(engine: DuckDBEngine, sql: str, path: str) -> Any:
        made = real(engine, sql, path)
        pq.write_table(pq.read_table(tmp_path / "sales-0.parquet"), tmp_path / "sales-0.parquet")
        return made

    with monkeypatch.context() as patch:
        patch.setattr(DuckDBEngine, "write", write)
        with pytest.raises(
            AssayError, match=r"sales-0.parquet: expected the file .* found one that changed while it was"
        ):
            store.make()
    assert store.workshop.pointers.all() == []
    store.sources[SALES] = store.workshop.snapshots.receive(
        "sources/sales", [delivered_file(tmp_path / f"sales-{n}.parquet", is_referenced=True) for n in (0, 1)]
    )
    assert store.make().steps[0].ran, "nothing was kept of the other one"


def test_a_build_on_what_a_source_held_before_is_refused_by_the_name_of_the_file(tmp_path: Path) -> None:
    store = Referring(tmp_path)
    store.sales(*ONE)
    store.make()
    then = store.sources[SALES]
    store.sales([(date(2013, 1, 5), 0, 11)], ONE[1])
    store.make()
    store.sources[SALES] = then
    store.query += " having sum(cents) > 0"

    with pytest.raises(AssayError, match=r"sales-0.parquet: expected the file that a snapshot of sources/sales names"):
        store.make()
