"""A contract in plain words holds all that it promises, and says of each difference what it does to readers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from syrupy.assertion import SnapshotAssertion

from assay.base.reading import read_yaml
from assay.contract.effects import Effect
from assay.contract.model import Contract, LogicalType, Severity
from assay.contract.parse import parse_contract
from assay.documentation.contract_words import (
    EFFECT_WORDS,
    LEVEL_WORDS,
    TYPE_WORDS,
    ContractWords,
    contract_changes,
    contract_words,
)
from assay.documentation.promise_words import SEVERITY_WORDS, PromiseWords
from assay.validation.sensitivity import Level
from house import ROOT

CONTRACTS = ROOT / "examples" / "flights" / "products" / "ontime" / "contracts"
OWNER = "dora@example.org"


def read(body: str) -> Contract:
    head = "version: 1.0.0\napiVersion: v3.2.0\nkind: DataContract\nid: x\n"
    return parse_contract(read_yaml((head + body).encode(), "c.yaml"))


def example(name: str, old: str = "", new: str = "") -> Contract:
    """Read a contract of the example, with one place changed."""
    text = (CONTRACTS / f"{name}.odcs.yaml").read_text()
    assert old in text
    return parse_contract(read_yaml(text.replace(old, new, 1).encode(), name))


def told(words: ContractWords) -> Iterator[str]:
    """Write the words of a contract as a page would, a line each."""
    yield f"{words.title} ({words.name}) {words.version}, answered for by {words.owner}"
    yield from (words.row, words.purpose, words.usage, words.limits)
    for column in words.columns:
        marks = [column.kind, column.unit, "key" * column.is_key, "always filled" * column.is_required]
        yield f"- {column.title} ({column.name}): {', '.join(mark for mark in marks if mark)}. {column.meaning}"
        yield f"    {column.visibility}"
        yield from (f"    one of: {value}" for value in column.allowed)
        yield from (f"    {line}" for line in promised(column.promises))
    yield from promised((*words.promises, *words.service))


def promised(promises: tuple[PromiseWords, ...]) -> Iterator[str]:
    for one in promises:
        parts = (one.sentence, one.note, f"[{one.consequence}]", f"(not tested: {one.untested})" * bool(one.untested))
        yield " ".join(part for part in parts if part)


@pytest.mark.parametrize("name", ["ontime_daily", "carrier_month"])
def test_a_contract_of_the_example_in_plain_words(name: str, snapshot: SnapshotAssertion) -> None:
    assert "\n".join(told(contract_words(example(name), OWNER))) == snapshot


def test_a_contract_that_says_little_says_what_it_does_not_say() -> None:
    words = contract_words(read("schema: [{name: t, properties: [{name: a}]}]\n"), OWNER)

    assert words.row == "The contract does not say what one row is."
    assert (words.purpose, words.usage, words.limits, words.promises, words.service) == ("", "", "", (), ())
    assert words.columns[0].kind == "not said"
    assert words.columns[0].visibility.startswith("not classified, and so confidential")


def test_units_allowed_values_and_classification_are_said_of_a_column() -> None:
    words = contract_words(
        read(
            """\
schema:
- name: t
  properties:
  - name: spend
    logicalType: number
    classification: restricted
    customProperties: [{property: unit, value: EUR}]
  - {name: kind, classification: Public, enum: [{value: A, label: Agency}, {value: B}, {value: null}]}
  - {name: odd, classification: level 5}
  - {name: at, logicalType: timestamp, logicalTypeOptions: {defaultTimezone: Europe/Berlin}}
  - {name: many, logicalType: array, items: {logicalType: date}}
"""
        ),
        OWNER,
    )
    spend, kind, odd, at, many = words.columns

    assert (spend.unit, spend.visibility) == ("EUR", "restricted: shown to its owner only")
    assert kind.allowed == ("A (Agency)", "B", "empty")
    assert kind.visibility == "shown to everybody who takes part"
    assert (
        odd.visibility == "classified as level 5, which is not known here, and so restricted: shown to its owner only"
    )
    assert (at.kind, many.kind) == ("date and time, in Europe/Berlin", "list of date")


def test_a_promise_that_no_machine_tests_says_why() -> None:
    words = contract_words(
        read("schema: [{name: t, quality: [{type: text, description: It looks right.}], properties: [{name: a}]}]\n"),
        OWNER,
    )

    assert words.promises == (
        PromiseWords("It looks right.", "", SEVERITY_WORDS[Severity.FAIL], "a rule in words, for people to judge"),
    )


def test_a_promise_with_exceptions_is_said_although_the_column_says_it_too() -> None:
    limits = "customProperties: [{property: limits, value: {required: {mustBeLessThan: 5, unit: percent}}}]"
    contract = read(f"schema: [{{name: t, properties: [{{name: a, required: true, {limits}}}]}}]\n")

    (column,) = contract_words(contract, OWNER).columns
    assert [one.sentence for one in column.promises] == ["A is never empty, with exceptions: less than 5 percent."]


def test_what_differs_from_an_earlier_contract_the_gravest_first() -> None:
    old = example("ontime_daily")
    new = example("ontime_daily", "        required: true\n        relationships:", "        relationships:")
    changes = contract_changes(example("ontime_daily", "version: 1.0.0", "version: 0.9.0"), new)

    assert [change.effect for change in changes] == [Effect.BREAKING, Effect.COSMETIC]
    assert changes[0].sentence == "ontime_daily.origin may be empty from now on."
    assert changes[0].consequence == "what was promised before is changed or dropped"
    assert contract_changes(old, old) == contract_changes(None, new) == ()


def test_every_type_level_effect_and_severity_has_words() -> None:
    assert set(TYPE_WORDS) == set(LogicalType)
    assert set(LEVEL_WORDS) == set(Level)
    assert set(EFFECT_WORDS) == set(Effect)
    assert set(SEVERITY_WORDS) == set(Severity)
