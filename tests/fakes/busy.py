"""A busy project: a ledger of many releases by many people, really signed, the same each time it is made.

Most releases are done, some were cancelled, the rest stand in several phases. The large one is for the benchmark of the
portal, a small one of the same making is for tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from assay.actions.recording import record
from assay.base.canonical import Digest, digest_bytes, digest_text
from assay.base.ports import Ledger, Payloads
from assay.base.roles import Holder, NodeIdentity, Person
from assay.bundle.payload import Payload, pack_payload
from assay.lifecycle.envelopes import Signed, seal
from assay.lifecycle.gates import DEFAULT_TABLE, By, ChangeClass, Gate
from assay.lifecycle.statements import Kind, Meant, Result, Statement
from assay.lifecycle.subjects import Aspect, Subject, SubjectKind, subject_as_json
from assay.project.payload import payload_files
from assay.project.reading import read_project
from assay.project.subjects import subjects_of
from fakes.busy_files import PROJECT, THE_NODE, member, product_name, project_files
from fakes.cast import SeededSigner

SERVED, NEXT = "1.0.0", "2.0.0"
"""The version that production serves, and the one on which people work."""

BEGINNING = datetime(2023, 1, 1, 6, 0, tzinfo=UTC)
DAYS = 1_000
"""From the first event to the last."""

WAITING_AT = (
    "contract.approved-by-stakeholder", "dataset.dev.built", "release.frozen", "dataset.qa.accepted-by-other-engineer",
    "solution.qa.accepted-by-stakeholder", "dataset.prod.populated", "dataset.prod.accepted-by-stakeholder",
    "release.ordered",
)  # fmt: skip
"""The gates at which the open releases wait, in turn."""

_PARTS = {
    "accepted-by-engineer": "author", "accepted-by-other-engineer": "other", "accepted-by-stakeholder": "stakeholder",
    "approved-by-owner": "owner", "approved-by-stakeholder": "stakeholder", "ordered": "manager",
    "recorded": "stakeholder", "checked": "other", "feedback-asked": "manager",
}  # fmt: skip
_BATCH = 1_000
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Size:
    """How many there are; the events that the releases leave over are scheduled runs.

    Where products are at least as many as the releases that are not done, no two of these are of one product.
    """

    products: int
    done: int
    cancelled: int
    on_their_way: int
    events: int

    @property
    def releases(self) -> int:
        return self.done + self.cancelled + self.on_their_way


LARGE = Size(products=1_000, done=9_000, cancelled=600, on_their_way=400, events=200_000)
SMALL = Size(products=11, done=22, cancelled=3, on_their_way=8, events=800)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A release that is to be played.

    Attributes:
        payload: what is frozen in the end.
        details: what the freezing says besides.
        until: the gate at which it waits; None for a release that is done.
    """

    number: int
    product: int
    change_class: ChangeClass
    subjects: tuple[Subject, ...]
    payload: Digest
    details: Mapping[str, Any]
    until: str | None = None
    is_cancelled: bool = False

    @property
    def id(self) -> str:
        return f"R-{self.number:04d}"

    def steps(self) -> list[tuple[Gate, Subject]]:
        """Return what is answered, in the order of the table."""
        request = Subject(SubjectKind.REQUEST, f"Q-{self.number:04d}", {Aspect.WHOLE: digest_text(f"ask {self.id}")})
        own = Subject(SubjectKind.RELEASE, self.id, {Aspect.WHOLE: self.payload})
        gates = [gate.id for gate in DEFAULT_TABLE]
        end = len(gates) if self.until is None else gates.index(self.until)
        return [
            (gate, subject)
            for gate in DEFAULT_TABLE[:end]
            if self.change_class in gate.classes
            for subject in (request, *self.subjects, own)
            if subject.kind is gate.per
        ]

    def count_statements(self) -> int:
        return len(self.steps()) + 1 + self.is_cancelled


def make_busy(ledger: Ledger, payloads: Payloads, size: Size) -> dict[str, bytes]:
    """Fill an empty ledger, keep the payloads that production serves, and return the files of the working tree."""
    now = project_files(size.products, NEXT)
    frozen = _freeze_all(project_files(size.products, SERVED), payloads)
    plans = list(_plans(size, frozen, _freeze_all(now)))
    runs = size.events - sum(plan.count_statements() for plan in plans)
    scribe = _Scribe(ledger, size.events)
    for plan in plans:
        _play(scribe, plan)
        if plan.until is None:
            _run(scribe, plan, runs * plan.number // size.done - runs * (plan.number - 1) // size.done)
    scribe.record()
    return now


def _freeze_all(files: Mapping[str, bytes], payloads: Payloads | None = None) -> list[Payload]:
    """Make the payload of every product, and keep it if somebody serves it."""
    project = read_project(dict(files))
    frozen = [
        Payload(
            product=product.name, version=str(product.version), commit="0" * 40,
            files=payload_files(project, product, _of_product(files, product.name)),
            subjects=subjects_of(project, product), change_class=ChangeClass.STANDARD, base=None, changes=(),
        )
        for product in project.products.values()
    ]  # fmt: skip
    for payload in frozen if payloads else ():
        assert payloads is not None
        payloads.put(payload.digest, pack_payload(payload))
    return frozen


def _of_product(files: Mapping[str, bytes], product: str) -> dict[str, bytes]:
    """Leave out the other products, among which the chosen files would else be looked for a thousand times."""
    shared = ("assay.yaml", "sources/orders.odcs.yaml")
    folder = f"products/{product}"
    names = ("product.yaml", "contracts/daily.odcs.yaml", "workflow/daily.sql", "solutions/board.dashboard.yaml")
    return {name: files[name] for name in (*shared, *(f"{folder}/{name}" for name in names))}


def _plans(size: Size, served: list[Payload], now: list[Payload]) -> Iterator[_Plan]:
    """Plan the releases that are done, product by product and then again, and among the last those that are not."""
    for number in range(1, size.done + 1):
        product = (number - 1) % size.products
        is_last = number > size.done - size.products
        payload = served[product]
        deep = number <= size.products or number % 7 == 0
        change_class = ChangeClass.STANDARD if deep else ChangeClass.COSMETIC
        subjects = payload.subjects if is_last else tuple(_older(s, number) for s in payload.subjects)
        digest = payload.digest if is_last else digest_text(f"payload {number}")
        details = _details(subjects, change_class, SERVED if is_last else f"0.{number}.0", None)
        yield _Plan(number, product, change_class, subjects, digest, details)
    for index in range(size.cancelled + size.on_their_way):
        number, is_cancelled = size.done + 1 + index, index < size.cancelled
        product = number % size.products
        payload = now[product]
        details = _details(payload.subjects, ChangeClass.STANDARD, NEXT, served[product].digest)
        until = "contract.approved-by-owner" if is_cancelled else WAITING_AT[index % len(WAITING_AT)]
        yield _Plan(
            number, product, ChangeClass.STANDARD, payload.subjects, payload.digest, details, until, is_cancelled
        )


def _older(subject: Subject, number: int) -> Subject:
    """Return what a subject meant in an earlier release."""
    return replace(subject, digests={a: digest_text(f"{d} {number}") for a, d in subject.digests.items()})


def _details(
    subjects: tuple[Subject, ...], change_class: ChangeClass, version: str, base: Digest | None
) -> dict[str, Any]:
    return {
        "version": version, "commit": "0" * 40, "class": str(change_class), "base": base,
        "changes": ["The step daily computes in another way."], "subjects": [subject_as_json(s) for s in subjects],
    }  # fmt: skip


class _Scribe:
    """Signs and records, many at a time; its clock goes on evenly."""

    def __init__(self, ledger: Ledger, events: int) -> None:
        self._ledger = ledger
        self._events = events
        self._written = 0
        self._waiting: list[tuple[Signed, bytes]] = []

    def say(self, who: Person | NodeIdentity, kind: Kind, *subjects: Meant, **fields: Any) -> Digest:
        """Sign a statement as of the moment that its place among the events gives."""
        is_node = isinstance(who, NodeIdentity)
        name = who.name if isinstance(who, NodeIdentity) else who.email
        at = BEGINNING + timedelta(seconds=self._written * DAYS * _DAY_SECONDS // self._events)
        holder = Holder.NODE if is_node else Holder.PERSON
        said = Statement(kind, subjects, name, holder, at, PROJECT, **fields)
        signer = _signer(name)
        content = seal(said, signer)
        self._waiting.append((Signed(said, digest_bytes(content), signer.key_id), content))
        self._written += 1
        if len(self._waiting) == _BATCH:
            self.record()
        return digest_bytes(content)

    def record(self) -> None:
        """Record what was said and is not recorded yet."""
        if self._waiting:
            record(self._ledger, self._waiting[-1][0].statement.at, self._waiting)
            self._waiting = []


@lru_cache(maxsize=100)
def _signer(name: str) -> SeededSigner:
    return SeededSigner(name)


def _play(scribe: _Scribe, plan: _Plan) -> None:
    """Let everybody do their part of a release, as far as it goes."""
    evidence: dict[tuple[str, str | None], list[Digest]] = {}
    own = Meant(f"release:{plan.id}", digest_text(f"opened {plan.id}"))
    for gate, subject in plan.steps():
        who = THE_NODE if gate.by is By.NODE else member(_PARTS.get(gate.id.rpartition(".")[2], "author"), plan.product)
        seen = evidence.setdefault((subject.id, gate.environment), [])
        fields: dict[str, Any] = {"release": plan.id, "environment": gate.environment, "details": _said(plan, gate)}
        if gate.by is By.SIGN_OFF:
            fields |= {"gate": gate.id, "observed": tuple(seen)}
        elif gate.kind not in (Kind.FROZEN, Kind.REQUESTED):
            fields["result"] = Result.PASS
        digest = scribe.say(who, gate.kind, Meant(subject.id, subject.digest_of(gate.aspect)), **fields)
        if gate.by is not By.SIGN_OFF:
            seen.append(digest)
        if gate.kind is Kind.REQUESTED:
            details = {"product": product_name(plan.product + 1), "requests": [subject.name]}
            scribe.say(member("author", plan.product), Kind.OPENED, own, release=plan.id, details=details)
    if plan.is_cancelled:
        scribe.say(member("owner", plan.product), Kind.CANCELLED, own, release=plan.id, reason="nobody needs it")


def _said(plan: _Plan, gate: Gate) -> Mapping[str, Any]:
    """Return what a statement tells besides, about as much as real ones do."""
    product = product_name(plan.product + 1)
    told: dict[Kind, Mapping[str, Any]] = {
        Kind.FROZEN: plan.details,
        Kind.REQUESTED: {
            "title": f"Sales of {product}, again", "product": product, "question": "What is sold where, day by day?",
            "deliverable": "dashboard", "audience": "The regional managers", "needed_by": "2026-12-01",
            "acceptance": ["The sum of a month is that of the books.", "It is there at eight in the morning."],
        },
        Kind.CHECKED: {"checks": 12, "passed": 12, "rows": 10_000, "made_on": "a person's machine"},
    }  # fmt: skip
    return told.get(gate.kind, {})


def _run(scribe: _Scribe, plan: _Plan, times: int) -> None:
    """Let the node's schedule run what was released."""
    for run in range(times):
        scribe.say(
            THE_NODE, Kind.RAN, Meant(f"release:{plan.id}", plan.payload), release=plan.id, result=Result.PASS,
            details={"as_of": "2025-09-26", "milliseconds": 800 + run, "slot": "released"},
        )  # fmt: skip
