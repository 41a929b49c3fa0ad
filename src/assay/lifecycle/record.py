"""The record: what a ledger's statements say, folded into an index that decisions read.

Folding never fails: any prefix of a ledger folds, and a statement that counts for nothing is kept all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from assay.base.canonical import Digest
from assay.base.growing import Growing
from assay.base.roles import Action, NodeIdentity, Person, PublicKey, Roster, may
from assay.lifecycle.delegations import NO_DELEGATIONS, Delegating, delegating_with
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
    """All signed statements of a ledger, in its order. A record is a value: what is said later makes another one.

    Attributes:
        statements: every one.
        by_subject: those that speak of a subject, by its id.
        by_release: those that were made for a release, by its id.
        rejections: those that reject, by their digest.
        withdrawals: what was withdrawn and who did so, each with a reason; also what is not recorded, or not theirs.
        withdrawn: digests of the rejections that were withdrawn by whoever made them, or on whose behalf.
        delegating: the delegations, and the sign-offs that rest on them.
        by_product: ids of the releases of a product, in the order in which they were opened.
        released: where in the order a node's word that something was released stands first, by its digest.
        roster: who may sign.
    """

    statements: Growing[Signed] = field(default_factory=Growing)
    by_subject: Mapping[str, Sequence[Signed]] = field(default_factory=dict)
    by_release: Mapping[str, Sequence[Signed]] = field(default_factory=dict)
    rejections: Mapping[Digest, Signed] = field(default_factory=dict)
    withdrawals: frozenset[tuple[Digest, str]] = frozenset()
    withdrawn: frozenset[Digest] = frozenset()
    delegating: Delegating = NO_DELEGATIONS
    requests: Mapping[str, Request] = field(default_factory=dict)
    releases: Mapping[str, Release] = field(default_factory=dict)
    by_product: Mapping[str, Sequence[str]] = field(default_factory=dict)
    released: Mapping[Digest, int] = field(default_factory=dict)
    roster: Roster = field(default_factory=lambda: Roster(()))

    def of(self, subject_id: str) -> Sequence[Signed]:
        """Return what was said of a subject, oldest first."""
        return self.by_subject.get(subject_id, ())

    def made_for(self, release_id: str) -> Sequence[Signed]:
        """Return what was said for a release, of whatever subject, oldest first."""
        return self.by_release.get(release_id, ())

    def releases_of(self, product: str) -> tuple[Release, ...]:
        """Return the releases of a product, in the order in which they were opened."""
        return tuple(self.releases[name] for name in self.by_product.get(product, ()))

    def open_releases(self, product: str | None = None) -> tuple[Release, ...]:
        """Return the releases that are neither announced nor cancelled."""
        releases = self.releases.values() if product is None else self.releases_of(product)
        return tuple(r for r in releases if r.announced is None and r.cancelled is None)


def fold(statements: Iterable[Signed], roster: Roster) -> Record:
    """Index statements in the order in which they were recorded.

    What opens, freezes, cancels or releases is believed only of those whom the roster lets do it, and a rejection is
    withdrawn only by whoever made it, with a reason; the others' statements are kept and change nothing.
    """
    return extend(Record(roster=roster), statements)


def extend(record: Record, statements: Iterable[Signed]) -> Record:
    """Add what was recorded since: the result is what folding everything from the beginning would give.

    The record that was given stays as it is, for whoever still reads it. The work grows with what is added, and a
    little with the number of subjects and releases; never with the number of statements.

    What has fallen with its key is not among what was said. But what it asked for, opened and froze stays known, for
    others have built on that: no release that is served is forgotten because of the key by which it was opened.
    """
    told = tuple(statements)
    added = tuple(signed for signed in told if not signed.has_fallen)
    rejections, withdrawals = _refused(record, added)
    requests, releases = _marked(record, [s for s in told if not s.has_fallen or s.statement.kind in _REMEMBERED])
    opened = ((r.product, r.id) for r in islice(releases.values(), len(record.releases), None))
    return Record(
        statements=record.statements.plus(added),
        by_subject=_filed(record.by_subject, ((meant.id, s) for s in added for meant in s.statement.subjects)),
        by_release=_filed(record.by_release, ((s.statement.release, s) for s in added if s.statement.release)),
        rejections=rejections,
        withdrawals=withdrawals,
        withdrawn=_withdrawn(rejections, withdrawals),
        delegating=delegating_with(record.delegating, added, record.roster),
        requests=requests,
        releases=releases,
        by_product=_filed(record.by_product, opened),
        released=_placed(record, added),
        roster=record.roster,
    )


_Filed = TypeVar("_Filed")


def _filed(
    index: Mapping[str, Sequence[_Filed]], added: Iterable[tuple[str, _Filed]]
) -> Mapping[str, Sequence[_Filed]]:
    """Return an index with more under its names, each after what is there."""
    new: dict[str, list[_Filed]] = {}
    for name, item in added:
        new.setdefault(name, []).append(item)
    return {**index, **{name: (*index.get(name, ()), *items) for name, items in new.items()}} if new else index


def _refused(record: Record, added: Sequence[Signed]) -> tuple[Mapping[Digest, Signed], frozenset[tuple[Digest, str]]]:
    """Collect who rejected and who withdrew: a withdrawal may be recorded before what it withdraws."""
    rejections = {s.digest: s for s in added if s.statement.kind is Kind.REJECTED}
    withdrawals = {
        (digest, s.statement.signer)
        for s in added
        if s.statement.kind is Kind.WITHDRAWN and s.statement.reason.strip()
        for digest in s.statement.observed
    }
    return {**record.rejections, **rejections}, record.withdrawals | withdrawals


def _withdrawn(rejections: Mapping[Digest, Signed], withdrawals: Iterable[tuple[Digest, str]]) -> frozenset[Digest]:
    return frozenset(
        digest for digest, who in withdrawals
        if digest in rejections and who in rejections[digest].statement.speakers
    )  # fmt: skip


def _marked(record: Record, added: Sequence[Signed]) -> tuple[Mapping[str, Request], Mapping[str, Release]]:
    """Let what was said open, freeze, cancel and release; where nothing does, both stay the ones they were."""
    if not any(signed.statement.kind in _MARKING for signed in added):
        return record.requests, record.releases
    requests, releases = dict(record.requests), dict(record.releases)
    holders = record.roster.by_key()
    for signed in added:
        if _is_entitled(signed, holders, _product_of(signed.statement, requests, releases)):
            _fold_request(requests, signed.statement)
            _fold_release(releases, signed)
    return requests, releases


def _placed(record: Record, added: Sequence[Signed]) -> Mapping[Digest, int]:
    start = len(record.statements)
    found = [(s.digest, start + i) for i, s in enumerate(added) if s.statement.kind is Kind.RELEASED]
    return {**dict(reversed(found)), **record.released} if found else record.released


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
_REMEMBERED: frozenset[Kind] = frozenset({Kind.REQUESTED, Kind.OPENED, Kind.FROZEN})
_MARKING: frozenset[Kind] = frozenset(_ENTITLED) | frozenset(_MARKS)
"""What can change a request or a release; most of what is said, a run or a sign-off, does not."""


def _product_of(said: Statement, requests: Mapping[str, Request], releases: Mapping[str, Release]) -> str:
    """Return of which product is what a statement asks for, opens, freezes or cancels; empty where nobody knows."""
    if said.kind in (Kind.REQUESTED, Kind.OPENED):
        return str(said.details.get("product", ""))
    names = (meant.id.partition(":")[2] for meant in said.subjects)
    found = (releases.get(name) or requests.get(name) for name in names)
    return next((each.product for each in found if each is not None), "")


def _is_entitled(signed: Signed, holders: Mapping[str, tuple[Person | NodeIdentity, PublicKey]], product: str) -> bool:
    found = holders.get(signed.key_id)
    holder = found[0] if found else None
    said = signed.statement
    if said.on_behalf_of:
        return False  # a delegate signs off, and does nothing else
    action = _ENTITLED.get(said.kind)
    if said.kind is Kind.CANCELLED and any(meant.id.startswith("release:") for meant in said.subjects):
        action = Action.RELEASE_OPEN  # who may open one may cancel one
    if action is None:
        return isinstance(holder, NodeIdentity)
    return isinstance(holder, Person) and may(holder, action) and holder.signs_for(product)


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
