"""Python steps that take and give data frames of polars and pandas: types stay exact."""

# ruff: noqa: DTZ001  (moments without a zone are what is tested)

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assay.base.errors import AssayError
from assay.base.ports import Program
from assay.engines.child_process import ChildPython

ROWS = pa.table(
    {
        "small": pa.array([1, None], pa.int16()),
        "large": pa.array([2**53 + 1, None], pa.int64()),
        "number": pa.array([0.1, None], pa.float64()),
        "money": pa.array([Decimal("12345678901234567890.10"), None], pa.decimal128(22, 2)),
        "text": pa.array(["", None], pa.string()),
        "day": pa.array([date(1, 1, 1), None], pa.date32()),
        "moment": pa.array([datetime(2013, 1, 1, 5, 0, 0, 1), None], pa.timestamp("us")),
        "instant": pa.array([datetime(2013, 1, 1, 5), None], pa.timestamp("us", "UTC")),
        "time": pa.array([time(1, 2, 3, 4), None], pa.time64("us")),
        "flag": pa.array([True, None], pa.bool_()),
    }
)


def run(folder: Path, source: str, **forms: str) -> pa.Table:
    paths = [str(folder / f"{part}.parquet") for part in (0, 1)]
    for part, path in enumerate(paths):
        pq.write_table(ROWS.slice(part, 1), path)
    program = Program("products/p/workflow/model.py", "model", source, {}, forms, takes_as_of=False)
    runner = ChildPython(folder / "scratch", limit_seconds=100)
    runner.run(program, dict.fromkeys(forms, paths), str(folder / "output.parquet"), date(2013, 12, 31))
    return pq.read_table(folder / "output.parquet")


@pytest.mark.parametrize("form", ["polars", "polars-lazy", "pandas"])
def test_a_data_frame_comes_back_with_the_types_that_went_in(form: str, tmp_path: Path) -> None:
    found = run(tmp_path, "def model(t):\n    return t\n", t=form)

    assert found.to_pylist() == ROWS.to_pylist()
    assert found.cast(ROWS.schema).schema == ROWS.schema
    assert [str(f.type).removeprefix("large_") for f in found.schema] == [str(f.type) for f in ROWS.schema]


@pytest.mark.parametrize(
    ("form", "kind"),
    [("polars", "polars.*DataFrame"), ("polars-lazy", "polars.*LazyFrame"), ("pandas", "pandas.*Frame")],
)
def test_each_form_is_what_its_annotation_says(form: str, kind: str, tmp_path: Path) -> None:
    source = "import pyarrow as pa\ndef model(t):\n    return pa.table({'x': [str(type(t))]})\n"

    assert re.search(kind, run(tmp_path, source, t=form)["x"][0].as_py())


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("pd.DataFrame({'a': [1], 'b': [2]}).groupby('a').sum()", "found a. Return frame.reset_index"),
        ("pd.DataFrame({1: [1]})", "expected columns named by texts, found 1"),
        ("pd.DataFrame([[1, 2]], columns=['a', 'A'])", "found a again"),
        ("pd.DataFrame({'a': pd.to_datetime(['2013-01-01 00:00:00.000000001'])})", "would lose data"),
    ],
)
def test_what_would_be_lost_of_a_data_frame_is_refused(rows: str, found: str, tmp_path: Path) -> None:
    with pytest.raises(AssayError, match=rf"^products/p/workflow/model\.py.*{found}"):
        run(tmp_path, f"import pandas as pd\ndef model():\n    return {rows}\n")


def test_an_extra_that_is_missing_is_named(tmp_path: Path) -> None:
    source = "raise ModuleNotFoundError(\"No module named 'polars'\", name='polars')\n"

    with pytest.raises(AssayError, match=r"No module named 'polars'. Install it: pip install 'assay\[polars\]'"):
        run(tmp_path, source)
