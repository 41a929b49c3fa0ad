"""What product.yaml says of views: read, refused where a view cannot be, and known to lineage and to changes."""

from __future__ import annotations

import pytest

from assay.base.errors import AssayError
from assay.project.lineage import Lineage
from assay.project.lineage_members import Influence, Node
from assay.project.reading import read_project
from assay.project.subjects import step_digests

PRODUCT = "products/sales/product.yaml"
PART = "products/sales/workflow/part.sql"
READER = "products/sales/workflow/whole.sql"
VIEW = b"steps: {part: {materialized: view}}\n"


def with_view(
    files: dict[str, bytes], said: bytes = VIEW, reader: bytes = b"select cents, shop from part"
) -> dict[str, bytes]:
    part = b"select cents + 1 as cents, shop from sources.orders where cents > 0"
    return {**files, PART: part, READER: reader, PRODUCT: files[PRODUCT] + said}


def test_a_view_is_no_dataset_and_is_not_built(files: dict[str, bytes]) -> None:
    product = read_project(with_view(files)).products["sales"]

    assert product.steps["part"].is_view
    assert "part" not in product.datasets
    assert "part" not in product.graph.built.steps
    assert [view.name for view in product.graph.built.steps["whole"].views] == ["part"]


def test_lineage_knows_a_view_as_every_step(files: dict[str, bytes]) -> None:
    lineage = Lineage(read_project(with_view(files)))

    assert (Node("sales.part", "cents"), Influence.DIRECT) in lineage.comes_from(Node("sales.whole", "cents"))
    assert (Node("sources.orders", "cents"), Influence.DIRECT) in lineage.rests_on(Node("sales.whole", "cents"))
    assert (Node("sources.orders", "shop"), Influence.DIRECT) in lineage.rests_on(Node("sales.whole", "shop"))
    assert lineage.rests_on(Node("sales.clean", "shop")) == lineage.comes_from(Node("sales.clean", "shop"))


def test_whether_a_step_is_a_view_is_no_part_of_what_is_released(files: dict[str, bytes]) -> None:
    digests = []
    for said in (VIEW, b"steps: {part: {materialized: table}}\n"):
        project = read_project(with_view(files, said))
        digests.append(step_digests(project, project.products["sales"]))

    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (b"steps: {part: {materialized: incremental}}\n", "one of table, view"),
        (b"steps: {nobody: {materialized: view}}\n", "a step of this product"),
        (b"steps: {monthly: {materialized: view}}\n", "DuckDB runs, found products/sales/workflow/monthly.py"),
        (b"steps: {part: {materialized: view, engine: spark}}\n", "a query that DuckDB runs"),
        (
            b"steps: {part: {materialized: view, incremental: {by: shop, over: sources.orders.shop, buckets: 4}}}\n",
            "either a view or slices",
        ),
        (b"steps: {daily: {materialized: view}}\n", "a step without a contract, found the dataset of"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_view_is_refused_at_its_line(files: dict[str, bytes], said: bytes, fault: str) -> None:
    with pytest.raises(AssayError) as refused:
        read_project(with_view(files, said))

    assert fault in str(refused.value)
    line = files[PRODUCT].count(b"\n") + 1
    assert f"{PRODUCT}:{line}" in str(refused.value)


def test_slices_over_a_table_may_go_with_a_view(files: dict[str, bytes]) -> None:
    sliced = b"  whole: {incremental: {by: shop, over: sources.orders.shop, buckets: 4}}\n"
    said = b"steps:\n  part: {materialized: view}\n" + sliced
    reader = b"select o.shop, max(p.cents) as most from sources.orders o join part p using (shop) group by o.shop"

    whole = read_project(with_view(files, said, reader)).products["sales"].graph.built.steps["whole"]
    assert whole.slicing is not None
    assert [str(table) for table in whole.reads] == ["sources.orders"]
