"""The record: what a ledger's statements say, folded into an index that decisions read.

Folding never fails: any prefix of a ledger folds, and a statement that counts for nothing is kept all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from assay.base.canonical import Digest
from assay.base.roles import Action, NodeIdentity, Person, PublicKey, Roster, may
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.statements import Kind, Statement
from assay.lifecycle.subjects import Aspect, Subject, SubjectKind


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was recorded.

    Attributes:
        id: ``Q-0001``.
        fields: title, question, deliverable and the others, as they were asked.
        cancelled: the reason; None while it stands.
    """

    id: str
    product: str
    fields: Mapping[str, Any]
    by: str
    at: datetime
    digest: Digest
    cancelled: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A release as it was opened, and what it has come to.

    Attributes:
        id: ``R-0001``.
        requests: the requests that it answers.
        frozen: the newest ``frozen`` statement; None before QA.
        released: the node's statement; None before release.
        cancelled: the reason; None while it stands.
    """

    id: str
    product: str
    requests: tuple[str, ...]
    by: str
    at: datetime
    frozen: Signed | None = None
    released: Signed | None = None
    announced: Signed | None = None
    rolled_back: Signed | None = None
    cancelled: str | None = None

    @property
    def version(self) -> str | None:
        """The version that the payload fixed; None before QA."""
        return None if self.frozen is None else str(self.frozen.statement.details["version"])

    @property
    def payload(self) -> Digest | None:
        """The digest of the payload; None before QA."""
        return None if self.frozen is None else self.frozen.statement.meant(f"release:{self.id}")


@dataclass(frozen=True, slots=True)
class Record:
    """All signed statements of a ledger, in its order.

    Attributes:
        statements: every one.
        by_subject: those that speak of a subject, by its id.
        withdrawn: digests of the rejections that were withdrawn by whoever made them.
        roster: who may sign.
    """

    statements: tuple[Signed, ...] = ()
    by_subject: Mapping[str, Sequence[Signed]] = field(default_factory=dict)
    withdrawn: frozenset[Digest] = frozenset()
    requests: Mapping[str, Request] = field(default_factory=dict)
    releases: Mapping[str, Release] = field(default_factory=dict)
    roster: Roster = field(default_factory=lambda: Roster(()))

    def of(self, subject_id: str) -> Sequence[Signed]:
        """Return what was said of a subject, oldest first."""
        return self.by_subject.get(subject_id, ())

    def open_releases(self, product: str | None = None) -> tuple[Release, ...]:
        """Return the releases that are neither announced nor cancelled."""
        return tuple(
            r for r in self.releases.values()
            if r.announced is None and r.cancelled is None and product in (None, r.product)
        )  # fmt: skip


def fold(statements: Iterable[Signed], roster: Roster) -> Record:
    """Index statements in the order in which they were recorded.

    What opens, freezes, cancels or releases is believed only of those whom the roster lets do it, and a rejection is
    withdrawn only by whoever made it, with a reason; the others' statements are kept and change nothing.
    """
    every = tuple(statements)
    by_subject: dict[str, list[Signed]] = {}
    withdrawn: set[Digest] = set()
    requests: dict[str, Request] = {}
    releases: dict[str, Release] = {}
    holders = roster.by_key()
    signers = {signed.digest: signed.statement.signer for signed in every}
    for signed in every:
        said = signed.statement
        for meant in said.subjects:
            by_subject.setdefault(meant.id, []).append(signed)
        if said.kind is Kind.WITHDRAWN and said.reason.strip():
            withdrawn |= {d for d in said.observed if signers.get(d) == said.signer}
        if _is_entitled(signed, holders):
            _fold_request(requests, said)
            _fold_release(releases, signed)
    return Record(every, by_subject, frozenset(withdrawn), requests, releases, roster)


def subject_of_request(request: Request) -> Subject:
    """Return the request as a subject of gates."""
    return Subject(SubjectKind.REQUEST, request.id, {Aspect.WHOLE: request.digest})


_ENTITLED: dict[Kind, Action] = {
    Kind.REQUESTED: Action.REQUEST_NEW,
    Kind.CANCELLED: Action.REQUEST_CANCEL,
    Kind.OPENED: Action.RELEASE_OPEN,
    Kind.FROZEN: Action.RELEASE_FREEZE,
}
_MARKS: dict[Kind, str] = {
    Kind.FROZEN: "frozen",
    Kind.RELEASED: "released",
    Kind.ANNOUNCED: "announced",
    Kind.ROLLED_BACK: "rolled_back",
}


def _is_entitled(signed: Signed, holders: Mapping[str, tuple[Person | NodeIdentity, PublicKey]]) -> bool:
    found = holders.get(signed.key_id)
    holder = found[0] if found else None
    said = signed.statement
    action = _ENTITLED.get(said.kind)
    if said.kind is Kind.CANCELLED and any(meant.id.startswith("release:") for meant in said.subjects):
        action = Action.RELEASE_OPEN  # who may open one may cancel one
    if action is None:
        return isinstance(holder, NodeIdentity)
    return isinstance(holder, Person) and may(holder, action)


def _fold_request(requests: dict[str, Request], said: Statement) -> None:
    for meant in said.subjects:
        kind, _, name = meant.id.partition(":")
        if kind != SubjectKind.REQUEST:
            continue
        if said.kind is Kind.REQUESTED and name not in requests:
            product = str(said.details.get("product", ""))
            requests[name] = Request(name, product, said.details, said.signer, said.at, meant.digest)
        elif said.kind is Kind.CANCELLED and name in requests:
            requests[name] = replace(requests[name], cancelled=said.reason)


def _fold_release(releases: dict[str, Release], signed: Signed) -> None:
    said = signed.statement
    name = next((m.id.removeprefix("release:") for m in said.subjects if m.id.startswith("release:")), None)
    if name is None:
        return
    if said.kind is Kind.OPENED and name not in releases:
        releases[name] = Release(name, str(said.details.get("product", "")), _requests(said), said.signer, said.at)
    elif name not in releases or (said.kind is Kind.FROZEN and not _can_freeze(releases[name], said)):
        return
    elif said.kind is Kind.CANCELLED:
        releases[name] = replace(releases[name], cancelled=said.reason)
    elif said.kind in _MARKS:
        changes: dict[str, Any] = {_MARKS[said.kind]: signed}
        releases[name] = replace(releases[name], **changes)


def _can_freeze(release: Release, said: Statement) -> bool:
    """Say whether a freezing counts: it names a version, and what is released keeps its payload."""
    return release.released is None and isinstance(said.details.get("version"), str)


def _requests(said: Statement) -> tuple[str, ...]:
    """Return the requests that a release answers; whatever else may stand there, for folding never fails."""
    listed = said.details.get("requests")
    return tuple(str(request) for request in listed) if isinstance(listed, list | tuple) else ()
