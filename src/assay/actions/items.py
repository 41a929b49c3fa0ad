"""Items of a review: each subject that waits for somebody, with the contract, evidence, numbers and page to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assay.actions.case import Standing, released_payload
from assay.actions.environments import frozen_project
from assay.actions.evidence import WORDS, Evidence, evidence_about, read_evidence
from assay.actions.failing_rows import NOTHING, Looked, failing_rows
from assay.actions.guidance import step_for
from assay.actions.home import Home
from assay.actions.numbers import Numbers, numbers_of
from assay.actions.projects import project_of
from assay.actions.shown import seen_now
from assay.actions.turns import Turn, why_theirs
from assay.base.canonical import Digest, digest_bytes
from assay.base.errors import AssayError
from assay.base.roles import Person
from assay.contract.model import Contract
from assay.documentation.contract_words import ChangeWords, ContractWords, contract_changes, contract_words
from assay.lifecycle.decide import GateState, Status
from assay.lifecycle.record import Record
from assay.lifecycle.statements import Kind
from assay.lifecycle.subjects import Subject, SubjectKind
from assay.project.model import Product

_WITH_CONTRACTS = frozenset({SubjectKind.CONTRACT, SubjectKind.DATASET, SubjectKind.SOLUTION})


@dataclass(frozen=True, slots=True)
class Asked:
    """One gate that waits: its id, what to do in words, and its title."""

    gate: str
    words: str
    title: str
    environment: str | None
    why: str
    """Why it waits again, where it was satisfied once; empty otherwise."""
    on_behalf_of: str
    """E-mail of the absent person for whom it would be signed; empty where it is one's own."""
    instead: str
    """Why it is a delegate's, as a sentence; empty where it is one's own."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A gate that need not be looked at again: whose word carries it, given when, for which release and whom."""

    subject: str
    gate: str
    title: str
    by: str
    at: datetime
    release: str | None
    on_behalf_of: str = ""


@dataclass(frozen=True, slots=True)
class ContractShown:
    """A contract in plain words, and what differs from the released one.

    Attributes:
        is_new: whether there is no released one to compare with.
    """

    words: ContractWords
    changes: tuple[ChangeWords, ...]
    is_new: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """A piece of evidence with failing rows for the rules that it says are broken."""

    evidence: Evidence
    looked: Looked


@dataclass(frozen=True, slots=True)
class PageShown:
    """A dashboard as it is published.

    Attributes:
        content: its bytes.
        is_as_published: whether they are what the evidence says was published; False shows a page that was changed.
    """

    name: str
    content: bytes
    is_as_published: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One subject with what of it waits for the viewer, and all there is to look at.

    Attributes:
        contracts: its own; of a dashboard those of the datasets that it shows.
        measured: evidence on its present meaning from every environment, oldest first.
        page: of a dashboard, where its page lies in this home; None otherwise.
        numbers: of a dataset beside its released version; None where there is nothing to compare.
        seen: goes into the form and comes back with the sign-off, see `assay.actions.shown.seen_now`.
    """

    subject: Subject
    asked: tuple[Asked, ...]
    contracts: tuple[ContractShown, ...]
    measured: tuple[Measured, ...]
    carried: tuple[Carried, ...]
    page: PageShown | None
    numbers: Numbers | None
    seen: Mapping[str, Digest]


@dataclass(frozen=True, slots=True)
class Desk:
    """What all items of one review are put together from."""

    home: Home
    record: Record
    standing: Standing
    person: Person
    product: Product
    released: Product | None

    @staticmethod
    def of(home: Home, record: Record, standing: Standing, person: Person) -> Desk:
        """Read the project that a release is judged by, and the released one beside it.

        Raises:
            AssayError: the release's payload is not in this home.
        """
        release = standing.release
        project = frozen_project(home, release)[1] if release.payload else home.project
        product = project.products[release.product]
        return Desk(home, record, standing, person, product, _released_product(home, record, release.product))

    def item(self, turns: Sequence[Turn]) -> Item:
        """Put together what is looked at for the gates of one subject."""
        states = [turn.state for turn in turns]
        subject = states[0].subject
        contracts = tuple(self._contracts(subject))
        today = self.home.project.products.get(self.product.name)
        own = [*contracts, *(today.contracts[n] for n in _names(subject, contracts) if today and n in today.contracts)]
        return Item(
            subject=subject,
            asked=tuple(self._asked(turn) for turn in turns),
            contracts=tuple(self._shown(contract) for contract in contracts),
            measured=tuple(self._measured(subject, own)),
            carried=tuple(carried(self.standing, subject)),
            page=self._page(subject, states),
            numbers=self._numbers(subject, own),
            seen=seen_now(self.record, states),
        )

    def _contracts(self, subject: Subject) -> Iterator[Contract]:
        """Give the contracts by which a subject is judged, by its own name or those of what it shows."""
        name = subject.name.rpartition("/")[2]
        dashboard = self.product.solutions.get(name) if subject.kind is SubjectKind.SOLUTION else None
        tables = [table.name for table in dashboard.reads if table.schema is None] if dashboard else [name]
        if subject.kind in _WITH_CONTRACTS:
            yield from (self.product.contracts[each] for each in tables if each in self.product.contracts)

    def _asked(self, turn: Turn) -> Asked:
        state, by = turn.state, turn.by
        step = step_for(state, self.standing.release.id, self.product.name)
        lent = (by.absent, why_theirs(self.record, by)) if by else ("", "")
        return Asked(state.gate.id, step.words, state.gate.title, state.gate.environment, state.why, *lent)

    def _shown(self, contract: Contract) -> ContractShown:
        old = self.released.contracts.get(contract.datasets[0].name) if self.released else None
        return ContractShown(contract_words(contract, self.product.owner), contract_changes(old, contract), old is None)

    def _measured(self, subject: Subject, contracts: Sequence[Contract]) -> Iterator[Measured]:
        for signed in evidence_about(self.record, subject):
            if signed.statement.kind not in WORDS:
                continue  # freezing and the like are acts, and measure nothing
            evidence = read_evidence(signed)
            looked = NOTHING
            if subject.kind is SubjectKind.DATASET and contracts:
                roles = self.person.roles
                looked = failing_rows(self.home, signed.statement, evidence.verdicts, contracts, roles)
            yield Measured(evidence, looked)

    def _page(self, subject: Subject, states: Sequence[GateState]) -> PageShown | None:
        environment = next((state.gate.environment for state in states if state.gate.environment), None)
        if subject.kind is not SubjectKind.SOLUTION or environment is None:
            return None
        name = f"{environment}/{subject.name}.html"
        content = self.home.pages.read(name)
        if content is None:
            return None
        published = (s.statement for s in evidence_about(self.record, subject) if s.statement.kind is Kind.PUBLISHED)
        told = [said.details.get("page") for said in published if said.environment == environment]
        return PageShown(name, content, digest_bytes(content) in told)

    def _numbers(self, subject: Subject, contracts: Sequence[Contract]) -> Numbers | None:
        if subject.kind is not SubjectKind.DATASET:
            return None
        datasets = [contract.datasets[0] for contract in contracts]
        return numbers_of(self.record, subject, self.product.name, datasets, self.person.roles)


def _names(subject: Subject, contracts: Sequence[Contract]) -> tuple[str, ...]:
    """Return the datasets whose contract of today may hide more; of a dashboard none, for it shows no rows here."""
    if subject.kind is SubjectKind.SOLUTION:
        return ()
    return tuple(contract.datasets[0].name for contract in contracts)


def _released_product(home: Home, record: Record, product: str) -> Product | None:
    """Return the released version of a product; None before the first release, and where its payload is not here."""
    payload = released_payload(record, product)
    if payload is None:
        return None
    try:
        return project_of(home.payload(payload)).products.get(product)
    except AssayError:
        return None


def carried(standing: Standing, subject: Subject | None = None) -> Iterator[Carried]:
    """Give the gates of a release, or of one of its subjects, that need not be looked at again."""
    for state in standing.decision.states:
        if state.status is Status.CARRIED and state.by is not None and subject in (None, state.subject):
            said = state.by.statement
            yield Carried(
                state.subject.name, state.gate.id, state.gate.title, said.signer, said.at, said.release,
                said.on_behalf_of,
            )  # fmt: skip
