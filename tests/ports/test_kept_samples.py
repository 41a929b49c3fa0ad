"""Keeping failing rows: what is kept is found again, erased by name or by age, and what was erased says by whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assay.actions.kept_samples import (
    erase_samples,
    erased_samples,
    keep_samples,
    kept_named,
    kept_samples,
    older_than,
)
from assay.base.canonical import digest_bytes
from assay.base.errors import AssayError
from assay.base.ports import KeptSamples
from assay.contract.durations import parse_duration
from assay.documentation.evidence_results import DatasetResult, Sample
from assay.stores.samples import DiskSamples
from fakes.samples import MemorySamples

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAMPLE = Sample(("day", "n"), ((date(2026, 3, 1), 2**70), (None, float("nan"))))
RESULT = DatasetResult("flights", "1.2.0", "c.yaml", "t", 9, (), samples={"r": SAMPLE})
WEEK = parse_duration(1, "w")


def _in_memory(_: Path) -> KeptSamples:
    return MemorySamples()


def _on_disk(folder: Path) -> KeptSamples:
    return DiskSamples(folder / "samples")


@pytest.fixture(params=[_in_memory, _on_disk])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> KeptSamples:
    make: Callable[[Path], KeptSamples] = request.param
    return make(tmp_path)


def test_rows_are_found_again_as_json_has_them(store: KeptSamples) -> None:
    (digest,) = keep_samples(store, [RESULT, replace(RESULT, samples={})], NOW)
    (kept,) = kept_samples(store)

    assert (kept.digest, kept.taken_at, kept.dataset, kept.contract, kept.version) == (
        digest, NOW, "t", "flights", "1.2.0",
    )  # fmt: skip
    assert kept.samples["r"] == Sample(("day", "n"), (("2026-03-01", 2**70), (None, "nan")))
    assert kept.rows == 2


def test_the_same_rows_are_kept_under_another_name_each_time(store: KeptSamples) -> None:
    assert keep_samples(store, [RESULT], NOW) != keep_samples(store, [RESULT], NOW)


def test_a_run_is_named_by_the_beginning_of_its_digest(store: KeptSamples) -> None:
    (digest,) = keep_samples(store, [RESULT], NOW)

    assert kept_named(store, digest[7:15].upper()).digest == kept_named(store, digest).digest == digest
    for name in ("", "xyz", "sha256:"):
        with pytest.raises(AssayError, match="0 that begin so"):
            kept_named(store, name)


def test_what_is_erased_says_by_whom_and_why_and_nothing_of_the_rows(store: KeptSamples) -> None:
    (digest,) = keep_samples(store, [RESULT], NOW)

    erase_samples(store, kept_samples(store), "ann", " a person asked \n", NOW + timedelta(days=1))

    (note,) = erased_samples(store)
    assert (note.dataset, note.by, note.why, note.at) == ("t", "ann", "a person asked", NOW + timedelta(days=1))
    assert kept_samples(store) == ()
    assert b"day" not in b"".join(store.notes().values())
    with pytest.raises(AssayError, match="ann erased: a person asked"):
        kept_named(store, digest)


@pytest.mark.parametrize("reason", ["", " \n", "x" * 10_001, "a\x00b"])
def test_nothing_is_erased_without_a_reason_that_can_be_kept(store: KeptSamples, reason: str) -> None:
    keep_samples(store, [RESULT], NOW)

    with pytest.raises(AssayError, match="reason"):
        erase_samples(store, kept_samples(store), "ann", reason, NOW)
    assert len(kept_samples(store)) == 1


def test_old_rows_are_those_taken_before_the_age(store: KeptSamples) -> None:
    keep_samples(store, [RESULT], NOW)
    keep_samples(store, [RESULT], NOW + timedelta(days=3))
    assert WEEK is not None

    old = older_than(kept_samples(store), WEEK, NOW + timedelta(days=8))

    assert [kept.taken_at for kept in old] == [NOW]


@pytest.mark.parametrize("content", [b"{}", b"[]", b"not json", b'{"samples": {"r": 1}, "taken": "2026-03-01"}'])
def test_what_is_none_of_ours_is_passed_over(store: KeptSamples, content: bytes) -> None:
    store.put(digest_bytes(content), content)
    store.put(digest_bytes(b"other"), content)
    store.erase(digest_bytes(b"gone"), content)

    assert (kept_samples(store), erased_samples(store)) == ((), ())
