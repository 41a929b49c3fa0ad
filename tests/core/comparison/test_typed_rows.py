"""Values as somebody wrote them, and the types they can be of."""

from __future__ import annotations

from typing import Any

import pytest

from assay.base.errors import Place
from assay.comparison.typed_rows import inferred_type, misfits
from assay.workflow.step_cases import rows_of_mappings


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([], "VARCHAR"),
        ([None], "VARCHAR"),
        ([True, None], "BOOLEAN"),
        ([1, -2], "BIGINT"),
        ([2**63], "DECIMAL(38,0)"),
        ([1, 2.5], "DOUBLE"),
        (["2013-01-01", None], "DATE"),
        (["2013-01-01", "soon"], "VARCHAR"),
        (["2013-01-01 10:00", "2013-01-01T10:00:00.5"], "TIMESTAMP"),
        (["2013-01-01 10:00:00+02"], "TIMESTAMP WITH TIME ZONE"),
        (["12"], "VARCHAR"),
        ([1, "x"], "VARCHAR"),
        ([[1, 2], []], "BIGINT[]"),
        ([{"a": 1}, {"b": "x"}], 'STRUCT("a" BIGINT, "b" VARCHAR)'),
    ],
)
def test_a_column_has_the_type_that_all_its_values_have(values: list[Any], kind: str) -> None:
    assert inferred_type(values, is_text=False) == kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-20", None], "BIGINT"),
        (["007", "1"], "VARCHAR"),
        (["1", "2.50", "1e3"], "DOUBLE"),
        (["true", "false"], "BOOLEAN"),
        (["2013-01-01"], "DATE"),
        (["12345678901234567890"], "DOUBLE"),
    ],
)
def test_of_csv_the_texts_are_looked_at_and_codes_stay_text(values: list[Any], kind: str) -> None:
    assert inferred_type(values, is_text=True) == kind


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("VARCHAR", 12, "a text in quotes"),
        ("VARCHAR", "12", None),
        ("DATE", 20130101, "a text"),
        ("DATE", "2013-01-01", None),
        ("INTEGER", 1.5, "a whole number"),
        ("INTEGER", 1.0, None),
        ("INTEGER", "x", "a number"),
        ("INTEGER", True, "a number"),
        ("DECIMAL(5,2)", 1.239, "a number of at most 2 digits after the point"),
        ("DECIMAL(5,2)", "1.20", None),
        ("DECIMAL(18,9)", "123456789.123456789", None),
        ("DOUBLE", "NaN", None),
        ("DOUBLE", "many", "a number"),
        ("BOOLEAN", 1, "true or false"),
        ("BOOLEAN", "TRUE", None),
        ("INTEGER", None, None),
    ],
)
def test_a_value_that_would_become_another_is_no_value_of_its_type(kind: str, value: Any, expected: str | None) -> None:
    place = Place("t.yaml", 3)
    found = list(misfits(rows_of_mappings([{"x": value}], [place], {}, place), {"X": kind}))

    assert [str(fault) for fault in found] == (
        [] if expected is None else [f"t.yaml:3: expected {expected} for x {kind}, found {value!r}"]
    )
