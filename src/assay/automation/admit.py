"""Admission: a bundle is believed exactly as far as it proves itself to this node's table and roster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from assay.actions.compare_versions import compare_versions
from assay.actions.recording import pointed_to
from assay.automation.node import ENVIRONMENT, Node, served_release
from assay.base.canonical import Digest, short
from assay.base.errors import AssayError, Fault, Place, raise_faults, refusal
from assay.base.ports import Event
from assay.base.roles import Action, Roster, may
from assay.base.snapshots import Slot
from assay.bundle.payload import Payload, pack_payload
from assay.bundle.proof import Opened, Proof, chain_faults, open_proof, unpack_proof
from assay.lifecycle.chain import STATEMENT_RECORDED, head_of
from assay.lifecycle.decide import Decision, GateState, case_of, decide, missing_before
from assay.lifecycle.delegations import SUBJECT, delegations_observed
from assay.lifecycle.gates import ChangeClass
from assay.lifecycle.record import Record, extend
from assay.lifecycle.statements import Kind, Meant, Result, Statement, parse_time
from assay.lifecycle.subjects import subject_as_json
from assay.project.changes import changes_between, class_of
from assay.project.model import Project
from assay.project.sources import source_faults
from assay.project.step_changes import DataEvidence
from assay.project.subjects import subjects_of
from assay.project.versions import versions_too_small

_DEPTH = list(ChangeClass)
"""The classes from the lightest."""

SEALS: frozenset[Kind] = frozenset({Kind.BUNDLED, Kind.ORDERED, Kind.ROLLBACK_ORDERED})


@dataclass(frozen=True, slots=True)
class Admitted:
    """A bundle that was let in.

    Attributes:
        already: whether the same payload had been admitted before; then nothing was recorded anew.
    """

    release: str
    payload: Payload
    statements: int
    already: bool


def admit(node: Node, content: bytes, name: str) -> Admitted:
    """Verify a bundle and let it in.

    Args:
        node: whose table, roster and history decide.
        content: the bundle's bytes.
        name: the file's name, for errors.

    Raises:
        AssayError: everything that is missing or wrong, all at once. The refusal is noted in the node's ledger;
            nothing else is changed.
    """
    loaded = node.load()  # of a ledger of its own that does not hold nothing is noted
    try:
        proof = unpack_proof(content, name)
        admission, release_id, payload, opened = _verified(node, proof, name)
    except AssayError as error:
        node.note("bundle-refused", {"file": name, "faults": [str(fault) for fault in error.faults]})
        raise
    if admission is None:
        return Admitted(release_id, payload, len(opened.statements), already=True)
    node.payloads.put(payload.digest, pack_payload(payload))
    node.take_in(proof, opened, (admission,), loaded.head)
    return Admitted(release_id, payload, len(opened.statements), already=False)


def proof_faults(node: Node, proof: Proof, opened: Opened, subject_ids: set[str], name: str) -> list[Fault]:
    """Find what is wrong with a proof as a whole: its seal, its chain, and statements that were left out of it.

    The chain that comes along names the subjects of every statement ever recorded on the design side; so a
    statement (a rejection, say) that was left out shows.
    """
    faults = [*opened.faults, *chain_faults(proof, name)]
    if opened.seal is None:
        if proof.seal is None:
            faults.append(Fault(Place(f"{name}: seal"), "a signed seal over the whole", "none"))
        return faults
    found = head_of(proof.events[-1]) if proof.events else None
    if found is None or opened.seal.statement.details.get("head") != {"seq": found.seq, "hash": found.hash}:
        faults.append(Fault(Place(f"{name}: events"), "the chain that the seal was put on", "another chain"))
    needed = subject_ids | _delegations_under(proof, opened)
    for event in proof.events:
        if event.kind == STATEMENT_RECORDED:
            faults += _left_out(event, proof, needed, name)
    return faults + _rewritten(node, proof, name)


def _delegations_under(proof: Proof, opened: Opened) -> set[str]:
    """Name the delegations on which sign-offs of a proof rest, as its chain does."""
    observed = delegations_observed(opened.statements)
    made = (e.data for e in proof.events if e.data.get("kind") == Kind.DELEGATED and pointed_to(e) in observed)
    listed = (names for data in made if isinstance(names := data.get("subjects"), list))
    return {name for names in listed for name in names if isinstance(name, str) and name.startswith(SUBJECT)}


def _left_out(event: Event, proof: Proof, subject_ids: set[str], name: str) -> list[Fault]:
    """Find out whether a statement that was recorded on one of the subjects is missing."""
    place = Place(f"{name}: event {event.seq}")
    digest, kind, signer, subjects = (event.data.get(key) for key in ("statement", "kind", "signer", "subjects"))
    if not isinstance(subjects, list) or not all(isinstance(text, str) for text in (digest, kind, signer, *subjects)):
        return [Fault(place, "a statement's digest, kind, signer and subjects", "something else")]
    if kind in SEALS or not subject_ids & set(subjects) or digest in proof.statements:
        return []
    said = f"{kind} by {signer} on {', '.join(subjects[:3])}"
    return [Fault(place, f"the statement that was recorded: {said}", "none in the proof")]


def _sealer_faults(node: Node, opened: Opened, product: str, name: str) -> list[Fault]:
    """Find out whether the seal is a bundle's, by somebody who may put bundles together."""
    assert opened.seal is not None  # without one nothing is known of the release
    said = opened.seal.statement
    place = Place(f"{name}: seal")
    faults = [] if said.kind is Kind.BUNDLED else [Fault(place, f"one that is {Kind.BUNDLED}", str(said.kind))]
    person = node.believed().person(said.signer)
    if person is None or not may(person, Action.RELEASE_FREEZE):
        roles = ", ".join(sorted(person.roles)) if person else "nobody on the roster"
        faults.append(Fault(place, "the seal of somebody who may put a bundle together", f"{said.signer}: {roles}"))
    elif astray := person.astray(product):
        faults.append(Fault(place, f"the seal of somebody who signs for {product}", astray))
    return faults


def first_seen(node: Node, proof: Proof) -> Mapping[Digest, datetime]:
    """Return since when this node knows of statements of a proof, by its own clock; of those that are new, nothing.

    It knows of what is in its own ledger, and of whatever stood in the design side's chain up to the head that it noted
    when it admitted something: that part of the chain cannot have become another one since.
    """
    loaded = node.load()
    seen: dict[Digest, datetime] = {}
    hashes = {event.seq: event.hash for event in proof.events}
    design: list[tuple[int, datetime]] = []
    heads = {s.digest: s.statement.details.get("design_head") for s in loaded.record.statements
             if s.statement.kind is Kind.ADMITTED}  # fmt: skip
    for event in loaded.events:
        digest = pointed_to(event)
        if digest is None:
            continue
        seen.setdefault(digest, parse_time(event.at))
        head = heads.get(digest)
        if isinstance(head, Mapping) and hashes.get(head["seq"]) == head["hash"]:
            design.append((head["seq"], parse_time(event.at)))
    for event in proof.events:
        digest = pointed_to(event)
        known = [at for seq, at in design if event.seq <= seq]
        if digest is not None and known:
            seen[digest] = min(seen.get(digest, known[0]), *known)
    return seen


def missing_faults(states: Sequence[GateState], name: str) -> list[Fault]:
    """Name every gate that is not settled, with who can act."""
    return [
        Fault(
            Place(f"{name}: {state.gate.id} of {state.subject.name}"),
            state.gate.title,
            str(state.status) + (f" ({state.why})" if state.why else ""),
            f"Can act: {', '.join(state.who)}." if state.who else "",
        )
        for state in states
    ]


def decision_with(
    node: Node, payload: Payload, project: Project, release_id: str, opened: Opened
) -> tuple[Decision, Record]:
    """Decide a release on this node's own table, roster and ledger, and what the proof adds to it."""
    loaded = node.load()
    own = loaded.record
    known = {signed.digest for signed in (*own.statements, *loaded.fallen)}
    seals = (opened.seal,) if opened.seal is not None else ()
    record = extend(own, [signed for signed in (*opened.told, *seals) if signed.digest not in known])
    release = record.releases.get(release_id)
    case = case_of(
        release_id, payload.digest, subjects_of(project, project.products[payload.product]),
        release.requests if release else (), _class_to_ask(node, own, payload, project), record,
    )  # fmt: skip
    return decide(node.table, case, record, node.now()), record


def _verified(node: Node, proof: Proof, name: str) -> tuple[Statement | None, str, Payload, Opened]:
    """Verify a bundle whole; return the admission to be signed, None when it was signed before."""
    payload = proof.payload
    if payload is None:
        raise refusal(name, expected="a bundle", found="an archive without a payload")
    project = node.project(payload)
    opened = open_proof(proof, _roster_for(node, project, name), name, first_seen(node, proof))
    release_id = _release_of(opened, name)
    decision, record = decision_with(node, payload, project, release_id, opened)
    ids = {subject.id for subject in decision.case.subjects}
    faults = proof_faults(node, proof, opened, ids, name)
    faults += _sealer_faults(node, opened, payload.product, name)
    faults += _payload_faults(node, payload, project, name)
    release = record.releases.get(release_id)
    if release is None or release.payload != payload.digest:
        found = "none" if release is None or release.payload is None else f"payload {short(release.payload)}"
        place = Place(f"{name}: {release_id}")
        faults.append(Fault(place, f"a signed freezing of the payload {short(payload.digest)}", found))
    if release is not None and release.product != payload.product:
        place = Place(f"{name}: {release_id}")
        faults.append(Fault(place, f"a release of {payload.product}", f"one of {release.product or 'no product'}"))
    if release is not None and release.cancelled is not None:
        place = Place(f"{name}: {release_id}")
        faults.append(Fault(place, "a release that stands", f"one that was cancelled: {release.cancelled}"))
    faults += missing_faults(missing_before(node.table, decision, "release.prod.admitted"), name)
    raise_faults(faults)
    state = decision.of("release.prod.admitted")[0]
    if not state.is_settled:
        _check_rows(node, payload, project, name)
    admission = None if state.is_settled else _admission(node, project.name, payload, release_id, proof)
    return admission, release_id, payload, opened


def _roster_for(node: Node, project: Project, name: str) -> Roster:
    """Return who may sign for the project of a payload: the first one that is admitted fixes it for good."""
    roster = node.believed()
    if roster.project not in (None, project.name):
        raise refusal(
            f"{name}: payload",
            expected=f"one of the project {roster.project}, which this node serves",
            found=f"one of the project {project.name}",
            hint="Another project has a node of its own: assay node init",
        )
    return replace(roster, project=project.name)


def _admission(node: Node, project: str, payload: Payload, release_id: str, proof: Proof) -> Statement:
    head = head_of(proof.events[-1])
    return node.statement(
        Kind.ADMITTED,
        project=project,
        subjects=(Meant(f"release:{release_id}", payload.digest),),
        release=release_id,
        result=Result.PASS,
        details={
            "product": payload.product,
            "version": payload.version,
            "class": str(payload.change_class),
            "statements": len(proof.statements),
            "design_head": {"seq": head.seq, "hash": head.hash},
        },
    )


def _release_of(opened: Opened, name: str) -> str:
    if opened.seal is None:
        raise_faults(opened.faults)
        raise refusal(f"{name}: seal", expected="a signed seal over the whole", found="none")
    return opened.seal.statement.subjects[0].id.removeprefix("release:")


def _payload_faults(node: Node, payload: Payload, project: Project, name: str) -> list[Fault]:
    """Compute again what the payload says of itself: its subjects, its class, its base, its version."""
    own = node.load().record
    served = served_release(own, payload.product)
    place = Place(f"{name}: payload")
    faults: list[Fault] = []
    found = {s.id: subject_as_json(s) for s in subjects_of(project, project.products[payload.product])}
    said = {s.id: subject_as_json(s) for s in payload.subjects}
    faults += [
        Fault(place, f"the digest of {subject_id} that its files have", "another one in the manifest")
        for subject_id in sorted(found.keys() | said.keys())
        if found.get(subject_id) != said.get(subject_id)
    ]
    base = served.payload if served else None
    if payload.base != base:
        expected = f"a change of what is served here ({short(base) if base else 'nothing yet'})"
        was = short(payload.base) if payload.base else "nothing"
        faults.append(Fault(place, expected, f"a change of {was}", "Import the node's statements and freeze again."))
    if served is not None and served.payload is not None:
        faults += versions_too_small(node.project(node.payload(served.payload)), project, payload.product)
    computed = _class_by_code(node, own, payload, project)
    if _is_lower(own, payload, computed):
        faults.append(Fault(place, f"the class {computed}, as computed here", str(payload.change_class)))
    for release in own.releases.values():
        if release.released is not None and (release.product, release.version) == (payload.product, payload.version):
            hint = "Raise the version in product.yaml."
            if release.payload != payload.digest:
                faults.append(Fault(place, "a version that is not released", f"{payload.version}, {release.id}", hint))
    return faults + list(source_faults(project, project.products[payload.product], ENVIRONMENT, node.variables))


def _class_by_code(node: Node, own: Record, payload: Payload, project: Project) -> ChangeClass:
    """Compute the class against what is served, without a look at any row."""
    served = served_release(own, payload.product)
    if served is None or served.payload is None:
        return class_of(None)
    return class_of(changes_between(node.project(node.payload(served.payload)), project, payload.product))


def _class_to_ask(node: Node, own: Record, payload: Payload, project: Project) -> ChangeClass:
    """Return the class whose gates are asked: the declared one, or the computed one where that is deeper."""
    computed = _class_by_code(node, own, payload, project)
    return computed if _is_lower(own, payload, computed) else payload.change_class


def _is_lower(own: Record, payload: Payload, computed: ChangeClass) -> bool:
    """Say whether the declared class is lower than the code alone says.

    That a change is a repair only its rows can say, and `_check_rows` asks them; a first version repairs nothing.
    """
    served = served_release(own, payload.product)
    has_rows = served is not None and served.payload is not None
    if has_rows and payload.change_class is ChangeClass.REPAIR and computed is ChangeClass.STANDARD:
        return False
    return _DEPTH.index(payload.change_class) < _DEPTH.index(computed)


def _check_rows(node: Node, payload: Payload, project: Project, name: str) -> None:
    """Compute the class of a repair again from the rows of both versions, which takes a run of the payload's code.

    So it comes last: what is run is signed for, sealed, and lacks nothing else.

    Raises:
        AssayError: the rows do not say that it is one.
    """
    served = served_release(node.load().record, payload.product)
    if payload.change_class is not ChangeClass.REPAIR or served is None or served.payload is None:
        return
    released = node.project(node.payload(served.payload))
    data = _compared_rows(node, released, project, payload, served.payload)
    found = class_of(changes_between(released, project, payload.product, data))
    if _DEPTH.index(payload.change_class) < _DEPTH.index(found):
        rows = ", ".join(f"{dataset}: {rows}" for dataset, rows in data.items()) or "not to be compared here"
        hint = f"Rows of both versions on the cut that is served: {rows}."
        raise refusal(
            f"{name}: payload",
            expected=f"the class {found}, as computed here",
            found=str(payload.change_class),
            hint=hint,
        )


def _compared_rows(
    node: Node, released: Project, project: Project, payload: Payload, base: Digest
) -> Mapping[str, DataEvidence]:
    """Build both versions on the cut of what is served, and compare their rows; nothing where that cannot be done."""
    pointer = node.workshop.pointers.get(ENVIRONMENT, payload.product, Slot.RELEASED)
    if pointer is None:
        return {}
    versions = released.products[payload.product], project.products[payload.product]
    try:
        return compare_versions(
            node.workshop, versions, (base, payload.digest), pointer.cut, date.fromisoformat(pointer.as_of), node.now(),
            lambda _: None,
        )  # fmt: skip
    except AssayError:
        return {}  # then nobody knows, and the class is what the code says


def _rewritten(node: Node, proof: Proof, name: str) -> list[Fault]:
    """Find out whether the design side's chain still holds what was seen of it at the last admission."""
    heads = [
        s.statement.details["design_head"] for s in node.load().record.statements
        if s.statement.kind is Kind.ADMITTED and "design_head" in s.statement.details
    ]  # fmt: skip
    if not heads:
        return []
    seen = heads[-1]
    there = {event.seq: event.hash for event in proof.events}
    if there.get(seen["seq"]) == seen["hash"]:
        return []
    end = proof.events[-1].seq if proof.events else 0
    if end < seen["seq"]:
        expected = f"a chain up to event {seen['seq']} at least, which was seen here before"
        hint = "The file is older than the newest one admitted here: make it anew."
        return [Fault(Place(f"{name}: events"), expected, f"one that ends at event {end}", hint)]
    expected = f"a chain that goes on from event {seen['seq']}, seen here before"
    hint = "The ledger of the design side was rewritten or cut; find out by whom before anything is admitted."
    return [Fault(Place(f"{name}: events"), expected, "another history", hint)]
