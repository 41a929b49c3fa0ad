"""The `ToldBook` port: one contract, held by the portal's database and by the fake."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assay.base.telling import Told, ToldBook, Turn
from assay.stores.portal_tables import open_portal_database
from assay.stores.told import DatabaseToldBook
from databases import DATABASES, MEMORY, url_of
from fakes.telling import MemoryToldBook

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATER = NOW + 10 * MINUTE
CARLA = "carla@example.org"
TOLD = {
    "town:1": Told(1, date(2026, 3, 2), was_pressing=True),
    "town:2": Told(3, date(2026, 2, 20), was_pressing=False),
}


@pytest.fixture(params=[*DATABASES, MEMORY])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], ToldBook]:
    """Return what opens the book: for another process as well, where it lies on disk."""
    if request.param == MEMORY:
        book = MemoryToldBook()
        return lambda: book
    url = url_of(request.param, tmp_path, request)
    return lambda: DatabaseToldBook(open_portal_database(url))


@pytest.fixture
def book(opened: Callable[[], ToldBook]) -> ToldBook:
    return opened()


def taken(book: ToldBook, now: datetime = NOW, channel: str = "mail", email: str = CARLA) -> Turn:
    turn = book.take(email, channel, now, now + 10 * MINUTE)
    assert turn is not None
    return turn


def test_somebody_who_was_never_told_anything_starts_with_an_empty_page(book: ToldBook) -> None:
    turn = taken(book)
    assert (turn.told, turn.digest_at, turn.failures) == ({}, None, 0)


def test_what_is_settled_is_there_the_next_time(opened: Callable[[], ToldBook]) -> None:
    assert opened().settle(taken(opened()), TOLD, NOW)
    turn = taken(opened(), NOW + MINUTE)
    assert (turn.told, turn.digest_at, turn.failures) == (TOLD, NOW, 0)


def test_what_is_settled_takes_the_place_of_what_was(book: ToldBook) -> None:
    book.settle(taken(book), TOLD, NOW)
    book.settle(taken(book), {}, NOW + MINUTE)
    assert taken(book).told == {}


def test_a_turn_is_had_by_one_at_a_time(book: ToldBook) -> None:
    taken(book)
    assert book.take(CARLA, "mail", NOW + MINUTE, LATER) is None


def test_an_email_is_one_whatever_its_case(book: ToldBook) -> None:
    taken(book)
    assert book.take(CARLA.upper(), "mail", NOW, LATER) is None


def test_channels_and_people_do_not_wait_for_each_other(book: ToldBook) -> None:
    assert [taken(book), taken(book, channel="room"), taken(book, email="ada@example.org")]


def test_a_turn_that_took_too_long_is_lost_and_writes_nothing(book: ToldBook) -> None:
    slow = taken(book)
    book.settle(taken(book, LATER), TOLD, LATER)
    assert not book.settle(slow, {}, NOW)
    assert not book.put_off(slow, LATER + 60 * MINUTE)
    assert taken(book, LATER + MINUTE).told == TOLD


def test_a_turn_is_given_back_once(book: ToldBook) -> None:
    turn = taken(book)
    assert book.settle(turn, TOLD, NOW)
    assert not book.settle(turn, {}, NOW)


def test_what_is_put_off_is_tried_again_then_and_has_lost_nothing(book: ToldBook) -> None:
    book.settle(taken(book), TOLD, NOW)
    assert book.put_off(taken(book), NOW + 5 * MINUTE)
    assert book.take(CARLA, "mail", NOW + 4 * MINUTE, LATER) is None
    turn = taken(book, NOW + 5 * MINUTE)
    assert (turn.told, turn.digest_at, turn.failures) == (TOLD, NOW, 1)


def test_failures_are_counted_until_one_went_through(book: ToldBook) -> None:
    book.put_off(taken(book), NOW)
    book.put_off(taken(book), NOW)
    third = taken(book)
    assert third.failures == 2
    book.settle(third, {}, NOW)
    assert taken(book).failures == 0


def test_of_many_at_once_one_gets_the_turn(opened: Callable[[], ToldBook]) -> None:
    books = [opened() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        turns = list(pool.map(lambda book: book.take(CARLA, "mail", NOW, LATER), books))
    assert sum(turn is not None for turn in turns) == 1
