"""Shipping: the files that go to production are sealed with a signature; `actions.shipment` gives them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assay.actions.again import check_recent
from assay.actions.case import released_release, standing_of
from assay.actions.home import Home, open_release_named
from assay.actions.order_sheet import changed_since_sheet, earlier_release
from assay.actions.sealing import ORDER, seal, sealed_before, told_of
from assay.actions.shown import Opened, opened_details
from assay.base.errors import AssayError, Fault, Place, refusal
from assay.base.roles import Action
from assay.lifecycle.decide import missing_before, objection_to
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.gates import gate_named
from assay.lifecycle.statements import Kind


def seal_bundle(home: Home, release_id: str) -> Signed:
    """Seal a release's payload and the proof so far.

    The same ledger gives the same seal on any machine: sealing twice does not seal anew.

    Raises:
        AssayError: nothing is frozen yet. A bundle whose proof falls short can be built; the node refuses it.
    """
    home.authorised(Action.RELEASE_FREEZE)
    loaded = home.load()
    release = open_release_named(loaded.record, release_id)
    if release.payload is None:
        raise refusal(release_id, expected="a frozen payload", found="none", hint=f"Run: assay freeze {release_id}")
    home.payload(release.payload)
    standing = standing_of(home, loaded.record, release)
    told = told_of(loaded, standing)
    return sealed_before(loaded, release, Kind.BUNDLED, told) or seal(home, loaded, release, Kind.BUNDLED, told)


def order_release(
    home: Home, release_id: str, opened: Sequence[Opened] | None = None, seen: Mapping[str, str] | None = None
) -> Signed:
    """Sign the release order: the manager's word that this payload is to be released, with the final proof.

    Args:
        home: the release manager's.
        release_id: which release.
        opened: what they opened on the page before; None at a terminal, where nothing is known of that.
        seen: what the page showed, see `order_sheet.OrderSheet.seen`; None compares nothing.

    Returns:
        The order; the one that stands already, where nothing was said since that belongs into its proof.

    Raises:
        AssayError: the person is not a release manager, counts as its engineer, a gate before the order is not
            settled (every such gate is named), it is not as the page showed it, or somebody else recorded something
            at the same moment; then nothing is signed.
    """
    person = home.authorised(Action.RELEASE_ORDER)
    loaded = home.load()
    release = open_release_named(loaded.record, release_id)
    standing = standing_of(home, loaded.record, release)
    decision = standing.decision
    missing = missing_before(home.table, decision, ORDER)
    faults = [Fault(Place(f"{s.gate.id} of {s.subject.name}"), s.gate.title, str(s.status), s.why) for s in missing]
    faults += () if seen is None else changed_since_sheet(loaded.record, standing, seen)
    if faults:
        raise AssayError(*faults)  # in the order of the table, as they stand on the page
    gate = gate_named(home.table, ORDER)
    own = next(s for s in decision.case.subjects if s.id == f"release:{release_id}")
    if gate is not None:
        case = decision.case
        objection = objection_to(home.table, case, loaded.record, home.now(), gate, own, person, home.holder)
        if objection:
            raise refusal(f"release order {release_id}", expected="a release manager who may sign", found=objection)
    told, states = told_of(loaded, standing), decision.of(ORDER)
    before = sealed_before(loaded, release, Kind.ORDERED, told)
    if before is not None and all(state.is_settled for state in states):  # else what was signed does not count
        return before
    check_recent(home, () if gate is None else (gate,))
    looked = opened_details(None if opened is None else {own.id: opened}, states)
    return seal(home, loaded, release, Kind.ORDERED, told, details=looked, after=loaded.head)


def order_rollback(home: Home, product: str, reason: str, served: str | None = None) -> Signed:
    """Sign the order to go back to the release before the one that production serves.

    Args:
        home: the release manager's.
        product: whose release.
        reason: why.
        served: the release that the page said is served; None compares nothing.

    Raises:
        AssayError: not a release manager, no reason, no earlier release to go back to, or another release is served
            than the page said.
    """
    home.authorised(Action.RELEASE_ORDER)
    loaded = home.load()
    where = f"rollback of {product}"
    if not reason.strip():
        raise refusal(where, expected="a reason", found="none", hint="Say why with --reason.")
    release = released_release(loaded.record, product)
    if release is None or earlier_release(loaded.record, release) is None:
        found = "nothing released" if release is None else f"{release.id} {release.version} alone"
        raise refusal(where, expected="an earlier release to go back to", found=found)
    if served not in (None, release.id):
        raise refusal(where, expected=f"{served}, as the page showed it", found=f"{release.id}, which is served now")
    gate = gate_named(home.table, ORDER)
    check_recent(home, () if gate is None else (gate,))
    told = told_of(loaded, standing_of(home, loaded.record, release))
    kind = Kind.ROLLBACK_ORDERED
    before = sealed_before(loaded, release, kind, told)
    return before or seal(home, loaded, release, kind, told, reason=reason, after=loaded.head)
