"""Of which form a file is, its name tells."""

from __future__ import annotations

import pytest

from assay.base.file_forms import FileForm, form_of, names_files


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a/b.parquet", FileForm.PARQUET),
        ("B.CSV", FileForm.CSV),
        ("b.tsv.gz", FileForm.CSV),
        ("b.ndjson.zst", FileForm.JSON),
        ("b.jsonl", FileForm.JSON),
    ],
)
def test_a_name_with_an_ending_names_files_of_its_form(name: str, form: FileForm) -> None:
    assert names_files(name)
    assert form_of(name) is form


@pytest.mark.parametrize("name", ["qa", "R-0001", "ontime@1.2.0", "cut:csv", "sha256:json"])
def test_a_place_is_named_without_one(name: str) -> None:
    assert not names_files(name)
