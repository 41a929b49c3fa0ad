"""Contracts of v3.0 and v3.1 written as ones of v3.2.0: the same promises, in the words of today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assay.actions.upgrade import Upgrade, upgrade_contract
from assay.base.errors import AssayError
from assay.base.reading import read_yaml
from assay.connectors.contract_schema import load_contract_schema
from assay.contract.compare import compare_contracts
from assay.contract.inspection import inspect_contract
from assay.contract.lint_rules import Grade
from assay.contract.model import Contract, Dataset, RuleType
from assay.contract.parse import parse_contract

EXAMPLES = sorted((Path(__file__).parents[2] / "fixtures" / "odcs" / "valid").glob("*.yaml"))
SCHEMA = load_contract_schema()

OLD = """\
# A contract of long ago.
version: 1.0.0
apiVersion: v3.0.2  # still
kind: DataContract
id: old
dataProduct: sales
team:
  # The people.
  - username: ada
  - username: bob
slaDefaultElement: t.at
slaProperties:
  - property: retention  # for the law
    value: 3
    unit: y
  - {property: latency, value: 1, unit: d, element: t.at}
schema:
  - name: t
    color: red
    properties:
      - name: at
        logicalType: date
      - name: a
        logicalType: integer
        logicalTypeOptions:
          minimum: 1
          exclusiveMinimum: true  # above one
          maximum: 9
          exclusiveMaximum: false
        quality:
          # How often.
          - rule: duplicateCount
            mustBeLessThan: 10
          - rule: validValues
            validValues: [2, 3]
            mustBeLessThan: 5
            toolName: x
    quality:
      - rule: rowCount
        mustBeGreaterThan: 1
"""

NEW = """\
# A contract of long ago.
version: 1.0.0
apiVersion: v3.2.0  # still
kind: DataContract
id: old
team:
  members:
    - username: ada
    - username: bob
slaProperties:
  - property: retention  # for the law
    value: 3
    unit: y
    element: t.at
  - {property: latency, value: 1, unit: d, element: t.at}
schema:
  - name: t
    properties:
      - name: at
        logicalType: date
      - name: a
        logicalType: integer
        logicalTypeOptions:
          exclusiveMinimum: 1  # above one
          maximum: 9
        quality:
          # How often.
          - metric: duplicateValues
            mustBeLessThan: 10
          - metric: invalidValues
            arguments:
              validValues:
                - 2
                - 3
            mustBeLessThan: 5
            customProperties:
              - property: toolName
                value: x
    quality:
      - metric: rowCount
        mustBeGreaterThan: 1
    customProperties:
      - property: color
        value: red
customProperties:
  - property: dataProduct
    value: sales
"""


def upgrade(text: str) -> Upgrade:
    return upgrade_contract(text.encode(), "c.yaml")


def contract(text: str) -> Contract:
    return parse_contract(read_yaml(text, "c.yaml"))


def test_what_changes_is_written_anew_and_everything_else_stays() -> None:
    assert upgrade(OLD).after == NEW


def test_each_change_is_told_with_its_line() -> None:
    told = [(place.line, sentence) for place, sentence in upgrade(OLD).steps]

    assert told == [
        (3, "v3.0.2 becomes v3.2.0"),
        (7, "the list becomes 'members' of the team"),
        (11, "it is named at each service level"),
        (6, "it becomes a custom property"),
        (19, "the standard has no such field: it becomes a custom property"),
        (27, "the bound is a value, no longer a switch"),
        (29, "the bound is a value, no longer a switch"),
        (32, "the rule 'duplicateCount' becomes the metric 'duplicateValues'"),
        (34, "the rule 'validValues' becomes the metric 'invalidValues'"),
        (35, "the valid values become arguments"),
        (37, "the standard has no such field: it becomes a custom property"),
        (39, "the rule 'rowCount' becomes the metric 'rowCount'"),
    ]


def test_comments_that_it_costs_are_named() -> None:
    assert upgrade(OLD).lost == ("# The people.",)


def test_what_is_promised_stays_the_same() -> None:
    before, after = contract(OLD).datasets[0], contract(NEW).datasets[0]

    assert [one.options for one in before.properties] == [one.options for one in after.properties]
    assert rules_of(before) == rules_of(after)


def rules_of(dataset: Dataset) -> list[tuple[Any, ...]]:
    """Return what each rule of a dataset measures and allows."""
    rules = [*dataset.quality, *(rule for part in dataset.properties for rule in part.quality)]
    return [(rule.metric, rule.operator, rule.value, rule.arguments) for rule in rules]


def test_the_upgraded_one_has_no_fault_of_the_standard() -> None:
    found = inspect_contract(read_yaml(NEW, "c.yaml"), SCHEMA)

    assert [str(one) for one in found if one.grade is Grade.FAULT] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_official_example_is_upgraded_without_loss(path: Path) -> None:
    done = upgrade_contract(path.read_bytes(), path.name)
    found = inspect_contract(read_yaml(done.after, path.name), SCHEMA)
    changes = compare_contracts(contract(done.before), contract(done.after))

    assert {change.path for change in changes} <= {"apiVersion", "dataProduct", "customProperties"}
    assert [str(one) for one in found if one.grade is Grade.FAULT or one.rule == "api-version-old"] == []
    assert done.lost == ()


def test_an_upgraded_contract_is_not_upgraded_again() -> None:
    done = upgrade(NEW)

    assert (done.after, done.steps) == (NEW, ())


def test_valid_values_alone_keep_their_unsaid_limit() -> None:
    old = "version: 1.0.0\napiVersion: v3.0.0\nkind: DataContract\nid: x\nschema:\n- name: t\n  properties:\n"
    done = upgrade(f"{old}  - name: a\n    quality:\n    - rule: validValues\n      validValues: [x]\n")
    (rule,) = contract(done.after).datasets[0].properties[0].quality

    assert (rule.operator, rule.value, rule.arguments) == ("mustBe", 0, {"validValues": ["x"]})


@pytest.mark.parametrize("rule", ["rule: nullCheck, type: library", "rule: rowCount", "rule: countCheck, mustBe: 5"])
def test_a_rule_of_which_v3_0_said_the_name_alone_becomes_one_in_words(rule: str) -> None:
    old = "version: 1.0.0\napiVersion: v3.0.2\nkind: DataContract\nid: x\nschema:\n- name: t\n  quality:\n"
    done = upgrade(f"{old}  - {{{rule}}}\n")
    (before,), (after,) = contract(done.before).datasets[0].quality, contract(done.after).datasets[0].quality
    found = inspect_contract(read_yaml(done.after, "c.yaml"), SCHEMA)

    assert (before.type, after.type) == (RuleType.TEXT, RuleType.TEXT)
    assert after.name == before.raw["rule"] == after.custom["rule"]
    assert [str(one) for one in found if one.grade is Grade.FAULT] == []


def test_a_contract_with_faults_is_not_upgraded() -> None:
    with pytest.raises(AssayError, match="expected a number"):
        upgrade(OLD.replace("mustBeLessThan: 10", "mustBeLessThan: ten"))
