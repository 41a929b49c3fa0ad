"""The `Payloads` port: what was frozen is kept as it is, whole or not at all."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from assay.base.canonical import digest_bytes
from assay.base.errors import AssayError
from assay.base.ports import Payloads
from assay.stores.payloads import DiskPayloads

ARCHIVE = b"what was frozen"
DIGEST = digest_bytes(ARCHIVE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "payloads"


@pytest.fixture
def payloads(folder: Path) -> Payloads:
    return DiskPayloads(folder)


def test_what_was_put_is_got_back(payloads: Payloads, folder: Path) -> None:
    payloads.put(DIGEST, ARCHIVE)

    assert payloads.get(DIGEST) == DiskPayloads(folder).get(DIGEST) == ARCHIVE


def test_what_was_never_put_is_none(payloads: Payloads) -> None:
    assert payloads.get(DIGEST) is None


def test_what_is_kept_stays_as_it_is(payloads: Payloads, folder: Path) -> None:
    payloads.put(DIGEST, ARCHIVE)
    payloads.put(DIGEST, b"something else")

    assert payloads.get(DIGEST) == ARCHIVE
    assert len(list(folder.iterdir())) == 1


def test_an_archive_that_does_not_fit_on_the_disk_is_refused_and_leaves_nothing(
    payloads: Payloads, folder: Path
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # the system's own way to run out of room
    try:
        with pytest.raises(AssayError, match="expected space on the disk, found a full disk"):
            payloads.put(DIGEST, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert payloads.get(DIGEST) is None
    assert list(folder.iterdir()) == []
