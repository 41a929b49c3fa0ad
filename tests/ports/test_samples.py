"""The `KeptSamples` port: failing rows are kept until they are erased; then a note is left and nothing of the rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assay.base.canonical import digest_bytes
from assay.base.ports import KeptSamples
from assay.stores.samples import DiskSamples
from fakes.samples import MemorySamples

ROWS = b'{"name": "Ann \xe2\x82\xac"}'
DIGEST = digest_bytes(ROWS)
OTHER = digest_bytes(b"other")


def _in_memory(_: Path) -> KeptSamples:
    return MemorySamples()


def _on_disk(folder: Path) -> KeptSamples:
    return DiskSamples(folder / "samples")


@pytest.fixture(params=[_in_memory, _on_disk])
def samples(request: pytest.FixtureRequest, tmp_path: Path) -> KeptSamples:
    make: Callable[[Path], KeptSamples] = request.param
    return make(tmp_path)


def test_nothing_is_kept_at_first(samples: KeptSamples) -> None:
    assert (samples.digests(), samples.notes(), samples.get(DIGEST)) == ((), {}, None)


def test_what_is_kept_is_got_back_and_listed(samples: KeptSamples) -> None:
    samples.put(DIGEST, ROWS)
    samples.put(OTHER, b"other")
    samples.put(DIGEST, b"another")

    assert samples.get(DIGEST) == ROWS
    assert samples.digests() == tuple(sorted([DIGEST, OTHER]))
    assert samples.notes() == {}


def test_what_is_erased_leaves_its_note_and_the_others_stay(samples: KeptSamples) -> None:
    samples.put(DIGEST, ROWS)
    samples.put(OTHER, b"other")

    samples.erase(DIGEST, b"by ann")

    assert (samples.get(DIGEST), samples.digests(), samples.notes()) == (None, (OTHER,), {DIGEST: b"by ann"})


def test_what_was_erased_does_not_come_back_and_keeps_its_first_note(samples: KeptSamples) -> None:
    samples.erase(DIGEST, b"first")
    samples.put(DIGEST, ROWS)
    samples.erase(DIGEST, b"second")

    assert (samples.get(DIGEST), samples.digests(), samples.notes()) == (None, (), {DIGEST: b"first"})


def test_no_file_holds_what_was_erased(tmp_path: Path) -> None:
    samples = DiskSamples(tmp_path)
    samples.put(DIGEST, ROWS)

    samples.erase(DIGEST, b"by ann")

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"by ann"]


def test_who_was_stopped_between_note_and_removal_gave_nothing_out_and_the_next_erasure_removes_it(
    tmp_path: Path,
) -> None:
    samples = DiskSamples(tmp_path)
    samples.put(DIGEST, ROWS)
    (tmp_path / f"{DIGEST.removeprefix('sha256:')}.erased").write_bytes(b"by ann")

    assert (samples.get(DIGEST), samples.digests()) == (None, ())
    samples.erase(OTHER, b"by bob")
    assert sorted(path.read_bytes() for path in tmp_path.iterdir()) == [b"by ann", b"by bob"]


def test_other_files_in_the_folder_are_no_samples(tmp_path: Path) -> None:
    (tmp_path / "notes.rows").write_bytes(b"mine")

    assert DiskSamples(tmp_path).digests() == ()


def test_nobody_else_on_the_machine_looks_into_the_folder(tmp_path: Path) -> None:
    DiskSamples(tmp_path / "samples").put(DIGEST, ROWS)

    assert (tmp_path / "samples").stat().st_mode & 0o077 == 0
