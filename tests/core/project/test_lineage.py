"""The lineage of a project: by tables and by columns, upstream and downstream, across products."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.project.lineage import Lineage
from assay.project.lineage_members import Influence, Node, TableKind
from assay.project.lineage_target import target_named
from assay.project.reading import read_project
from assay.project.touched import changed_columns, touched

CHART = "chart 'Sales by day'"


@pytest.fixture
def lineage(files: dict[str, bytes]) -> Lineage:
    return Lineage(read_project(files))


def near(edges: tuple[tuple[Node, Influence], ...]) -> dict[str, str]:
    return {str(node): str(influence) for node, influence in edges}


def test_every_table_and_solution_is_there_with_its_kind(lineage: Lineage) -> None:
    assert {key: table.kind for key, table in lineage.tables.items()} == {
        "sources.orders": TableKind.SOURCE,
        "sources.shops": TableKind.SOURCE,
        "sources.weather": TableKind.SOURCE,
        "desk.peak": TableKind.DATASET,
        "sales.clean": TableKind.STEP,
        "sales.daily": TableKind.DATASET,
        "sales.monthly": TableKind.DATASET,
        "sales/board": TableKind.DASHBOARD,
    }


def test_by_tables_what_rests_on_a_source_is_found_in_other_products(lineage: Lineage) -> None:
    reach = lineage.downstream([Node("sources.orders")], columns=False)

    assert {str(node) for node in reach.nodes} == {
        "sales.clean", "sales.daily", "sales.monthly", "sales/board", "desk.peak",
    }  # fmt: skip


def test_a_column_comes_from_columns_and_from_what_decides_about_rows(lineage: Lineage) -> None:
    assert near(lineage.comes_from(Node("sales.clean", "day"))) == {
        "sources.orders.at": "direct", "rows of sales.clean": "indirect",
    }  # fmt: skip
    assert near(lineage.comes_from(Node("sales.clean").rows)) == {
        "sources.orders.cents": "indirect", "rows of sources.orders": "indirect",
    }  # fmt: skip


def test_a_chart_comes_from_the_fields_that_it_shows(lineage: Lineage) -> None:
    assert near(lineage.comes_from(Node("sales/board", CHART))) == {
        "sales.daily.day": "direct", "sales.daily.cents": "direct", "rows of sales.daily": "indirect",
    }  # fmt: skip


def test_of_a_python_step_all_of_its_inputs_touch_every_column_and_that_is_said(lineage: Lineage) -> None:
    assert near(lineage.comes_from(Node("sales.monthly", "cents"))) == {"sales.daily": "undetermined"}
    assert near(lineage.goes_into(Node("sales.daily", "day")))["sales.monthly"] == "undetermined"


def test_a_column_that_filters_touches_all_of_the_table(lineage: Lineage) -> None:
    found = near(lineage.goes_into(Node("sources.orders", "cents")))

    assert found == {"sales.clean.cents": "direct", "sales.clean": "indirect"}


def test_from_a_column_of_a_source_to_the_chart_and_to_another_product(lineage: Lineage) -> None:
    reach = lineage.downstream([Node("sources.orders", "at")], columns=True)

    assert Node("sales/board", CHART) in reach.nodes
    assert Node("desk.peak") in reach.nodes, "days group the rows of which the peak is taken"
    assert Node("sales.clean", "cents") not in reach.nodes


def test_a_star_is_told_by_the_columns_of_what_it_reads(files: dict[str, bytes]) -> None:
    files["products/sales/workflow/clean.sql"] = b"select * exclude (shop) from sources.orders"
    files["products/sales/workflow/daily.sql"] = b"select at::date as day, sum(cents) as cents from clean group by all"
    lineage = Lineage(read_project(files))

    assert lineage.members("sales.clean").names == ("id", "cents", "at")
    assert near(lineage.comes_from(Node("sales.clean", "at")))["sources.orders.at"] == "direct"


def test_a_column_that_no_contract_promises_is_followed_all_the_same(files: dict[str, bytes]) -> None:
    files["products/sales/workflow/clean.sql"] = b"select id, cents + tip as cents, at::date as day from sources.orders"
    lineage = Lineage(read_project(files))

    assert near(lineage.comes_from(Node("sales.clean", "cents")))["sources.orders.tip"] == "direct"


def test_a_chain_of_a_thousand_stars_is_not_too_deep(files: dict[str, bytes]) -> None:
    for number in range(1000):
        read = "sources.orders" if number == 0 else f"s{number - 1}"
        files[f"products/sales/workflow/s{number}.sql"] = f"select * from {read}".encode()
    lineage = Lineage(read_project(files))

    reach = lineage.upstream([Node("sales.s999", "shop")], columns=True)

    assert Node("sources.orders", "shop") in reach.nodes
    assert Node("sources.orders", "cents") not in reach.nodes


def test_a_dataset_that_is_promised_and_not_made_yet_is_there(files: dict[str, bytes]) -> None:
    del files["products/sales/workflow/monthly.py"]
    lineage = Lineage(read_project(files))

    assert lineage.tables["sales.monthly"].reads == ()
    assert lineage.members("sales.monthly").names == ("month", "cents")


QUERIES = st.sampled_from(
    [
        "select {a} as day, {b} as cents from {t}",
        "select {a} as day, sum({b}) as cents from {t} group by all",
        "select x.{a} as day, y.{b} as cents from {t} as x join {u} as y on x.{b} = y.{a}",
        "select * from {t}",
        "select day, cents from {t} where {a} > 1",
        "select distinct day, cents from {t} union all select {a}, {b} from {u}",
        "select day, (select max({b}) from {u} where {a} = 3) as cents from {t}",
        "select day, count(*) as cents from {t} group by day",
        "select columns(*) from {t}",
    ]
)


@st.composite
def projects(draw: st.DrawFn) -> dict[str, str]:
    """Make the steps of a product, each reading some before it."""
    made: dict[str, str] = {}
    for number in range(draw(st.integers(1, 6))):
        known = ["sources.s", *made]
        column = st.sampled_from(["day", "cents"])
        made[f"m{number}"] = draw(QUERIES).format(
            a=draw(column), b=draw(column), t=draw(st.sampled_from(known)), u=draw(st.sampled_from(known))
        )
    return made


BASE = {
    "assay.yaml": b"name: p\nenvironments:\n  dev:\n    address: .assay\n",
    "people.yaml": b"people:\n  - email: d@example.org\n    name: D\n    roles: [owner]\n",
    "products/p/product.yaml": b"title: P\nowner: d@example.org\nversion: 1.0.0\n",
    "sources/s.odcs.yaml": b"""\
apiVersion: v3.2.0
kind: DataContract
id: s
version: 1.0.0
schema:
  - name: s
    properties:
      - name: day
        logicalType: integer
      - name: cents
        logicalType: integer
""",
}


@given(projects())
def test_what_is_upstream_of_something_has_it_downstream(steps: dict[str, str]) -> None:
    made = {f"products/p/workflow/{name}.sql": text.encode() for name, text in steps.items()}
    lineage = Lineage(read_project({**BASE, **made}))
    columns = [Node(key, name) for key in lineage.tables for name in ("day", "cents")]
    down = {node: set(lineage.downstream([node], columns=True).edges) for node in columns}

    for node in columns:
        up = set(lineage.upstream([node], columns=True).edges)
        for other in columns:
            if other == node:
                continue
            comes = other in up or Node(other.table) in up
            goes = node in down[other] or Node(node.table) in down[other]
            if comes:
                assert goes, f"{other} is upstream of {node}, and {node} not downstream of it"
            if goes and other.table != node.table:
                rows = Node(other.table).rows in up
                assert comes or rows, f"{node} is downstream of {other}, and {other} not upstream of it"


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("sources.orders", Node("sources.orders")),
        ("sources.orders.CENTS", Node("sources.orders", "cents")),
        ("sales.daily", Node("sales.daily")),
        ("sales.daily.day", Node("sales.daily", "day")),
        ("sales/board", Node("sales/board")),
        ("sales.board", Node("sales/board")),
        (f"sales/board: {CHART}", Node("sales/board", CHART)),
    ],
)
def test_a_target_is_named_as_a_query_names_it(lineage: Lineage, text: str, node: Node) -> None:
    assert target_named(lineage, text) == node


@pytest.mark.parametrize(
    ("text", "expected", "hint"),
    [
        ("sales.dialy", "a dataset, a source or a solution", "Did you mean sales.daily"),
        ("sales.daily.dat", "a column of sales.daily", "Did you mean sales.daily.day"),
        ("nothing", "a dataset, a source or a solution", "There are: sources.orders"),
        ("", "a dataset, a source or a solution", "There are: "),
        ("..", "a dataset, a source or a solution", "There are: "),
    ],
)
def test_a_target_that_there_is_not_is_refused_with_what_is_close(
    lineage: Lineage, text: str, expected: str, hint: str
) -> None:
    with pytest.raises(AssayError) as refused:
        target_named(lineage, text)

    assert refused.value.faults[0].expected == expected
    assert hint in refused.value.faults[0].hint


def test_a_change_touches_datasets_and_solutions_of_every_product(lineage: Lineage) -> None:
    found = touched(lineage, ["sales.clean"])

    assert found.datasets == {"desk.peak": None, "sales.daily": None, "sales.monthly": None}
    assert found.solutions == {"sales/board": None}


def test_a_change_of_some_columns_touches_what_comes_of_them(files: dict[str, bytes]) -> None:
    before = read_project(files).products["sales"].steps["daily"]
    files["products/sales/workflow/daily.sql"] = b"select day, sum(cents) + 1 as cents from clean group by day"
    after = read_project(files)

    changed = changed_columns(before, after.products["sales"].steps["daily"])
    found = touched(after, ["sales.daily"], {"sales.daily": changed})

    assert changed == frozenset({"cents"})
    assert found.datasets == {"desk.peak": ("cents",), "sales.monthly": None}
    assert found.solutions == {"sales/board": (CHART,)}


def test_a_column_that_nobody_shows_touches_no_solution(files: dict[str, bytes]) -> None:
    files["products/sales/workflow/daily.sql"] = (
        b"select day, sum(cents) as cents, count(*) as orders from clean group by day"
    )
    del files["products/sales/workflow/monthly.py"]

    found = touched(read_project(files), ["sales.daily"], {"sales.daily": {"orders"}})

    assert found.datasets == {}
    assert found.solutions == {}


def test_rows_that_change_touch_all(lineage: Lineage) -> None:
    assert touched(lineage, ["sales.daily"], {"sales.daily": None}) == touched(lineage, ["sales.daily"])


def test_what_is_not_in_the_project_touches_nothing(lineage: Lineage) -> None:
    assert touched(lineage, ["sales.gone"]).datasets == {}
