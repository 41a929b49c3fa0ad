"""Shipping: the two files that go to production, the bundle and the release order."""

from __future__ import annotations

from assay.actions.case import Standing, released_release, standing_of
from assay.actions.exchange import about, statements_of
from assay.actions.home import Home, open_release_named
from assay.actions.recording import Loaded
from assay.base.canonical import Digest
from assay.base.errors import AssayError, Fault, Place, refusal
from assay.base.roles import Action
from assay.bundle.payload import Payload
from assay.bundle.proof import Proof, pack_proof, seal_details
from assay.lifecycle.chain import head_of
from assay.lifecycle.decide import missing_before, objection_to
from assay.lifecycle.gates import gate_named
from assay.lifecycle.statements import Kind, Meant, Statement


def build_bundle(home: Home, release_id: str) -> bytes:
    """Put a release's payload and the proof so far into one signed archive.

    The same ledger gives the same bytes on any machine: sealing twice does not seal anew.

    Raises:
        AssayError: nothing is frozen yet. A bundle whose proof falls short can be built; the node refuses it.
    """
    home.authorised(Action.RELEASE_FREEZE)
    loaded = home.load()
    release = open_release_named(loaded.record, release_id)
    if release.payload is None:
        raise refusal(release_id, expected="a frozen payload", found="none", hint=f"Run: assay freeze {release_id}")
    standing = standing_of(home, loaded.record, release)
    return _sealed(home, loaded, standing, Kind.BUNDLED, home.payload(release.payload))


def order_release(home: Home, release_id: str) -> bytes:
    """Sign the release order: the manager's word that this payload is to be released, with the final proof.

    Raises:
        AssayError: the person is not a release manager, counts as its engineer, or a gate before the order is not
            settled; every such gate is named.
    """
    person = home.authorised(Action.RELEASE_ORDER)
    loaded = home.load()
    release = open_release_named(loaded.record, release_id)
    standing = standing_of(home, loaded.record, release)
    decision = standing.decision
    missing = missing_before(home.table, decision, "release.ordered")
    if missing:
        raise AssayError(
            *(Fault(Place(f"{s.gate.id} of {s.subject.name}"), s.gate.title, str(s.status), s.why) for s in missing)
        )
    gate = gate_named(home.table, "release.ordered")
    own = next(s for s in decision.case.subjects if s.id == f"release:{release_id}")
    if gate is not None:
        case = decision.case
        objection = objection_to(home.table, case, loaded.record, home.now(), gate, own, person, home.holder)
        if objection:
            raise refusal(f"release order {release_id}", expected="a release manager who may sign", found=objection)
    return _sealed(home, loaded, standing, Kind.ORDERED, None)


def order_rollback(home: Home, product: str, reason: str) -> bytes:
    """Sign the order to go back to the release before the one that production serves.

    Raises:
        AssayError: not a release manager, no reason, or no earlier release to go back to.
    """
    home.authorised(Action.RELEASE_ORDER)
    loaded = home.load()
    if not reason.strip():
        raise refusal(f"rollback of {product}", expected="a reason", found="none", hint="Say why with --reason.")
    release = released_release(loaded.record, product)
    earlier = [
        r for r in loaded.record.releases.values()
        if r.product == product and r.released is not None and r.rolled_back is None and r != release
    ]  # fmt: skip
    if release is None or not earlier:
        found = "nothing released" if release is None else f"{release.id} {release.version} alone"
        raise refusal(f"rollback of {product}", expected="an earlier release to go back to", found=found)
    standing = standing_of(home, loaded.record, release)
    return _sealed(home, loaded, standing, Kind.ROLLBACK_ORDERED, None, reason)


def _sealed(
    home: Home, loaded: Loaded, standing: Standing, kind: Kind, payload: Payload | None, reason: str = ""
) -> bytes:
    """Seal everything that was said of the release's subjects, with the chain that shows nothing was left out."""
    subject_ids = {subject.id for subject in standing.decision.case.subjects}
    told = tuple(s for s in about(loaded.record, subject_ids) if s.statement.kind not in _SEALS)
    release = standing.release
    assert release.payload is not None
    previous = next(
        (
            s for s in loaded.record.of(f"release:{release.id}")
            if s.statement.kind is kind and _covers(s.statement, release.payload, tuple(t.digest for t in told))
        ),
        None,
    )  # fmt: skip
    if previous is None:
        previous = home.say(
            home.statement(
                kind,
                subjects=(Meant(f"release:{release.id}", release.payload),),
                release=release.id,
                environment="prod",
                gate=_GATES.get(kind),
                reason=reason,
                details={
                    **seal_details([s.digest for s in told]),
                    "head": {"seq": loaded.events[-1].seq, "hash": loaded.events[-1].hash},
                },
            )
        )
    head = previous.statement.details["head"]
    events = tuple(event for event in loaded.events if event.seq <= head["seq"])
    assert head_of(events[-1]).hash == head["hash"]
    stored = home.ledger.statements()
    wanted = {signed.digest for signed in told}
    envelopes = {digest: raw for digest, raw in statements_of(events, stored).items() if digest in wanted}
    return pack_proof(Proof(envelopes, stored[previous.digest], payload, events))


_SEALS = frozenset({Kind.BUNDLED, Kind.ORDERED, Kind.ROLLBACK_ORDERED})
_GATES = {Kind.ORDERED: "release.ordered"}


def _covers(said: Statement, payload: Digest, statements: tuple[Digest, ...]) -> bool:
    same = tuple(said.details.get("statements", ())) == statements
    return same and payload in {meant.digest for meant in said.subjects}
