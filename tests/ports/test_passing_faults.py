"""Which faults of sources and disks say that they may be gone a little later, so that a schedule tries again."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from assay.base.errors import AssayError, Place
from assay.base.full_disk import space_on_disk
from assay.base.source_places import FilesPlace
from assay.connectors.sources.postgresql_words import answer_to
from assay.stores.landing import delivered_file
from assay.stores.received_files import ReceivedFiles

WHERE = Place("sources/sales.odcs.yaml")


class Told(Exception):
    """What a driver raises."""

    def __init__(self, message: str, sqlstate: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("error", "is_connecting", "is_passing"),
    [
        (Told("Connection refused"), True, True),
        (Told("Verbindungsaufbau abgelehnt"), True, True),
        (Told("timeout expired"), True, True),
        (Told("", "57P03"), False, True),
        (Told("", "53300"), False, True),
        (Told("FATAL: password authentication failed for user"), True, False),
        (Told("database \"x\" does not exist"), True, False),
        (Told("", "42501"), False, False),
        (Told("ERROR:  division by zero", "22012"), False, False),
    ],
)  # fmt: skip
def test_a_database_that_does_not_answer_may_and_one_that_says_no_will_not(
    error: Told, is_connecting: bool, is_passing: bool
) -> None:
    assert answer_to(error, WHERE, is_connecting=is_connecting).is_passing is is_passing


def test_a_delivery_that_is_not_there_may_come(tmp_path: Path) -> None:
    with pytest.raises(AssayError) as none:
        ReceivedFiles(lambda pattern: []).deliveries(FilesPlace(WHERE, "a.parquet", "a.parquet"))
    with pytest.raises(AssayError) as gone:
        delivered_file(tmp_path / "a.parquet")

    assert (none.value.is_passing, gone.value.is_passing) == (True, True)


def test_a_full_disk_may_have_room_again() -> None:
    with pytest.raises(AssayError) as full, space_on_disk(Path("/data")):
        raise OSError(errno.ENOSPC, "No space left on device")

    assert full.value.is_passing
