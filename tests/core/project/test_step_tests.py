"""Unit tests of steps are read with their project: all faults at their lines, and no part of any meaning."""

from __future__ import annotations

from datetime import date

import pytest

from assay.base.errors import AssayError, raise_faults
from assay.base.names import TableRef
from assay.project.payload import payload_files
from assay.project.reading import read_project
from assay.workflow.step_cases import StepCase, StepTests

Files = dict[str, bytes]
FOLDER = "products/sales/tests"
CLEAN = f"{FOLDER}/clean.yaml"
ORDERS = TableRef("sources", "orders")

GOOD = """\
step: clean
as-of: 2026-03-01
given:
  sources.orders: []
cases:
  Nothing comes of nothing:
    expect: []
  Orders of nothing do not count:
    as-of: 2026-03-02
    given:
      sources.orders: |
        id,cents
        1,0
        2,500
    expect:
      - {id: 2}
    ordered: true
    tolerance: 0.5
"""


def with_tests(files: Files, text: str, path: str = CLEAN, **more: str) -> Files:
    return {**files, path: text.encode(), **{f"{FOLDER}/{name}": content.encode() for name, content in more.items()}}


def cases_of(files: Files) -> tuple[StepCase, ...]:
    return read_project(files).products["sales"].tests.cases


def faults_of(files: Files) -> list[str]:
    with pytest.raises(AssayError) as refused:
        raise_faults(read_project(files).products["sales"].tests.faults)
    return [str(fault) for fault in refused.value.faults]


def test_cases_are_read_with_what_the_file_says_for_all_of_them(files: Files) -> None:
    nothing, zero = cases_of(with_tests(files, GOOD))

    assert (nothing.name, nothing.step, str(nothing.place)) == ("Nothing comes of nothing", "clean", f"{CLEAN}:6:3")
    assert (nothing.as_of, nothing.given[ORDERS].values, nothing.is_ordered) == (date(2026, 3, 1), (), False)
    assert (zero.as_of, zero.is_ordered, zero.tolerance) == (date(2026, 3, 2), True, 0.5)
    assert (zero.given[ORDERS].values, zero.expected.values) == ((("1", "0"), ("2", "500")), ((2,),))
    assert [place.line for place in zero.given[ORDERS].places] == [13, 14]


@pytest.mark.parametrize(
    ("name", "content", "values"),
    [
        ("rows/o.csv", "id,cents\n1,5\n", (("1", "5"),)),
        ("rows/o.json", '[{"id": 1, "cents": 5}]', ((1, 5),)),
    ],
)
def test_rows_may_lie_in_a_file_beside(files: Files, name: str, content: str, values: object) -> None:
    text = f"step: clean\ncases:\n  A:\n    given:\n      sources.orders: {{file: {name}}}\n    expect: []\n"
    (case,) = cases_of({**with_tests(files, text), f"{FOLDER}/{name}": content.encode()})

    assert case.given[ORDERS].values == values
    assert case.given[ORDERS].places[0].file == f"{FOLDER}/{name}"


def test_types_may_be_asked_for_beside_the_rows(files: Files) -> None:
    given = "{columns: {cents: HUGEINT}, rows: []}"
    text = f"step: clean\ncases:\n  A:\n    given:\n      sources.orders: {given}\n    expect: []\n"
    (case,) = cases_of(with_tests(files, text))

    assert case.given[ORDERS].types == {"cents": "HUGEINT"}


def test_all_faults_of_a_file_come_together_each_at_its_line(files: Files) -> None:
    text = """\
step: clean
given:
  sources.shops: []
cases:
  One:
    given:
      sources.orders:
        - {id: 1, cent: 5}
        - 7
      "a.b.c": []
    expect:
      - {day: 2026-01-01}
      - {shop: x}
  Two:
    expect: 3
  Three:
    given:
      sources.orders: {rows: [], file: x.csv}
    expect: {file: gone.csv}
  Four:
    given:
      sources.orders: {row: []}
    expect:
      columns: [a]
      rows: []
"""
    assert faults_of(with_tests(files, text)) == [
        f"{CLEAN}:3:3: expected a table that clean reads, found 'sources.shops'. clean reads sources.orders.",
        f"{CLEAN}:9:11: expected a row: columns with their values, found 7",
        f"{CLEAN}:10:7: expected a table that clean reads, found 'a.b.c'. clean reads sources.orders.",
        f"{CLEAN}:13:9: expected a column of clean, found 'shop'. clean has id, cents, day.",
        f"{CLEAN}:15:5: expected a list of rows, CSV, or rows or file with columns, found 3. Write [] for no rows.",
        f"{CLEAN}:18:7: expected either rows or a file, found both",
        f"{CLEAN}:19:14: expected a .csv or .json file below the folder of this one, found 'gone.csv'. "
        "There are: none.",
        f"{CLEAN}:22:24: expected rows or file, and columns, found 'row'. Rows are a list.",
        f"{CLEAN}:24:7: expected columns with their types, found ['a']",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("step: cleam\ncases: {A: {expect: []}}",
         "1:1: expected a step of sales, found 'cleam'. Steps of sales: clean."),
        ("step: clean\ncases: {A: {expect: []}}",
         "2:9: expected rows of sources.orders, which clean reads, found none. "
         "Give them, `sources.orders: []` for none."),
        ("step: clean\ncases: {A: {given: {sources.orders: [{cent: 1}]}, expect: []}}",
         "2:38: expected a column of sources.orders, found 'cent'. Did you mean cents?"),
        ("step: clean\ncases: {A: {given: {sources.orders: []}, expects: []}}",
         "2:42: expected only fields that this file knows, found 'expects'. "
         "Known here: description, as-of, given, expect, ordered, tolerance."),
        ("step: clean\ncases: {}", "2:1: expected dictionary should have at least 1 item after validation, not 0"),
        ("step: clean\nas-of: soon\ncases: {A: {given: {sources.orders: []}, expect: []}}",
         "2:1: expected a day as YYYY-MM-DD, found 'soon'"),
    ],
)  # fmt: skip
def test_a_fault_says_where_it_is_and_what_would_be_right(files: Files, text: str, said: str) -> None:
    assert any(fault.startswith(f"{CLEAN}:{said}") for fault in faults_of(with_tests(files, text)))


def test_a_step_that_asks_for_the_logical_date_is_given_one(files: Files) -> None:
    step = files["products/sales/workflow/clean.sql"].replace(b"cents > 0", b"cents > 0 and at < $as_of")
    text = GOOD.replace("as-of: 2026-03-01\n", "").replace("    as-of: 2026-03-02\n", "")

    found = faults_of({**with_tests(files, text), "products/sales/workflow/clean.sql": step})

    assert found == [
        f"{CLEAN}:{line}:3: expected the logical date, for the step asks for it, found none. Write `as-of: YYYY-MM-DD`."
        for line in (5, 7)
    ]


def test_a_step_with_faults_makes_none_of_its_tests(files: Files) -> None:
    broken = with_tests(files, GOOD) | {"products/sales/workflow/clean.sql": b"select from where"}

    assert all(fault.startswith("products/sales/workflow/clean.sql") for fault in faults_of(broken))


def test_another_ending_is_refused_for_it_would_never_run(files: Files) -> None:
    assert faults_of(with_tests(files, GOOD, f"{FOLDER}/clean.yml")) == [
        f"{FOLDER}/clean.yml: expected a name that ends with .yaml, found {FOLDER}/clean.yml. Rename it."
    ]


def test_tests_are_no_part_of_a_steps_or_products_meaning(files: Files) -> None:
    before, after = read_project(files), read_project(with_tests(files, GOOD))

    assert before == after
    assert [s.digest for s in before.products["sales"].steps.values()] == [
        s.digest for s in after.products["sales"].steps.values()
    ]


def test_a_payload_carries_tests_and_is_read_without_them(files: Files) -> None:
    project = read_project(with_tests(files, GOOD))
    payload = payload_files(project, project.products["sales"], with_tests(files, GOOD))

    assert CLEAN in payload
    assert read_project({**payload, CLEAN: b"{"}, "sales").products["sales"].tests == StepTests()
