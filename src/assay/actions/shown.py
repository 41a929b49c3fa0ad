"""What a page showed of what waits for a sign-off, and what of it somebody opened before they signed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from assay.actions.evidence import evidence_on
from assay.base.canonical import Digest, short
from assay.base.errors import Fault, Place, raise_faults
from assay.lifecycle.decide import GateState
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.record import Record
from assay.lifecycle.statements import Statement, time_text

OPENED = "opened"
"""Under which name a sign-off's details say what was opened: subject id to names. Without it nothing is known of that
(the sign-off was given at a terminal); a subject that is missing in it was signed blind."""


class Opened(StrEnum):
    """What a reviewer can open of a subject."""

    CONTRACT = "contract"
    CHECKS = "checks"
    PREVIEW = "preview"
    DASHBOARD = "dashboard"
    COMPARISON = "comparison"
    ACCEPTANCES = "acceptances"


def parse_opened(told: Mapping[str, Iterable[str]]) -> dict[str, tuple[Opened, ...]]:
    """Read what a page tells of what was opened, by subject id.

    Raises:
        AssayError: something that no page has; every such name.
    """
    known = tuple(Opened)
    wanted = f"one of {', '.join(known)}"
    raise_faults(
        Fault(Place(f"opened of {subject[:80]}"), wanted, repr(name[:80]))
        for subject, names in told.items()
        for name in names
        if name not in known
    )
    return {subject: tuple(one for one in Opened if one in set(names)) for subject, names in told.items()}


def opened_details(opened: Mapping[str, Sequence[Opened]] | None, states: Sequence[GateState]) -> dict[str, object]:
    """Return what a sign-off over these states says of what was opened; nothing where that is not known.

    Of subjects that are not signed for nothing is said, and one of which nothing was opened is left out.
    """
    if opened is None:
        return {}
    ids = dict.fromkeys(state.subject.id for state in states)
    return {OPENED: {each: [str(one) for one in opened[each]] for each in ids if opened.get(each)}}


def opened_before(said: Statement, subject_id: str) -> tuple[Opened, ...] | None:
    """Return what was opened of a subject before a sign-off; empty for a blind one, None where that is not known."""
    told = said.details.get(OPENED)
    if not isinstance(told, Mapping):
        return None
    names = told.get(subject_id)
    listed = names if isinstance(names, list | tuple) else ()
    return tuple(one for one in Opened if one in listed)


def opened_words(said: Statement, subject_id: str) -> str:
    """Say what was opened before a sign-off; empty where that is not known."""
    opened = opened_before(said, subject_id)
    if opened is None:
        return ""
    return f"opened {', '.join(opened)}" if opened else "signed without opening anything"


def seen_now(record: Record, states: Sequence[GateState]) -> dict[str, Digest]:
    """Return what a page shows of gates: to put into its form, and to compare with when it comes back.

    Returns:
        ``gate subject-id`` to the digest of the subject's meaning, and ``gate subject-id kind`` to that of the newest
        evidence of the kind.
    """
    return {key: digest for state in states for key, digest in _shown(record, state)}


def changed_since(record: Record, states: Sequence[GateState], seen: Mapping[str, Digest]) -> Iterator[Fault]:
    """Give a fault for everything about some gates that is not as the page showed it.

    Args:
        record: what is known now.
        states: what is to be signed, as it stands now.
        seen: as `seen_now` gave it when the page was made.
    """
    for state in states:
        where = Place(f"{state.gate.id} of {state.subject.name}")
        meaning, *evidence = _shown(record, state)
        before = seen.get(meaning[0])
        if before is None:
            yield Fault(where, "what the page showed", "something that it did not show", _AGAIN)
        elif before != meaning[1]:
            was, now = short(before)[:7], short(meaning[1])[:7]
            found = f"another {state.subject.kind}: the page showed {was}, now it is {now}"
            yield Fault(where, "what the page showed", found, _AGAIN)
        else:
            by_digest = {signed.digest: signed for signed in evidence_on(record, state)}
            newer = (by_digest[digest] for key, digest in evidence if seen.get(key) != digest)
            yield from (Fault(where, "the evidence that the page showed", _newer(one), _AGAIN) for one in newer)


_AGAIN = "Nothing was signed. Look at it again as it is now."


def _newer(signed: Signed) -> str:
    said = signed.statement
    result = f" gave {said.result}" if said.result else ""
    return f"newer evidence: {said.kind} in {said.environment or 'discovery'}{result} on {time_text(said.at)}"


def _shown(record: Record, state: GateState) -> list[tuple[str, Digest]]:
    own = f"{state.gate.id} {state.subject.id}"
    evidence = [(f"{own} {signed.statement.kind}", signed.digest) for signed in evidence_on(record, state)]
    return [(own, state.subject.digest_of(state.gate.aspect)), *evidence]
