from __future__ import annotations

import pytest

from assay.base.limits import parse_duration, parse_memory, written_duration


@pytest.mark.parametrize(
    ("text", "size_bytes"), [("2 GiB", 2**31), ("1.5GB", 1_500_000_000), ("300 MB", 300_000_000), ("1 MiB", 2**20)]
)
def test_memory_is_a_number_and_a_unit(text: str, size_bytes: int) -> None:
    assert parse_memory(text) == size_bytes


@pytest.mark.parametrize(("text", "seconds"), [("90 s", 90), ("30 min", 1800), ("1.5 h", 5400)])
def test_time_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "written"), [("120 s", "2 min"), ("90 min", "90 min"), ("2 h", "2 h"), ("0.5 s", "0.5 s")]
)
def test_time_is_written_as_it_is_read(text: str, written: str) -> None:
    assert written_duration(parse_duration(text)) == written
    assert parse_duration(written) == parse_duration(text)


@pytest.mark.parametrize("text", ["", "2", "GiB", "2 gib", "0 GiB", "-1 GiB", "2 GiB ", "30 min", "1e9 MB"])
def test_anything_else_is_no_memory(text: str) -> None:
    with pytest.raises(ValueError, match="such as 2 GiB"):
        parse_memory(text)
