"""On a full disk every command says so and where, loses nothing, and works again when there is room.

The disk is a file system of its own in memory where this user may mount one. Elsewhere the system refuses every file
that grows beyond a page, which is the same refusal at the same call, only with another word.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from faults.forking import Server
from faults.shop import Shop
from full_disks import mounted
from homes import CACHES, rows_of, state_of
from soak import SOAK

pytestmark = pytest.mark.timeout(600)

PAGE = 4096
SPARE_BYTES = 6 << 20
ROOMS_BYTES = (0, 60_000) if not SOAK else (0, 4_096, 20_000, 60_000, 150_000, 400_000, 1_000_000, 2_000_000)
"""How much is left when a command starts: with nothing it must be refused, with little it may be refused later."""


@dataclass(frozen=True, slots=True)
class Deed:
    """A command that writes, from where it is possible.

    Attributes:
        start: the fixture with the homes as they are before it.
        person: who types it.
        arguments: the command; ``{post}`` stands for the folder of what is sent.
        at: what time it is.
        file: what it writes among the post; empty for nothing.
    """

    start: str
    person: str
    arguments: tuple[str, ...]
    at: str = "2026-03-02T09:30:00Z"
    file: str = ""


REQUEST = (
    "request", "new", "--product", "shop", "--title", "x", "--question", "x" * 10_000, "--deliverable", "dataset",
    "--audience", "us", "--needed-by", "2026-12-31", "--acceptance", "right", "--sketch", "x" * 10_000,
)  # fmt: skip
DEEDS = {
    "a build": Deed("opened", "ada", ("build",)),
    "a request": Deed("opened", "carla", REQUEST),
    "a freezing": Deed("built", "ada", ("freeze",)),
    "a bundle": Deed("admitted", "ada", ("bundle", "build", "--out", "{post}/new.tar"), file="new.tar"),
    "an export": Deed("admitted", "ada", ("ledger", "export", "--out", "{post}/new.tar"), file="new.tar"),
    "a publication": Deed("admitted", "ada", ("publish",)),
    "an import": Deed("answered", "ada", ("ledger", "import", "{post}/answer.tar")),
    "an admission": Deed("handed", "ada", ("node", "admit", "{post}/bundle.tar")),
    "a deployment": Deed("admitted", "ada", ("node", "deploy", "R-0001"), "2026-03-02T12:00:00Z"),
    "a release": Deed("ordered", "ada", ("node", "release", "{post}/order.tar"), "2026-03-03T10:00:00Z"),
    "a run": Deed("released", "ada", ("node", "run", "--due"), "2026-03-04T06:10:00Z"),
}


@dataclass(frozen=True, slots=True)
class Disk:
    """A small disk with all homes of the shop on it."""

    shop: Shop
    is_mounted: bool
    printed: Path

    @contextmanager
    def nearly_full(self, room_bytes: int) -> Iterator[None]:
        """Fill it but for so many bytes, and make room again."""
        filler = self.shop.root / "filler"
        if self.is_mounted:
            facts = os.statvfs(self.shop.root)
            with filler.open("wb", buffering=0) as file:
                os.posix_fallocate(file.fileno(), 0, max(facts.f_bavail * facts.f_frsize - room_bytes, 1))
        try:
            yield
        finally:
            filler.unlink(missing_ok=True)

    def run(self, server: Server, deed: Deed, room_bytes: int | None) -> tuple[int, str]:
        """Run a command; without a disk of its own, with a limit on the size of files. None stands for enough room."""
        environment = self.shop.environment(deed.person, deed.at)
        arguments = [argument.replace("{post}", str(self.shop.post(""))) for argument in deed.arguments]
        if room_bytes is None or self.is_mounted:
            child = server.command(environment, self.printed, *arguments)
        else:
            child = server.limited_command(max(room_bytes, PAGE), environment, self.printed, *arguments)
        return child.wait(), self.printed.read_text()


@contextmanager
def disk_for(start: Shop, folder: Path) -> Iterator[Disk]:
    """Lay the homes on a disk with little more room than they take."""
    disk = folder / "disk"
    used = sum(-(-path.stat().st_size // PAGE) * PAGE for path in start.root.rglob("*") if path.is_file())
    with mounted(disk, used + SPARE_BYTES) as is_mounted:
        yield Disk(start.copy(disk / "all"), is_mounted, folder / "printed")


@pytest.fixture(scope="session")
def built(opened: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop with its release built and signed for."""
    shop = opened.copy(tmp_path_factory.mktemp("built") / "all")
    shop.do("ada", "build", "--sign")
    return shop


@pytest.fixture(scope="session")
def handed(admitted: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop with its bundle handed to a node that has not looked at it yet."""
    shop = admitted.copy(tmp_path_factory.mktemp("handed") / "all")
    shutil.rmtree(shop.node / "state")
    shop.do(None, "node", "status")
    return shop


@pytest.fixture(scope="session")
def answered(admitted: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop with answers of the node that were not imported yet."""
    shop = admitted.copy(tmp_path_factory.mktemp("answered") / "all")
    shop.do(None, "node", "export", "--out", shop.post("answer.tar"))
    return shop


@pytest.mark.parametrize("room_bytes", ROOMS_BYTES)
@pytest.mark.parametrize("name", DEEDS)
def test_a_full_disk_is_named_nothing_is_lost_and_it_works_when_there_is_room(
    name: str, room_bytes: int, server: Server, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    deed = DEEDS[name]
    start: Shop = request.getfixturevalue(deed.start)
    with disk_for(start, tmp_path) as disk:
        before, events = record_of(disk.shop), events_of(disk.shop)

        with disk.nearly_full(room_bytes):
            code, told = disk.run(server, deed, room_bytes)

        if room_bytes == 0:
            assert code == 1, told
            assert record_of(disk.shop) == before
        if code != 0:
            assert code == 1, told
            assert names_a_place(told), told
            assert not deed.file or not disk.shop.post(deed.file).exists()
            assert [path.name for path in disk.shop.post("").iterdir() if path.suffix == ".part"] == []
        assert all(then[: len(now)] == now for now, then in zip(events, events_of(disk.shop), strict=True))
        code, told = disk.run(server, deed, None)
        assert code == 0, told
        assert verified(disk.shop)


def names_a_place(told: str) -> bool:
    """Say whether a message tells what is full, and where."""
    whole = "".join(told.split())  # a table breaks long paths
    return bool(re.search(r"(sqlite:///|/)\S+expected\S+found\S*(full|toolarge|space)", whole))


def record_of(shop: Shop) -> dict[str, str]:
    """Return all that is anybody's record: no caches, and no archives, of which one to which nothing points is none."""
    return state_of(shop.root, without=(*CACHES, "post", "payloads"))


def events_of(shop: Shop) -> list[list[tuple[object, ...]]]:
    """Return the events of both ledgers."""
    databases = (shop.state / "state.db", shop.node / "state" / "state.db")
    return [rows_of(path, "select hash from events order by seq") if path.exists() else [] for path in databases]


def verified(shop: Shop) -> bool:
    return shop.run("ada", "ledger", "verify").code == 0 and shop.run(None, "node", "verify").code == 0
