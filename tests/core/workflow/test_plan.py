from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.canonical import Digest, digest_value
from assay.base.names import TableRef
from assay.base.snapshots import Pointer, Slot
from assay.workflow.fingerprint import fingerprint
from assay.workflow.graph import Graph, build_graph
from assay.workflow.plan import Before, Plan, Verb, before, cut_key, decide, plan
from assay.workflow.selection import Selection, select
from core.workflow.steps import AS_OF, SOURCES, graph, python, sql, version, versions

THREE = {
    "a": "select * from sources.flights",
    "b": "select * from a, sources.weather",
    "c": "select b.*, $as_of as d from b",
}
NOW = versions(sources__flights="flights 1", sources__weather="weather 1")


class World:
    """A store and a pointer as far as a plan sees them: building is only writing down."""

    def __init__(self) -> None:
        self.built: dict[Digest, Digest] = {}
        self.last = Before()

    def _built(self, fingerprints: Collection[Digest]) -> Mapping[Digest, Digest | None]:
        return {mark: self.built[mark] for mark in fingerprints if mark in self.built}

    def plan(
        self, steps: Graph, outside: Mapping[TableRef, Digest] = NOW, as_of: date = AS_OF,
        selection: Selection | None = None,
    ) -> Plan:  # fmt: skip
        return plan(steps, selection or select(steps), outside, as_of, self.last, self._built)

    def build(self, steps: Graph, outside: Mapping[TableRef, Digest] = NOW, as_of: date = AS_OF) -> list[str]:
        """Build as an action does: the same decisions, step by step. Return the names of what ran."""
        known = dict(outside)
        ran = []
        for step in steps.steps.values():
            decision = decide("p", step, known, as_of, self.last, self._built)
            assert decision.fingerprint is not None
            if decision.snapshot is None:
                ran.append(step.name)
                self.built[decision.fingerprint] = digest_value(self._rows(step.text, decision.fingerprint))
            known[TableRef(None, step.name)] = self.built[decision.fingerprint]
        snapshots = {name: known[TableRef(None, name)] for name in steps.steps}
        self.last = Before(snapshots, {cut_key(table): digest for table, digest in outside.items()}, as_of)
        return ran

    def only(self, *names: str) -> None:
        """Say which steps there are now, as whoever reads the pointer does."""
        self.last = replace(self.last, dropped=frozenset(self.last.snapshots) - set(names))

    def _rows(self, text: str, mark: Digest) -> str:
        return "the same rows" if "constant" in text else mark


def said(made: Plan) -> dict[str, tuple[str, str]]:
    return {d.step: (d.verb, "; ".join(map(str, d.reasons))) for d in made.decisions}


@pytest.fixture
def built() -> World:
    world = World()
    world.build(graph(**THREE))
    return world


def test_before_the_first_build_everything_runs() -> None:
    assert said(World().plan(graph(**THREE))) == {
        "a": ("run", "never built here"),
        "b": ("run", "never built here; input will be rebuilt: a"),
        "c": ("run", "never built here; input will be rebuilt: b"),
    }


def test_when_nothing_changed_everything_is_reused(built: World) -> None:
    made = built.plan(graph(**THREE))

    assert set(said(made).values()) == {("reuse", "nothing changed")}
    assert made.is_idle


def test_changed_code_runs_and_what_reads_it_may(built: World) -> None:
    made = built.plan(graph(**{**THREE, "a": "select 1 as x"}))

    assert said(made) == {
        "a": ("run", "code changed"),
        "b": ("may run", "input will be rebuilt: a"),
        "c": ("may run", "input will be rebuilt: b"),
    }
    assert not made.is_idle


def test_a_comment_runs_nothing(built: World) -> None:
    assert built.plan(graph(**{**THREE, "a": "-- why\n" + THREE["a"]})).is_idle


def test_a_new_version_of_a_source_names_the_source(built: World) -> None:
    made = built.plan(graph(**THREE), {**NOW, TableRef("sources", "weather"): version("weather 2")})

    assert said(made)["a"] == ("reuse", "nothing changed")
    assert said(made)["b"] == ("run", "input changed: sources.weather")


def test_another_products_dataset_is_an_input_like_a_source() -> None:
    world, steps = World(), graph(a="from other.dataset")
    world.build(steps, versions(other__dataset="1"))

    made = world.plan(steps, versions(other__dataset="2"))
    assert said(made) == {"a": ("run", "input changed: other.dataset")}


def test_the_logical_date_counts_only_where_it_is_asked_for(built: World) -> None:
    made = built.plan(graph(**THREE), as_of=date(2014, 1, 1))

    assert said(made) == {
        "a": ("reuse", "nothing changed"),
        "b": ("reuse", "nothing changed"),
        "c": ("run", "logical date changed: 2013-12-31 to 2014-01-01"),
    }


def test_all_reasons_of_one_step_are_given(built: World) -> None:
    changed = graph(**{**THREE, "b": "select 1 as x from a, sources.weather, sources.flights"})
    made = built.plan(changed, versions(sources__flights="flights 1", sources__weather="weather 2"))

    assert said(made)["b"] == ("run", "code changed; input changed: sources.weather")


def test_what_was_built_elsewhere_or_by_a_build_that_was_killed_is_reused(built: World) -> None:
    built.last = Before()

    assert set(said(built.plan(graph(**THREE))).values()) == {
        ("reuse", "already built from the same code and inputs"),
    }


def test_going_back_to_older_code_runs_nothing(built: World) -> None:
    built.build(graph(**{**THREE, "a": "select 1 as x"}))

    assert built.plan(graph(**THREE)).is_idle


def test_a_snapshot_that_is_gone_is_made_again_and_that_is_the_reason(built: World) -> None:
    gone = built.last.snapshots["a"]
    built.built = {mark: made for mark, made in built.built.items() if made != gone}
    built.last = replace(built.last, gone=frozenset({"a"}))

    assert said(built.plan(graph(**THREE)))["a"] == ("run", "its snapshot is gone")


def test_a_new_step_was_never_built(built: World) -> None:
    assert said(built.plan(graph(**THREE, new="from c")))["new"] == ("run", "never built here")


def test_what_reads_a_step_that_comes_out_the_same_does_not_run() -> None:
    world = World()
    world.build(graph(a="select 'constant' as x", b="from a"))
    changed = graph(a="select 'constant' as x, 1 as y", b="from a")

    assert said(world.plan(changed))["b"] == ("may run", "input will be rebuilt: a")
    assert world.build(changed) == ["a"]


def test_a_step_that_is_gone_is_named_and_one_that_is_new_by_its_name_only_says_how_it_was_called(built: World) -> None:
    renamed = {"a": THREE["a"], "second": THREE["b"], "c": THREE["c"].replace("b", "second")}
    built.only(*renamed)
    made = built.plan(graph(**renamed))

    assert made.dropped == ("b",)
    assert said(made) == {
        "a": ("reuse", "nothing changed"),
        "second": ("run", "never built here: it was called b"),
        "c": ("run", "code changed; input will be rebuilt: second"),
    }


def test_a_new_step_in_the_place_of_another_was_not_called_so(built: World) -> None:
    texts = {**THREE, "c": THREE["c"].replace("from b", "from other"), "other": THREE["b"] + " where true"}
    del texts["b"]
    built.only(*texts)

    assert said(built.plan(graph(**texts)))["other"] == ("run", "never built here")


def test_changed_code_names_the_modules_of_which_it_may_be() -> None:
    world = World()
    text = "import shared.words\nREADS = {'t': 'sources.flights'}\ndef a(t):\n    return shared.words.f(t)\n"
    steps = [python("a", text, {"shared/words.py": f"def f(t):\n    return {way}\n"}) for way in ("t", "t + t")]
    before_it, after_it = (build_graph("p", [step], SOURCES) for step in steps)
    world.build(before_it)

    found = said(world.plan(after_it))
    assert found == {"a": ("run", "code changed: its own, or that of shared/words.py")}


def test_a_pointer_tells_what_was_built_before() -> None:
    one, two = version("1"), version("2")
    pointer = Pointer(
        "dev",
        "p",
        Slot.CURRENT,
        {"a": one, "b": two},
        {"flights": one},
        None,
        "2013-12-31",
        datetime(2026, 1, 1, tzinfo=UTC),
    )

    last = before(pointer, lambda digest: digest == one, ["b", "c"])
    assert last.as_of == AS_OF
    assert last.dropped == {"a"}
    assert last.gone == {"b"}
    assert last.version(TableRef(None, "b")) == two
    assert last.version(TableRef("sources", "flights")) == one
    assert last.version(TableRef("sources", "weather")) is None
    assert before(None, lambda _: True, []) == Before()


def test_a_cut_names_a_source_by_itself_and_another_dataset_with_its_product() -> None:
    assert cut_key(TableRef("sources", "flights")) == "flights"
    assert cut_key(TableRef("other", "dataset")) == "other.dataset"


CODE = {
    "a": st.sampled_from(["select * from sources.flights", "select 'constant' as x from sources.flights"]),
    "b": st.sampled_from(["from a, sources.weather", "select $as_of as d from a", "select 'constant' from a"]),
    "c": st.sampled_from(["from b", "select 1 as one", "from a, sources.flights"]),
    "d": st.sampled_from(["from b, c", "select $as_of as d from c"]),
}
MOMENTS = st.lists(
    st.tuples(
        st.fixed_dictionaries(CODE),
        st.sampled_from("12"),
        st.sampled_from("12"),
        st.sampled_from([AS_OF, date(2014, 1, 1)]),
    ),
    min_size=1,
    max_size=5,
)


@given(MOMENTS)
def test_a_plan_keeps_its_word_whatever_changed_since_the_last_build(
    moments: list[tuple[dict[str, str], str, str, date]],
) -> None:
    """What is to be reused does not run; what is to run runs, if its inputs were all known."""
    world = World()
    for texts, flights, weather, as_of in moments:
        steps, outside = graph(**texts), versions(sources__flights=flights, sources__weather=weather)
        decisions = world.plan(steps, outside, as_of).decisions
        ran = world.build(steps, outside, as_of)

        assert not {decision.step for decision in decisions if decision.verb is Verb.REUSE} & set(ran)
        assert {decision.step for decision in decisions if decision.verb is Verb.RUN and decision.fingerprint} <= set(
            ran
        )
        assert world.plan(steps, outside, as_of).is_idle
        assert world.build(steps, outside, as_of) == []


def test_a_fingerprint_depends_on_all_that_the_rows_depend_on_and_nothing_else() -> None:
    step = sql("a", "select $as_of as d from sources.flights")
    now = versions(sources__flights="1", sources__weather="1")
    mark = fingerprint("p", step, now, AS_OF)

    assert mark != fingerprint("q", step, now, AS_OF)
    assert mark != fingerprint("p", sql("b", step.text), now, AS_OF)
    assert mark != fingerprint("p", sql("a", "select 1 as x, $as_of as d from sources.flights"), now, AS_OF)
    assert mark != fingerprint("p", step, versions(sources__flights="2"), AS_OF)
    assert mark != fingerprint("p", step, now, date(2014, 1, 1))
    assert mark == fingerprint("p", step, {**now, TableRef("sources", "weather"): version("2")}, AS_OF)
    assert mark == fingerprint("p", sql("a", step.text + " -- why"), now, AS_OF)


def test_the_fingerprint_of_a_python_step_counts_the_logical_date_if_it_has_the_parameter() -> None:
    without = python("m", "READS = {}\ndef m():\n    return 1\n")
    with_date = python("m", "READS = {}\ndef m(as_of):\n    return 1\n")

    assert fingerprint("p", without, {}, AS_OF) == fingerprint("p", without, {}, date(2014, 1, 1))
    assert fingerprint("p", with_date, {}, AS_OF) != fingerprint("p", with_date, {}, date(2014, 1, 1))


def test_a_fingerprint_stays_what_it_was_when_it_was_written_down() -> None:
    step = sql("a", "select $as_of as d from sources.flights")

    assert fingerprint("p", step, versions(sources__flights="1"), AS_OF) == (
        "sha256:a99f2a640646eccf66ccc28a0b8778d251fdedb354457b25fe713ecfadad9d68"
    )
