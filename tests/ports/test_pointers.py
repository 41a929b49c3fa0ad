"""The `Pointers` port: one contract, held by the database and by the fake."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from assay.base.canonical import digest_text
from assay.base.errors import AssayError
from assay.base.ports import Pointers
from assay.base.snapshots import Pointer, Slot
from assay.stores.database import open_database
from assay.stores.pointers import DatabasePointers
from databases import DATABASES, MEMORY, url_of
from fakes.pointers import MemoryPointers

FIRST = Pointer(
    environment="dev",
    product="ontime",
    slot=Slot.CURRENT,
    snapshots={"ontime_daily": digest_text("a"), "carrier_month": digest_text("b")},
    cut={"flights": digest_text("c")},
    payload=None,
    as_of="2013-12-31",
    moved_at=datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
)


@pytest.fixture(params=[*DATABASES, MEMORY])
def pointers(request: pytest.FixtureRequest, tmp_path: Path) -> Pointers:
    if request.param == MEMORY:
        return MemoryPointers()
    return DatabasePointers(open_database(url_of(request.param, tmp_path, request)))


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    return open_database(url_of(request.param, tmp_path, request))


def test_there_is_no_pointer_before_the_first_move(pointers: Pointers) -> None:
    assert pointers.get("dev", "ontime", Slot.CURRENT) is None
    assert list(pointers.all()) == []


def test_what_was_moved_is_read_back(pointers: Pointers) -> None:
    moved = pointers.move(FIRST)

    assert moved == replace(FIRST, revision=1) == pointers.get("dev", "ontime", Slot.CURRENT)


def test_each_move_counts_one(pointers: Pointers) -> None:
    second = replace(pointers.move(FIRST), snapshots={"ontime_daily": digest_text("z")}, payload=digest_text("p"))

    assert pointers.move(second) == replace(second, revision=2) == pointers.get("dev", "ontime", Slot.CURRENT)


@pytest.mark.parametrize("revision", [0, 2, 7])
def test_a_move_that_has_not_seen_the_newest_revision_is_refused_and_changes_nothing(
    pointers: Pointers, revision: int
) -> None:
    moved = pointers.move(FIRST)

    with pytest.raises(AssayError, match=rf"expected revision {revision}.*found revision 1"):
        pointers.move(replace(FIRST, revision=revision, as_of="2014-01-01"))
    assert pointers.get("dev", "ontime", Slot.CURRENT) == moved


def test_a_first_move_that_claims_to_have_seen_something_is_refused(pointers: Pointers) -> None:
    with pytest.raises(AssayError, match="found revision 0"):
        pointers.move(replace(FIRST, revision=1))


def test_environments_products_and_slots_do_not_touch_each_other(pointers: Pointers) -> None:
    others = [
        replace(FIRST, environment="qa"),
        replace(FIRST, product="costs"),
        replace(FIRST, environment="prod", slot=Slot.CANDIDATE),
        replace(FIRST, environment="prod", slot=Slot.RELEASED),
    ]
    for pointer in (FIRST, *others):
        pointers.move(pointer)

    assert [(p.environment, p.product, p.slot, p.revision) for p in pointers.all()] == [
        ("dev", "costs", Slot.CURRENT, 1),
        ("dev", "ontime", Slot.CURRENT, 1),
        ("prod", "ontime", Slot.CANDIDATE, 1),
        ("prod", "ontime", Slot.RELEASED, 1),
        ("qa", "ontime", Slot.CURRENT, 1),
    ]


def test_of_many_movers_at_once_one_wins_each_revision(database: Engine) -> None:
    def move(number: int) -> int:
        pointers = DatabasePointers(database)
        lost = 0
        while True:
            present = pointers.get("dev", "ontime", Slot.CURRENT)
            try:
                pointers.move(replace(FIRST, as_of=f"2013-01-{number:02}", revision=present.revision if present else 0))
            except AssayError:
                lost += 1
            else:
                return lost

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(move, range(1, 21)))
    last = DatabasePointers(database).get("dev", "ontime", Slot.CURRENT)
    assert last is not None
    assert last.revision == 20
