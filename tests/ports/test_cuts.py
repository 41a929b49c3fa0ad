"""The `Cuts` port: one contract, held by the database and by the fake."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assay.base.canonical import digest_text
from assay.base.errors import AssayError
from assay.base.ports import Cuts
from assay.base.snapshots import PinnedCut
from assay.stores.cuts import DatabaseCuts
from assay.stores.database import open_database
from databases import DATABASES, MEMORY, url_of
from fakes.cuts import MemoryCuts

JUNE = PinnedCut(
    "june",
    "ontime",
    {"flights": digest_text("a")},
    "2013-06-30",
    "ada@example.org",
    datetime(2026, 3, 2, 8, tzinfo=UTC),
)


@pytest.fixture(params=[*DATABASES, MEMORY])
def cuts(request: pytest.FixtureRequest, tmp_path: Path) -> Cuts:
    if request.param == MEMORY:
        return MemoryCuts()
    return DatabaseCuts(open_database(url_of(request.param, tmp_path, request)))


def test_what_was_pinned_is_read_back(cuts: Cuts) -> None:
    assert cuts.get("june") is None
    cuts.pin(JUNE)

    assert cuts.get("june") == JUNE


def test_a_name_is_given_once_and_the_first_cut_stays(cuts: Cuts) -> None:
    cuts.pin(JUNE)

    with pytest.raises(AssayError, match="a name that is free"):
        cuts.pin(replace(JUNE, sources={"flights": digest_text("b")}))
    assert cuts.get("june") == JUNE


def test_the_newest_is_listed_first(cuts: Cuts) -> None:
    july = replace(JUNE, name="july", pinned_at=JUNE.pinned_at + timedelta(hours=1))
    cuts.pin(JUNE)
    cuts.pin(july)

    assert list(cuts.all()) == [july, JUNE]


def test_of_two_who_pin_one_name_at_once_one_is_refused(cuts: Cuts) -> None:
    def pin(number: int) -> bool:
        try:
            cuts.pin(replace(JUNE, as_of=f"2013-06-{number:02}"))
        except AssayError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(pin, range(1, 9)))

    assert done.count(True) == 1
