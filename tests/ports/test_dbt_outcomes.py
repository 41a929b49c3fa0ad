"""What dbt made is kept under its key; what is broken on the disk counts as not kept; the oldest go."""

from __future__ import annotations

import os
from pathlib import Path

from assay.base.canonical import digest_bytes
from assay.stores.dbt_outcomes import DiskDbtOutcomes


def test_what_was_kept_is_found_again_under_its_key_alone(tmp_path: Path) -> None:
    outcomes = DiskDbtOutcomes(tmp_path / "dbt")
    key = digest_bytes(b"one")

    assert outcomes.get(key) is None
    outcomes.put(key, {"shop": '{"ü": 1}'.encode()})

    assert outcomes.get(key) == {"shop": '{"ü": 1}'.encode()}
    assert outcomes.get(digest_bytes(b"other")) is None
    outcomes.put(key, {"shop": b"{}"})
    assert outcomes.get(key) == {"shop": b"{}"}


def test_half_a_file_counts_as_none(tmp_path: Path) -> None:
    outcomes = DiskDbtOutcomes(tmp_path)
    outcomes.put(digest_bytes(b"one"), {"shop": b"{}"})
    (path,) = tmp_path.iterdir()
    path.write_text('{"shop": ')

    assert outcomes.get(digest_bytes(b"one")) is None


def test_of_many_the_oldest_go(tmp_path: Path) -> None:
    outcomes = DiskDbtOutcomes(tmp_path)
    keys = [digest_bytes(str(number).encode()) for number in range(18)]
    for number, key in enumerate(keys):
        outcomes.put(key, {"shop": b"{}"})
        (path,) = tmp_path.glob(f"*{key[-20:]}*")
        os.utime(path, (number, number))

    assert [outcomes.get(key) is not None for key in keys] == [False] * 2 + [True] * 16
