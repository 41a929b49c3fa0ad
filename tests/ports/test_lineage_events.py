"""The contract of `LineageEvents`: a file, a service over HTTP, and the fake."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest

from assay.base.errors import AssayError, Place
from assay.base.ports import LineageEvents
from assay.connectors.lineage_events import LineageFile, LineageService
from fakes.lineage_events import MemoryLineage
from lineage_server import LineageServer, lineage_server

PLACE = Place("assay.yaml: lineage")
SECRET = "s3cret-key"


@dataclass(frozen=True, slots=True)
class Case:
    """An adapter, what it handed over, and how to take away from under it where it hands it to."""

    events: LineageEvents
    taken: Callable[[], list[dict[str, Any]]]
    take_away: Callable[[], None]


@pytest.fixture
def server() -> Iterator[LineageServer]:
    with lineage_server() as served:
        yield served


@pytest.fixture(params=["file", "service", "fake"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    if request.param == "fake":
        fake = MemoryLineage()
        yield Case(fake, lambda: fake.taken, lambda: setattr(fake, "is_down", True))
    elif request.param == "file":
        path = tmp_path / "kept" / "events.ndjson"
        yield Case(LineageFile(tmp_path, "kept/events.ndjson", {}, PLACE), lambda: lines(path), lambda: blocked(path))
    else:
        with lineage_server() as served:
            events = LineageService(served.address, None, {}, PLACE)
            yield Case(events, lambda: served.taken, lambda: setattr(served, "status", 503))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def blocked(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir(parents=True)


def test_events_arrive_whole_and_in_order(case: Case) -> None:
    events = [{"eventType": "START", "n": 1, "text": 'ü "quoted"\nline'}, {"eventType": "COMPLETE", "n": 2}]
    for event in events:
        case.events.emit(event)

    assert case.taken() == events


def test_what_is_not_taken_is_refused_by_its_place(case: Case) -> None:
    case.take_away()

    with pytest.raises(AssayError) as refused:
        case.events.emit({"n": 1})

    assert "lineage" in str(refused.value.faults[0].where)


def test_later_events_go_behind_those_that_lie_there(tmp_path: Path) -> None:
    for number in range(3):
        LineageFile(tmp_path, "${WHERE}/e.ndjson", {"WHERE": "there"}, PLACE).emit({"n": number})

    assert [event["n"] for event in lines(tmp_path / "there" / "e.ndjson")] == [0, 1, 2]


WRITES = """
import sys
from pathlib import Path
from assay.base.errors import Place
from assay.connectors.lineage_events import LineageFile
events = LineageFile(Path(sys.argv[1]), "e.ndjson", {}, Place("assay.yaml"))
for number in range(50):
    events.emit({"who": int(sys.argv[2]), "n": number, "long": "x" * 20_000})
"""


def test_two_processes_write_whole_lines(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITES, str(tmp_path), str(who)]) for who in range(2)]

    assert [writer.wait() for writer in writers] == [0, 0]
    found = lines(tmp_path / "e.ndjson")
    assert [[e["n"] for e in found if e["who"] == who] for who in range(2)] == [list(range(50))] * 2


def test_a_full_disk_is_said_and_leaves_no_half_of_a_line(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(AssayError) as refused:
        LineageFile(tmp_path, str(full), {}, PLACE).emit({"n": 1})

    assert refused.value.faults[0].found == "no space left on device"


def test_a_service_is_asked_where_the_standard_says_with_its_key(server: LineageServer) -> None:
    LineageService("${URL}", "${KEY}", {"URL": server.address, "KEY": SECRET}, PLACE).emit({"n": 1})
    LineageService(f"{server.address}/other/way", None, {}, PLACE).emit({"n": 2})

    assert server.asked == [("/api/v1/lineage", f"Bearer {SECRET}"), ("/other/way", None)]


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 413, 500])
def test_anything_but_yes_is_no_and_no_secret_is_told(server: LineageServer, status: int) -> None:
    server.status, server.location = status, f"{server.address}/elsewhere"
    address = f"{server.address}/{SECRET}"

    with pytest.raises(AssayError) as refused:
        LineageService(address, "${KEY}", {"KEY": SECRET}, PLACE).emit({"n": 1})

    assert refused.value.faults[0].found == f"HTTP {status}"
    assert len(server.asked) == 1, "it was led on"
    assert SECRET not in str(refused.value)
    assert server.taken == []


def test_a_service_that_is_not_there_is_named_without_its_path() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(AssayError) as refused:
            LineageService(f"{address}/{SECRET}", None, {}, PLACE).emit({"n": 1})

    fault = refused.value.faults[0]
    assert (str(fault.where), fault.found) == (f"assay.yaml: lineage: {address}", "connection refused")


def test_a_service_that_never_answers_is_waited_for_a_moment_only() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(AssayError) as refused:
            LineageService(url, None, {}, PLACE, seconds=0.2).emit({"n": 1})

    assert refused.value.faults[0].expected == "a service that answers"


def test_a_service_whose_words_trickle_is_waited_for_no_longer() -> None:
    is_over, until = Event(), monotonic() + 30

    def trickle(listening: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 201 Created\r\nX-Long: ")
                while not is_over.wait(0.05) and monotonic() < until:
                    connection.sendall(b"x")

    with socket.socket() as slow:
        slow.bind(("127.0.0.1", 0))
        slow.listen()
        beside = Thread(target=trickle, args=(slow,))
        beside.start()
        before = monotonic()
        try:
            with pytest.raises(AssayError, match=r"expected a service that answers, found none within 0\.3 seconds"):
                LineageService(f"http://127.0.0.1:{slow.getsockname()[1]}", None, {}, PLACE, seconds=0.3).emit({"n": 1})
            took = monotonic() - before
        finally:
            is_over.set()
            beside.join()

    assert took < 5


@pytest.mark.parametrize(
    "url", ["${URL}", "file:///etc/passwd", "ftp://127.0.0.1/", "nonsense", "http://[::1", "http://host:port/"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(AssayError):
        LineageService(url, None, {}, PLACE).emit({"n": 1})
