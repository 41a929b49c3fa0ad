"""The node believes what a bundle or an order proves: take away, alter or invent any element of it, and it refuses.

Most forgeries are the best an insider with a good key can make (see `journeys.forging`), so that the one thing that is
wrong is all there is to see. After each the node's statements, payloads, pointers and pages are what they were.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from assay.actions.exchange import verify_ledger
from assay.automation.admit import admit
from assay.automation.node import Node
from assay.automation.release import release, rollback
from assay.automation.report import report
from assay.automation.roster import apply_change, propose_change, shaken_releases
from assay.base.canonical import Digest, canonical_json, digest_bytes, digest_text, hex_of, short
from assay.base.errors import AssayError
from assay.bundle.archive import pack, unpack
from assay.bundle.payload import Payload, unpack_payload
from assay.bundle.proof import Proof, pack_proof, unpack_proof
from assay.connectors.keys import new_key, read_key
from assay.lifecycle.chain import STATEMENT_RECORDED
from assay.lifecycle.envelopes import seal
from assay.lifecycle.gates import ChangeClass
from assay.lifecycle.statements import Kind, Meant, Result, Statement
from assay.project.reading import read_project
from assay.project.roster_changes import pack_change, sign_change
from assay.project.roster_file import RosterFile
from assay.project.rosters import content_text, content_value
from assay.project.subjects import subjects_of
from assay.wiring import open_home, open_node
from homes import copy_home, only, rows_of, state_of
from journeys.demo import LIMIT_SECONDS, Played
from journeys.flights_home import Place
from journeys.forging import (
    Edit,
    Forger,
    altered,
    missigned,
    refrozen,
    relinked,
    rewritten,
    said_in,
    without,
)
from soak import SOAK, count

pytestmark = pytest.mark.timeout(LIMIT_SECONDS)

ADMITTED_AT = "2026-03-05T04:33:00Z"
RELEASED_AT = "2026-03-07T06:30:00Z"
STEP = "products/ontime/workflow/ontime_daily.sql"

T = TypeVar("T")
Act = Callable[[Node, bytes, str], object]


@dataclass(slots=True)
class Gatekeeper:
    """A node at the moment at which it is handed a file, and what becomes of it.

    Attributes:
        home: the node's home.
        act: what is asked of it: to admit a bundle, or to release on an order.
        noted: the event by which it notes a refusal.
    """

    home: Path
    node: Node
    act: Act
    noted: str

    def refuses(self, content: bytes) -> str:
        """Hand it a file that it must refuse; return all that it says is missing or wrong."""
        before, events = self._kept(), self._events()
        with pytest.raises(AssayError) as caught:
            self.act(self.node, content, "file")
        assert self._kept() == before
        assert self._events()[:-1] == events
        assert self._events()[-1] == (self.noted,)
        return str(caught.value)

    def _kept(self) -> dict[str, str]:
        state = state_of(self.home, without=("data", "scratch", "locks"))
        return {name: digest for name, digest in state.items() if not name.endswith(":events")}

    def _events(self) -> list[tuple[object, ...]]:
        return rows_of(self.home / "state" / "state.db", "select kind from events order by seq")


@pytest.fixture(scope="module")
def place(played: Played) -> Place:
    return played.place


@pytest.fixture(scope="module")
def content(place: Place) -> bytes:
    """Return R-0001's bundle as it was admitted."""
    return (place.post / "R-0001.bundle.tar").read_bytes()


@pytest.fixture(scope="module")
def bundle(content: bytes) -> Proof:
    return unpack_proof(content, "bundle")


@pytest.fixture(scope="module")
def order(place: Place) -> Proof:
    """Return R-0001's release order."""
    return unpack_proof((place.post / "R-0001.order.tar").read_bytes(), "order")


@pytest.fixture(scope="module")
def ada(place: Place) -> Forger:
    return forger(place, "ada")


@pytest.fixture(scope="module")
def rita(place: Place) -> Forger:
    return forger(place, "rita")


@pytest.fixture(scope="module")
def gate(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gatekeeper]:
    """Return the node as it was before it admitted anything; every refusal leaves it so."""
    home = fresh(place, tmp_path_factory.mktemp("node") / "node")
    with only({"ASSAY_REHEARSAL_TIME": ADMITTED_AT}):
        yield Gatekeeper(home, open_node(home), admit, "bundle-refused")


@pytest.fixture(scope="module")
def exit_gate(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gatekeeper]:
    """Return the node as it was before it released R-0001: admitted, deployed and soaked."""
    node = Place(tmp_path_factory.mktemp("soaked"))
    fresh(place, node.node)
    for at, *arguments in (
        (ADMITTED_AT, "admit", place.post / "R-0001.bundle.tar"),
        ("2026-03-05T04:35:00Z", "deploy", "R-0001"),
        ("2026-03-06T06:05:00Z", "run", "--due"),
        ("2026-03-07T06:05:00Z", "run", "--due"),
    ):
        done = node.on_node(*arguments, at=str(at))
        assert done.code == 0, done.text
    with only({"ASSAY_REHEARSAL_TIME": RELEASED_AT}):
        yield Gatekeeper(node.node, open_node(node.node), release, "order-refused")


def forger(place: Place, person: str) -> Forger:
    return Forger(f"{person}@example.org", read_key(place.key(person)))


def fresh(place: Place, home: Path) -> Path:
    """Make the node again as it was before anything was admitted: name, key, the copy of its roster, and settings.

    Without its ledger it is a node of when rosters were files alone: it begins with the one that lies there.
    """
    return Path(shutil.copytree(place.node, home, ignore=shutil.ignore_patterns("state", "pages")))


def name_of(envelope: bytes) -> str:
    """Say what a statement is, as the node does when it misses one."""
    said = said_in(envelope)
    return f"{said.kind} by {said.signer} on {', '.join(meant.id for meant in said.subjects[:3])}"


# --- what the node lets in -------------------------------------------------------------------------------------------


def test_the_bundle_and_the_order_as_they_were_are_let_in(
    place: Place, bundle: Proof, order: Proof, ada: Forger, exit_gate: Gatekeeper, tmp_path: Path
) -> None:
    home = fresh(place, tmp_path / "node")
    with only({"ASSAY_REHEARSAL_TIME": ADMITTED_AT}):
        assert admit(open_node(home), ada.sealed(bundle), "again").release == "R-0001"
    copied = copy_home(exit_gate.home, tmp_path / "soaked")
    with only({"ASSAY_REHEARSAL_TIME": RELEASED_AT}):
        assert release(open_node(copied), pack_proof(order), "order").version == "1.0.0"


# --- statements ------------------------------------------------------------------------------------------------------


def test_a_bundle_without_any_one_of_its_statements_is_refused_and_the_statement_named(
    gate: Gatekeeper, bundle: Proof, ada: Forger
) -> None:
    for digest, envelope in bundle.statements.items():
        told = gate.refuses(ada.sealed(without(bundle, digest)))

        assert f"expected the statement that was recorded: {name_of(envelope)}, found none in the proof" in told


def test_an_order_without_any_one_of_its_statements_is_refused_and_the_statement_named(
    exit_gate: Gatekeeper, order: Proof, rita: Forger
) -> None:
    for digest, envelope in order.statements.items():
        told = exit_gate.refuses(rita.sealed(without(order, digest)))

        assert f"expected the statement that was recorded: {name_of(envelope)}, found none in the proof" in told


def test_a_statement_taken_out_after_the_sealing_breaks_the_seal(gate: Gatekeeper, bundle: Proof) -> None:
    for digest in sample(list(bundle.statements), 6):
        told = gate.refuses(pack_proof(without(bundle, digest)))

        assert "file: seal: expected exactly the statements that it was put on" in told


def test_who_rewrites_the_whole_chain_can_leave_out_only_what_counts_no_longer(
    place: Place, bundle: Proof, ada: Forger, tmp_path: Path
) -> None:
    """Before production has seen a chain it cannot know what was in it; what counts it misses all the same."""
    let_in = []
    with only({"ASSAY_REHEARSAL_TIME": ADMITTED_AT}):
        for number, (digest, envelope) in enumerate(bundle.statements.items()):
            node = open_node(fresh(place, tmp_path / str(number)))
            try:
                admit(node, ada.sealed(rewritten(bundle, {digest: None})), "file")
            except AssayError:
                continue
            let_in.append(name_of(envelope))

    assert let_in == [
        "built by ada@example.org on dataset:ontime/ontime_daily",
        "built by ada@example.org on solution:ontime/delays",
        "frozen by ada@example.org on release:R-0001, contract:ontime/carrier_month, contract:ontime/ontime_daily",
        "checked by ada@example.org on dataset:ontime/ontime_daily",
        "rejected by ben@example.org on dataset:ontime/ontime_daily",
    ]  # all of them on what was corrected since


def test_once_production_has_seen_a_chain_no_statement_can_be_written_out_of_it(
    exit_gate: Gatekeeper, bundle: Proof, order: Proof, rita: Forger
) -> None:
    for digest in sample(list(bundle.statements), 6):
        told = exit_gate.refuses(rita.sealed(rewritten(order, {digest: None})))

        assert "expected a chain that goes on from event" in told


def _another_subject(said: Statement) -> Statement:
    return replace(said, subjects=(Meant(said.subjects[0].id, digest_text("another")), *said.subjects[1:]))


def _another_signer(said: Statement) -> Statement:
    return replace(said, signer="dora@example.org" if said.signer != "dora@example.org" else "carla@example.org")


def _another_result(said: Statement) -> Statement:
    return replace(said, result=Result.WARN if said.result is Result.PASS else Result.PASS)


ALTERATIONS: dict[str, Edit] = {
    "subject": _another_subject,
    "signer": _another_signer,
    "gate": lambda said: replace(said, gate="dataset.qa.accepted-by-stakeholder" + ("" if said.gate is None else "s")),
    "result": _another_result,
    "time": lambda said: replace(said, at=said.at - timedelta(days=1)),
    "observed": lambda said: replace(said, observed=(digest_text("seen"), *said.observed)),
    "environment": lambda said: replace(said, environment="prod" if said.environment != "prod" else "qa"),
}


def alterations(proof: Proof) -> Iterator[tuple[Digest, bytes]]:
    """Give each statement altered in one way, its signature or something that it says; in all ways when soaking."""
    ways: list[Callable[[bytes], bytes]] = [missigned, *(partial(altered, edit=edit) for edit in ALTERATIONS.values())]
    for number, (digest, envelope) in enumerate(proof.statements.items()):
        for way in ways if SOAK else [ways[number % len(ways)]]:
            yield digest, way(envelope)


def test_a_bundle_with_any_statement_altered_is_refused_and_its_signature_named(
    gate: Gatekeeper, bundle: Proof, ada: Forger
) -> None:
    for digest, envelope in alterations(bundle):
        told = gate.refuses(ada.sealed(rewritten(bundle, {digest: envelope})))

        altered_one = hex_of(digest_bytes(envelope))[:12]
        assert f"file: statement {altered_one}: signature: expected a signature by" in told


def test_an_order_with_any_statement_altered_is_refused_and_its_signature_named(
    exit_gate: Gatekeeper, order: Proof, rita: Forger
) -> None:
    for digest, envelope in alterations(order):
        told = exit_gate.refuses(rita.sealed(rewritten(order, {digest: envelope})))

        altered_one = hex_of(digest_bytes(envelope))[:12]
        assert f"file: statement {altered_one}: signature: expected a signature by" in told


def test_a_statement_that_another_signs_in_their_name_is_refused(gate: Gatekeeper, bundle: Proof, ada: Forger) -> None:
    for digest, said in sample(by_others(bundle), 4):
        told = gate.refuses(ada.sealed(rewritten(bundle, {digest: seal(said, ada.signer)})))

        assert "expected a statement by ada@example.org, whose key signed it, found one that says it is by" in told


def test_a_sign_off_that_the_author_gives_instead_leaves_its_gate_open(
    gate: Gatekeeper, bundle: Proof, ada: Forger
) -> None:
    for digest, said in by_others(bundle):
        if said.gate is None or said.kind is Kind.REJECTED:
            continue
        own = replace(said, signer=ada.email)
        told = gate.refuses(ada.sealed(rewritten(bundle, {digest: seal(own, ada.signer)})))

        for meant in said.subjects:
            assert f"file: {said.gate} of {meant.id.partition(':')[2]}: expected" in told


def test_a_sign_off_given_in_another_project_by_the_same_people_and_keys_is_refused(
    place: Place, gate: Gatekeeper, bundle: Proof, ada: Forger
) -> None:
    for digest, envelope in sample(list(bundle.statements.items()), 6):
        said = said_in(envelope)
        signer = read_key(place.key(said.signer.partition("@")[0]))
        replayed = {digest: seal(replace(said, project="playground"), signer)}

        told = gate.refuses(ada.sealed(rewritten(bundle, replayed)))

        assert f"{said.kind} by {said.signer}: expected a statement of the project flights" in told
        assert "found one of the project playground" in told


def test_a_bundle_that_was_sealed_in_another_project_is_refused(gate: Gatekeeper, bundle: Proof, ada: Forger) -> None:
    told = gate.refuses(ada.sealed(bundle, project="playground"))

    assert "seal: bundled by ada@example.org: expected a statement of the project flights" in told


def test_an_order_that_was_given_in_another_project_is_refused(
    exit_gate: Gatekeeper, order: Proof, rita: Forger
) -> None:
    told = exit_gate.refuses(rita.sealed(order, project="playground"))

    assert "seal: ordered by rita@example.org: expected a statement of the project flights" in told


def test_a_node_that_serves_one_project_admits_nothing_of_another(
    exit_gate: Gatekeeper, bundle: Proof, ada: Forger, tmp_path: Path
) -> None:
    assert bundle.payload is not None
    files = dict(bundle.payload.files)
    files["assay.yaml"] = files["assay.yaml"].replace(b"name: flights", b"name: playground")
    home = copy_home(exit_gate.home, tmp_path / "node")
    with only({"ASSAY_REHEARSAL_TIME": RELEASED_AT}):
        told = Gatekeeper(home, open_node(home), admit, "bundle-refused").refuses(
            ada.sealed(refrozen(bundle, replace(bundle.payload, files=files), ada))
        )

    assert "expected one of the project flights, which this node serves, found one of the project playground" in told


def test_evidence_that_failed_leaves_its_gate_open(gate: Gatekeeper, bundle: Proof, ada: Forger) -> None:
    checked = [(d, said_in(raw)) for d, raw in bundle.statements.items() if said_in(raw).kind is Kind.CHECKED]
    digest, said = checked[-1]

    told = gate.refuses(ada.sealed(rewritten(bundle, {digest: seal(replace(said, result=Result.FAIL), ada.signer)})))

    assert "file: dataset.qa.checked of ontime/ontime_daily: expected checks pass in QA" in told
    assert "the result was fail" in told


def test_a_rejection_that_stands_is_named_with_its_reason(
    place: Place, gate: Gatekeeper, bundle: Proof, ada: Forger
) -> None:
    accepted = [d for d, raw in bundle.statements.items() if said_in(raw).signer == "carla@example.org"][-1]
    said = said_in(bundle.statements[accepted])
    no = replace(said, kind=Kind.REJECTED, reason="The colours mislead")

    told = gate.refuses(ada.sealed(rewritten(bundle, {accepted: seal(no, forger(place, "carla").signer)})))

    assert "rejected (carla@example.org: The colours mislead)" in told


# --- payload ---------------------------------------------------------------------------------------------------------


def tampered(payload: Payload) -> Payload:
    """Change fifteen minutes to forty-five, in the step."""
    files = dict(payload.files)
    files[STEP] = files[STEP].replace(b"dep_delay <= 15", b"dep_delay <= 45")
    assert files != dict(payload.files)
    return replace(payload, files=files)


def test_a_file_changed_under_the_manifest_is_named(gate: Gatekeeper, content: bytes) -> None:
    told = gate.refuses(content.replace(b"dep_delay <= 15", b"dep_delay <= 45"))

    assert f"found changed: {STEP}" in told


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda files: {**files, "products/ontime/docs/more.md": b"more"}, "another manifest|not listed"),
        (lambda files: {path: raw for path, raw in files.items() if path != STEP}, "missing"),
        (lambda files: {**files, STEP: files["assay.yaml"], "assay.yaml": files[STEP]}, "changed"),
    ],
    ids=["added", "removed", "swapped"],
)
def test_files_added_removed_or_swapped_are_named(
    gate: Gatekeeper, bundle: Proof, change: Callable[[dict[str, bytes]], dict[str, bytes]], word: str
) -> None:
    assert bundle.payload is not None
    forged = replace(bundle.payload, files=change(dict(bundle.payload.files)))
    manifest = canonical_json(bundle.payload.manifest())

    told = gate.refuses(with_manifest(replace(bundle, payload=forged), manifest))

    assert any(part in told for part in word.split("|"))


def test_a_payload_that_nobody_froze_is_refused(gate: Gatekeeper, bundle: Proof, ada: Forger) -> None:
    assert bundle.payload is not None
    forged = tampered(bundle.payload)

    told = gate.refuses(ada.sealed(replace(bundle, payload=forged)))

    assert f"file: R-0001: expected a signed freezing of the payload {short(forged.digest)}" in told
    assert "expected the digest of dataset:ontime/ontime_daily that its files have" in told


def test_a_payload_that_was_frozen_anew_needs_every_sign_off_anew(gate: Gatekeeper, bundle: Proof, ada: Forger) -> None:
    assert bundle.payload is not None
    changed = tampered(bundle.payload)
    project = read_project(changed.files, changed.product)
    honest = replace(changed, subjects=subjects_of(project, project.products["ontime"]))

    told = gate.refuses(ada.sealed(refrozen(bundle, honest, ada)))

    assert "file: dataset.dev.built of ontime/ontime_daily: expected built in dev, found stale" in told
    assert "file: dataset.qa.accepted-by-stakeholder of ontime/ontime_daily" in told
    assert "file: solution.qa.accepted-by-other-engineer of ontime/delays" in told


def test_digests_that_the_manifest_keeps_of_files_that_changed_are_computed_again(
    gate: Gatekeeper, bundle: Proof, ada: Forger
) -> None:
    assert bundle.payload is not None

    told = gate.refuses(ada.sealed(refrozen(bundle, tampered(bundle.payload), ada)))

    assert "expected the digest of dataset:ontime/ontime_daily that its files have" in told


def test_a_lower_class_than_the_node_computes_is_refused(gate: Gatekeeper, bundle: Proof, ada: Forger) -> None:
    assert bundle.payload is not None
    claimed = replace(bundle.payload, change_class=ChangeClass.COSMETIC)

    told = gate.refuses(ada.sealed(refrozen(bundle, claimed, ada)))

    assert "file: payload: expected the class standard, as computed here, found cosmetic" in told


def test_a_change_of_another_version_than_is_served_is_refused(gate: Gatekeeper, bundle: Proof, ada: Forger) -> None:
    assert bundle.payload is not None
    claimed = replace(bundle.payload, base=digest_text("another version"))

    told = gate.refuses(ada.sealed(refrozen(bundle, claimed, ada)))

    assert "file: payload: expected a change of what is served here (nothing yet)" in told


def test_a_payload_of_another_product_is_refused(gate: Gatekeeper, bundle: Proof, ada: Forger) -> None:
    assert bundle.payload is not None

    told = gate.refuses(ada.sealed(refrozen(bundle, replace(bundle.payload, product="punctual"), ada)))

    assert "expected the product punctual, found ontime" in told


def test_a_bundle_without_its_payload_is_refused(gate: Gatekeeper, bundle: Proof, ada: Forger) -> None:
    told = gate.refuses(ada.sealed(replace(bundle, payload=None)))

    assert "expected a bundle, found an archive without a payload" in told


# --- chain -----------------------------------------------------------------------------------------------------------


def test_a_chain_without_any_one_of_its_events_is_refused(gate: Gatekeeper, bundle: Proof, ada: Forger) -> None:
    for number in sample(range(len(bundle.events) - 1), 8):
        events = (*bundle.events[:number], *bundle.events[number + 1 :])
        told = gate.refuses(ada.sealed(replace(bundle, events=events)))

        assert f"expected event {number + 1}, found event {number + 2}. Events are missing." in told


def test_a_chain_with_an_event_changed_put_in_or_out_of_order_is_refused(
    gate: Gatekeeper, bundle: Proof, ada: Forger
) -> None:
    events = bundle.events
    changed = replace(events[5], data={**events[5].data, "signer": "ada@example.org"})

    for forged in ((*events[:5], changed, *events[6:]), (*events[:5], events[5], *events[5:]), events[::-1]):
        assert "file: ledger:" in gate.refuses(ada.sealed(replace(bundle, events=forged)))


def test_a_chain_cut_short_leaves_statements_that_it_does_not_hold(
    gate: Gatekeeper, bundle: Proof, ada: Forger
) -> None:
    for length in (0, 1, len(bundle.events) // 2, len(bundle.events) - 1):
        told = gate.refuses(ada.sealed(replace(bundle, events=bundle.events[:length])))

        assert "expected" in told
        assert "file: order.json" in told or "file: events" in told


def test_statements_in_another_order_than_the_chain_has_are_refused(
    gate: Gatekeeper, bundle: Proof, ada: Forger
) -> None:
    turned = replace(bundle, statements=dict(reversed(list(bundle.statements.items()))))

    assert "statements of the chain that comes along, in its order" in gate.refuses(ada.sealed(turned))


def test_an_event_that_says_something_else_of_its_statement_is_no_way_to_hide_one(
    gate: Gatekeeper, bundle: Proof, ada: Forger
) -> None:
    at = next(i for i, e in enumerate(bundle.events) if e.data.get("kind") == "rejected")
    hidden = Digest(bundle.events[at].data["statement"])
    for data in ({}, {**bundle.events[at].data, "subjects": 1}, {**bundle.events[at].data, "kind": None}):
        events = list(bundle.events)
        events[at] = replace(events[at], data=data)
        forged = replace(without(bundle, hidden), events=relinked(events))

        assert "expected a statement's digest, kind, signer and subjects" in gate.refuses(ada.sealed(forged))


# --- seal ------------------------------------------------------------------------------------------------------------


def test_a_bundle_without_a_seal_is_refused(gate: Gatekeeper, bundle: Proof) -> None:
    assert "file: seal: expected a signed seal over the whole, found none" in gate.refuses(
        pack_proof(replace(bundle, seal=None))
    )


@pytest.mark.parametrize("person", ["carla", "dora", "rita", "audrey"])
def test_a_seal_by_somebody_who_may_not_bundle_is_refused(
    place: Place, gate: Gatekeeper, bundle: Proof, person: str
) -> None:
    told = gate.refuses(forger(place, person).sealed(bundle))

    assert f"expected the seal of somebody who may put a bundle together, found {person}@example.org" in told


def test_a_seal_by_the_nodes_own_key_is_refused(place: Place, gate: Gatekeeper, bundle: Proof) -> None:
    told = gate.refuses(Forger("ada@example.org", read_key(place.node / "key.pem")).sealed(bundle))

    assert "expected a statement by harbour, whose key signed it" in told


def test_a_seal_by_a_key_that_nobody_holds_is_refused(gate: Gatekeeper, bundle: Proof, tmp_path: Path) -> None:
    told = gate.refuses(Forger("ada@example.org", new_key(tmp_path / "key.pem")).sealed(bundle))

    assert "file: seal: signature: expected a key of somebody on the roster, found the unknown key" in told


def test_a_seal_with_anothers_key_is_refused(place: Place, gate: Gatekeeper, bundle: Proof) -> None:
    told = gate.refuses(Forger("ada@example.org", read_key(place.key("ben"))).sealed(bundle))

    assert "file: seal: signature: expected a statement by ben@example.org, whose key signed it" in told


@pytest.mark.parametrize(
    "change",
    [
        {"kind": Kind.ACCEPTED},
        {"kind": Kind.ORDERED},
        {"details": {}},
        {"details": {"statements": 1, "head": 1}},
        {"subjects": (Meant("release:R-0009", digest_text("x")),)},
        {"subjects": (Meant("somewhere", digest_text("x")),)},
    ],
    ids=["an acceptance", "an order", "over nothing", "over nonsense", "another release", "no release"],
)
def test_a_seal_that_says_something_else_is_refused(
    gate: Gatekeeper, bundle: Proof, ada: Forger, change: dict[str, object]
) -> None:
    assert "expected" in gate.refuses(ada.sealed(bundle, **change))


# --- other times and other rosters -----------------------------------------------------------------------------------


def test_the_bundle_of_before_the_correction_is_refused(
    place: Place, gate: Gatekeeper, bundle: Proof, ada: Forger
) -> None:
    """All that was true then is sealed again: the defective payload, its chain, its statements."""
    again = as_it_was_before_the_correction(place, bundle)

    told = gate.refuses(ada.sealed(again))

    assert "dataset.qa.accepted-by-other-engineer of ontime/ontime_daily" in told
    assert "Cancelled flights are counted as on time" in told


def test_an_older_bundle_is_refused_once_a_newer_one_was_admitted(
    place: Place, content: bytes, bundle: Proof, ada: Forger, tmp_path: Path
) -> None:
    home = copy_home(place.node, tmp_path / "node")
    with only({"ASSAY_REHEARSAL_TIME": "2026-03-10T09:00:00Z"}):
        gate = Gatekeeper(home, open_node(home), admit, "bundle-refused")

        told = gate.refuses(content)

        assert "expected a chain up to event" in told
        assert "expected a chain up to event" in gate.refuses(
            ada.sealed(as_it_was_before_the_correction(place, bundle))
        )


def test_a_version_that_is_released_is_not_admitted_again_as_another_release(place: Place, tmp_path: Path) -> None:
    bundle = unpack_proof((place.post / "R-0002.bundle.tar").read_bytes(), "bundle")
    home = copy_home(place.node, tmp_path / "node")
    assert bundle.payload is not None
    files = dict(bundle.payload.files)
    product = "products/ontime/product.yaml"
    files[product] = files[product].replace(b"version: 1.0.1", b"version: 1.0.0")
    again = replace(bundle.payload, files=files, version="1.0.0")
    ada = forger(place, "ada")

    with only({"ASSAY_REHEARSAL_TIME": "2026-03-10T09:00:00Z"}):
        told = Gatekeeper(home, open_node(home), admit, "bundle-refused").refuses(
            ada.sealed(refrozen(bundle, again, ada))
        )

    assert "expected a version that is not released, found 1.0.0, R-0001. Raise the version in product.yaml." in told


@pytest.mark.parametrize("is_revoked", [True, False], ids=["revoked", "unknown"])
def test_the_nodes_own_roster_decides_whose_word_counts(
    place: Place, content: bytes, tmp_path: Path, is_revoked: bool
) -> None:
    """It begins with the file that lies there, as a node does that kept no record of its roster."""
    home = fresh(place, tmp_path / "node")
    key = f'public: "{read_key(place.key("ben")).public.raw.hex()}"'
    revoked = f"{{{key}, revoked-at: 2026-03-01T00:00:00Z}}, "
    people = (place.design / "people.yaml").read_text()
    (home / "roster.yaml").write_text(people.replace(f"{{{key}}}, ", revoked if is_revoked else ""))

    with only({"ASSAY_REHEARSAL_TIME": ADMITTED_AT}):
        told = Gatekeeper(home, open_node(home), admit, "bundle-refused").refuses(content)

    expected = "a signature made before the key was revoked" if is_revoked else "a key of somebody on the roster"
    assert f"expected {expected}" in told
    assert "file: dataset.qa.accepted-by-other-engineer of ontime/carrier_month" in told
    assert "file: solution.qa.accepted-by-other-engineer of ontime/delays" in told


@pytest.mark.parametrize("is_struck_off", [True, False], ids=["struck off", "compromised"])
def test_what_two_admins_wrote_into_the_ledger_decides_and_no_file(
    place: Place, content: bytes, tmp_path: Path, is_struck_off: bool
) -> None:
    """The design side's people.yaml still names him, and so does the roster's copy, which somebody wrote anew."""
    home = fresh(place, tmp_path / "node")
    with only({"ASSAY_REHEARSAL_TIME": ADMITTED_AT}):
        node = open_node(home)
        before = (home / "roster.yaml").read_bytes()
        edit = struck_off("ben") if is_struck_off else compromised("ben", "2026-03-01T00:00:00Z")
        change_roster(node, place, edit)
        (home / "roster.yaml").write_bytes(before)
        told = Gatekeeper(home, open_node(home), admit, "bundle-refused").refuses(content)

    if is_struck_off:
        assert "expected a key of somebody on the roster, found the unknown key" in told
    assert "file: dataset.qa.accepted-by-other-engineer of ontime/carrier_month" in told
    assert "file: solution.qa.accepted-by-other-engineer of ontime/delays" in told


@pytest.mark.parametrize("person", ["ben", "dora", "carla"])
def test_what_a_compromised_key_signed_counts_where_the_node_saw_it_before_and_nowhere_else(
    place: Place, exit_gate: Gatekeeper, order: Proof, tmp_path: Path, person: str
) -> None:
    """The bundle with the approvals came before; what was accepted in production came with the order, and later."""
    for number, since in enumerate(("2026-03-05T04:00:00Z", "2026-03-06T00:00:00Z")):
        home = copy_home(exit_gate.home, tmp_path / str(number))
        with only({"ASSAY_REHEARSAL_TIME": RELEASED_AT}):
            change_roster(open_node(home), place, compromised(person, since))
            gate = Gatekeeper(home, open_node(home), release, "order-refused")
            if person == "dora" and number == 1:
                assert release(gate.node, pack_proof(order), "order").version == "1.0.0"
                continue
            told = gate.refuses(pack_proof(order))
        asked = {
            "ben": "prod.accepted-by-other-engineer",
            "dora": "approved-by-owner",
            "carla": "accepted-by-stakeholder",
        }
        assert f"{asked[person]} of ontime/ontime_daily" in told
        is_approval_named = "contract.approved-by-stakeholder of ontime/ontime_daily" in told
        assert is_approval_named == (person == "carla" and number == 0)


def test_who_seals_or_orders_for_another_product_is_refused_by_name(
    place: Place, exit_gate: Gatekeeper, content: bytes, order: Proof, tmp_path: Path
) -> None:
    home = fresh(place, tmp_path / "node")
    with only({"ASSAY_REHEARSAL_TIME": ADMITTED_AT}):
        change_roster(open_node(home), place, for_sales("ada"))
        told = Gatekeeper(home, open_node(home), admit, "bundle-refused").refuses(content)
    assert "expected the seal of somebody who signs for ontime, found ada@example.org signs for sales alone" in told
    assert "dataset.qa.accepted-by-engineer of ontime/ontime_daily" in told

    home = copy_home(exit_gate.home, tmp_path / "soaked")
    with only({"ASSAY_REHEARSAL_TIME": RELEASED_AT}):
        change_roster(open_node(home), place, for_sales("rita"))
        told = Gatekeeper(home, open_node(home), release, "order-refused").refuses(pack_proof(order))
    assert "expected the signature of a release manager of ontime, found rita@example.org signs for sales alone" in told


def test_a_release_of_another_product_brings_no_payload_of_this_one(
    gate: Gatekeeper, bundle: Proof, ada: Forger
) -> None:
    """Else somebody whose roles are of the other product could freeze and order this one."""
    opened = next(digest for digest, raw in bundle.statements.items() if said_in(raw).kind is Kind.OPENED)
    said = said_in(bundle.statements[opened])
    other = replace(said, details={**said.details, "product": "sales"})
    told = gate.refuses(ada.sealed(rewritten(bundle, {opened: seal(other, ada.signer)})))
    assert "expected a release of ontime, found one of sales" in told


def test_what_is_served_on_a_compromised_key_is_named_and_served_on(place: Place, tmp_path: Path) -> None:
    home = copy_home(place.node, tmp_path / "node")
    with only({"ASSAY_REHEARSAL_TIME": "2026-03-12T09:00:00Z"}):
        node = open_node(home)
        served = report(node).served
        assert shaken_releases(node) == ()
        change_roster(node, place, compromised("ada", "2026-03-01T00:00:00Z"))
        assert report(node).served == served  # though it was she who opened and froze it
        shaken = {each.release.id: each for each in shaken_releases(node)}
    assert {name: each.is_served for name, each in shaken.items()} == {"R-0001": True, "R-0002": False}
    kinds = {signed.statement.kind for signed in shaken["R-0001"].fallen}
    assert {Kind.OPENED, Kind.FROZEN, Kind.BUILT, Kind.ACCEPTED} <= kinds
    assert {signed.statement.signer for each in shaken.values() for signed in each.fallen} == {"ada@example.org"}


def struck_off(person: str) -> Callable[[RosterFile], RosterFile]:
    """Return what takes somebody off a roster."""
    return lambda content: content.model_copy(
        update={"people": [p for p in content.people if p.email != f"{person}@example.org"]}
    )


def compromised(person: str, since: str) -> Callable[[RosterFile], RosterFile]:
    """Return what says that others have somebody's keys since a moment."""

    def edit(content: RosterFile) -> RosterFile:
        value = content_value(content)
        for entry in value["people"]:
            if entry["email"] == f"{person}@example.org":
                entry["keys"] = [{**key, "compromised-since": since} for key in entry["keys"]]
        return RosterFile.model_validate(value, strict=True)

    return edit


def for_sales(person: str) -> Callable[[RosterFile], RosterFile]:
    """Return what lets somebody's roles be theirs for another product alone."""

    def edit(content: RosterFile) -> RosterFile:
        value = content_value(content)
        for entry in value["people"]:
            if entry["email"] == f"{person}@example.org":
                entry["for"] = ["sales"]
        return RosterFile.model_validate(value, strict=True)

    return edit


def change_roster(node: Node, place: Place, edit: Callable[[RosterFile], RosterFile]) -> None:
    """Let the one admin of the demo's node change its roster."""
    new = content_text(edit(node.load().rosters[-1].content))
    change = propose_change(node, new, "roster.yaml", "As agreed.")
    signed = sign_change(change, read_key(place.key("alma")), node.now())
    assert not apply_change(node, pack_change(signed), "change").already


# --- orders ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["ada", "ben", "carla", "dora", "audrey"])
def test_an_order_by_anybody_but_the_release_manager_is_refused(
    place: Place, exit_gate: Gatekeeper, order: Proof, person: str
) -> None:
    told = exit_gate.refuses(forger(place, person).sealed(order))

    assert f"file: seal: expected the signature of a release manager, found {person}@example.org" in told


def test_an_order_by_a_key_that_nobody_holds_is_refused(exit_gate: Gatekeeper, order: Proof, tmp_path: Path) -> None:
    told = exit_gate.refuses(Forger("rita@example.org", new_key(tmp_path / "key.pem")).sealed(order))

    assert "the unknown key" in told


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": Kind.ROLLBACK_ORDERED}, "expected a signed order (ordered), found rollback-ordered"),
        ({"kind": Kind.BUNDLED}, "expected a signed order (ordered), found bundled"),
        ({"gate": None}, "release.ordered of R-0001"),
        ({"environment": "qa"}, "release.ordered of R-0001"),
        ({"release": "R-0009"}, "expected a release that this node admitted"),
        ({"subjects": (Meant("release:R-0001", digest_text("x")),)}, "expected an admitted payload, found none"),
        ({"details": {}}, "expected exactly the statements that it was put on"),
    ],
    ids=["a rollback", "a bundle", "no gate", "of QA", "another release", "another payload", "over nothing"],
)
def test_an_order_that_says_something_else_is_refused(
    exit_gate: Gatekeeper, order: Proof, rita: Forger, change: dict[str, object], says: str
) -> None:
    assert says in exit_gate.refuses(rita.sealed(order, **change))


def test_an_order_with_its_chain_cut_short_is_refused(exit_gate: Gatekeeper, order: Proof, rita: Forger) -> None:
    for length in (0, 1, len(order.events) // 2, len(order.events) - 1):
        told = exit_gate.refuses(rita.sealed(replace(order, events=order.events[:length])))

        assert "file: order.json" in told or "file: events" in told


def test_a_rollback_is_ordered_by_the_release_manager_of_what_is_served_and_once(
    place: Place, rita: Forger, tmp_path: Path
) -> None:
    home = copy_home(place.node, tmp_path / "node")
    back = unpack_proof((place.post / "rollback.tar").read_bytes(), "rollback")
    with only({"ASSAY_REHEARSAL_TIME": "2026-03-10T09:00:00Z"}):
        gate = Gatekeeper(home, open_node(home), rollback, "order-refused")

        assert "expected the signature of a release manager" in gate.refuses(forger(place, "ada").sealed(back))
        assert "expected R-0002 to be what is served, found R-0001 1.0.0" in gate.refuses(pack_proof(back))
        other = {"release": "R-0001", "subjects": served_now(gate)}
        assert "on release:R-0001, found none in the proof" in gate.refuses(rita.sealed(back, **other))


def served_now(gate: Gatekeeper) -> tuple[Meant, ...]:
    """Return what an order would have to name: R-0001 with its payload."""
    payload = gate.node.load().record.releases["R-0001"].payload
    assert payload is not None
    return (Meant("release:R-0001", payload),)


def test_a_bundle_is_no_order_and_an_order_no_bundle(
    gate: Gatekeeper, exit_gate: Gatekeeper, content: bytes, order: Proof
) -> None:
    assert "expected a signed order (ordered), found bundled" in exit_gate.refuses(content)
    assert "expected a bundle, found an archive without a payload" in gate.refuses(pack_proof(order))


def test_an_order_before_anything_was_admitted_is_refused(place: Place, order: Proof, tmp_path: Path) -> None:
    home = fresh(place, tmp_path / "node")
    with only({"ASSAY_REHEARSAL_TIME": RELEASED_AT}):
        told = Gatekeeper(home, open_node(home), release, "order-refused").refuses(pack_proof(order))

    assert "expected a release that this node admitted, found none" in told


# --- single bytes ----------------------------------------------------------------------------------------------------


def test_one_byte_changed_anywhere_in_a_bundle_is_seen(gate: Gatekeeper, content: bytes) -> None:
    for forged in flips(content, count(100, len(content))):
        assert gate.refuses(forged)


def test_one_byte_changed_anywhere_in_an_order_is_seen(exit_gate: Gatekeeper, order: Proof) -> None:
    content = pack_proof(order)
    for forged in flips(content, count(60, len(content))):
        assert exit_gate.refuses(forged)


def test_one_byte_changed_anywhere_in_a_statements_file_is_seen(place: Place, tmp_path: Path) -> None:
    copied = place.copy(tmp_path / "all")
    content = (place.post / "ben-rejects.json").read_bytes()
    shutil.rmtree(copied.design / ".assay")
    copied.do("ada", "ledger", "import", copied.post / "to-ben.tar", at=ADMITTED_AT)
    before = state_of(copied.design)

    for number, forged in enumerate(flips(content, count(20, len(content)))):
        (copied.post / f"{number}.json").write_bytes(forged)
        assert copied.run("ada", "ledger", "import", copied.post / f"{number}.json", at=ADMITTED_AT).code == 1

    assert state_of(copied.design) == before
    copied.do("ada", "ledger", "import", copied.post / "ben-rejects.json", at=ADMITTED_AT)


def test_one_byte_changed_anywhere_in_a_ledgers_rows_is_seen(place: Place, tmp_path: Path) -> None:
    design = copy_home(place.design, tmp_path / "design")
    database = design / ".assay" / "state.db"
    with only({"ASSAY_KEY": place.key("audrey")}):
        home = open_home(design, place.key("audrey"))
    cells = [
        (table, column, row)
        for table, columns in (("events", EVENT_COLUMNS), ("statements", ("digest", "envelope")))
        for row in range(len(rows_of(database, f"select 1 from {table}")))
        for column in columns
    ]

    for table, column, row in random.Random(7).sample(cells, count(100, len(cells))):
        with closing(Restoring(database, table, column, row)):
            assert is_seen(lambda: bool(verify_ledger(home.ledger, home.project.roster).faults)), (table, column, row)

    assert verify_ledger(home.ledger, home.project.roster).faults == ()


EVENT_COLUMNS = ("seq", "version", "at", "kind", "data", "previous", "hash")


class Restoring:
    """One byte of one cell of a database, changed until it is closed."""

    def __init__(self, database: Path, table: str, column: str, row: int) -> None:
        self._connection = sqlite3.connect(database, isolation_level=None)
        self._update = f"update {table} set {column} = ? where rowid = ?"
        (self._rowid, self._value) = self._connection.execute(
            f"select rowid, {column} from {table} order by rowid limit 1 offset {row}"
        ).fetchone()
        self._connection.execute(self._update, (_flipped(self._value, row), self._rowid))
        if column == "seq":  # the row's own name
            self._rowid = _flipped(self._value, row)

    def close(self) -> None:
        self._connection.execute(self._update, (self._value, self._rowid))
        self._connection.close()


def _flipped(value: int | str | bytes, salt: int) -> int | str | bytes:
    if isinstance(value, int):
        return value ^ 1024
    position = (salt * 31 + 5) % len(value)
    if isinstance(value, bytes):
        return value[:position] + bytes([value[position] ^ 1]) + value[position + 1 :]
    return value[:position] + chr(ord(value[position]) ^ 1) + value[position + 1 :]


def is_seen(finds: Callable[[], bool]) -> bool:
    """Say whether damage is found: faults are returned, or the reading itself is refused."""
    try:
        return finds()
    except AssayError:
        return True


def flips(content: bytes, number: int) -> Iterator[bytes]:
    """Give the content with one bit of one byte changed, at so many places, the same ones every time."""
    chance = random.Random(len(content))
    for position in sorted(chance.sample(range(len(content)), number)):
        changed = bytearray(content)
        changed[position] ^= 1 << chance.randrange(8)
        yield bytes(changed)


def sample(items: Sequence[T], number: int) -> Sequence[T]:
    """Take some, the same ones every time; all of them when soaking."""
    return items if SOAK else random.Random(len(items)).sample(items, min(number, len(items)))


def by_others(proof: Proof) -> list[tuple[Digest, Statement]]:
    """Return the statements that the engineer did not sign."""
    said = [(digest, said_in(raw)) for digest, raw in proof.statements.items()]
    return [(digest, statement) for digest, statement in said if statement.signer != "ada@example.org"]


def with_manifest(proof: Proof, manifest: bytes) -> bytes:
    """Pack a proof with a manifest that is not its payload's."""
    files = unpack(pack_proof(proof), "forged")
    return pack({**files, "payload.json": manifest})


def as_it_was_before_the_correction(place: Place, bundle: Proof) -> Proof:
    """Return what a bundle of the first payload would have held, had it been built after the rejection."""
    rejected = next(i for i, e in enumerate(bundle.events) if e.data.get("kind") == "rejected")
    events = bundle.events[: rejected + 1]
    pointed = {e.data["statement"] for e in events if e.kind == STATEMENT_RECORDED}
    frozen = next(said_in(raw) for raw in bundle.statements.values() if said_in(raw).kind is Kind.FROZEN)
    digest = frozen.subjects[0].digest
    archive = place.design / ".assay" / "payloads" / f"{hex_of(digest)}.payload.tar"
    return Proof(
        {d: raw for d, raw in bundle.statements.items() if d in pointed},
        bundle.seal,
        unpack_payload(archive.read_bytes(), "payload"),
        events,
    )
