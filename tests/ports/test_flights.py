"""The example is real: its data is what its README says, and its datasets keep every promise of their contracts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import pytest

from assay.base.names import TableRef
from assay.base.snapshots import Column
from assay.contract.model import Contract
from assay.project.reading import unfinished
from assay.solutions.check import check_solution, is_good
from assay.solutions.rows import QueryRows
from assay.validation.checks import checks_of
from assay.validation.conditions import Outcome
from assay.validation.reads import compile_reads
from assay.validation.verdicts import Verdict, judge
from ports.flights import DEFECT, EXAMPLE, STEP, built, example

TODAY = datetime(2026, 11, 20, tzinfo=UTC)
DATA = EXAMPLE / "data"


@pytest.fixture(scope="module", params=["right", "with the defect"])
def database(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    with built((STEP if request.param == "right" else DEFECT).read_text()) as connection:
        yield connection


def verdicts(database: duckdb.DuckDBPyConnection, contract: Contract, table: TableRef) -> tuple[Verdict, ...]:
    relation = database.sql(f"from {table}")
    columns = [Column(name, str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True)]
    plan = compile_reads(checks_of(contract, contract.datasets[0]), table, columns)
    return judge(plan, {read.id: database.execute(read.sql).fetchall() for read in plan.reads}, TODAY)


def test_the_example_is_a_project_without_faults() -> None:
    project = example()
    ontime = project.products["ontime"]

    assert ontime.datasets == ("carrier_month", "ontime_daily")
    assert list(ontime.solutions) == ["delays"]
    assert unfinished(ontime) == ()


def test_the_contracts_have_at_least_thirty_rules_each_with_an_id_of_its_own() -> None:
    ids: list[str | None] = []
    for contract in example().products["ontime"].contracts.values():
        dataset = contract.datasets[0]
        ids += [rule.id for rule in dataset.quality]
        ids += [rule.id for part in dataset.properties for rule in part.quality]
        ids += [promise.id for promise in contract.sla]

    assert len(ids) >= 30
    assert None not in ids
    assert len(ids) == len(set(ids))


def test_every_table_and_column_is_described() -> None:
    for contract in example().contracts.values():
        assert contract.document["description"]["purpose"]
        assert all(part.description and part.physical_type for part in contract.datasets[0].properties)


def test_the_steps_are_independent_so_that_a_defect_of_one_leaves_the_other_alone() -> None:
    assert all(table.is_source for step in example().products["ontime"].steps.values() for table in step.reads)


def test_the_readme_of_the_data_says_what_is_there() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| ([\d,]+) \| ([\d,]+) \| `([0-9a-f]{64})` \|$", (DATA / "README.md").read_text(), re.M
    )
    found = sorted(path.relative_to(DATA).as_posix() for path in DATA.rglob("*.parquet"))

    assert sorted(path for path, _, _, _ in rows) == found
    for path, count, size, digest in rows:
        content = (DATA / path).read_bytes()
        assert (f"{len(content):,}", hashlib.sha256(content).hexdigest()) == (size, digest)
        assert duckdb.sql(f"select format('{{:,}}', count(*)) from '{DATA / path}'").fetchone() == (count,)


def test_the_data_is_small() -> None:
    sizes = [path.stat().st_size for path in DATA.rglob("*.parquet")]

    assert max(sizes) < 3_000_000
    assert sum(sizes) < 8_000_000


@pytest.mark.parametrize("name", ["ontime_daily", "carrier_month"])
def test_a_dataset_keeps_its_contract_with_the_defect_too_for_it_is_a_person_who_finds_it(
    database: duckdb.DuckDBPyConnection, name: str
) -> None:
    found = verdicts(database, example().products["ontime"].contracts[name], TableRef(None, name))

    assert [(v.check_id, v.outcome, v.message, v.measured) for v in found if v.outcome is not Outcome.PASS] == []
    assert len(found) >= 40


@pytest.mark.parametrize("name", ["flights", "airlines", "airports", "planes", "weather"])
def test_a_source_keeps_its_contract_but_for_the_one_known_wind(database: duckdb.DuckDBPyConnection, name: str) -> None:
    found = verdicts(database, example().sources[name].contract, TableRef("sources", name))

    wrong = [(v.check_id, v.outcome, v.bad_rows) for v in found if v.outcome is not Outcome.PASS]
    assert wrong == ([("wind_speed_possible", Outcome.WARN, 1)] if name == "weather" else [])


def test_the_dashboard_passes_its_checks(database: duckdb.DuckDBPyConnection) -> None:
    product = example().products["ontime"]
    dashboard = product.solutions["delays"]
    answers = {}
    for query in dashboard.queries.values():
        relation = database.sql(query.sql)
        columns = tuple(Column(name, str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True))
        answers[query.name] = QueryRows(columns, relation.fetchall())
    contracts = {TableRef(None, name): contract.datasets[0] for name, contract in product.contracts.items()}

    assert is_good(check_solution(dashboard, answers, contracts))


def test_the_defect_shows_in_the_on_time_share_and_nowhere_else() -> None:
    changed = []
    with built(STEP.read_text()) as connection:
        connection.execute(f"create table defective as {DEFECT.read_text()}")
        pairs = "from ontime_daily as r positional join defective as d"
        for column in connection.sql("from ontime_daily").columns:
            other = connection.sql(f"select 1 {pairs} where r.{column} is distinct from d.{column}").fetchone()
            changed += [column] if other else []
        shares = [
            connection.sql(f"select round(sum(on_time) / sum(flights), 4) from {table}").fetchone()
            for table in ("ontime_daily", "defective")
        ]

    assert changed == ["on_time", "on_time_share"]
    assert shares == [(0.7653,), (0.7898,)]
