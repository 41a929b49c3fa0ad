"""A stakeholder is away: somebody else signs for her, the node admits and releases it, and sees on what it rests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assay.actions.status import overview
from assay.actions.work import my_work
from assay.base.canonical import Digest
from assay.bundle.proof import Proof, unpack_proof
from assay.connectors.clocks import FixedClock
from assay.connectors.keys import read_key
from assay.lifecycle.envelopes import seal
from assay.lifecycle.statements import Kind, parse_time
from assay.wiring import open_home
from faults.shop import Shop, open_release, prepare
from homes import only
from journeys.forging import Forger, rewritten, said_in, without

AT = "2026-03-02T10:00:00Z"
LEAVE = ("--from", "2026-03-02", "--until", "2026-03-04", "--reason", "On leave")
RESTS_ON_NOTHING = "dora@example.org signed for carla@example.org, and no delegation of theirs is here"


@pytest.fixture(scope="module")
def halfway(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return a shop whose datasets wait in QA for a stakeholder; for copying."""
    shop = prepare(tmp_path_factory.mktemp("halfway") / "all")
    open_release(shop)
    shop.do("ada", "build", "--sign")
    shop.do("ada", "freeze")
    shop.do("ada", "validate")
    shop.do("ada", "signoff", at=AT)
    shop.do("ben", "signoff", at=AT)
    return shop


@pytest.fixture(scope="module")
def shop(halfway: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return a shop whose release Dora accepted in QA for Carla, and whose bundle is built."""
    shop = halfway.copy(tmp_path_factory.mktemp("delegated") / "all")
    shop.do("carla", "delegate", "dora@example.org", *LEAVE, "--gate", "accepted-by-stakeholder", at=AT)
    shop.do("dora", "signoff", at=AT)
    shop.do("ada", "publish", at=AT)
    _accept(shop, AT)
    shop.do("ada", "bundle", "build", "--out", shop.post("bundle.tar"), at=AT)
    return shop


def _accept(shop: Shop, at: str) -> None:
    for person in ("ada", "ben", "dora"):
        shop.do(person, "signoff", at=at)


@pytest.fixture
def proof(shop: Shop) -> Proof:
    return unpack_proof(shop.post("bundle.tar").read_bytes(), "bundle")


def said(proof: Proof, kind: Kind) -> Iterator[Digest]:
    return (digest for digest, envelope in proof.statements.items() if said_in(envelope).kind is kind)


def refusal_of(shop: Shop, proof: Proof) -> str:
    """Seal a forgery with the engineer's own key, hand it to the node, which must refuse, and return what it says."""
    ada = Forger("ada@example.org", read_key(shop.root / "keys" / "ada.pem"))
    file = shop.post("forged.tar")
    file.write_bytes(ada.sealed(proof))
    done = shop.run(None, "node", "admit", file, at=AT)
    assert done.code == 1
    return " ".join(done.text.split())


def test_a_bundle_without_the_delegation_is_refused_by_name(shop: Shop, proof: Proof) -> None:
    (leave,) = said(proof, Kind.DELEGATED)
    told = refusal_of(shop, without(proof, leave))

    assert RESTS_ON_NOTHING in told
    assert "the statement that was recorded: delegated by carla@example.org on delegation:" in told


def test_it_is_refused_as_well_where_the_chain_never_knew_of_one(shop: Shop, proof: Proof) -> None:
    (leave,) = said(proof, Kind.DELEGATED)

    assert RESTS_ON_NOTHING in refusal_of(shop, rewritten(proof, {leave: None}))


def test_an_acceptance_for_somebody_who_delegated_nothing_to_its_signer_is_refused(shop: Shop, proof: Proof) -> None:
    accepted = [d for d in said(proof, Kind.ACCEPTED) if said_in(proof.statements[d]).on_behalf_of][-1]
    ben = read_key(shop.root / "keys" / "ben.pem")
    by_ben = replace(said_in(proof.statements[accepted]), signer="ben@example.org")
    told = refusal_of(shop, rewritten(proof, {accepted: seal(by_ben, ben)}))

    assert "ben@example.org signed for carla@example.org, and no delegation of theirs is here" in told


def test_what_was_signed_after_it_was_ended_is_refused(shop: Shop, proof: Proof) -> None:
    (leave,) = said(proof, Kind.DELEGATED)
    first = next(d for d in said(proof, Kind.ACCEPTED) if said_in(proof.statements[d]).on_behalf_of)
    meant = said_in(proof.statements[leave])
    carla, dora = (read_key(shop.root / "keys" / f"{name}.pem") for name in ("carla", "dora"))
    end = replace(meant, kind=Kind.WITHDRAWN, reason="back", observed=(leave,), details={})
    ended = rewritten(proof, {first: seal(end, carla)})
    late = [d for d in said(ended, Kind.ACCEPTED) if said_in(ended.statements[d]).on_behalf_of]
    again = {d: seal(replace(said_in(ended.statements[d]), reason="late"), dora) for d in late}

    assert "no delegation of theirs is here that was not ended before" in refusal_of(shop, rewritten(ended, again))


def test_an_end_that_is_left_out_of_the_bundle_is_asked_for(
    shop: Shop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    copy = shop.copy(tmp_path_factory.mktemp("ended") / "all")
    name = open_home(copy.design, None).load().record.delegating.standing(parse_time(AT))[0].id
    copy.do("dora", "delegations", "end", name, at=AT)
    copy.do("ada", "bundle", "build", "--out", copy.post("bundle.tar"), at=AT)
    proof = unpack_proof(copy.post("bundle.tar").read_bytes(), "bundle")
    (end,) = said(proof, Kind.WITHDRAWN)

    assert f"withdrawn by dora@example.org on delegation:{name}" in refusal_of(copy, without(proof, end))
    assert copy.run(None, "node", "admit", copy.post("bundle.tar"), at=AT).code == 0  # what was signed before stays
    assert copy.run("dora", "signoff", "--for", "carla@example.org", at=AT).code == 1


def test_what_somebody_accepted_for_another_is_admitted_and_released(shop: Shop) -> None:
    shop.do(None, "node", "admit", shop.post("bundle.tar"), at=AT)
    shop.do(None, "node", "deploy", "R-0001", at="2026-03-02T12:00:00Z")
    shop.do(None, "node", "run", "--due", "--answer", shop.post("answer.tar"), at="2026-03-03T06:05:00Z")
    shop.do("ada", "ledger", "import", shop.post("answer.tar"))
    for at in ("2026-03-03T07:00:00Z", "2026-03-03T08:00:00Z"):
        _accept(shop, at)
    order, answer = shop.post("order.tar"), shop.post("released.tar")
    shop.do("rita", "release", "order", "R-0001", "--out", order, at="2026-03-03T09:00:00Z")
    shop.do(None, "node", "release", order, "--answer", answer, at="2026-03-03T10:00:00Z")
    shop.do("ada", "ledger", "import", answer)

    told = shop.do("carla", "status", "R-0001").text
    assert "dora for carla 03 Mar" in told
    texts = [s.statement.details["text"] for s in open_home(shop.design, None).load().record.statements
             if s.statement.kind is Kind.ANNOUNCED]  # fmt: skip
    assert any("dora@example.org for carla@example.org" in " ".join(text.split()) for text in texts)


def test_a_delegate_is_told_for_whom_from_the_first_day_to_the_last_by_one_open_home(
    halfway: Shop, tmp_path: Path
) -> None:
    shop = halfway.copy(tmp_path / "all")
    with only(shop.environment("dora", AT)):
        home = open_home(shop.design, shop.root / "keys" / "dora.pem")
    assert overview(home).mine == ()
    assert [task.who for task in overview(home).releases[0].waits_for] == [("carla@example.org",)]

    shop.do("carla", "delegate", "dora@example.org", *LEAVE, at=AT)
    (task,) = overview(home).mine
    assert task.instead == "For carla, who is away until 4 Mar 2026 and asked you."
    assert task.step.command.endswith(" dataset.qa.accepted-by-stakeholder --for carla@example.org")
    assert task.who == ("carla@example.org", "dora@example.org")
    assert my_work(home).items[0].why_me == task.instead

    over = replace(home, clock=FixedClock(parse_time("2026-03-05T00:00:00Z")))
    assert overview(over).mine == ()


def test_whoever_has_something_of_their_own_signs_that_first_and_says_whom_they_mean_otherwise(
    halfway: Shop, tmp_path: Path
) -> None:
    shop = halfway.copy(tmp_path / "all")
    people = shop.design / "people.yaml"
    people.write_text(people.read_text().replace("roles: [owner]", "roles: [owner, stakeholder]"))
    shop.do("carla", "delegate", "dora@example.org", *LEAVE, at=AT)

    told = shop.do("dora", "signoff", "R-0001", "--on", "daily", at=AT).text
    assert told.startswith("dora@example.org accepted daily")
    told = shop.do("dora", "signoff", "R-0001", "--on", "weekly", "--for", "carla@example.org", at=AT).text
    assert told.startswith("dora@example.org for carla@example.org accepted weekly")
    told = shop.run("ben", "signoff", "R-0001", "accepted-by-stakeholder", "--for", "carla@example.org", at=AT).text
    assert "no delegation by carla@example.org with which ben@example.org could sign this today" in told
