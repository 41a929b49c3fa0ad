"""Logs of builds on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.stores.build_logs import DiskBuildLogs


def test_lines_are_there_as_soon_as_they_are_written(tmp_path: Path) -> None:
    with DiskBuildLogs(tmp_path / "logs").open("20260302T080000Z-dev-shop") as (path, write):
        write("one")
        write("two")
        assert Path(path).read_text() == "one\ntwo\n"


def test_a_second_build_within_the_second_goes_on_in_the_same_file(tmp_path: Path) -> None:
    for text in ("one", "two"):
        with DiskBuildLogs(tmp_path).open("name") as (path, write):
            write(text)

    assert Path(path).read_text() == "one\ntwo\n"


def test_the_newest_fifty_are_kept(tmp_path: Path) -> None:
    for number in range(60):
        with DiskBuildLogs(tmp_path).open(f"{number:02d}") as (_, write):
            write("x")

    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{number:02d}.log" for number in range(10, 60)]


def test_what_is_no_character_is_written_as_its_number(tmp_path: Path) -> None:
    with DiskBuildLogs(tmp_path).open("name") as (path, write):
        write("é of \udcff")

    assert Path(path).read_text(encoding="utf-8") == "é of \\udcff\n"


@pytest.mark.parametrize("is_file", [True, False])
def test_a_log_that_cannot_be_written_stops_nobody(tmp_path: Path, is_file: bool) -> None:
    folder = tmp_path / "logs"
    if is_file:
        folder.write_text("in the way")
    else:
        (folder / "name.log").mkdir(parents=True)
    with DiskBuildLogs(folder).open("name") as (_, write):
        write("lost")
