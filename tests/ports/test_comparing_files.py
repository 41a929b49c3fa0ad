"""Two tables of files compared by a real engine: what is said when somebody writes there meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from assay.actions.compare_files import compare_files
from assay.actions.compared_tables import CompareWish
from assay.base.errors import AssayError
from assay.comparison.results import Comparison
from assay.wiring_files import open_desk, open_digests

ENDINGS = ("parquet", "csv")


def compared(here: Path, ending: str, progress: Callable[[str], None]) -> Comparison:
    """Compare two files whose rows differ, without a key; ``progress`` is told while they are read."""
    paths = []
    for name, values in (("before", [1, 2]), ("after", [1, 3])):
        content, path = pa.table({"n": values}), str(here / f"{name}.{ending}")
        if ending == "csv":
            pyarrow.csv.write_csv(content, path)
        else:
            pq.write_table(content, path)
        paths.append(path)
    desk = open_desk(here / "state", open_digests(here / "state"))
    files = ("before", paths[:1]), ("after", paths[1:])
    return compare_files(desk, files, None, CompareWish(), progress, for_file=False)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", ["before", "after"])
def test_a_file_that_is_touched_while_it_is_read_is_compared_with_nothing(
    tmp_path: Path, name: str, ending: str
) -> None:
    touched = tmp_path / f"{name}.{ending}"

    with pytest.raises(AssayError) as refused:
        compared(tmp_path, ending, lambda _: os.utime(touched, ns=(1, 1)))

    assert [fault.where.file for fault in refused.value.faults] == [str(touched)]
    assert refused.value.faults[0].expected == "a file that nobody changes while it is read"


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_that_vanishes_while_it_is_read_is_compared_with_nothing(tmp_path: Path, ending: str) -> None:
    gone = tmp_path / f"after.{ending}"

    with pytest.raises(AssayError, match=f"after.{ending}"):
        compared(tmp_path, ending, lambda _: gone.unlink(missing_ok=True))


@pytest.mark.parametrize("ending", ENDINGS)
def test_files_that_nobody_touches_are_compared(tmp_path: Path, ending: str) -> None:
    told: list[str] = []

    found = compared(tmp_path, ending, told.append)

    assert (found.before.only, found.after.only) == (1, 1)
    assert told  # so the tests above did touch the files
