"""Unit tests of steps on a real engine and real processes: types from where they are known, clear faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.actions.step_tests import CaseResult, run_cases
from assay.project.reading import read_project
from assay.validation.conditions import Outcome
from ports.flights import DEFECT, STEP, example_files
from ports.test_build import open_workshop

HEAD = """\
apiVersion: v3.2.0
kind: DataContract
id: {name}
version: 1.0.0
schema:
  - name: {name}
    properties:
"""
ORDERS = {
    "id": "BIGINT",
    "day": "DATE",
    "at": "TIMESTAMP",
    "price": "DECIMAL(9,2)",
    "rate": "DOUBLE",
    "tags": "VARCHAR[]",
    "code": "VARCHAR",
}
FILES = {
    "assay.yaml": "name: town\nenvironments:\n  dev: {address: .assay}\n",
    "people.yaml": "people:\n  - {email: dora@example.org, name: Dora, roles: [owner]}\n",
    "products/shop/product.yaml": "title: Shop\nowner: dora@example.org\nversion: 1.0.0\n",
    "sources/orders.odcs.yaml": HEAD.format(name="orders")
    + "".join(f"      - {{name: {name}, physicalType: '{kind}'}}\n" for name, kind in ORDERS.items()),
    "products/shop/workflow/paid.sql": "select id, price, day, tags from sources.orders where price > 0",
    "products/shop/workflow/total.sql": "select sum(price) as total, min(day) as first, $as_of as upto from paid",
    "products/shop/workflow/largest.py": (
        'READS = {"paid": "paid"}\n\n\ndef largest(paid):\n'
        '    return paid.sort_by([("price", "descending")]).slice(0, 1)\n'
    ),
    "products/shop/workflow/broken.py": 'READS = {"paid": "paid"}\n\n\ndef broken(paid):\n    raise SystemExit(3)\n',
    "products/shop/workflow/shares.sql": "select code, rate / 3 as share, tags from sources.orders",
}


def run(folder: Path, test: str, **more: str) -> list[CaseResult]:
    files = {**FILES, "products/shop/tests/t.yaml": test, **more}
    project = read_project({path: text.encode() for path, text in files.items()})
    product = project.products["shop"]
    return list(run_cases(open_workshop(folder), project, product, product.tests.cases))


def run_one(folder: Path, step: str, given: str, expect: str, **more: str) -> CaseResult:
    text = f"step: {step}\nas-of: 2026-03-01\ncases:\n  A:\n    given:\n{given}\n    expect: {expect}\n"
    (result,) = run(folder, text, **more)
    return result


def faults_of(result: CaseResult) -> list[str]:
    assert result.outcome is Outcome.ERROR
    return [str(fault) for fault in result.faults]


def example(folder: Path, files: dict[str, bytes]) -> dict[str, CaseResult]:
    project = read_project(files)
    product = project.products["ontime"]
    results = run_cases(open_workshop(folder), project, product, product.tests.cases)
    return {result.case.name: result for result in results}


def test_every_case_of_the_example_passes_and_leaves_nothing_behind(tmp_path: Path) -> None:
    results = example(tmp_path, example_files())

    assert {result.case.step for result in results.values()} == {"ontime_daily", "carrier_month"}
    assert {result.outcome for result in results.values()} == {Outcome.PASS}
    assert list(tmp_path.rglob("*.parquet")) == []


def test_the_examples_defect_is_found_by_its_case(tmp_path: Path) -> None:
    path = "products/ontime/workflow/ontime_daily.sql"
    assert STEP.read_bytes() == example_files()[path]
    results = example(tmp_path, {**example_files(), path: DEFECT.read_bytes()})

    failed = {name: result for name, result in results.items() if result.outcome is not Outcome.PASS}
    (pair,) = failed["A cancelled flight is neither on time nor delayed"].difference.pairs  # type: ignore[union-attr]
    assert {name.partition(" ")[0] for name in failed} == {"A", "Weather"} or len(failed) == 1
    assert pair.expected is not None
    assert pair.found is not None
    assert sorted(pair.differing) == [4, 5]


def test_a_source_has_the_types_of_its_contract_and_what_is_not_named_is_null_of_them(tmp_path: Path) -> None:
    result = run_one(
        tmp_path,
        "paid",
        "      sources.orders:\n        - {id: 1, price: 2.5, tags: [a, b]}\n        - {id: 2}",
        '[{id: 1, price: "2.50", day: null, tags: [a, b]}]',
    )

    assert result.outcome is Outcome.PASS


def test_a_table_of_the_product_has_the_types_that_its_query_gives(tmp_path: Path) -> None:
    given = "      paid: |\n        price\n        0.10\n        0.20"

    result = run_one(tmp_path, "total", given, "[{total: 0.3, first: null, upto: 2026-03-01}]")

    assert result.outcome is Outcome.PASS
    assert result.difference is not None
    wrong = run_one(tmp_path, "total", given, "[{total: 0.31, first: 2026-01-01}]")
    assert wrong.outcome is Outcome.FAIL
    assert str(wrong.difference.pairs[0].found) == "(Decimal('0.30'), None)"  # type: ignore[union-attr]


def test_types_that_nothing_tells_are_told_by_the_rows_or_by_the_case(tmp_path: Path) -> None:
    more = {
        "products/shop/workflow/paid.py": FILES["products/shop/workflow/largest.py"]
        .replace("largest", "paid")
        .replace('{"paid": "paid"}', '{"paid": "sources.orders"}')
    }
    files = {path: text for path, text in FILES.items() if path != "products/shop/workflow/paid.sql"}
    test = """\
step: total
as-of: 2026-03-01
cases:
  Told by the rows:
    given: {paid: [{price: 1, day: 2026-01-02}, {price: 2, day: 2026-01-01}]}
    expect: [{total: 3, first: 2026-01-01}]
  Told by the case:
    given: {paid: {columns: {price: "DECIMAL(9,3)", day: DATE}, rows: []}}
    expect: [{total: null, upto: 2026-03-01}]
  Told by nobody:
    given: {paid: []}
    expect: []
  Told wrongly:
    given: {paid: {columns: {price: COINS}, rows: []}}
    expect: []
"""
    texts = {**files, **more, "products/shop/tests/t.yaml": test}
    project = read_project({path: text.encode() for path, text in texts.items()})
    product = project.products["shop"]
    rows, case, nobody, wrong = run_cases(open_workshop(tmp_path), project, product, product.tests.cases)

    assert (rows.outcome, case.outcome) == (Outcome.PASS, Outcome.PASS)
    assert faults_of(nobody) == [
        "products/shop/tests/t.yaml:11:13: expected the columns of paid, which has no contract, found no rows. "
        "Name them beside the rows: {columns: {id: INTEGER}, rows: []}."
    ]
    assert faults_of(wrong) == ["products/shop/tests/t.yaml:14:13: expected a type of DuckDB for price, found 'COINS'"]


def test_duplicates_count_and_order_does_not(tmp_path: Path) -> None:
    given = "      sources.orders:\n" + "\n".join(f"        - {{id: {n}, price: 1}}" for n in (2, 1, 1))

    assert run_one(tmp_path, "paid", given, "[{id: 1}, {id: 2}, {id: 1}]").outcome is Outcome.PASS
    short = run_one(tmp_path, "paid", given, "[{id: 1}, {id: 2}]")
    assert [(p.expected, p.found) for p in short.difference.pairs] == [(None, (1,))]  # type: ignore[union-attr]


def test_no_rows_are_expected_by_an_empty_list(tmp_path: Path) -> None:
    assert run_one(tmp_path, "paid", "      sources.orders: []", "[]").outcome is Outcome.PASS
    some = run_one(tmp_path, "paid", "      sources.orders: [{id: 1, price: 1}]", "[]")
    assert some.outcome is Outcome.FAIL
    assert some.difference is not None
    assert some.difference.columns == ("id", "price", "day", "tags")


def test_floats_are_compared_nearly_and_lists_by_their_values(tmp_path: Path) -> None:
    given = '      sources.orders: [{code: "007", rate: 1, tags: [x]}, {code: "", rate: 0.9}]'
    expect = '[{code: "007", share: 0.33333333333, tags: [x]}, {code: "", share: 0.3}]'

    assert run_one(tmp_path, "shares", given, expect).outcome is Outcome.PASS


def test_a_python_step_runs_in_its_process(tmp_path: Path) -> None:
    result = run_one(tmp_path, "largest", "      paid: [{id: 1, price: 5}, {id: 2, price: 7}]", "[{id: 2}]")

    assert result.outcome is Outcome.PASS


def test_a_step_that_ends_its_process_is_an_error_with_its_file_and_keeps_no_other_from_running(tmp_path: Path) -> None:
    case = "    given: {paid: [{id: 1}]}\n    expect: []\n"
    first, second = run(tmp_path, f"step: broken\ncases:\n  A:\n{case}  B:\n{case}")

    assert faults_of(first) == faults_of(second)
    assert faults_of(first)[0].startswith("products/shop/workflow/broken.py")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("[{id: x}]", "5:24: expected a number for id BIGINT, found 'x'"),
        ("[{code: 7}]", "5:24: expected a text in quotes for code VARCHAR, found 7"),
        ("[{price: 1.999}]",
         "5:24: expected a number of at most 2 digits after the point for price DECIMAL(9,2), found 1.999"),
        ("[{id: 1}, {day: 2026-02-30}]", "5:33: expected a value of DATE for day, found '2026-02-30'"),
        ("[{price: 123456789}]", "5:24: expected a value of DECIMAL(9,2) for price, found 123456789"),
        ("[{tags: [x]}, {tags: oh}]", "5:37: expected a value of VARCHAR[] for tags, found 'oh'"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_of_its_type_is_a_fault_of_the_case(tmp_path: Path, given: str, said: str) -> None:
    text = f"step: paid\ncases:\n  A:\n    given:\n      sources.orders: {given}\n    expect: []\n"
    (result,) = run(tmp_path, text)

    assert faults_of(result) == [f"products/shop/tests/t.yaml:{said}"]


def test_an_expected_value_that_no_row_can_have_is_a_fault_of_the_case(tmp_path: Path) -> None:
    result = run_one(tmp_path, "paid", "      sources.orders: []", "[{id: 1.5}]")

    assert faults_of(result) == ["products/shop/tests/t.yaml:7:14: expected a whole number for id BIGINT, found 1.5"]


def test_a_column_that_a_python_step_does_not_make_is_named(tmp_path: Path) -> None:
    result = run_one(tmp_path, "largest", "      paid: [{id: 1, price: 5}]", "[{ident: 1}]")

    assert faults_of(result)[0].endswith(
        "expected a column that largest makes, found 'ident'. It makes id, price, day, tags."
    )
