"""Assay beside datacontract-cli on contracts and data that Hypothesis makes: each difference is one of a known kind."""

from __future__ import annotations

import pytest
from hypothesis import Phase, event, example, given, settings

from differential.bench import Bench
from differential.cases import Case, Stored, Table
from differential.deviations import DEVIATIONS, THEMES, explain
from differential.generated import cases
from differential.seen import Deviation, Seen
from differential.sides import NOTHING
from house import ROOT
from soak import count

pytestmark = pytest.mark.timeout(0)  # the suite has its budget; the first run installs the peer

PAGE = ROOT / "docs" / "deviations.md"
PLAIN = Case(
    (
        {
            "name": "t",
            "properties": [
                {"name": "k", "logicalType": "integer", "primaryKey": True, "logicalTypeOptions": {"minimum": 2}},
                {"name": "a", "logicalType": "string", "required": True, "enum": [{"value": "a"}, {"value": "b"}]},
                {
                    "name": "b",
                    "logicalType": "string",
                    "unique": True,
                    "quality": [
                        {"id": "r1", "metric": "nullValues", "unit": "percent", "mustBeLessThan": 50},
                        {"id": "r2", "metric": "duplicateValues", "mustBe": 0, "severity": "warning"},
                    ],
                },
            ],
            "quality": [
                {"id": "r3", "metric": "rowCount", "mustBeBetween": [1, 3]},
                {"id": "r4", "type": "sql", "query": "SELECT count(*) FROM {object}", "mustBeGreaterThan": 3},
            ],
        },
    ),
    (
        Table(
            "t",
            (
                Stored("k", "INTEGER", (1, 2, 3)),
                Stored("a", "VARCHAR", ("a", "A", "a ")),
                Stored("b", "VARCHAR", ("x", "x", None)),
            ),
        ),
    ),
)
"""Without anything on which the two are known to differ, and with rules that pass, warn and fail."""

OF_TWO_KINDS = Case(
    schema=(
        {
            "name": "t",
            "properties": [
                {"name": "a0", "logicalType": "date", "quality": []},
                {"name": "a1", "logicalType": "integer", "quality": []},
            ],
            "quality": [],
        },
    ),
    tables=(Table("t", (Stored("a1", "BIGINT", ()),)),),
    sla=({"property": "freshness", "element": "t.a0", "value": 1, "unit": "w", "id": "s1"},),
)
"""A column that is not there, and a unit that the peer does not know: found among two thousand."""

HEAD = ("kind", "Assay says", "datacontract-cli says", "why", "source")


@settings(max_examples=count(80, 2_000), phases=(Phase.explicit, Phase.generate, Phase.shrink))
@example(OF_TWO_KINDS)
@given(cases())
def test_every_difference_from_datacontract_cli_is_of_a_known_kind(bench: Bench, case: Case) -> None:
    outcomes = bench.test(case)
    assert outcomes.is_refused is case.is_spoiled, "Assay refuses a contract that is good, or reads a spoiled one"
    unknown = []
    for seen, names in explain(outcomes):
        for name in names:
            event(f"explained by {name}")
        unknown += [] if names else [sentence(seen)]
    assert not unknown, "\n".join(unknown)


@given(cases())
@settings(max_examples=count(30, 500), phases=(Phase.explicit, Phase.generate, Phase.shrink))
def test_every_rule_of_a_contract_gets_one_verdict_from_assay(bench: Bench, case: Case) -> None:
    ours = bench.assay(case)
    assert case.is_spoiled or set(ours) == {rule.key for rule in case.rules()}


@pytest.mark.parametrize("deviation", DEVIATIONS, ids=lambda deviation: deviation.name)
def test_the_example_of_each_kind_shows_it_on_both_sides(bench: Bench, deviation: Deviation) -> None:
    outcomes = bench.test(deviation.example.case)
    found = {seen.rule.key: (seen, names) for seen, names in explain(outcomes)}
    seen, names = found[deviation.example.rule]
    assert seen.pair == (deviation.example.ours, deviation.example.theirs), sentence(seen)
    assert deviation.name in names
    assert all(names for _, names in found.values()), [sentence(seen) for seen, names in found.values() if not names]


def test_where_the_contract_is_plain_both_say_the_same(bench: Bench) -> None:
    outcomes = bench.test(PLAIN)
    assert [seen.rule.what for seen, _ in explain(outcomes)] == ["columns", "rows"]
    assert {outcomes.theirs[rule.key].outcome for rule in outcomes.rules} == {"pass", "fail", "warn", NOTHING}


def test_the_page_shows_the_table_of_deviations() -> None:
    rows = [
        line
        for heading, kinds in THEMES.items()
        for line in (f"## {heading}", row(HEAD), row(["---"] * len(HEAD)), *(row(cells(one)) for one in kinds))
    ]
    assert [line for line in PAGE.read_text().splitlines() if line.startswith(("|", "##"))] == rows


def test_each_kind_has_a_name_of_its_own() -> None:
    assert len({one.name for one in DEVIATIONS}) == len(DEVIATIONS)


def cells(one: Deviation) -> tuple[str, ...]:
    """Return a kind of deviation as the page shows it."""
    return f"**{one.name}**", one.ours, one.theirs, one.why, one.source


def row(texts: tuple[str, ...] | list[str]) -> str:
    """Write a row of a table in Markdown."""
    return f"| {' | '.join(texts)} |"


def sentence(seen: Seen) -> str:
    """Say where both sides differ, in their own words."""
    ours, theirs = seen.ours, seen.theirs
    return (
        f"{seen.rule.key} ({seen.rule.what}): {ours.outcome} {ours.words!r}, theirs {theirs.outcome} {theirs.words!r}"
    )
