"""JSON: one object with every verdict, and failing rows apart from them."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from assay.documentation.evidence_json import evidence_json, json_value
from core.documentation.evidence_cases import AT, CASES, HOSTILE, MANY, MIXED, NASTY, result


def refuse(name: str) -> Any:
    raise AssertionError(f"{name} is no JSON")


def told(results: list[Any]) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(evidence_json(results, AT), parse_constant=refuse)
    return value


@pytest.mark.parametrize("case", ["mixed", "explained", "nothing"])
def test_json_has_everything_that_was_found(case: str, snapshot: SnapshotAssertion) -> None:
    assert evidence_json(CASES[case], AT) == snapshot


def test_no_value_of_a_row_stands_outside_samples() -> None:
    value = told([MIXED])

    assert [sample["rows"] for sample in value.pop("samples")] == [[["2026-03-01", "XXX"], [None, "(hidden)"]]]
    assert "XXX" not in json.dumps(value)


def test_texts_come_back_as_they_were() -> None:
    found = told([NASTY])["datasets"][0]["verdicts"][0]

    assert {found[name] for name in ("check", "sentence", "measured", "limit", "message")} == {HOSTILE}


def test_nothing_at_all_is_an_error() -> None:
    assert told([])["result"] == told([result()])["result"] == "error"


def test_ten_thousand_verdicts_are_all_there() -> None:
    value = told([MANY])

    assert value["counts"] == {"fail": 2500, "pass": 7500}
    assert len(value["datasets"][0]["verdicts"]) == 10_000


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        (10**30, 10**30),
        (0.5, 0.5),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (Decimal("1.10"), "1.10"),
        (date(2026, 3, 1), "2026-03-01"),
        (b"\x00\xff", "00ff"),
        ({"a": [1]}, "{'a': [1]}"),
    ],
)
def test_values_are_written_as_json_has_them(value: Any, written: Any) -> None:
    assert json_value(value) == written


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.decimals()))
def test_every_value_can_be_written(value: Any) -> None:
    json.dumps(json_value(value), allow_nan=False)
