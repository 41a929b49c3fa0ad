"""The database under the stores: what holds for every table in it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text
from sqlalchemy.exc import IntegrityError

from assay.base.errors import AssayError
from assay.stores.database import VERSION, open_database, writing

OPENER = """
import sys
from assay.stores import landing, ledger, pointers, snapshots
from assay.stores.database import open_database, writing
from sqlalchemy import text
with writing(open_database(sys.argv[1])).begin() as connection:
    print(connection.scalar(text("select version from store_version")))
"""
notes = Table("notes", MetaData(), Column("n", Integer, primary_key=True))


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'state.db'}"


def test_a_power_cut_takes_nothing_and_readers_do_not_wait(tmp_path: Path) -> None:
    with open_database(url(tmp_path)).connect() as connection:
        pragmas = {
            name: connection.scalar(text(f"pragma {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize(("lasting", "mode"), [(True, 2), (False, 1)])
def test_a_transaction_that_need_not_outlive_a_power_cut_says_so(tmp_path: Path, lasting: bool, mode: int) -> None:
    database = open_database(url(tmp_path))
    for asked, expected in ((lasting, mode), (True, 2)):
        with writing(database, lasting=asked).begin() as connection:
            assert connection.scalar(text("pragma synchronous")) == expected


def test_a_database_of_a_newer_assay_is_refused_by_name(tmp_path: Path) -> None:
    open_database(url(tmp_path))
    with sqlite3.connect(tmp_path / "state.db") as connection:
        connection.execute("update store_version set version = ?", [VERSION + 1])
    connection.close()
    open_database.cache_clear()

    with pytest.raises(
        AssayError, match=rf"state\.db: expected a database of form {VERSION} or older, found form {VERSION + 1}"
    ):
        open_database(url(tmp_path))


def test_a_file_that_is_no_database_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"not a database, but long enough to look like one" * 20)

    with pytest.raises(AssayError, match=r"state\.db: expected a database, found file is not a database"):
        open_database(url(tmp_path))


def test_many_processes_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPENER, url(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(6)]
    answers = [process.communicate() for process in running]

    assert [answer for answer in answers if answer[0] != f"{VERSION}\n"] == []


def test_a_table_that_came_later_is_added_to_an_older_database(tmp_path: Path) -> None:
    open_database(url(tmp_path))
    with sqlite3.connect(tmp_path / "state.db") as connection:
        connection.execute("drop table pointers")
    connection.close()
    open_database.cache_clear()

    with open_database(url(tmp_path)).connect() as opened:
        assert opened.scalar(text("select count(*) from pointers")) == 0


def test_who_reads_does_not_wait_for_who_writes(tmp_path: Path) -> None:
    database = open_database(url(tmp_path))
    with writing(database).begin() as connection:
        notes.create(connection)
    with writing(database).begin() as writer, database.connect() as reader:
        writer.execute(insert(notes).values(n=1))

        assert reader.execute(select(notes)).all() == []


def test_a_failed_transaction_changes_nothing(tmp_path: Path) -> None:
    database = open_database(url(tmp_path))
    with writing(database).begin() as connection:
        notes.create(connection)
    with pytest.raises(IntegrityError), writing(database).begin() as connection:
        connection.execute(insert(notes), [{"n": 1}, {"n": 1}])

    with database.connect() as connection:
        assert connection.execute(select(notes)).all() == []


def test_a_full_disk_is_said_in_our_words_and_changes_nothing(tmp_path: Path) -> None:
    database = open_database(url(tmp_path))
    with writing(database).begin() as connection:
        connection.execute(text("create table large (x text)"))
    with database.connect() as connection:
        pages = connection.scalar(text("pragma page_count"))
        connection.execute(
            text(f"pragma max_page_count = {pages}")
        )  # of this connection, which the pool hands out again
    lines = json.dumps(list(range(100_000)))
    with pytest.raises(AssayError, match=r"expected space on the disk"), writing(database).begin() as connection:
        connection.execute(text("insert into large values (:x)"), {"x": lines})

    with database.connect() as connection:
        assert connection.scalar(text("select count(*) from large")) == 0
