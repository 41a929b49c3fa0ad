from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.workflow.graph import build_graph
from core.workflow.steps import FOLDER, SOURCES, graph, python, reading, sql

NAMES = [f"s{number}" for number in range(8)]


@given(st.permutations(NAMES), st.data())
def test_every_step_stands_after_all_that_it_reads(names: list[str], data: st.DataObject) -> None:
    reads = {name: data.draw(st.sets(st.sampled_from(names[:i]))) if i else set[str]() for i, name in enumerate(names)}
    steps = [reading(name, reads[name]) for name in NAMES]

    order = list(build_graph("p", steps, ()).steps)
    assert all(order.index(read) < order.index(name) for name in names for read in reads[name])
    assert order == list(build_graph("p", steps[::-1], ()).steps)


def test_what_comes_from_outside_is_listed_once() -> None:
    made = graph(a="from sources.weather", b="from sources.flights, sources.weather, a", c="from other.dataset, b")

    assert [str(table) for table in made.outside] == ["other.dataset", "sources.flights", "sources.weather"]


def test_what_a_step_rests_on_is_found_near_and_far() -> None:
    made = graph(a="select 1", b="from a", c="select 2", d="from b, c", e="from d")

    assert made.above("d") == {"a", "b", "c"}
    assert made.above("a") == frozenset()


def test_a_circle_is_named_along_its_path_with_the_files() -> None:
    with pytest.raises(AssayError) as refused:
        graph(a="select *\nfrom c", b="from a", c="from b", d="from a")

    assert len(refused.value.faults) == 1
    assert str(refused.value) == (
        f"{FOLDER}/a.sql:2: expected steps that do not read each other in a circle, found a ({FOLDER}/a.sql) reads "
        f"c ({FOLDER}/c.sql) reads b ({FOLDER}/b.sql) reads a. Take one of these readings out."
    )


def test_a_step_that_reads_itself_is_a_circle_of_one() -> None:
    with pytest.raises(AssayError, match=rf"found a \({FOLDER}/a\.sql\) reads a\."):
        graph(a="from a")


def test_circles_that_have_nothing_in_common_are_all_named() -> None:
    with pytest.raises(AssayError) as refused:
        graph(a="from b", b="from a", c="from d", d="from c")

    assert [fault.where.file[-5:] for fault in refused.value.faults] == ["a.sql", "c.sql"]


def test_an_unknown_table_is_named_with_those_that_are_close() -> None:
    with pytest.raises(AssayError) as refused:
        graph(ontime="select *\nfrom sources.flihgts\njoin ontim using (a)")

    assert [(f.where.line, f.found, f.hint) for f in refused.value.faults] == [
        (2, "sources.flihgts", "Did you mean sources.flights or sources.weather?"),
        (3, "ontim", "Did you mean ontime?"),
    ]


def test_a_table_like_no_other_is_answered_with_what_there_is() -> None:
    with pytest.raises(AssayError, match=r"Known here: a, other\.dataset, sources\.flights, sources\.weather\."):
        graph(a="from xyz")


def test_a_step_named_with_its_own_product_is_told_its_short_name() -> None:
    with pytest.raises(AssayError, match=r"found p\.a\. Within its product it is named a\."):
        graph(a="select 1", b="from p.a")


def test_two_steps_of_one_name_are_refused_with_both_files() -> None:
    steps = [sql("a", "select 1"), python("a", "READS = {}\ndef a():\n    return 1\n")]

    with pytest.raises(AssayError, match=rf"{FOLDER}/a\.sql: expected steps of different names, .*{FOLDER}/a\.py"):
        build_graph("p", steps, ())


def test_all_that_is_wrong_with_a_graph_is_said_at_once() -> None:
    steps = [sql("a", "from b"), sql("b", "from a"), sql("c", "from nowhere"), sql("d", "select 1")]
    twin = python("d", "READS = {}\ndef d():\n    return 1\n")

    with pytest.raises(AssayError) as refused:
        build_graph("p", [*steps, twin], SOURCES)

    assert len(refused.value.faults) == 3


def test_a_product_without_steps_has_an_empty_graph() -> None:
    assert dict(build_graph("p", [], [TableRef("sources", "x")]).steps) == {}
