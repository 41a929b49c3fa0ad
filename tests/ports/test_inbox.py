"""The `Inbox` port: one contract, held by a folder and by the fake; then what only a folder can meet."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from assay.base.errors import AssayError
from assay.base.ports import Arrival, Inbox
from assay.stores.inbox import DiskInbox
from fakes.inbox import MemoryInbox


@dataclass(frozen=True, slots=True)
class Desk:
    """An inbox, how others leave files in it, and what was put away: names of what is done, reasons of what was not."""

    inbox: Inbox
    leave: Callable[[str, bytes], object]
    done: Callable[[], list[bytes]]
    refused: Callable[[], Mapping[str, str]]

    def whole(self) -> tuple[Arrival, ...]:
        """Look twice: what lies still has arrived."""
        self.inbox.arrived()
        return tuple(self.inbox.arrived())


@pytest.fixture(params=["folder", "fake"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    if request.param == "fake":
        fake = MemoryInbox()
        return Desk(fake, fake.leave, lambda: list(fake.done.values()), lambda: fake.refused)
    return Desk(
        DiskInbox(tmp_path),
        lambda name, content: (tmp_path / name).write_bytes(content),
        lambda: [path.read_bytes() for path in (tmp_path / "done").iterdir()],
        lambda: {path.name[:-8]: path.read_text() for path in (tmp_path / "refused").glob("*.why.txt")},
    )


def test_a_file_has_arrived_at_the_second_look_that_finds_it_the_same(desk: Desk) -> None:
    desk.leave("a.tar", b"half")
    assert not desk.inbox.arrived()
    desk.leave("a.tar", b"half and whole")
    assert not desk.inbox.arrived()

    (arrival,) = desk.inbox.arrived()

    assert (arrival.name, arrival.is_file, arrival.size_bytes) == ("a.tar", True, 14)
    assert desk.inbox.read(arrival) == b"half and whole"


def test_an_unfinished_file_never_arrives(desk: Desk) -> None:
    desk.leave("a.tar.part", b"half")

    assert desk.whole() == ()


def test_what_is_done_is_out_of_the_way(desk: Desk) -> None:
    desk.leave("a.tar", b"one")

    desk.inbox.put_away(desk.whole()[0])

    assert desk.done() == [b"one"]
    assert desk.whole() == ()


def test_what_is_refused_lies_beside_its_reason(desk: Desk) -> None:
    desk.leave("a.tar", b"one")

    desk.inbox.put_away(desk.whole()[0], "it is no bundle")

    assert desk.refused() == {"a.tar": "it is no bundle"}
    assert desk.whole() == ()


def test_a_second_file_of_the_same_name_writes_over_none(desk: Desk) -> None:
    for content in (b"one", b"two"):
        desk.leave("a.tar", content)
        desk.inbox.put_away(desk.whole()[0])
        desk.leave("b.tar", content)
        desk.inbox.put_away(desk.whole()[0], content.decode())

    assert sorted(desk.done()) == [b"one", b"two"]
    assert sorted(desk.refused().values()) == ["one", "two"]


def test_a_file_that_changed_since_it_was_seen_is_neither_read_nor_put_away(desk: Desk) -> None:
    desk.leave("a.tar", b"one")
    (arrival,) = desk.whole()
    desk.leave("a.tar", b"another")

    with pytest.raises(AssayError, match=r"a\.tar: expected the file that arrived, found another one"):
        desk.inbox.read(arrival)
    desk.inbox.put_away(arrival)

    assert [found.size_bytes for found in desk.whole()] == [7]


def test_the_oldest_file_comes_first(tmp_path: Path) -> None:
    inbox = DiskInbox(tmp_path)
    for name, age in (("b", 3), ("c", 1), ("a", 2)):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    inbox.arrived()

    assert [arrival.name for arrival in inbox.arrived()] == ["b", "a", "c"]


def test_a_link_a_pipe_and_a_folder_are_no_files_and_nothing_is_read_of_them(tmp_path: Path) -> None:
    secret = tmp_path / "key.pem"
    secret.write_text("secret")
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "link").symlink_to(secret)
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    inbox = DiskInbox(folder)
    inbox.arrived()

    arrivals = inbox.arrived()

    assert {arrival.name: arrival.is_file for arrival in arrivals} == {"link": False, "folder": False, "pipe": False}
    for arrival in arrivals:
        with pytest.raises(AssayError):
            inbox.read(arrival)
        inbox.put_away(arrival, "no file")
    assert (folder / "refused" / "link").is_symlink()
    assert secret.read_text() == "secret"


def test_nothing_is_put_where_somebody_else_has_laid_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "refused").symlink_to(elsewhere)
    (folder / "a.tar").write_bytes(b"one")
    inbox = DiskInbox(folder)
    inbox.arrived()

    with pytest.raises(AssayError, match="refused is a link"):
        inbox.put_away(inbox.arrived()[0], "no bundle")

    assert list(elsewhere.iterdir()) == []
    assert (folder / "a.tar").exists()


def test_names_that_are_too_long_or_not_to_be_shown_do_not_stop_anything(tmp_path: Path) -> None:
    long = "é" * 127
    wild = os.fsdecode(b"a\n\x1b[31mred\xff")
    for name in (long, wild):
        (tmp_path / name).write_bytes(b"x")
    inbox = DiskInbox(tmp_path)
    inbox.arrived()

    arrivals = inbox.arrived()
    for arrival in arrivals:
        inbox.put_away(arrival, "no bundle")

    assert {arrival.name for arrival in arrivals} == {long, "a??[31mred?"}
    assert len(list((tmp_path / "refused").glob("*.why.txt"))) == 2
