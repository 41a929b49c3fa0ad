"""Sealing: what a bundle or an order covers of what was said, and signing that it does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from assay.actions.case import Standing
from assay.actions.exchange import about
from assay.actions.home import Home
from assay.actions.recording import Loaded, pointed_to
from assay.base.canonical import Digest
from assay.base.ports import Head
from assay.bundle.proof import seal_details
from assay.lifecycle.delegations import SUBJECT, delegations_observed
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import Kind, Meant, Statement

ORDER = "release.ordered"
"""The gate of the release order."""

_SEALS = frozenset({Kind.BUNDLED, Kind.ORDERED, Kind.ROLLBACK_ORDERED})
_GATES = {Kind.ORDERED: ORDER}


def told_of(loaded: Loaded, standing: Standing) -> tuple[Digest, ...]:
    """Return everything that was said of the release's subjects, in the ledger's order; seals seal no seals.

    And of the delegations on which sign-offs among it rest: that they were made, and were ended. What fell with its key
    is among it: it counts for nothing, and its place in the chain is not hidden.
    """
    ids = {subject.id for subject in standing.decision.case.subjects}
    said = about(loaded.record, ids)
    rested_on = delegations_under(loaded.record, said)
    if rested_on:
        ids |= rested_on
        said = about(loaded.record, ids)
    fallen = [s for s in loaded.fallen if any(meant.id in ids for meant in s.statement.subjects)]
    if fallen:
        said = _in_order(loaded, (*said, *fallen))
    # The same said twice within a second is one statement, recorded twice.
    return tuple(dict.fromkeys(s.digest for s in said if s.statement.kind not in _SEALS))


def delegations_under(record: Record, said: Iterable[Signed]) -> set[str]:
    """Return the ids, as statements name them, of the delegations on which sign-offs among something rest."""
    observed = delegations_observed(said)
    made = (s.statement for s in record.statements if s.digest in observed) if observed else ()
    return {m.id for one in made if one.kind is Kind.DELEGATED for m in one.subjects if m.id.startswith(SUBJECT)}


def sealed_before(loaded: Loaded, release: Release, kind: Kind, told: Sequence[Digest]) -> Signed | None:
    """Return the newest seal over exactly this; None where there is none yet."""
    said = (s for s in reversed(loaded.record.of(f"release:{release.id}")) if s.statement.kind is kind)
    return next((s for s in said if _covers(s.statement, release.payload, told)), None)


def seal(
    home: Home, loaded: Loaded, release: Release, kind: Kind, told: Sequence[Digest], *,
    reason: str = "", details: Mapping[str, object] | None = None, after: Head | None = None,
) -> Signed:  # fmt: skip
    """Sign that all this was said, and up to which link of the chain: it shows that nothing was left out.

    Args:
        home: the signer's.
        loaded: as it was read.
        release: with its payload.
        kind: of the seal.
        told: what is sealed, see `told_of`.
        reason: in the signer's words.
        details: what it says besides.
        after: as in `recording.say_all`.
    """
    assert release.payload is not None
    head = {"seq": loaded.events[-1].seq, "hash": loaded.events[-1].hash}
    return home.say(
        home.statement(
            kind,
            subjects=(Meant(f"release:{release.id}", release.payload),),
            release=release.id,
            environment="prod",
            gate=_GATES.get(kind),
            reason=reason,
            details={**seal_details(told), "head": head, **(details or {})},
        ),
        after,
    )


def _in_order(loaded: Loaded, said: Iterable[Signed]) -> tuple[Signed, ...]:
    """Put statements into the order in which they were recorded first."""
    place: dict[Digest | None, int] = {}
    for number, event in enumerate(loaded.events):
        place.setdefault(pointed_to(event), number)
    return tuple(sorted(said, key=lambda signed: place[signed.digest]))


def _covers(said: Statement, payload: Digest | None, told: Sequence[Digest]) -> bool:
    same = tuple(said.details.get("statements", ())) == tuple(told)
    return same and payload in {meant.digest for meant in said.subjects}
