"""A team's own gate table is read into the same rows as the default one, or refused with all its faults."""

from __future__ import annotations

import pytest

from assay.base.errors import AssayError
from assay.base.reading import read_yaml
from assay.base.roles import Holder, Role
from assay.lifecycle.gates import DEFAULT_TABLE, By, ChangeClass, Gate, GateTable, Need, Phase, Scope
from assay.lifecycle.statements import Kind
from assay.lifecycle.subjects import SubjectKind
from assay.project.process import parse_process
from tables import process_file

PROCESS = """\
gates:
  - id: contract.approved
    per: contract
    phase: discovery
    title: approved
    kind: approved
    by: sign-off
    roles: [owner, stakeholder]
    authenticated-within-minutes: 5
  - id: dataset.built
    per: dataset
    phase: development
    title: built
    kind: built
    by: person
    roles: [engineer]
    environment: dev
    needs:
      - gate: contract.approved
        scope: reads
      - gate: dataset.built
        scope: reads
    distinct:
      - gate: contract.approved
    classes: [standard, breaking]
    held-by: [person]
    max-age-days: 30
"""


def read(text: str) -> GateTable:
    return parse_process(read_yaml(text, "process.yaml"))


def test_a_gate_table_is_read_row_by_row() -> None:
    assert read(PROCESS) == (
        Gate(
            "contract.approved", SubjectKind.CONTRACT, Phase.DISCOVERY, "approved", Kind.APPROVED, By.SIGN_OFF,
            frozenset({Role.OWNER, Role.STAKEHOLDER}), authenticated_within_minutes=5,
        ),
        Gate(
            "dataset.built", SubjectKind.DATASET, Phase.DEVELOPMENT, "built", Kind.BUILT, By.PERSON,
            frozenset({Role.ENGINEER}), "dev",
            needs=(Need("contract.approved", Scope.READS), Need("dataset.built", Scope.READS)),
            distinct=(Need("contract.approved"),),
            classes=frozenset({ChangeClass.STANDARD, ChangeClass.BREAKING}),
            holders=frozenset({Holder.PERSON}), max_age_days=30,
        ),
    )  # fmt: skip


def test_the_default_table_can_be_written_as_a_file() -> None:
    assert read(process_file(DEFAULT_TABLE)) == DEFAULT_TABLE


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("by: person", "by: anybody", "process.yaml:15:5: expected one of person, node, sign-off, found 'anybody'"),
        (
            "per: dataset",
            "per: table",
            "process.yaml:11:5: expected one of request, contract, dataset, solution, release",
        ),
        (
            "title: built",
            "titel: built",
            "process.yaml:13:5: expected only fields that this file knows, found 'titel'.",
        ),
        ("id: dataset.built", "id: contract.approved", "process.yaml:10:5: expected each gate once"),
        (
            "gate: contract.approved\n        scope",
            "gate: later\n        scope",
            "expected a gate of a row above, found 'later'",
        ),
        ("roles: [engineer]", "roles: []", "process.yaml:10:5: expected the roles of a gate for people, found none."),
        ("held-by: [person]", "held-by: [node]", "process.yaml:26:15: expected one of person, portal, found 'node'"),
        ("held-by: [person]", "held-by: []", "process.yaml:26:5: expected "),
        ("kind: approved", "kind: ordered\n    delegates: true", "process.yaml:7:5: expected false at a release order"),
        ("kind: approved", "kind: approved\n    delegates: maybe", "process.yaml:7:5: expected "),
        ("within-minutes: 5", "within-minutes: 0", "process.yaml:9:5: expected "),
        ("within-minutes: 5", "within-minutes: -5", "process.yaml:9:5: expected "),
        ("within-minutes: 5", "within-minutes: 1.5", "process.yaml:9:5: expected "),
        ("within-minutes: 5", "within-minutes: soon", "process.yaml:9:5: expected "),
        ("within-minutes: 5", "within-minutes: true", "process.yaml:9:5: expected "),
        (
            "max-age-days: 30",
            "authenticated-within-minutes: 5",
            "process.yaml:27:5: expected a gate by sign-off, where somebody is asked for it, found one by person",
        ),
        ("max-age-days: 30", "same-person: later", "expected a gate of a row above, found 'later'."),
    ],
)
def test_a_fault_of_a_gate_table_is_named_with_its_place(old: str, new: str, said: str) -> None:
    assert old in PROCESS

    with pytest.raises(AssayError) as refusal:
        read(PROCESS.replace(old, new))

    assert any(said in str(fault) for fault in refusal.value.faults), str(refusal.value)


@pytest.mark.parametrize(
    ("instead", "delegates"),
    [("kind: approved", True), ("kind: approved\n    delegates: false", False), ("kind: ordered", False)],
)
def test_a_sign_off_takes_a_delegate_where_the_table_does_not_say_otherwise_and_an_order_never(
    instead: str, delegates: bool
) -> None:
    assert read(PROCESS.replace("kind: approved", instead))[0].delegates is delegates
