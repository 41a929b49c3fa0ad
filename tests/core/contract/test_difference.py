"""Differences from both sides: who reads, who delivers, and the version that a change asks for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assay.base.errors import AssayError
from assay.contract.difference import Bump, Direction, difference_of
from assay.contract.model import Contract

PATCH, MINOR, MAJOR = Bump.PATCH, Bump.MINOR, Bump.MAJOR
NEITHER, TIGHTENS, LOOSENS = Direction.NEITHER, Direction.TIGHTENS, Direction.LOOSENS
BOTH, UNDETERMINED = Direction.BOTH, Direction.UNDETERMINED

RULE = "metric: nullValues"
SQL = "type: sql, id: r, mustBe: 0, query"

TERMS = "customProperties: [{{property: {}}}]"

# Source of the bumps: section 7 of the project's notes on contracts.
COLUMN_PAIRS = [
    ("logicalType: integer", "logicalType: number", MAJOR, BOTH),
    ("physicalType: int", "physicalType: bigint", MAJOR, LOOSENS),
    ("physicalType: bigint", "physicalType: int", MINOR, TIGHTENS),
    ("physicalType: varchar(20)", "physicalType: varchar(50)", MAJOR, LOOSENS),
    ("physicalType: varchar(50)", "physicalType: varchar(20)", MINOR, TIGHTENS),
    ("physicalType: 'decimal(9,2)'", "physicalType: 'decimal(12,2)'", MAJOR, LOOSENS),
    ("physicalType: 'decimal(12,2)'", "physicalType: 'decimal(9,2)'", MINOR, TIGHTENS),
    ("physicalType: 'decimal(12,2)'", "physicalType: 'decimal(9,3)'", MAJOR, BOTH),
    ("physicalType: int", "physicalType: varchar", MAJOR, BOTH),
    ("physicalType: int", "physicalType: INT", PATCH, NEITHER),
    ("physicalType: int", "physicalType: INTEGER", MINOR, NEITHER),
    ("physicalType: real", "physicalType: float", MAJOR, BOTH),
    (TERMS.format("strict, value: true"), TERMS.format("strict, value: false"), MAJOR, LOOSENS),
    (TERMS.format("filter, value: a > 1"), TERMS.format("filter, value: a > 2"), MAJOR, UNDETERMINED),
    (TERMS.format("other, value: 1"), TERMS.format("filter, value: a > 2"), MAJOR, LOOSENS),
    ("physicalName: a", "physicalName: b", MAJOR, BOTH),
    ("required: true", "required: false", MAJOR, LOOSENS),
    ("required: false", "required: true", MINOR, TIGHTENS),
    ("unique: true", "unique: false", MAJOR, LOOSENS),
    ("unique: false", "unique: true", MINOR, TIGHTENS),
    ("enum: [{value: p}]", "enum: [{value: p}, {value: q}]", MAJOR, LOOSENS),
    ("enum: [{value: p}, {value: q}]", "enum: [{value: p}]", MINOR, TIGHTENS),
    ("enum: [{value: p, label: P}]", "enum: [{value: p, label: Pea}]", PATCH, NEITHER),
    ("logicalTypeOptions: {minimum: 1}", "logicalTypeOptions: {minimum: 0}", MAJOR, LOOSENS),
    ("logicalTypeOptions: {minimum: 1}", "logicalTypeOptions: {minimum: 2}", MINOR, TIGHTENS),
    ("logicalTypeOptions: {maxLength: 2}", "logicalTypeOptions: {}", MAJOR, LOOSENS),
    ("logicalTypeOptions: {pattern: a}", "logicalTypeOptions: {pattern: b}", MAJOR, UNDETERMINED),
    ("logicalTypeOptions: {pattern: a}", "logicalTypeOptions: {}", MAJOR, LOOSENS),
    ("classification: public", "classification: restricted", MAJOR, LOOSENS),
    ("classification: restricted", "classification: internal", MINOR, TIGHTENS),
    ("deprecated: false", "deprecated: true", MINOR, NEITHER),
    ("partitioned: false", "partitioned: true", MINOR, NEITHER),
    ("description: A.", "description: B.", PATCH, NEITHER),
    ("businessName: A", "businessName: B", PATCH, NEITHER),
    (
        "customProperties: [{property: p, value: 1}]", "customProperties: [{property: p, value: 2}]", MINOR,
        UNDETERMINED,
    ),
    (f"quality: [{{{RULE}, mustBeLessThan: 5}}]", f"quality: [{{{RULE}, mustBeLessThan: 6}}]", MAJOR, LOOSENS),
    (f"quality: [{{{RULE}, mustBeLessThan: 5}}]", f"quality: [{{{RULE}, mustBeLessThan: 4}}]", MINOR, TIGHTENS),
    (f"quality: [{{{RULE}, mustBe: 0}}]", f"quality: [{{{RULE}, mustBe: 0, severity: warn}}]", MAJOR, LOOSENS),
    (f"quality: [{{{RULE}, mustBe: 0}}]", "quality: []", MAJOR, LOOSENS),
    ("quality: []", f"quality: [{{{RULE}, mustBe: 0}}]", MINOR, TIGHTENS),
    (
        f"quality: [{{{RULE}, mustBe: 5, unit: rows}}]", f"quality: [{{{RULE}, mustBe: 5, unit: percent}}]", MAJOR,
        UNDETERMINED,
    ),
    (f"quality: [{{{SQL}: a}}]", f"quality: [{{{SQL}: b}}]", MAJOR, UNDETERMINED),
    ("relationships: [{to: u.b}]", "relationships: []", MAJOR, LOOSENS),
    ("relationships: []", "relationships: [{to: u.b}]", MINOR, TIGHTENS),
]  # fmt: skip

CONTRACT_PAIRS = [
    ("schema: [{name: t}, {name: u}]", "schema: [{name: t}]", MAJOR, LOOSENS),
    ("schema: [{name: t}]", "schema: [{name: t}, {name: u}]", MINOR, TIGHTENS),
    ("schema: [{name: t, id: i}]", "schema: [{name: u, id: i}]", MAJOR, BOTH),
    ("status: active", "status: deprecated", MINOR, NEITHER),
    ("status: active", "status: retired", MAJOR, LOOSENS),
    ("roles: [{role: a}]", "roles: []", MAJOR, LOOSENS),
    (
        "slaProperties: [{property: freshness, value: 1, unit: d, element: t.a}]",
        "slaProperties: [{property: freshness, value: 2, unit: d, element: t.a}]", MAJOR, LOOSENS,
    ),
    ("slaProperties: [{property: availability, value: 99}]", "slaProperties: []", MAJOR, LOOSENS),
    ("price: {priceAmount: 1}", "price: {priceAmount: 2}", MINOR, NEITHER),
]  # fmt: skip

MIRRORED = {TIGHTENS: LOOSENS, LOOSENS: TIGHTENS, BOTH: BOTH, UNDETERMINED: UNDETERMINED, NEITHER: NEITHER}


def version(text: str) -> str:
    """Return the head of a contract of a version."""
    return f"version: {text}\napiVersion: v3.2.0\nkind: DataContract\nid: orders\n"


def one_change(old: Contract, new: Contract) -> tuple[Bump, Direction]:
    found = difference_of(old, new)
    (change,) = found.differences
    assert found.bump is change.bump
    return change.bump, change.direction


@pytest.mark.parametrize(("old", "new", "bump", "direction"), COLUMN_PAIRS)
def test_a_change_of_a_column_asks_for_a_version_and_has_a_direction(
    parse: Callable[..., Contract], column: Callable[[str], str], old: str, new: str, bump: Bump, direction: Direction
) -> None:
    assert one_change(parse(column(old)), parse(column(new))) == (bump, direction)


@pytest.mark.parametrize(("old", "new", "bump", "direction"), CONTRACT_PAIRS)
def test_a_change_of_a_contract_asks_for_a_version_and_has_a_direction(
    parse: Callable[..., Contract], old: str, new: str, bump: Bump, direction: Direction
) -> None:
    assert one_change(parse(old), parse(new)) == (bump, direction)


@pytest.mark.parametrize(("old", "new"), [(old, new) for old, new, *_ in COLUMN_PAIRS])
def test_what_is_undone_goes_the_other_way(
    parse: Callable[..., Contract], column: Callable[[str], str], old: str, new: str
) -> None:
    before, after = parse(column(old)), parse(column(new))

    assert one_change(after, before)[1] is MIRRORED[one_change(before, after)[1]]


def test_inside_of_what_was_renamed_a_change_has_its_direction(parse: Callable[..., Contract]) -> None:
    body = "schema:\n- name: t\n  properties:\n  - {{id: i, name: {}, required: {}}}\n"
    found = difference_of(parse(body.format("a", "false")), parse(body.format("b", "true")))

    assert [(one.path, one.direction) for one in found.differences] == [("t.a", BOTH), ("t.b.required", TIGHTENS)]


def test_a_dataset_that_is_called_version_counts_as_any_other(parse: Callable[..., Contract]) -> None:
    found = difference_of(parse("schema: [{name: t}, {name: version}]"), parse("schema: [{name: t}]"))

    assert found.is_too_small


@pytest.mark.parametrize(
    ("declared", "text", "is_too_small", "least"),
    [
        ("1.1.0", "required: false", True, "2.0.0"),
        ("2.0.0", "required: false", False, "2.0.0"),
        ("1.0.0", "required: true, description: B.", True, "1.0.1"),
        ("1.0.1", "required: true, description: B.", False, "1.0.1"),
        ("1.0.1", "required: true, unique: true", True, "1.1.0"),
        ("1.0.0", "required: true", False, "1.0.0"),
    ],
)
def test_a_version_that_says_less_than_what_changed_is_too_small(
    parse: Callable[..., Contract], column: Callable[[str], str], declared: str, text: str, is_too_small: bool,
    least: str,
) -> None:  # fmt: skip
    old = parse(column("required: true"))
    found = difference_of(old, parse(column(text), version(declared)))

    assert (found.is_too_small, str(found.least)) == (is_too_small, least)


def test_below_one_a_minor_version_may_break(parse: Callable[..., Contract], column: Callable[[str], str]) -> None:
    old, new = parse(column("required: true"), version("0.3.1")), parse(column("required: false"), version("0.4.0"))

    assert str(difference_of(old, new).least) == "0.4.0"
    assert not difference_of(old, new).is_too_small


def test_a_version_of_another_form_is_refused(parse: Callable[..., Contract]) -> None:
    with pytest.raises(AssayError, match=r"a version like 1\.4\.0"):
        difference_of(parse("schema: [{name: t}]", version("v2")), parse("schema: [{name: t}]"))
