"""A time limit interrupts as Ctrl-C does, says that it did, and leaves alarms of others as they were."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from types import FrameType

import pytest

from assay.automation.time_limit import TooLong, time_limit
from assay.base.errors import refusal
from assay.engines.duckdb import DuckDBEngine

SLOW = "select count(*) from range(100000) a, range(1000000) b where (a.range * b.range) % 7 = 3"


@pytest.fixture(autouse=True)
def _no_alarm() -> Iterator[None]:
    """Set the alarm aside by which pytest watches over a test."""
    left, every = signal.setitimer(signal.ITIMER_REAL, 0)
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.signal(signal.SIGALRM, before)
    signal.setitimer(signal.ITIMER_REAL, left, every)


def test_what_takes_too_long_is_stopped_and_named() -> None:
    before = signal.getsignal(signal.SIGALRM)
    started = time.monotonic()
    with pytest.raises(TooLong) as caught, time_limit(0.2, "the run of shop"):
        time.sleep(30)

    assert time.monotonic() - started < 10
    wanted = "the run of shop: expected an end within 0.2 s, found none, so that it was stopped. Raise timeout:"
    assert str(caught.value).startswith(wanted)
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_query_is_stopped_in_its_middle(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    started = time.monotonic()
    with closing(DuckDBEngine(tmp_path / "scratch", [tmp_path / "data"], date(2026, 3, 3))) as engine:
        with pytest.raises(TooLong), time_limit(0.5, "a query"):
            engine.query(SLOW)
        assert time.monotonic() - started < 20
        assert engine.query("select 1") == [(1,)]


def test_a_query_is_stopped_where_ctrl_c_is_not_heard(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    started = time.monotonic()
    try:
        engine = DuckDBEngine(tmp_path / "scratch", [tmp_path / "data"], date(2026, 3, 3))
        with closing(engine), pytest.raises(TooLong), time_limit(0.5, "a query"):
            engine.query(SLOW)
    finally:
        signal.signal(signal.SIGINT, before)

    assert time.monotonic() - started < 20


def test_a_query_that_only_python_was_told_to_leave_is_left_by_the_engine_too(tmp_path: Path) -> None:
    """Else its threads would go on, and whatever is asked next would wait for them."""
    (tmp_path / "data").mkdir()
    before = signal.signal(signal.SIGINT, lambda number, frame: None)  # so that nobody else listens
    try:
        with closing(DuckDBEngine(tmp_path / "scratch", [tmp_path / "data"], date(2026, 3, 3))) as engine:
            with pytest.raises(TooLong), time_limit(0.5, "a query"):
                engine.query(SLOW)
            assert engine.query("select 1") == [(1,)]
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_ends_in_time_and_what_has_no_limit_are_left_alone() -> None:
    with time_limit(30, "a run"):
        pass
    with time_limit(None, "a run"):
        pass

    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_ctrl_c_stays_ctrl_c_and_a_refusal_a_refusal() -> None:
    with pytest.raises(KeyboardInterrupt), time_limit(30, "a run"):
        raise KeyboardInterrupt
    error = refusal("x", expected="y", found="z")
    with pytest.raises(type(error), match="expected y") as caught, time_limit(30, "a run"):
        raise error

    assert caught.value is error


def test_an_alarm_of_somebody_else_rings_afterwards() -> None:
    rung: list[int] = []

    def ring(number: int, frame: FrameType | None) -> None:
        rung.append(number)

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    with time_limit(30, "a run"):
        time.sleep(0.4)
    assert rung == []

    time.sleep(0.1)
    assert rung == [signal.SIGALRM]


def test_elsewhere_than_in_the_main_thread_there_is_no_limit() -> None:
    ended: list[bool] = []

    def work() -> None:
        with time_limit(0.1, "a run"):
            time.sleep(0.4)
        ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert ended == [True]
