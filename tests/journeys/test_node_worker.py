"""A node that keeps running: what arrives by file is done, what is due is run, and nothing that happens stops it."""

from __future__ import annotations

import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assay.bundle.proof import Proof, pack_proof, unpack_proof
from faults.forking import Forked, Server
from faults.shop import Shop, admit, open_release, prepare
from homes import rows_of
from journeys.flights_home import git
from soak import count

pytestmark = pytest.mark.timeout(300)

MONDAY, TUESDAY, LATER = "2026-03-02T12:00:00Z", "2026-03-03T06:05:00Z", "2026-03-03T09:30:00Z"
SLOW_ON_THE_SECOND_DELIVERY = (
    "    weeks = {}\n",
    "    import time\n\n    time.sleep(60 * (sales['generation'][0].as_py() - 1))\n    weeks = {}\n",
)
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ  \S.*  \S.*")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.close()


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return the shop with its bundle put together, and a node that has seen nothing of it; for copying."""
    shop = prepare(tmp_path_factory.mktemp("bundled") / "all")
    step = shop.design / "products" / "shop" / "workflow" / "weekly.py"
    step.write_text(step.read_text().replace(*SLOW_ON_THE_SECOND_DELIVERY))
    git(shop.design, "commit", "--quiet", "--all", "--message", "A step that may take long")
    open_release(shop)
    admit(shop)
    shutil.rmtree(shop.node / "state")
    return shop


@contextmanager
def working(server: Server, shop: Shop, at: str = MONDAY) -> Iterator[Forked]:
    """Keep a worker running on the shop's node; it is told to stop at the end, and has to have ended well."""
    worker = start(server, shop, at)
    yield worker
    worker.send(signal.SIGTERM)
    assert worker.wait() == 0, said(shop)


def start(server: Server, shop: Shop, at: str = MONDAY, printed: str = "printed") -> Forked:
    return server.command(shop.environment(None, at), shop.post(printed), "node", "worker", "--every-seconds", "0.1")


def said(shop: Shop, printed: str = "printed") -> str:
    path = shop.post(printed)
    return path.read_text() if path.exists() else ""


def wait_for(what: Callable[[], object], shop: Shop, seconds: float = 60) -> None:
    ended = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ended, said(shop)
        time.sleep(0.05)


def bring(shop: Shop, file: str, name: str | None = None) -> Path:
    """Put a file into the inbox as a careful sender does, and return where it lies when it was done."""
    inbox = shop.node / "inbox"
    inbox.mkdir(exist_ok=True)
    name = name or file
    aside = inbox / f"{name}.part"
    shutil.copy(shop.post(file), aside)
    aside.rename(inbox / name)
    return inbox / "done" / name


def refused(shop: Shop) -> dict[str, str]:
    """Return what was refused, with the reasons."""
    folder = shop.node / "inbox" / "refused"
    texts = {path.name.removesuffix(".why.txt"): path for path in folder.glob("*.why.txt")}
    return {name: path.read_text() for name, path in texts.items() if (folder / name).exists()}


def recorded(shop: Shop) -> Counter[str]:
    """Return how often the node's ledger holds what: statements by their kind, facts by theirs."""
    database = shop.node / "state" / "state.db"
    events = rows_of(database, "select kind, json_extract(data, '$.kind') from events") if database.exists() else []
    return Counter(str(of or kind) for kind, of in events)


def learn(shop: Shop, at: str, *, of: int) -> None:
    """Let the design side import what the node has laid out, once that tells of so many events."""
    wait_for(lambda: f"harbour.ledger holds {of} events" in said(shop), shop)
    shop.do("ada", "ledger", "import", shop.node / "outbox" / "harbour.ledger", at=at)


def events(shop: Shop) -> int:
    return sum(recorded(shop).values())


def accept(shop: Shop, at: str) -> None:
    for person in ("ada", "ben", "carla"):
        shop.do(person, "signoff", at=at)


def test_bundles_and_orders_that_arrive_take_a_product_through_its_life(
    bundled: Shop, server: Server, tmp_path: Path
) -> None:
    shop = bundled.copy(tmp_path / "all")
    with working(server, shop):
        done = bring(shop, "bundle.tar", "no name that says anything")
        wait_for(done.exists, shop)
    assert "shop 1.0.0 is admitted, and deployed as candidate" in said(shop)
    assert "R-0001" in shop.do(None, "node", "status", at=MONDAY).out

    with working(server, shop, TUESDAY):
        wait_for(lambda: recorded(shop)["soaked"], shop)
        learn(shop, TUESDAY, of=events(shop))
    assert re.search(r"  shop R-0001  ran: pass", said(shop))

    accept(shop, "2026-03-03T07:00:00Z")
    accept(shop, "2026-03-03T08:00:00Z")
    shop.do("rita", "release", "order", "R-0001", "--out", shop.post("order.tar"), at="2026-03-03T09:00:00Z")
    with working(server, shop, LATER):
        wait_for(bring(shop, "order.tar").exists, shop)
        learn(shop, LATER, of=events(shop))
    assert "R-0001: shop 1.0.0 is served" in said(shop)
    assert "shop serves 1.0.0 (R-0001)" in shop.do("ada", "status", at=LATER).out

    retitle(shop)
    with working(server, shop, "2026-03-03T11:00:00Z"):
        wait_for(bring(shop, "bundle-2.tar").exists, shop)
        learn(shop, "2026-03-03T11:00:00Z", of=events(shop))
        order = ("release", "order", "R-0002", "--out", shop.post("order-2.tar"))
        shop.do("rita", *order, at="2026-03-03T11:05:00Z")
        wait_for(bring(shop, "order-2.tar").exists, shop)
        learn(shop, "2026-03-03T11:10:00Z", of=events(shop))
        back = ("release", "rollback", "shop", "--reason", "Too long", "--out", shop.post("back.tar"))
        shop.do("rita", *back, at="2026-03-03T11:20:00Z")
        wait_for(bring(shop, "back.tar").exists, shop)

        before = recorded(shop)
        for name in ("bundle.tar", "order.tar", "bundle-2.tar", "order-2.tar", "back.tar"):
            wait_for(bring(shop, name, f"again-{name}").exists, shop)
        assert recorded(shop) == before
        assert said(shop).count("done before, so nothing is done") == 5
    assert before["rolled-back"] == 1
    assert "1.0.0" in shop.do(None, "node", "status", at="2026-03-03T11:30:00Z").out.partition("On its way")[0]
    assert refused(shop) == {}
    shop.do(None, "node", "verify", at=LATER)
    assert all(LINE.fullmatch(line) for line in said(shop).splitlines()), said(shop)


def retitle(shop: Shop) -> None:
    """Take a second release, with another title on its dashboard, to its bundle."""
    at = "2026-03-03T10:00:00Z"
    shop.do("ada", "release", "new", "shop", at=at)
    folder = shop.design / "products" / "shop"
    for path, old, new in (
        (folder / "solutions" / "takings.dashboard.yaml", "What do our shops take?", "What do the town's shops take?"),
        (folder / "product.yaml", "version: 1.0.0", "version: 1.0.1"),
    ):
        path.write_text(path.read_text().replace(old, new))
    git(shop.design, "commit", "--quiet", "--all", "--message", "Another title")
    shop.do("ada", "build", "--sign", at=at)
    shop.do("ada", "freeze", "R-0002", at=at)
    shop.do("ada", "publish", "R-0002", at=at)
    shop.do("ben", "signoff", "R-0002", at=at)
    shop.do("ada", "bundle", "build", "R-0002", "--out", shop.post("bundle-2.tar"), at=at)


def test_what_proves_nothing_is_refused_by_name_and_the_worker_goes_on(
    bundled: Shop, server: Server, tmp_path: Path
) -> None:
    shop = bundled.copy(tmp_path / "all")
    bundle = shop.post("bundle.tar").read_bytes()
    shop.post("tampered.tar").write_bytes(bundle.replace(b"group by day, shop", b"group by shop, day"))
    shop.post("half.tar").write_bytes(bundle[: len(bundle) // 2])
    proof = unpack_proof(bundle, "bundle.tar")
    shop.post("no-order.tar").write_bytes(pack_proof(Proof(proof.statements, seal=proof.seal)))
    shop.post("letter.txt").write_text("Please release at once.\n\x1b[31mThank you.")
    shop.do("ada", "ledger", "export", "--out", shop.post("export.tar"))
    inbox = shop.node / "inbox"
    inbox.mkdir()
    (inbox / "link.tar").symlink_to(shop.node / "key.pem")
    (inbox / "folder").mkdir()
    with working(server, shop):
        for name in ("tampered.tar", "half.tar", "letter.txt", "export.tar", "no-order.tar"):
            bring(shop, name)
        wait_for(lambda: len(refused(shop)) == 7, shop)
        wait_for(bring(shop, "bundle.tar").exists, shop)

    reasons = refused(shop)
    assert "changed: products/shop/workflow/daily.sql" in reasons["tampered.tar"]
    assert "expected an archive exactly as it was written" in reasons["half.tar"]
    assert "expected an archive" in reasons["letter.txt"]
    assert "a bundle, a release order or a rollback order" in reasons["export.tar"]
    assert "a signed order (ordered), found bundled" in reasons["no-order.tar"]
    assert "a link, a folder" in reasons["link.tar"]
    assert "a link, a folder" in reasons["folder"]
    private = (shop.node / "key.pem").read_text().splitlines()[1]
    assert private not in "".join(reasons.values()) + said(shop)
    assert "\x1b" not in "".join(reasons.values()) + said(shop)
    assert recorded(shop)["admitted"] == 1
    assert (recorded(shop)["file-refused"], recorded(shop)["order-refused"]) == (4, 1)


def test_a_deployment_that_does_not_pass_says_so_and_is_done_when_the_file_comes_again(
    bundled: Shop, server: Server, tmp_path: Path
) -> None:
    shop = bundled.copy(tmp_path / "all")
    (shop.landing / "sales.parquet").rename(shop.post("sales.parquet"))
    with working(server, shop):
        bring(shop, "bundle.tar")
        wait_for(lambda: refused(shop), shop)
        assert "R-0001: admitted, and could not be deployed" in refused(shop)["bundle.tar"]

        shop.post("sales.parquet").rename(shop.landing / "sales.parquet")
        wait_for(bring(shop, "bundle.tar").exists, shop)

    assert recorded(shop)["admitted"] == 1
    assert recorded(shop)["populated"] == 3


def test_a_full_disk_is_told_once_and_the_file_waits_until_there_is_room(
    bundled: Shop, server: Server, tmp_path: Path
) -> None:
    shop = bundled.copy(tmp_path / "all")
    with working(server, shop) as worker:
        wait_for(lambda: "works, takes in" in said(shop), shop)
        unlimited = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (4096, unlimited[1]))  # the system's own way to run out
        done = bring(shop, "bundle.tar")
        wait_for(lambda: "bundle.tar  not now, tried again" in said(shop), shop)
        time.sleep(0.5)
        assert said(shop).count("bundle.tar  not now") == 1
        assert not done.exists()

        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, unlimited)
        wait_for(done.exists, shop)

    assert refused(shop) == {}


def test_what_is_refused_and_cannot_be_put_away_is_not_asked_again(
    bundled: Shop, server: Server, tmp_path: Path
) -> None:
    shop = bundled.copy(tmp_path / "all")
    bundle = shop.post("bundle.tar").read_bytes()
    shop.post("tampered.tar").write_bytes(bundle.replace(b"group by day, shop", b"group by shop, day"))
    bring(shop, "tampered.tar")
    in_the_way = shop.node / "inbox" / "refused"
    in_the_way.write_text("a file")
    with working(server, shop):
        wait_for(lambda: "tampered.tar  not now" in said(shop), shop)
        time.sleep(0.5)
        in_the_way.unlink()
        wait_for(lambda: refused(shop), shop)

    assert recorded(shop)["file-refused"] == 1


def test_a_worker_that_is_killed_at_any_moment_is_followed_by_one_that_ends_its_work_and_does_none_of_it_twice(
    bundled: Shop, server: Server, tmp_path: Path
) -> None:
    whole, wanted = undisturbed(bundled, server, tmp_path / "whole")
    kills = count(5, 100)
    chance = random.Random("worker")
    killed_at_work = 0
    for number in range(kills):
        shop = bundled.copy(tmp_path / str(number))
        done = bring(shop, "bundle.tar")
        worker = start(server, shop)
        time.sleep(whole * (number + chance.random()) / kills)
        worker.kill()
        worker.wait()
        killed_at_work += not done.exists()
        shop.post("printed").unlink(missing_ok=True)  # what the next one says is its own

        with working(server, shop):
            wait_for(done.exists, shop)
            learn(shop, MONDAY, of=sum(wanted.values()))

        assert recorded(shop) == wanted
        shop.do(None, "node", "verify", at=MONDAY)
    assert killed_at_work > kills // 2


def undisturbed(bundled: Shop, server: Server, root: Path) -> tuple[float, Counter[str]]:
    """Return how long it takes to take in a bundle, in seconds, and what is recorded then."""
    shop = bundled.copy(root)
    done = bring(shop, "bundle.tar")
    started = time.monotonic()
    with working(server, shop):
        wait_for(done.exists, shop)
        seconds = time.monotonic() - started
    return seconds, recorded(shop)


def test_of_two_workers_one_waits_until_the_other_has_ended_however_it_ended(
    bundled: Shop, server: Server, tmp_path: Path
) -> None:
    shop = bundled.copy(tmp_path / "all")
    first = start(server, shop)
    wait_for(lambda: "works, takes in" in said(shop), shop)
    second = start(server, shop, printed="second")
    wait_for(lambda: "another one is at work here (process" in said(shop, "second"), shop)
    wait_for(bring(shop, "bundle.tar").exists, shop)
    assert "works, takes in" not in said(shop, "second")
    first.kill()
    first.wait()

    wait_for(lambda: "works, takes in" in said(shop, "second"), shop)
    wait_for(bring(shop, "bundle.tar", "again.tar").exists, shop)

    second.send(signal.SIGTERM)
    assert second.wait() == 0
    assert said(shop, "second").count("another one is at work") == 1
    assert recorded(shop)["admitted"] == 1


def test_files_wait_in_their_order_while_a_command_is_at_work(bundled: Shop, server: Server, tmp_path: Path) -> None:
    shop = bundled.copy(tmp_path / "all")
    holder = server.call("journeys.test_node_worker:hold_production", str(shop.node), str(shop.post("over")))
    wait_for((shop.node / "state" / "locks" / "production.holder").exists, shop)
    with working(server, shop):
        done = bring(shop, "bundle.tar")
        wait_for(lambda: "not now, tried again: production: expected nobody else at work" in said(shop), shop)
        time.sleep(0.5)
        assert not done.exists()
        assert said(shop).count("not now") == 1
        shop.post("over").touch()
        wait_for(done.exists, shop)
    assert holder.wait() == 0


def hold_production(home: str, over: str) -> int:
    """Be at work on production until a file appears."""
    from assay.wiring import open_node

    with open_node(Path(home)).workshop.locks.hold("production"):
        while not Path(over).exists():
            time.sleep(0.02)
    return 0


def change_roster(shop: Shop, people: str, name: str) -> None:
    """Let the one admin of the shop's node change its roster."""
    new, change = shop.post(f"{name}.yaml"), shop.post(f"{name}.json")
    new.write_text(f"changes-signed-by: 1\n{people}")
    shop.do(None, "node", "roster", "propose", new, "--reason", "As agreed.", "--out", change, at=MONDAY)
    shop.do("alma", "node", "roster", "sign", change, at=MONDAY)
    shop.do(None, "node", "roster", "apply", change, at=MONDAY)


def test_who_is_struck_off_the_roster_may_not_sign_any_more_for_a_worker_that_runs(
    bundled: Shop, server: Server, tmp_path: Path
) -> None:
    shop = bundled.copy(tmp_path / "all")
    people = (shop.design / "people.yaml").read_text()
    with working(server, shop):
        wait_for(lambda: "works, takes in" in said(shop), shop)
        change_roster(shop, re.sub(r"  - email: ben@.*\n(?:    .*\n)*", "", people), "without")
        (shop.node / "roster.yaml").write_text(people)  # by hand, and so for nothing
        bring(shop, "bundle.tar")
        wait_for(lambda: refused(shop), shop)
        change_roster(shop, people, "again")
        (shop.node / "roster.yaml").write_text("people: [")
        wait_for(bring(shop, "bundle.tar").exists, shop)

    assert "refused" in refused(shop)["bundle.tar"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)], ids=["SIGTERM", "Ctrl-C"])
def test_the_whole_program_ends_within_seconds_in_the_middle_of_a_long_run(
    bundled: Shop, tmp_path: Path, number: int, code: int
) -> None:
    shop = bundled.copy(tmp_path / "all")
    shop.deliver(2, to=shop.landing)
    bring(shop, "bundle.tar")
    with shop.post("printed").open("wb") as out:
        worker = subprocess.Popen(
            [sys.executable, "-m", "assay", "node", "worker", "--every-seconds", "0.1"],
            env={**shop.environment(None, MONDAY), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        threads = Path("/proc") / str(worker.pid) / "task"
        wait_for(lambda: any(path.read_text() for path in threads.glob("*/children")), shop)
        time.sleep(0.5)
        assert recorded(shop)["admitted"] == 1
        asked = time.monotonic()
        worker.send_signal(number)
        assert worker.wait(30) == code, said(shop)
        assert time.monotonic() - asked < 5
    finally:
        worker.kill()
        worker.wait()
    assert "Traceback" not in said(shop)
    assert (shop.node / "inbox" / "bundle.tar").exists()
