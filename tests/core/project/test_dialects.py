"""What product.yaml says of the SQL in which a step is written: read, refused where it means nothing; what counts."""

from __future__ import annotations

import pytest

from assay.base.errors import AssayError, Place
from assay.base.names import TableRef
from assay.project.lineage import Lineage
from assay.project.lineage_members import Influence, Node
from assay.project.reading import queries_of, read_project
from assay.sql.dialects import Dialect
from assay.sql.lineage import Likeness
from assay.workflow.difference import compare_steps
from assay.workflow.steps import Language, QueryEngine, Step, parse_step
from core.workflow.steps import FOLDER

PRODUCT = "products/sales/product.yaml"
CLEAN = "products/sales/workflow/clean.sql"
QUERY = b"select cast(at as date) as day, cents / 100 as euros, shop\n-- all\nfrom `sources`.orders\nwhere `cents` > 0"


def written(files: dict[str, bytes], said: bytes) -> dict[str, bytes]:
    return {**files, CLEAN: QUERY, PRODUCT: files[PRODUCT] + said}


def step(text: str, dialect: Dialect = Dialect.MYSQL) -> Step:
    return parse_step(f"{FOLDER}/model.sql", text.encode(), {}, dialect=dialect)


@pytest.mark.parametrize("said", [b"steps: {clean: {dialect: mysql}}\n", b"dialect: mysql\n"])
def test_a_step_is_read_in_the_dialect_of_its_author(files: dict[str, bytes], said: bytes) -> None:
    steps = read_project(written(files, said)).products["sales"].steps

    assert (steps["clean"].language, steps["clean"].dialect) == (Language.SQL, Dialect.MYSQL)
    assert steps["clean"].columns == ("day", "euros", "shop")
    assert steps["clean"].places[TableRef("sources", "orders")] == Place(CLEAN, 3)
    assert {each.dialect for each in steps.values() if each.language is Language.PYTHON} <= {Dialect.DUCKDB}


def test_a_step_may_be_in_another_dialect_than_its_product(files: dict[str, bytes]) -> None:
    said = b"dialect: bigquery\nsteps: {clean: {dialect: mysql}}\n"

    assert read_project(written(files, said)).products["sales"].steps["clean"].dialect is Dialect.MYSQL


def test_what_is_remembered_of_queries_spares_the_next_reading(files: dict[str, bytes]) -> None:
    said = written(files, b"dialect: mysql\n")
    project = read_project(said)

    again = read_project(said, known=queries_of(project))
    assert again.products["sales"].steps["clean"].query is project.products["sales"].steps["clean"].query


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (b"steps: {clean: {dialect: oracle}}\n", "one of duckdb, postgres, "),
        (b"dialect: cobol\n", "one of duckdb, postgres, "),
        (b"steps: {monthly: {dialect: mysql}}\n", "expected a step in SQL, found products/sales/workflow/monthly.py"),
        (b"steps: {clean: {dialect: mysql, engine: spark}}\n", "either `dialect` or `engine: spark`"),
    ],
)
def test_what_means_nothing_is_refused_at_its_line(files: dict[str, bytes], said: bytes, fault: str) -> None:
    with pytest.raises(AssayError) as refused:
        read_project(written(files, said))

    line = files[PRODUCT].count(b"\n") + 1
    assert fault in str(refused.value)
    assert f"{PRODUCT}:{line}" in str(refused.value)


def test_a_fault_of_a_query_is_told_at_its_line(files: dict[str, bytes]) -> None:
    with pytest.raises(AssayError, match=r"clean\.sql:4: expected SQL of PostgreSQL|clean\.sql:\d+: expected"):
        read_project(written(files, b"dialect: postgres\n"))


def test_lineage_knows_its_columns(files: dict[str, bytes]) -> None:
    lineage = Lineage(read_project(written(files, b"dialect: mysql\n")))

    found = lineage.comes_from(Node("sales.clean", "euros"))
    assert (Node("sources.orders", "cents"), Influence.DIRECT) in found


def test_the_meaning_is_what_is_made_and_the_dialect() -> None:
    text = "select a / 2 as x from t -- half"

    assert step(text).digest == step("SELECT a/2 AS x\n\n/* half */ FROM t").digest
    assert step(text).digest != step("select a / 2 as x from t", Dialect.HIVE).digest
    assert step("select a as x from t").digest != step("select a as x from t", Dialect.DUCKDB).digest


def test_versions_in_two_dialects_are_compared_by_what_is_made_of_them() -> None:
    old = step('select "a" / 2 as x, b from t', Dialect.POSTGRES)

    assert compare_steps(old, step("select a // 2 as x, b from t", Dialect.DUCKDB)).likeness is Likeness.SAME
    assert compare_steps(old, step("select a / 2 as x, b from t")).likeness is not Likeness.SAME


def test_spark_reads_its_own_dialect_whatever_the_products_is(files: dict[str, bytes]) -> None:
    said = written(files, b"dialect: mysql\nsteps: {clean: {engine: spark}}\n")

    assert read_project(said).products["sales"].steps["clean"].language is Language.SPARK_SQL
    made = parse_step(CLEAN, QUERY, {}, engine=QueryEngine.SPARK)
    assert made.digest == read_project(said).products["sales"].steps["clean"].digest
