"""What product.yaml says of who runs a step: read, refused where it means nothing, and known to lineage."""

from __future__ import annotations

import pytest

from assay.base.errors import AssayError
from assay.project.lineage import Lineage
from assay.project.lineage_members import Influence, Node
from assay.project.reading import queries_of, read_project
from assay.workflow.steps import Language

PRODUCT = "products/sales/product.yaml"
CLEAN = "products/sales/workflow/clean.sql"
QUERY = b"select cast(at as date) as day, cents, shop, 'it\\'s' as word from sources.orders -- \"x\"\nwhere cents > 0"


def for_spark(files: dict[str, bytes], said: bytes = b"steps: {clean: {engine: spark}}\n") -> dict[str, bytes]:
    return {**files, CLEAN: QUERY, PRODUCT: files[PRODUCT] + said}


def test_a_step_is_read_in_the_dialect_of_its_engine(files: dict[str, bytes]) -> None:
    step = read_project(for_spark(files)).products["sales"].steps["clean"]

    assert (step.language, step.columns) == (Language.SPARK_SQL, ("day", "cents", "shop", "word"))


def test_what_is_remembered_of_queries_spares_the_next_reading(files: dict[str, bytes]) -> None:
    project = read_project(for_spark(files))

    again = read_project(for_spark(files), known=queries_of(project))
    assert again.products["sales"].steps["clean"].query is project.products["sales"].steps["clean"].query


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (b"steps: {clean: {engine: hive}}\n", "one of duckdb, spark"),
        (b"steps: {nobody: {engine: spark}}\n", "a step of this product"),
        (
            b"steps: {clean: {engine: spark, incremental: {by: day, over: sources.orders.at}}}\n",
            "expected a query that DuckDB runs, found products/sales/workflow/clean.sql, which Spark runs as a whole",
        ),
        (b"steps: {monthly: {engine: spark}}\n", "expected a step in SQL, found products/sales/workflow/monthly.py"),
    ],
)
def test_what_means_nothing_is_refused_at_its_line(files: dict[str, bytes], said: bytes, fault: str) -> None:
    with pytest.raises(AssayError) as refused:
        read_project(for_spark(files, said))

    assert fault in str(refused.value)
    line = files[PRODUCT].count(b"\n") + 1
    assert f"{PRODUCT}:{line}" in str(refused.value)


def test_lineage_knows_its_tables_and_says_that_nobody_can_tell_the_columns(files: dict[str, bytes]) -> None:
    lineage = Lineage(read_project(for_spark(files)))

    assert lineage.comes_from(Node("sales.clean", "day")) == ((Node("sources.orders"), Influence.UNDETERMINED),)
    assert Node("sales/board") in lineage.downstream([Node("sources.orders")], columns=False).nodes
