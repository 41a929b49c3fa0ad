"""The `Pages` port: a reader sees the old page or the new one, and never half of either."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from assay.base.errors import AssayError
from assay.base.ports import Pages
from assay.stores.pages import DiskPages


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pages"


@pytest.fixture
def pages(folder: Path) -> Pages:
    return DiskPages(folder)


def test_a_published_page_is_where_it_says_and_reads_back(pages: Pages) -> None:
    where = pages.publish("qa/ontime/delays.html", b"<p>on time</p>")

    assert pages.read("qa/ontime/delays.html") == Path(where).read_bytes() == b"<p>on time</p>"


def test_a_page_that_was_never_published_is_none(pages: Pages) -> None:
    pages.publish("qa/one.html", b"1")

    assert pages.read("qa/two.html") is None
    assert pages.read("prod/one.html") is None


def test_publishing_again_replaces_the_page_and_no_other(pages: Pages, folder: Path) -> None:
    pages.publish("a.html", b"old, and longer than the new one")
    pages.publish("b.html", b"other")

    pages.publish("a.html", b"new")

    assert (pages.read("a.html"), pages.read("b.html")) == (b"new", b"other")
    assert sorted(path.name for path in folder.iterdir()) == ["a.html", "b.html"]


def test_who_is_reading_the_old_page_reads_it_to_its_end(pages: Pages) -> None:
    with Path(pages.publish("a.html", b"old page")).open("rb") as reader:
        first = reader.read(3)
        pages.publish("a.html", b"new page")

        assert first + reader.read() == b"old page"


def test_a_page_that_does_not_fit_on_the_disk_is_refused_and_the_old_one_stays(pages: Pages, folder: Path) -> None:
    pages.publish("a.html", b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # the system's own way to run out of room
    try:
        with pytest.raises(AssayError, match="room and leave to write a page"):
            pages.publish("a.html", b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert pages.read("a.html") == b"old"
    assert [path.name for path in folder.iterdir()] == ["a.html"]


def test_a_page_where_a_file_stands_in_the_way_is_refused_by_its_name(pages: Pages) -> None:
    pages.publish("qa", b"a page, where a folder is needed")

    with pytest.raises(AssayError, match=r"qa/delays\.html: expected room and leave to write a page"):
        pages.publish("qa/delays.html", b"x")
