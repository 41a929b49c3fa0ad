"""The `Payloads` port: what was frozen is kept as it is, whole or not at all."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.base.canonical import digest_bytes
from assay.base.errors import AssayError
from assay.base.ports import Payloads
from assay.stores.payloads import DiskPayloads
from fakes.payloads import MemoryPayloads

ARCHIVE = b"what was frozen"
DIGEST = digest_bytes(ARCHIVE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "payloads"


@pytest.fixture(params=[DiskPayloads, lambda _: MemoryPayloads()], ids=["on disk", "in memory"])
def payloads(request: pytest.FixtureRequest, folder: Path) -> Payloads:
    make: Callable[[Path], Payloads] = request.param
    return make(folder)


@pytest.fixture
def on_disk(folder: Path) -> Payloads:
    return DiskPayloads(folder)


def test_what_was_put_is_got_back(payloads: Payloads) -> None:
    payloads.put(DIGEST, ARCHIVE)

    assert payloads.get(DIGEST) == ARCHIVE


def test_what_was_put_on_disk_is_there_for_the_next_process(on_disk: Payloads, folder: Path) -> None:
    on_disk.put(DIGEST, ARCHIVE)

    assert DiskPayloads(folder).get(DIGEST) == ARCHIVE


def test_what_was_never_put_is_none(payloads: Payloads) -> None:
    assert payloads.get(DIGEST) is None


def test_what_is_kept_stays_as_it_is(payloads: Payloads) -> None:
    payloads.put(DIGEST, ARCHIVE)
    payloads.put(DIGEST, b"something else")

    assert payloads.get(DIGEST) == ARCHIVE


def test_what_is_put_twice_lies_on_disk_once(on_disk: Payloads, folder: Path) -> None:
    on_disk.put(DIGEST, ARCHIVE)
    on_disk.put(DIGEST, b"something else")

    assert len(list(folder.iterdir())) == 1


def test_an_archive_that_does_not_fit_on_the_disk_is_refused_and_leaves_nothing(
    on_disk: Payloads, folder: Path
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # the system's own way to run out of room
    try:
        with pytest.raises(AssayError, match="expected space on the disk, found a full disk"):
            on_disk.put(DIGEST, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert on_disk.get(DIGEST) is None
    assert list(folder.iterdir()) == []
