"""The `Texts` port: what people write is kept as it is until it is erased, and then nothing is left of it."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.base.canonical import digest_bytes
from assay.base.errors import AssayError
from assay.base.ports import Texts
from assay.stores.texts import DiskTexts
from fakes.texts import MemoryTexts

TEXT = "Is that with cancelled flights? \u20ac <script>\x00".encode()
DIGEST = digest_bytes(TEXT)
OTHER = digest_bytes(b"other")


def _in_memory(_: Path) -> Texts:
    return MemoryTexts()


def _on_disk(folder: Path) -> Texts:
    return DiskTexts(folder / "texts")


@pytest.fixture(params=[_in_memory, _on_disk])
def texts(request: pytest.FixtureRequest, tmp_path: Path) -> Texts:
    make: Callable[[Path], Texts] = request.param
    return make(tmp_path)


def test_a_kept_text_is_got_back_byte_by_byte(texts: Texts) -> None:
    texts.put(DIGEST, TEXT)

    assert texts.get(DIGEST) == TEXT
    assert texts.get(OTHER) is None


def test_what_is_kept_stays_as_it_is(texts: Texts) -> None:
    texts.put(DIGEST, TEXT)
    texts.put(DIGEST, b"another")

    assert texts.get(DIGEST) == TEXT


def test_an_erased_text_is_gone_and_no_other_is(texts: Texts) -> None:
    texts.put(DIGEST, TEXT)
    texts.put(OTHER, b"other")

    texts.erase(DIGEST)

    assert (texts.get(DIGEST), texts.get(OTHER)) == (None, b"other")


def test_erasing_what_is_not_here_changes_nothing(texts: Texts) -> None:
    texts.erase(DIGEST)
    texts.put(OTHER, b"other")
    texts.erase(DIGEST)

    assert texts.get(OTHER) == b"other"


def test_no_file_holds_what_was_erased(tmp_path: Path) -> None:
    texts = DiskTexts(tmp_path)
    texts.put(DIGEST, TEXT)
    texts.put(OTHER, b"other")

    texts.erase(DIGEST)

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"other"]


def test_a_text_that_does_not_fit_on_the_disk_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    texts = DiskTexts(tmp_path / "texts")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # the system's own way to run out of room
    try:
        with pytest.raises(AssayError, match="space on the disk"):
            texts.put(DIGEST, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert texts.get(DIGEST) is None
    assert list((tmp_path / "texts").iterdir()) == []
