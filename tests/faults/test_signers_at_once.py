"""Several people at one home at the same moment: what is recorded is whole, and who came too late is told."""

from __future__ import annotations

from pathlib import Path

from faults.forking import Server
from faults.shop import PRODUCT, Shop
from homes import rows_of
from soak import count

ROUNDS = count(3, 100)
REQUEST = (
    "request", "new", "--product", PRODUCT, "--question", "?", "--deliverable", "dataset", "--audience", "us",
    "--needed-by", "2026-12-31", "--acceptance", "right",
)  # fmt: skip


def at_once(server: Server, shop: Shop, *commands: tuple[str, tuple[str, ...]], at: str) -> list[tuple[int, str]]:
    """Start commands of several people together; return how each ended and what it printed."""
    printed = [shop.post(f"printed-{number}") for number in range(len(commands))]
    children = [
        server.command(shop.environment(person, at), path, *arguments)
        for (person, arguments), path in zip(commands, printed, strict=True)
    ]
    return [(child.wait(), path.read_text()) for child, path in zip(children, printed, strict=True)]


def recorded(shop: Shop, kind: str) -> list[str]:
    """Return who said something of a kind, in the order of the ledger."""
    query = (
        "select json_extract(data, '$.signer') from events where json_extract(data, '$.kind') = ? order by seq"
    ).replace("?", f"'{kind}'")
    return [str(signer) for (signer,) in rows_of(shop.state / "state.db", query)]


def told_to_run_again(text: str) -> bool:
    return "expected  event" in text and "run the command again" in text


def test_two_sign_offs_at_once_are_both_recorded(opened: Shop, server: Server, tmp_path: Path) -> None:
    for number in range(ROUNDS):
        shop = opened.copy(tmp_path / str(number))
        before = len(recorded(shop, "approved"))
        shop.deliver(1)
        gate = ("--reject", "--reason", "Too coarse")
        commands = (
            ("dora", ("signoff", "R-0001", "approved-by-owner", *gate)),
            ("carla", ("signoff", "R-0001", "approved-by-stakeholder", *gate)),
        )

        ended = at_once(server, shop, *commands, at="2026-03-02T09:30:00Z")

        assert [code for code, _ in ended] == [0, 0], ended
        assert sorted(recorded(shop, "rejected")) == ["carla@example.org", "dora@example.org"]
        assert len(recorded(shop, "approved")) == before
        shop.do("ada", "ledger", "verify")


def test_two_requests_at_once_never_have_one_id(opened: Shop, server: Server, tmp_path: Path) -> None:
    for number in range(ROUNDS):
        shop = opened.copy(tmp_path / str(number))
        commands = [("carla", (*REQUEST, "--title", f"Wish {wish}")) for wish in range(3)]

        ended = at_once(server, shop, *commands, at="2026-03-02T09:30:00Z")

        done = [text.partition(":")[0] for code, text in ended if code == 0]
        assert done
        assert all(told_to_run_again(text) for code, text in ended if code != 0), ended
        assert len(set(done)) == len(done)
        assert len(recorded(shop, "requested")) == 1 + len(done)
        listed = shop.do("carla", "request", "list").out
        assert all(request in listed for request in done)


def test_two_imports_at_once_record_everything_once(
    admitted: Shop, ordered: Shop, server: Server, tmp_path: Path
) -> None:
    for number in range(ROUNDS):
        shop = admitted.copy(tmp_path / str(number))
        answer = shop.post("answer.tar")
        answer.write_bytes(ordered.post("answer.tar").read_bytes())
        commands = [(person, ("ledger", "import", str(answer))) for person in ("ada", "ben")]

        ended = at_once(server, shop, *commands, at="2026-03-03T06:30:00Z")

        assert any(code == 0 for code, _ in ended)
        assert all(told_to_run_again(text) for code, text in ended if code != 0), ended
        assert recorded(shop, "soaked") == ["harbour"] * len(recorded(ordered, "soaked"))
        pointed = rows_of(
            shop.state / "state.db",
            "select count(*), count(distinct json_extract(data, '$.statement')) from events",
        )
        assert pointed[0][0] == pointed[0][1]
        shop.do("ada", "ledger", "verify", at="2026-03-03T06:30:00Z")


def test_two_runs_of_a_schedule_at_once_leave_one_good_run_and_its_data(
    released: Shop, server: Server, tmp_path: Path
) -> None:
    for number in range(ROUNDS):
        shop = released.copy(tmp_path / str(number))
        shop.deliver(2, to=shop.landing)
        commands = [("ada", ("node", "run", "--due"))] * 2

        ended = at_once(server, shop, *commands, at="2026-03-04T06:10:00Z")

        assert sorted(code for code, _ in ended) in ([0, 0], [0, 1]), ended
        runs = rows_of(
            shop.node / "state" / "state.db",
            "select s.envelope from events e join statements s on s.digest = json_extract(e.data, '$.statement') "
            "where json_extract(e.data, '$.kind') = 'ran' order by e.seq",
        )
        assert len(runs) == 2, "one of before, one of now"
        shop.do(None, "node", "verify", at="2026-03-04T06:10:00Z")
