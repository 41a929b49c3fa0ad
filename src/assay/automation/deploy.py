"""Deployment: populate an admitted release on production data, compare it with QA on the same cut, publish it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from assay.actions.build import build
from assay.actions.checking import Checked, check_product
from assay.actions.step_events import saying
from assay.actions.workshop import choose_cut
from assay.automation.node import ENVIRONMENT, Node, Progress, admitted_release, alone
from assay.automation.production import land, publish_pages, run_details, run_product
from assay.base.errors import refusal
from assay.base.names import TableRef
from assay.base.snapshots import Manifest, Slot
from assay.bundle.payload import Payload
from assay.lifecycle.gates import gate_named
from assay.lifecycle.record import Record
from assay.lifecycle.statements import GOOD, Kind, Result, Statement
from assay.lifecycle.subjects import Subject, SubjectKind
from assay.project.model import Project
from assay.validation.profile import differences, profile_from_json
from assay.workflow.selection import select

_SHOWN = 5
_EVIDENCE = frozenset({"content", "profile", "cut", "as_of"})


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a deployment gave: the statements that were signed."""

    release: str
    statements: tuple[Statement, ...]

    @property
    def is_good(self) -> bool:
        """Whether every one of them passed."""
        return all(s.result in GOOD for s in self.statements)


@alone
def deploy(node: Node, release_id: str, progress: Progress) -> Deployed:
    """Populate, compare and publish an admitted release as candidate; doing it again says the same again.

    Raises:
        AssayError: the release is not admitted, is released already, or a build fails; the candidate stays as it was.
    """
    record = node.load().record
    release = admitted_release(record, release_id)
    if release.released is not None or release.payload is None:
        raise refusal(release_id, expected="a release that is not released yet", found="a released one")
    payload = node.payload(release.payload)
    project = node.project(payload)
    progress("landing the sources of production")
    today = land(node, project, payload.product)
    statements = _compared(node, record, release_id, payload, project, today, progress)
    statements += _populated(node, release_id, payload, project, today, progress)
    if all(s.result in GOOD for s in statements):
        statements += _published(node, release_id, payload, project)
    node.say(*statements)
    return Deployed(release_id, tuple(statements))


def _compared(
    node: Node, record: Record, release_id: str, payload: Payload, project: Project,
    today: Mapping[TableRef, Manifest], progress: Progress,
) -> list[Statement]:  # fmt: skip
    """Build on the cut that QA was validated on, and compare the rows dataset by dataset."""
    statements = []
    for subject in _subjects(payload, SubjectKind.DATASET):
        name = subject.name.rpartition("/")[2]
        qa = _qa_evidence(node, record, subject)
        if qa is None:
            statements.append(_comparison(node, release_id, subject, Result.ERROR, "no evidence of QA on this digest"))
            continue
        progress(f"building {name} on the cut of QA")
        cut, missing = choose_cut(node.workshop, today, qa.details["cut"])
        if missing:
            reason = f"production does not hold what QA was built from: {', '.join(missing)}"
            statements.append(_comparison(node, release_id, subject, Result.ERROR, reason))
            continue
        as_of = date.fromisoformat(qa.details["as_of"])
        product = project.products[payload.product]
        built = build(
            node.workshop, product, ENVIRONMENT, Slot.CANDIDATE, cut, as_of, payload.digest, saying(progress),
            select(product.graph, [name]),
        )  # fmt: skip
        checked = check_product(node.workshop, product, built.snapshots, cut, as_of, node.now(), only=name)
        here = checked[name]
        statements.append(_comparison(node, release_id, subject, *_difference(qa, here)))
    return statements


def _difference(qa: Statement, here: Checked) -> tuple[Result, str]:
    if here.content == qa.details["content"]:
        return Result.PASS, f"{here.rows:,} rows, the same rows as in QA on the same cut"
    found = differences(here.profile, profile_from_json(qa.details["profile"]))
    shown = "; ".join(found[:_SHOWN]) or "the same numbers in each column, and other rows"
    return Result.FAIL, f"not the rows of QA on the same cut (here production, there QA): {shown}"


def _comparison(node: Node, release_id: str, subject: Subject, result: Result, reason: str) -> Statement:
    return node.statement(
        Kind.COMPARED, subjects=(node.meant(subject, Kind.COMPARED),), release=release_id, result=result, reason=reason
    )


def _populated(
    node: Node,
    release_id: str,
    payload: Payload,
    project: Project,
    today: Mapping[TableRef, Manifest],
    progress: Progress,
) -> list[Statement]:
    """Build on what production's sources hold now; the candidate moves if every check passed."""
    progress("populating production from today's sources")
    start = time.monotonic()
    run = run_product(node, project, payload, Slot.CANDIDATE, today, progress)
    milliseconds = int((time.monotonic() - start) * 1000)
    details = run_details(run, milliseconds, payload.product)
    statements = []
    for subject in _subjects(payload, SubjectKind.DATASET):
        checked = run.checked[subject.name.rpartition("/")[2]]
        statements.append(
            node.statement(
                Kind.POPULATED, subjects=(node.meant(subject, Kind.POPULATED),), release=release_id,
                result=checked.result, details={**details, **checked.as_details()},
            )
        )  # fmt: skip
    return statements


def _published(node: Node, release_id: str, payload: Payload, project: Project) -> list[Statement]:
    pages = publish_pages(node, project, payload, Slot.CANDIDATE, banner="Candidate: not released yet")
    return [
        node.statement(
            Kind.PUBLISHED, subjects=(node.meant(subject, Kind.PUBLISHED),), release=release_id,
            result=pages[subject.name.rpartition("/")[2]].result,
            details=pages[subject.name.rpartition("/")[2]].as_details(),
        )
        for subject in _subjects(payload, SubjectKind.SOLUTION)
    ]  # fmt: skip


def _qa_evidence(node: Node, record: Record, subject: Subject) -> Statement | None:
    """Return the newest evidence of QA on a dataset's digest, by somebody who may give it."""
    gate = gate_named(node.table, "dataset.qa.checked")
    if gate is None:
        return None
    product = subject.name.rpartition("/")[0]
    people = (person for person in node.believed().people if person.signs_for(product))
    able = {person.email for person in people if person.roles & gate.roles}
    wanted = subject.digest_of(gate.aspect)
    found = [
        said for said in (signed.statement for signed in record.of(subject.id))
        if said.kind is Kind.CHECKED and said.environment == "qa" and said.signer in able
        and said.holder in gate.holders and said.meant(subject.id) == wanted and said.details.keys() >= _EVIDENCE
    ]  # fmt: skip
    return found[-1] if found else None


def _subjects(payload: Payload, kind: SubjectKind) -> list[Subject]:
    return [subject for subject in payload.subjects if subject.kind is kind]
