"""The `PartResults` port, on disk and in memory; and digests of files that nobody touched."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.base.canonical import Digest, digest_text
from assay.base.errors import AssayError
from assay.base.ports import PartResults
from assay.stores.file_digests import FileDigests
from assay.stores.part_results import DiskPartResults
from fakes.part_results import FakePartResults

PART, OTHER = digest_text("a"), digest_text("b")
Opened = Callable[[], PartResults]


@pytest.fixture(params=["disk", "fake"])
def results(request: pytest.FixtureRequest, tmp_path: Path) -> PartResults:
    return DiskPartResults(tmp_path / "results") if request.param == "disk" else FakePartResults()


def test_what_is_put_is_given_and_nothing_else(results: PartResults) -> None:
    results.put(PART, {"count": 3, "none": None, "big": 2**70, "members": ["a", "b"]})

    assert results.get(PART) == {"count": 3, "none": None, "big": 2**70, "members": ["a", "b"]}
    assert results.get(OTHER) == {}


def test_more_is_added_and_a_known_name_gets_its_new_value(results: PartResults) -> None:
    results.put(PART, {"a": 1, "b": 1})
    results.put(PART, {"b": 2, "c": True})

    assert results.get(PART) == {"a": 1, "b": 2, "c": True}


def test_what_cannot_be_understood_is_as_good_as_lost(tmp_path: Path) -> None:
    results = DiskPartResults(tmp_path)
    results.put(PART, {"a": 1})
    (file,) = tmp_path.rglob("*.json")
    for content in (b"", b"{", b"[1]", b"\xff"):
        file.write_bytes(content)
        assert results.get(PART) == {}
        results.put(PART, {"a": 2})
        assert results.get(PART) == {"a": 2}


def test_where_there_is_no_room_nothing_is_remembered_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    results = DiskPartResults(tmp_path / "file")
    results.put(PART, {"a": 1})

    assert results.get(PART) == {}


def old(path: Path) -> None:
    """Let a file look as if it was written an hour ago, so that its times can be relied on."""
    before = path.stat()
    os.utime(path, ns=(before.st_atime_ns - 3_600 * 10**9, before.st_mtime_ns - 3_600 * 10**9))


def test_a_file_that_was_touched_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    file.write_text("one")
    digests = FileDigests(tmp_path / "state")

    assert digests.digests([str(file)]) == (digest_of(b"one"),)
    file.write_text("two")
    assert digests.digests([str(file)]) == (digest_of(b"two"),)


def test_a_remembered_digest_is_taken_only_for_the_same_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay.stores.stamps._SETTLED_NANOSECONDS", 0)
    file = tmp_path / "a.parquet"
    file.write_text("one")
    digests = FileDigests(tmp_path / "state")
    digests.digests([str(file)])
    (note,) = (tmp_path / "state").rglob("*.json")
    note.write_text(note.read_text().replace(digest_of(b"one"), digest_of(b"remembered")))

    assert digests.digests([str(file)]) == (digest_of(b"remembered"),)
    old(file)
    assert digests.digests([str(file)]) == (digest_of(b"one"),)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssayError, match="expected a file that can be read"):
        FileDigests(tmp_path / "state").digests([str(tmp_path / "none")])


def test_files_that_are_read_ahead_are_told_as_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.stores.file_digests._STRETCH_BYTES", 7)
    contents = {f"{number}.parquet": bytes(range(number * 5)) for number in range(9)}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    paths = [str(tmp_path / name) for name in contents]
    expected = tuple(digest_of(content) for content in contents.values())
    ahead = FileDigests(tmp_path / "ahead")
    ahead.begin([*paths, paths[0]])

    assert ahead.digests(paths) == expected
    assert ahead.digests(paths) == expected
    assert FileDigests(tmp_path / "plain").digests(paths) == expected


def test_a_file_that_is_not_there_is_refused_when_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"one")
    digests = FileDigests(tmp_path / "state")
    digests.begin([str(tmp_path / "none"), str(tmp_path / "a.parquet")])

    assert digests.digests([str(tmp_path / "a.parquet")]) == (digest_of(b"one"),)
    with pytest.raises(AssayError, match="expected a file that can be read"):
        digests.digests([str(tmp_path / "none")])


def test_a_file_that_was_touched_after_it_was_read_ahead_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    file.write_bytes(b"one")
    digests = FileDigests(tmp_path / "state")
    before = set(threading.enumerate())
    digests.begin([str(file)])
    for thread in set(threading.enumerate()) - before:
        thread.join()
    file.write_bytes(b"three")

    assert digests.digests([str(file)]) == (digest_of(b"three"),)


def test_whatever_breaks_reading_ahead_is_met_by_whoever_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.excepthook", lambda _: None)
    monkeypatch.setattr(FileDigests, "digest", lambda *_: 1 // 0)
    digests = FileDigests(tmp_path / "state")
    digests.begin([str(tmp_path / "a"), str(tmp_path / "b")])

    for name in ("a", "b"):
        with pytest.raises(ZeroDivisionError):
            digests.digests([str(tmp_path / name)])


def digest_of(content: bytes) -> Digest:
    return digest_text(f"blake2b:{hashlib.blake2b(content, digest_size=32).hexdigest()}")
