"""Masking: who sees which column in clear, and that nothing of the others comes out of the query."""

from __future__ import annotations

from typing import Any

import pytest

from assay.base.roles import Role
from assay.base.snapshots import Column
from assay.contract.model import Dataset
from assay.validation.masking import CLEARED, Mask, masked_sql, masks_of
from assay.validation.sensitivity import Level, level_of
from core.validation.duck import Duck, contract_of

FIELDS = ["public", "internal", "confidential", "restricted"]
SEEN = {
    Role.OWNER: {"public", "internal", "confidential", "restricted", "none", "odd", "tagged"},
    Role.ENGINEER: {"public", "internal", "confidential", "none", "tagged"},
    Role.VALIDATOR: {"public", "internal", "confidential", "none", "tagged"},
    Role.STAKEHOLDER: {"public", "internal"},
    Role.RELEASE_MANAGER: {"public", "internal"},
    Role.ON_CALL: {"public", "internal"},
    Role.AUDITOR: {"public", "internal"},
    Role.ADMIN: {"public", "internal"},
}
BODY = """\
schema:
- name: t
  properties:
  - {name: public, classification: Public}
  - {name: internal, classification: internal}
  - {name: confidential, classification: confidential, primaryKey: true}
  - {name: restricted, classification: RESTRICTED}
  - {name: none}
  - {name: odd, classification: level 5}
  - {name: tagged, classification: public, tags: [PII]}
"""
COLUMNS = tuple(Column(name, "VARCHAR") for name in (*FIELDS, "none", "odd", "tagged", "unknown"))


def dataset(body: str) -> Dataset:
    return contract_of(body).datasets[0]


def masked(body: str, role: Role, kind: str = "VARCHAR", name: str = "a") -> Mask:
    return masks_of([dataset(body)], [Column(name, kind)], [role])[name]


@pytest.mark.parametrize("role", Role)
def test_each_role_sees_the_columns_of_its_level_and_no_others(role: Role) -> None:
    masks = masks_of([dataset(BODY)], COLUMNS, [role])

    seen = {name for name, mask in masks.items() if mask is Mask.NONE}
    assert seen - {"unknown"} == SEEN[role]
    assert ("unknown" in seen) is ("none" in seen), "a column that no contract names is as one that nobody classified"


def test_every_role_is_in_the_table_and_nobody_without_one_sees_anything() -> None:
    assert set(CLEARED) == set(Role)
    assert Mask.NONE not in masks_of([dataset(BODY)], COLUMNS, []).values()


def test_of_several_roles_the_highest_counts_and_of_several_contracts_the_strictest() -> None:
    one, other = (
        dataset(f"schema: [{{name: t, properties: [{{name: a, classification: {level}}}]}}]")
        for level in ("public", "restricted")
    )
    column = [Column("A", "VARCHAR")]

    assert masks_of([one], column, [Role.STAKEHOLDER])["A"] is Mask.NONE
    assert masks_of([one, other], column, [Role.STAKEHOLDER])["A"] is Mask.WHOLE
    assert masks_of([one, other], column, [Role.STAKEHOLDER, Role.OWNER])["A"] is Mask.NONE


def test_what_lies_inside_a_column_counts_and_is_classified_as_the_column_unless_it_says_otherwise() -> None:
    body = """\
        schema:
        - name: t
          properties:
          - {name: a, classification: public, logicalType: object, properties: [{name: b}]}
          - {name: c, classification: public, logicalType: object,
             properties: [{name: d, logicalType: object, properties: [{name: e, classification: restricted}]}]}
        """
    whole = dataset(body)

    assert [level_of(part, whole) for part in whole.properties] == [Level.OPEN, Level.RESTRICTED]


@pytest.mark.parametrize(
    ("fields", "kind", "mask"),
    [
        ("classification: confidential", "VARCHAR", Mask.PARTLY),
        ("classification: restricted", "VARCHAR", Mask.WHOLE),
        ("classification: confidential, enum: [{value: yes}]", "VARCHAR", Mask.WHOLE),
        ("quality: [{metric: invalidValues, arguments: {validValues: [x]}, mustBe: 0}]", "VARCHAR", Mask.WHOLE),
        ("classification: confidential", "INTEGER", Mask.WHOLE),
        ("classification: confidential", "UUID", Mask.WHOLE),
    ],
)
def test_a_first_letter_is_left_only_of_a_confidential_text_of_which_no_list_is_known(
    fields: str, kind: str, mask: Mask
) -> None:
    assert masked(f"schema: [{{name: t, properties: [{{name: a, {fields}}}]}}]", Role.STAKEHOLDER, kind) is mask


VALUES = {
    "VARCHAR": "'secret'",
    "INTEGER": "4711",
    "DECIMAL(9,2)": "47.11",
    "DATE": "DATE '2026-03-12'",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ '2026-03-12 08:00:00+00'",
    "STRUCT(a INTEGER)": "{'a': 4711}",
    "INTEGER[]": "[4711]",
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_hidden_column_keeps_its_name_and_type_and_no_value(duck: Duck, kind: str) -> None:
    duck.table("t", f'SELECT CAST({VALUES[kind]} AS {kind}) AS "the ""column"')
    selected = masked_sql(Column('the "column', kind), Mask.WHOLE)
    relation = duck.connection.sql(f"SELECT {selected} FROM t")

    assert relation.columns == ['the "column']
    assert str(relation.types[0]) == kind
    assert relation.fetchall() == [(None,)]


def test_of_a_text_the_first_letter_is_left_whatever_its_length_and_of_a_short_one_nothing(duck: Duck) -> None:
    duck.table("t", "SELECT unnest(['Anna Berg', 'Anna', 'Ann', '', 'Ärger', NULL]) AS a")
    rows: list[tuple[Any, ...]] = duck.connection.sql(
        f"SELECT {masked_sql(Column('a', 'VARCHAR'), Mask.PARTLY)} FROM t"
    ).fetchall()

    assert [value for (value,) in rows] == ["A•••", "A•••", "•••", "•••", "Ä•••", None]
