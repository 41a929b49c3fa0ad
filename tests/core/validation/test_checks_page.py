"""The page on checks tells the truth: its examples are run, and it names every kind, term and test that there is."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from assay.base.names import TableRef
from assay.contract.custom import CHECKS, TERMS
from assay.contract.model import Metric, Operator
from assay.contract.options import OPTIONS
from assay.validation.formats import FORMATS
from assay.validation.reads import compile_reads, split
from assay.validation.verdicts import Verdict, judge
from core.validation.duck import NOW, Duck, contract_of
from house import ROOT

PAGE = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
DATA = re.search(r"^```sql data\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^```yaml check\n(.*?)^```\n\n```verdicts\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples() -> Iterator[tuple[str, str]]:
    for match in EXAMPLE.finditer(PAGE):
        yield match[1], match[2]


@pytest.mark.parametrize(("body", "expected"), list(examples()))
def test_an_example_gives_the_verdicts_that_stand_under_it(duck: Duck, body: str, expected: str) -> None:
    assert DATA is not None
    duck.connection.execute(DATA[1])
    verdicts = duck.judge(contract_of(body), "orders", TableRef(None, "orders"))

    for line in expected.splitlines():
        name, _, said = line.rpartition(": ")
        (one,) = [one for one in verdicts if one.check_id == name or one.check_id.startswith(f"{name}:")]
        assert f"{one.outcome}{f', {one.measured}' if one.measured is not None else ''}" == said, (name, one.message)


@pytest.mark.parametrize(("body", "expected"), list(examples()))
def test_the_checks_of_an_example_give_the_same_one_by_one(duck: Duck, body: str, expected: str) -> None:
    assert DATA is not None
    duck.connection.execute(DATA[1])
    plan = duck.plan(contract_of(body), "orders", TableRef(None, "orders"))
    alone: list[Verdict] = []
    for check in plan.checks:
        single = compile_reads([check], plan.table, plan.columns)
        alone += judge(single, duck.results(single), NOW)
    parts = {part.id: duck.query(part.sql) for read in plan.reads for part in split(read)}

    assert judge(plan, duck.results(plan), NOW) == tuple(alone) == judge(plan, parts, NOW)


OF_TYPES = sorted({option for options in OPTIONS.values() for option in options})


@pytest.mark.parametrize("name", [*CHECKS, *TERMS, *Metric, *Operator, *FORMATS, *OF_TYPES])
def test_everything_that_can_be_written_stands_on_the_page(name: str) -> None:
    assert re.search(rf"`{re.escape(name)}`", PAGE), name


@pytest.mark.parametrize("check", CHECKS)
def test_a_rule_of_ours_stands_there_with_its_fields_and_an_example(check: str) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{check}` |")]

    assert re.search(rf"check: {check}\b", PAGE)
    shared = CHECKS["volume"] if check == "usual" else {}
    assert all(f"`{field}`" in row for field in CHECKS[check] if field not in shared)


def test_every_decision_has_a_test_that_names_it() -> None:
    decided = re.findall(r"^\| .* \| `(test_\w+)` \|$", PAGE, re.MULTILINE)
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "core").rglob("test_*.py"))

    assert len(decided) >= 30
    assert [name for name in decided if f"def {name}(" not in written] == []
