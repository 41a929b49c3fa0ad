"""What the API answers to those who look closely: what is reviewed before a sign-off, and the ledger's rows.

Values that are told whole are the actions' own: what they hold is masked for the asker already.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.actions.audit import AuditRow
from assay.actions.evidence import Evidence
from assay.actions.items import Asked, Carried
from assay.actions.numbers import Numbers
from assay.actions.review import Difference
from assay.base.canonical import Digest
from assay.documentation.contract_words import ChangeWords, ContractWords
from assay.portal.api.answers import Answer, Fault, ReleaseName, Subject


class ContractShown(Answer):
    """A contract in plain words, and what differs from the released one."""

    words: ContractWords
    changes: tuple[ChangeWords, ...]
    is_new: bool


class FailingRows(Answer):
    """A few rows that break a rule, masked for the asker."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Looked(Answer):
    """Failing rows by the rule's id; ``missing`` says why there are none, where they cannot be looked up."""

    by_check: Mapping[str, FailingRows]
    missing: str


class Measured(Answer):
    """A piece of evidence, with failing rows for the rules that it says are broken."""

    evidence: Evidence
    looked: Looked


class Page(Answer):
    """A dashboard as it is published, and whether it still is what the evidence says was published."""

    name: str
    is_as_published: bool


class Item(Answer):
    """One subject that waits for the asker's sign-off; ``seen`` goes back with the answer."""

    subject: Subject
    asked: tuple[Asked, ...]
    contracts: tuple[ContractShown, ...]
    measured: tuple[Measured, ...]
    carried: tuple[Carried, ...]
    page: Page | None
    numbers: Numbers | None
    seen: Mapping[str, Digest]


class Review(Answer):
    """What the asker can sign of a release now, with what there is to look at."""

    release: ReleaseName
    difference: Difference
    items: tuple[Item, ...]
    carried: tuple[Carried, ...]


class AuditPage(Answer):
    """Some rows of the ledger, newest first; ``before`` is given back for those that follow."""

    rows: tuple[AuditRow, ...]
    before: int | None
    events: int


class Head(Answer):
    """The newest link of the chain."""

    seq: int
    hash: str


class Verification(Answer):
    """What a verification of chain and signatures found; all is well where there are no faults."""

    events: int
    statements: int
    head: Head
    faults: tuple[Fault, ...]
