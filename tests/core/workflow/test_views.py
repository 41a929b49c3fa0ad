"""Views, as a plan sees them: who reads one reads what it rests on, and means what it means too."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.errors import AssayError, Place
from assay.base.names import TableRef
from assay.workflow.graph import Graph, build_graph
from assay.workflow.plan import Verb
from assay.workflow.selection import select
from assay.workflow.slices import SliceUnit, Slicing
from assay.workflow.steps import QueryEngine, Step, in_slices, parse_step
from assay.workflow.views import as_view
from core.workflow.steps import FOLDER, SOURCES, python, sql, versions
from core.workflow.test_plan import World

PLACE = Place("product.yaml", 7)
BY_DAY = Slicing("d", SOURCES[0], "d", SliceUnit.DAY)
TEXTS = {
    "clean": "select * from sources.flights",
    "known": "select * from clean join sources.weather using (day) where day < $as_of",
    "daily": "select day, count(*) as n from known group by day",
    "names": "select distinct name from sources.weather",
    "last": "select * from daily, names",
}


def product(*views: str, **texts: str) -> Graph:
    steps = [sql(name, text) for name, text in {**TEXTS, **texts}.items()]
    return build_graph("p", [as_view(s, PLACE) if s.name in views else s for s in steps], SOURCES)


def test_who_reads_a_view_reads_what_it_rests_on() -> None:
    steps = product("clean", "known").built.steps

    assert list(map(str, steps["daily"].reads)) == ["sources.flights", "sources.weather"]
    assert [view.name for view in steps["daily"].views] == ["clean", "known"]
    assert steps["daily"].uses_as_of
    assert steps["daily"].places[TableRef("sources", "flights")] == Place(f"{FOLDER}/clean.sql", 1)
    assert steps.keys() == {"daily", "names", "last"}


def test_without_views_nothing_is_otherwise() -> None:
    steps = product()

    assert steps.built is steps


def test_only_the_readers_of_a_view_mean_something_else_when_it_is_edited() -> None:
    views = ("clean", "known")
    old, new = product(*views).built.steps, product(*views, clean="select day from sources.flights").built.steps

    assert {name for name in old if old[name].digest != new[name].digest} == {"daily"}
    again = product(*views, clean="select  * from sources.flights -- all").built.steps
    assert {name: step.digest for name, step in again.items()} == {name: step.digest for name, step in old.items()}


def test_a_plan_says_that_the_code_of_a_view_changed() -> None:
    world, now = World(), versions(sources__flights="flights 1", sources__weather="weather 1")
    world.build(product("clean", "known").built)

    edited = product("clean", "known", known=TEXTS["known"] + " and day is not null").built
    told = {d.step: "; ".join(map(str, d.reasons)) for d in world.plan(edited, now).decisions}
    assert told == {
        "daily": "code changed: its own, or that of the view clean, the view known",
        "names": "nothing changed",
        "last": "input will be rebuilt: daily",
    }
    later = world.plan(product("clean", "known").built, {**now, **versions(sources__flights="flights 2")})
    assert [str(r) for d in later.decisions if d.verb is Verb.RUN for r in d.reasons] == [
        "input changed: sources.flights"
    ]


def test_a_view_by_itself_is_not_selected_and_its_readers_are_with_what_they_rest_on() -> None:
    steps = product("clean", "known")

    assert select(steps).wanted == {"daily", "names", "last"}
    assert select(steps, ["daily"]).wanted == {"daily"}
    assert select(steps, starts=["clean"]).anew == {"daily", "last"}
    with pytest.raises(AssayError, match=r"clean: expected a step that keeps rows, found a view\. It is read by known"):
        select(steps, ["clean"])


@pytest.mark.parametrize(
    ("reader", "said"),
    [
        (python("own", "READS = {'clean': 'clean'}\n\n\ndef own(clean):\n    return clean\n"), "for a step in Python"),
        (parse_step(f"{FOLDER}/own.R", b"x <- assay_read('clean')\nassay_write(x)\n", {}), "for a step in R"),
        (
            parse_step(f"{FOLDER}/own.sql", b"select * from clean", {}, engine=QueryEngine.SPARK),
            "for a step in Spark's SQL",
        ),
        (
            in_slices(sql("own", "select * from clean"), replace(BY_DAY, table=TableRef(None, "clean")), PLACE),
            "slices over a table, found over the view clean",
        ),
    ],
)  # fmt: skip
def test_who_needs_the_rows_of_a_view_is_refused_where_it_reads_it(reader: Step, said: str) -> None:
    clean = as_view(sql("clean", TEXTS["clean"]), PLACE)

    with pytest.raises(AssayError, match=said) as refused:
        build_graph("p", [clean, reader], SOURCES)
    assert refused.value.faults[0].where.file == reader.file
    assert build_graph("p", [replace(clean, is_view=False), reader], SOURCES).built.steps.keys() == {"clean", "own"}


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (python("own", "READS = {}\n\n\ndef own():\n    return None\n"), "a query that DuckDB runs, found .*own.py"),
        (parse_step(f"{FOLDER}/own.sql", b"select 1 as a", {}, engine=QueryEngine.SPARK), "a query that DuckDB runs"),
        (
            in_slices(sql("own", TEXTS["clean"]), BY_DAY, PLACE),
            "either a view or slices",
        ),
    ],
)
def test_what_cannot_be_a_view_is_refused_where_that_is_said(step: Step, said: str) -> None:
    with pytest.raises(AssayError, match=rf"product\.yaml:7: expected {said}"):
        as_view(step, PLACE)


@given(st.sets(st.sampled_from(sorted(TEXTS))))
def test_whatever_is_a_view_the_rest_is_built_in_order_and_rests_on_what_has_rows(views: set[str]) -> None:
    graph = product(*views)
    steps = graph.built.steps

    assert steps.keys() == TEXTS.keys() - views
    done: set[str] = set()
    for name, step in steps.items():
        assert {table.name for table in step.reads if table.schema is None} <= done
        through = _through(graph, name, views)
        assert {view.name for view in step.views} == through
        order = [view.name for view in step.views]
        assert all(order.index(each.name) < order.index(view.name) for view in step.views for each in view.views)
        assert set(step.reads) == set(step.places)
        done.add(name)


def _through(graph: Graph, name: str, views: set[str]) -> set[str]:
    """Return the views by which a step reads, near and far."""
    near = {table.name for table in graph.steps[name].reads if table.schema is None and table.name in views}
    return near.union(*(_through(graph, view, views) for view in near))
