"""Names are checked where they come in; a snapshot is what its files hold, wherever they lie."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assay.base.canonical import digest_bytes
from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.base.names import TableRef, is_release_id, parse_table_ref
from assay.base.snapshots import Column, DataFile, Manifest, manifest_from_json


def test_a_table_is_named_by_one_or_two_names() -> None:
    assert parse_table_ref("daily") == TableRef(None, "daily")
    assert parse_table_ref("sources.flights").is_source
    assert str(parse_table_ref("sales.daily")) == "sales.daily"


@pytest.mark.parametrize("text", ["", "Daily", "a.b.c", "sources.", "1a", "a b", "x" * 64, 'a";drop'])
def test_anything_else_names_no_table(text: str) -> None:
    with pytest.raises(AssayError):
        parse_table_ref(text)


MANIFEST = Manifest(
    "p/d",
    (Column("a", "DECIMAL(10,2)"),),
    (DataFile("files/1.parquet", digest_bytes(b"1"), 10, 3), DataFile("files/2.parquet", digest_bytes(b"2"), 20, 4)),
)


def test_a_release_is_named_by_its_number_and_nothing_beside_it() -> None:
    assert is_release_id("R-0001")
    assert not any(map(is_release_id, ("R-", "r-0001", "R-0001@1.0.0", "R-0001\n", "HEAD", "R-next")))


def test_a_manifest_that_is_written_and_read_is_the_same() -> None:
    assert manifest_from_json(MANIFEST.as_json()) == MANIFEST
    assert MANIFEST.rows == 7


def test_where_a_file_lies_is_no_part_of_a_snapshot_and_what_it_holds_is() -> None:
    first, second = MANIFEST.files

    assert replace(MANIFEST, files=(replace(first, path="elsewhere"), second)).digest == MANIFEST.digest
    assert replace(MANIFEST, files=(replace(first, digest=digest_bytes(b"x")), second)).digest != MANIFEST.digest
    assert replace(MANIFEST, files=(second, first)).digest != MANIFEST.digest
    assert replace(MANIFEST, columns=(Column("a", "DECIMAL(10,3)"),)).digest != MANIFEST.digest


def test_faults_are_raised_together_in_the_order_of_their_places() -> None:
    with pytest.raises(AssayError) as caught:
        raise_faults([Fault(Place("b", 1), "x", "y"), Fault(Place("a", 9), "x", "y"), Fault(Place("a", 2), "x", "y")])

    assert [str(fault.where) for fault in caught.value.faults] == ["a:2", "a:9", "b:1"]
    raise_faults([])
