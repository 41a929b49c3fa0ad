"""A command that is killed at any moment of its work: the next one goes on, ledgers hold, readers see no half."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from faults.forking import Server
from faults.shop import Shop
from homes import rows_of, state_of
from soak import SOAK, count

pytestmark = pytest.mark.timeout(7200 if SOAK else 300)


@dataclass(frozen=True, slots=True)
class Work:
    """A command to be killed.

    Attributes:
        start: the fixture with the homes as they are before it.
        arguments: the command; ``{order}`` stands for the release order's file.
        at: what time it is.
        person: who types it; None for the node's own.
        slot: whose readers look on meanwhile.
        kills: how often it is killed, usually and when soaking.
        once: kinds of statements of which there is one in the end, however often it was killed.
    """

    start: str
    arguments: tuple[str, ...]
    at: str
    person: str | None
    slot: str
    kills: tuple[int, int]
    once: tuple[str, ...]

    @property
    def is_nodes(self) -> bool:
        return self.arguments[0] == "node"

    def home(self, shop: Shop) -> Path:
        return shop.node if self.is_nodes else shop.design

    def state(self, shop: Shop) -> Path:
        return shop.node / "state" if self.is_nodes else shop.state

    def command(self, shop: Shop) -> list[str]:
        return [argument.replace("{order}", str(shop.post("order.tar"))) for argument in self.arguments]


WORK = {
    "build": Work("opened", ("build", "--sign"), "2026-03-02T09:30:00Z", "ada", "current", (3, 100), ("built",)),
    "deploy": Work("admitted", ("node", "deploy", "R-0001"), "2026-03-02T12:00:00Z", None, "candidate", (5, 100), ()),
    "run": Work("released", ("node", "run", "--due"), "2026-03-04T06:10:00Z", None, "released", (5, 100), ("ran",)),
    "release": Work(
        "ordered", ("node", "release", "{order}"), "2026-03-03T10:00:00Z", None, "released", (5, 100),
        ("ordered", "released", "announced"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORK)
def test_what_is_killed_at_work_is_ended_by_the_next_command_and_was_never_seen_half_done(
    name: str, server: Server, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    work = WORK[name]
    start: Shop = request.getfixturevalue(work.start)
    whole, wanted = undisturbed(work, begin(start, tmp_path / "whole"), server)
    killed = 0
    kills = count(*work.kills)
    chance = random.Random(name)
    for number in range(kills):
        shop = begin(start, tmp_path / str(number))
        with watching(work, shop, server):
            child = server.command(shop.environment(work.person, work.at), shop.post("printed"), *work.command(shop))
            time.sleep(whole * (number + chance.random()) / kills)
            child.kill()
            killed += child.wait() == -9
            assert verify(work, shop) == 0

            ended = shop.run(work.person, *work.command(shop), at=work.at)

        assert ended.code == 0, ended.text
        assert verify(work, shop) == 0
        assert outcome(work, shop) == wanted
        assert leftovers(work, shop) == []
    print(f"{name}: {killed} of {kills} killed at work, which takes {whole:.2f} s")
    assert killed > kills // 2


def begin(start: Shop, root: Path) -> Shop:
    """Copy the homes, and deliver something new: what is served and what is built must not be mixed."""
    shop = start.copy(root)
    shop.deliver(2)
    if start.root.parent.name.startswith("released"):
        shop.deliver(2, to=shop.landing)
    return shop


def undisturbed(work: Work, shop: Shop, server: Server) -> tuple[float, object]:
    """Run a command to its end; return how long it takes, in seconds, and what it comes to."""
    started = time.monotonic()
    child = server.command(shop.environment(work.person, work.at), shop.post("printed"), *work.command(shop))
    assert child.wait() == 0, shop.post("printed").read_text()
    return time.monotonic() - started, outcome(work, shop)


def outcome(work: Work, shop: Shop) -> object:
    """Return what lies there after a command: pointers, pages, and what was said of what, told how often."""
    database = work.state(shop) / "state.db"
    columns = "environment, product, slot, snapshots, cut, payload, as_of"
    pointers = rows_of(database, f"select {columns} from pointers order by 1, 2, 3")
    said = Counter(
        (str(kind), str(subjects))
        for kind, subjects in rows_of(
            database,
            "select json_extract(data, '$.kind'), json_extract(data, '$.subjects') from events "
            "where kind = 'statement-recorded'",
        )
    )
    pages = state_of(shop.node / "pages") if work.is_nodes else {}
    return pointers, pages, set(said), {key: number for key, number in said.items() if key[0] in work.once}


def verify(work: Work, shop: Shop) -> int:
    command = ("node", "verify") if work.is_nodes else ("ledger", "verify")
    return shop.run("ada", *command, at=work.at).code


def leftovers(work: Work, shop: Shop) -> list[str]:
    """Return the files of dead processes that nobody has swept away."""
    state = work.state(shop)
    places = (state / "data" / "staging", state / "scratch")
    return [
        str(path.relative_to(state))
        for place in places
        for path in place.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    ]


@contextmanager
def watching(work: Work, shop: Shop, server: Server) -> Iterator[None]:
    """Let a reader look on; in the end it must have seen one delivery at a time."""
    over, seen = shop.post("over"), shop.post("seen.json")
    kind = "node" if work.is_nodes else "design"
    environment = shop.environment(work.person, work.at)
    reader = server.call(
        "faults.reading:watch", environment, kind, str(work.home(shop)), work.slot, str(over), str(seen)
    )
    try:
        yield
    finally:
        over.touch()
        code = reader.wait()
    assert code == 0
    answers: dict[str, int] = json.loads(seen.read_text())
    for answer in answers:
        if not answer.startswith("["):
            assert "expected built datasets, found none" in answer, answer
        else:
            assert len({number for row in json.loads(answer) for number in row}) == 1, answer
    assert sum(answers.values()) > 0
