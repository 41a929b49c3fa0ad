"""Building with a real engine on a real disk: only what changed runs, and nothing is seen before all of it is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assay.actions.build import BuildResult, build, plan_build, serve
from assay.actions.query import ask
from assay.actions.step_events import StepEnded, StepEvent, StepFailed, StepSkipped, StillRunning
from assay.actions.workshop import Workshop
from assay.base.canonical import digest_text
from assay.base.errors import AssayError, Place
from assay.base.names import TableRef
from assay.base.ports import Engine, Snapshots
from assay.base.snapshots import Column, Manifest, Pointer, Slot
from assay.contract.semver import Version
from assay.engines.child_process import ChildPython, ChildR
from assay.engines.duckdb import DuckDBEngine
from assay.project.model import Product
from assay.solutions.render import PageAssets
from assay.stores.database import open_database
from assay.stores.received_files import ReceivedFiles
from assay.stores.referenced import linked_files
from assay.stores.snapshots import DiskSnapshots
from assay.workflow.graph import build_graph
from assay.workflow.selection import select
from assay.workflow.steps import Language, parse_step
from fakes.costs import MemoryCosts
from fakes.cuts import MemoryCuts
from fakes.locks import MemoryLocks
from fakes.part_results import FakePartResults
from fakes.pointers import MemoryPointers

AS_OF = date(2013, 12, 31)
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ORDERS = TableRef("sources", "orders")
STEPS = {
    "paid.sql": "select id, amount from sources.orders where amount > 0",
    "total.sql": "select sum(amount) as total, $as_of as day from paid",
    "largest.py": (
        'READS = {"paid": "paid"}\n\n\ndef largest(paid):\n'
        '    return paid.sort_by([("amount", "descending")]).slice(0, 1)\n'
    ),
}


@dataclass
class Shop:
    """A product that is built in a workshop of its own, step texts and source changing as a test wants it."""

    folder: Path
    workshop: Workshop
    opened: list[Engine]
    steps: dict[str, str]
    outside: dict[TableRef, Manifest]
    told: list[StepEvent] = field(default_factory=list)

    @property
    def product(self) -> Product:
        made = [parse_step(f"products/shop/workflow/{name}", text.encode(), {}) for name, text in self.steps.items()]
        return Product(
            name="shop", title="", description="", owner="", version=Version(1, 0, 0), audience="", deliverables=(),
            needed_by=None, schedule=None, as_of=None, contracts={}, graph=build_graph("shop", made, [ORDERS]),
            solutions={},
        )  # fmt: skip

    def deliver(self, *amounts: int) -> None:
        path = self.folder / f"orders-{len(amounts)}-{sum(amounts)}.parquet"
        rows = ", ".join(f"({number}, {amount})" for number, amount in enumerate(amounts))
        duckdb.sql(f"select * from (values {rows}) o(id, amount)").write_parquet(str(path))
        self.outside = {ORDERS: self.workshop.snapshots.land("sources/orders", [str(path)])}

    def build(
        self, environment: str = "dev", as_of: date = AS_OF, names: Sequence[str] = (), starts: Sequence[str] = (),
        is_full: bool = False, jobs: int | None = None,
    ) -> BuildResult:  # fmt: skip
        product = self.product
        return build(
            self.workshop, product, environment, Slot.CURRENT, self.outside, as_of, None, self.told.append,
            select(product.graph, names, starts, is_full=is_full), jobs,
        )  # fmt: skip

    def make(self, as_of: date = AS_OF, **wished: Any) -> BuildResult:
        result = self.build(as_of=as_of, **wished)
        serve(self.workshop, result, Slot.CURRENT, NOW)
        return result

    def plan(self, as_of: date = AS_OF) -> dict[str, str]:
        made = plan_build(self.workshop, self.product, "dev", Slot.CURRENT, self.outside, as_of)
        return {d.step: f"{d.verb}: {'; '.join(map(str, d.reasons))}" for d in made.decisions}

    def pointer(self) -> Pointer | None:
        return self.workshop.pointers.get("dev", "shop", Slot.CURRENT)

    def answer(self, sql: str) -> list[tuple[object, ...]]:
        return list(ask(self.workshop, "dev", "shop", sql).rows)


def ran(result: BuildResult) -> list[str]:
    return [entry.step for entry in result.steps if entry.ran]


def open_workshop(folder: Path, opened: list[Engine] | None = None) -> Workshop:
    data, scratch = folder / "data", folder / "scratch"

    def engine(as_of: date | None) -> Engine:
        session: Engine = DuckDBEngine(scratch, [data], as_of, files=linked_files(data))
        if opened is not None:
            opened.append(session)
        return session

    return Workshop(
        snapshots=DiskSnapshots(
            open_database(f"sqlite:///{folder / 'state.db'}"), data, lambda path: _looked(engine, path)
        ),
        pointers=MemoryPointers(),
        cuts=MemoryCuts(),
        locks=MemoryLocks(),
        engine=engine,
        runners={Language.PYTHON: ChildPython(scratch), Language.R: ChildR(scratch)},
        costs=MemoryCosts(),
        sources=lambda: ReceivedFiles(lambda pattern: (pattern,)),
        assets=_no_assets,
        results=FakePartResults(),
    )


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    opened: list[Engine] = []
    made = Shop(tmp_path, open_workshop(tmp_path, opened), opened, dict(STEPS), {})
    made.deliver(5, 0, 7)
    opened.clear()
    return made


def test_a_first_build_runs_everything_in_order_and_says_what_it_made(shop: Shop) -> None:
    result = shop.build()

    assert ran(result) == ["paid", "largest", "total"]
    assert {entry.step: entry.snapshot.rows for entry in result.steps} == {"paid": 2, "largest": 1, "total": 1}
    assert {str(entry.reasons[0]) for entry in result.steps} == {"never built here"}
    assert result.cut == {"orders": shop.outside[ORDERS].digest}


def test_nothing_is_served_before_it_is_said(shop: Shop) -> None:
    result = shop.build()
    assert shop.pointer() is None
    serve(shop.workshop, result, Slot.CURRENT, NOW)

    pointer = shop.pointer()
    assert pointer is not None
    assert pointer.snapshots == {name: manifest.digest for name, manifest in result.snapshots.items()}
    assert (pointer.as_of, pointer.revision, pointer.moved_at) == ("2013-12-31", 1, NOW)
    assert shop.answer("select total, day, amount from total, largest") == [(12, AS_OF, 7)]
    assert shop.answer("select count(*) from sources.orders") == [(3,)]


def test_a_second_build_runs_nothing_and_opens_no_engine(shop: Shop) -> None:
    first = shop.make()
    shop.opened.clear()
    second = shop.make()

    assert ran(second) == []
    assert second.snapshots == first.snapshots
    assert shop.opened == []


def test_one_session_serves_all_steps_of_a_build_and_is_closed(shop: Shop) -> None:
    shop.build()

    assert len(shop.opened) == 1
    with pytest.raises(AssayError):
        shop.opened[0].query("select 1")


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("paid.sql", "select id, amount from sources.orders where amount > 5", ["paid", "largest", "total"]),
        ("paid.sql", "-- why\nselect id, amount from sources.orders where amount > 0 ;", ["paid"]),
        ("total.sql", "select max(amount) as total from paid", ["total"]),
        ("largest.py", STEPS["largest.py"] + "\n# why\n", []),
        ("largest.py", STEPS["largest.py"].replace("0, 1", "0, 2"), ["largest"]),
    ],
)
def test_only_what_changed_runs(shop: Shop, file: str, text: str, expected: list[str]) -> None:
    """The semicolon is a token: that step runs, comes out the same, and what reads it does not run."""
    shop.make()
    shop.steps[file] = text

    assert ran(shop.make()) == expected


def test_the_plan_names_the_reasons_that_the_build_then_has(shop: Shop) -> None:
    shop.make()
    shop.deliver(5, 0, 8)

    assert shop.plan() == {
        "paid": "run: input changed: sources.orders",
        "largest": "may run: input will be rebuilt: paid",
        "total": "may run: input will be rebuilt: paid",
    }
    assert [str(entry.reasons[0]) for entry in shop.make().steps] == [
        "input changed: sources.orders",
        "input changed: paid",
        "input changed: paid",
    ]


def test_a_delivery_that_changes_nothing_below_a_step_stops_there(shop: Shop) -> None:
    shop.make()
    shop.deliver(5, -1, 7)

    assert ran(shop.make()) == ["paid"]


def test_another_logical_date_runs_what_asks_for_it(shop: Shop) -> None:
    shop.make()

    assert ran(shop.make(date(2014, 1, 1))) == ["total"]
    assert shop.answer("select day from total") == [(date(2014, 1, 1),)]


def test_another_environment_uses_what_was_built_from_the_same(shop: Shop) -> None:
    shop.make()
    result = shop.build("qa")

    assert ran(result) == []
    assert {str(entry.reasons[0]) for entry in result.steps} == {"already built from the same code and inputs"}


def test_a_dataset_alone_is_built_with_what_it_rests_on(shop: Shop) -> None:
    assert ran(shop.build(names=["total"])) == ["paid", "total"]


def test_a_failing_step_is_named_with_file_and_line_and_nothing_moves(shop: Shop) -> None:
    shop.make()
    before = shop.pointer()
    shop.steps["total.sql"] = "select\n  sum(amount)::utinyint - 100::utinyint as total\nfrom paid"

    with pytest.raises(AssayError, match=r"^products/shop/workflow/total\.sql.*expected a query that DuckDB can run"):
        shop.make()
    assert shop.pointer() == before
    assert shop.answer("select total from total") == [(12,)]


def test_what_was_finished_before_a_step_failed_is_not_run_again(shop: Shop) -> None:
    good = shop.steps["total.sql"]
    shop.steps["total.sql"] = "select nope from paid"
    with pytest.raises(AssayError, match=r"total\.sql:1: .*nope"):
        shop.build()

    shop.steps["total.sql"] = good
    assert ran(shop.build()) == ["total"]


def test_a_failing_python_step_is_named_with_file_and_line(shop: Shop) -> None:
    shop.steps["largest.py"] = STEPS["largest.py"].replace("    return", "    1 / 0\n    return")

    with pytest.raises(AssayError, match=r"^products/shop/workflow/largest\.py:5: .*ZeroDivisionError"):
        shop.build()


def test_what_a_step_reads_from_outside_has_to_be_there(shop: Shop) -> None:
    shop.outside = {}

    for ask_for in (shop.build, shop.plan):
        with pytest.raises(
            AssayError, match=r"workflow/paid\.sql:1: expected a version of sources\.orders, found none"
        ):
            ask_for()


def test_a_second_build_at_the_same_time_is_refused_saying_who_builds(shop: Shop) -> None:
    with shop.workshop.locks.hold("dev-shop"), pytest.raises(AssayError, match="expected nobody else at work on it"):
        shop.build()
    assert ran(shop.build()) == ["paid", "largest", "total"]


def test_what_was_built_is_persisted_before_anybody_can_serve_it(shop: Shop) -> None:
    told: list[str] = []
    snapshots = _Telling(shop.workshop.snapshots, told)
    shop.workshop = replace(shop.workshop, snapshots=snapshots)  # type: ignore[arg-type]
    shop.build()

    assert told == ["commit", "commit", "commit", "persist"]


def test_a_snapshot_whose_file_was_taken_away_is_refused_with_what_to_do(shop: Shop) -> None:
    result = shop.make()
    (path,) = shop.workshop.snapshots.paths(result.snapshots["paid"])
    Path(path).unlink()

    with pytest.raises(AssayError, match=r"shop/paid: files/.*found none. The store was changed by hand or is damaged"):
        shop.answer("select * from paid")


def test_serving_what_somebody_else_has_moved_meanwhile_is_refused(shop: Shop) -> None:
    result = shop.build()
    serve(shop.workshop, result, Slot.CURRENT, NOW)
    stale = replace(shop.pointer() or pytest.fail("no pointer"), revision=0)

    with pytest.raises(AssayError, match="revision"):
        shop.workshop.pointers.move(stale)


MEETING = """import pathlib, time

READS = {{"paid": "paid"}}


def {name}(paid):
    here = pathlib.Path("{folder}")
    (here / "{name}").touch()
    for _ in range(1000):
        if (here / "{other}").exists():
            return paid
        time.sleep(0.02)
    raise TimeoutError("nobody else runs")
"""


def test_steps_that_do_not_rest_on_each_other_run_side_by_side(shop: Shop) -> None:
    folder = shop.folder / "meeting"
    folder.mkdir()
    for name, other in (("here", "there"), ("there", "here")):
        shop.steps[f"{name}.py"] = MEETING.format(name=name, other=other, folder=folder)

    assert sorted(ran(shop.build())) == ["here", "largest", "paid", "there", "total"]


def test_one_at_a_time_where_it_is_said(shop: Shop) -> None:
    shop.build(jobs=1)

    kinds = [type(event).__name__ for event in shop.told if not isinstance(event, StillRunning)]
    assert kinds == ["StepStarted", "StepEnded"] * 3


def test_a_step_that_fails_stops_only_what_rests_on_it(shop: Shop) -> None:
    good = shop.steps["paid.sql"]
    shop.steps |= {
        "paid.sql": "select nope from sources.orders",
        "all_of.sql": "select * from sources.orders",
        "bad.sql": "select nein from all_of",
        "good.sql": "select count(*) as n from all_of",
    }
    with pytest.raises(AssayError) as refused:
        shop.build()

    assert sorted(str(fault.where) for fault in refused.value.faults) == [
        "products/shop/workflow/bad.sql:1", "products/shop/workflow/paid.sql:1",
    ]  # fmt: skip
    skipped = {event.step.name: event.because for event in shop.told if isinstance(event, StepSkipped)}
    assert skipped == {"largest": ("paid",), "total": ("paid",)}
    assert {event.step.name for event in shop.told if isinstance(event, StepEnded)} == {"all_of", "good"}
    shop.steps |= {"paid.sql": good, "bad.sql": "select 1 as one from all_of"}
    assert sorted(ran(shop.build())) == ["bad", "largest", "paid", "total"]


def test_what_rests_on_skipped_steps_is_skipped_too(shop: Shop) -> None:
    shop.steps |= {"paid.sql": "select nope from sources.orders", "last.sql": "select * from total"}
    with pytest.raises(AssayError, match="nope"):
        shop.build()

    skipped = {event.step.name: event.because for event in shop.told if isinstance(event, StepSkipped)}
    assert skipped["last"] == ("total",)


def test_selected_steps_are_built_with_what_they_rest_on_and_the_others_stay(shop: Shop) -> None:
    shop.make()
    shop.deliver(5, 0, 8)
    result = shop.make(names=["total"])

    assert ran(result) == ["paid", "total"]
    assert list(result.left) == ["largest"]
    assert shop.answer("select total, amount from total, largest") == [(13, 7)]
    assert ran(shop.make()) == ["largest"]


def test_a_first_build_of_some_steps_serves_these(shop: Shop) -> None:
    shop.make(names=["total"])

    pointer = shop.pointer()
    assert pointer is not None
    assert set(pointer.snapshots) == {"paid", "total"}


def test_steps_run_anew_from_where_it_is_said(shop: Shop) -> None:
    first = shop.make()
    result = shop.make(starts=["total"])

    assert ran(result) == ["total"]
    assert {str(reason) for entry in result.steps if entry.ran for reason in entry.reasons} == {"asked for"}
    assert result.snapshots == first.snapshots  # the same rows in the same bytes
    assert ran(shop.make(starts=["paid"])) == ["paid", "largest", "total"]
    assert ran(shop.make(is_full=True)) == ["paid", "largest", "total"]
    assert ran(shop.make()) == []


def test_what_was_made_anew_takes_the_place_of_what_was_there(shop: Shop) -> None:
    """A step that is not what it seems: its rows differ from run to run, which the fingerprint cannot know."""
    counter = shop.folder / "counter"
    counter.write_text("")
    shop.steps["largest.py"] = (
        'import pathlib\n\nimport pyarrow as pa\n\nREADS = {"paid": "paid"}\n\n\ndef largest(paid):\n'
        f'    file = pathlib.Path("{counter}")\n    file.write_text(file.read_text() + "x")\n'
        '    return pa.table({"runs": [len(file.read_text())]})\n'
    )
    shop.make()
    assert shop.answer("select runs from largest") == [(1,)]
    shop.make(starts=["largest"])
    assert shop.answer("select runs from largest") == [(2,)]
    assert ran(shop.make()) == []
    assert shop.answer("select runs from largest") == [(2,)]


def test_an_input_that_cannot_be_read_any_more_fails_its_step_and_no_other(shop: Shop) -> None:
    first = shop.make()
    (path,) = shop.workshop.snapshots.paths(first.snapshots["paid"])
    Path(path).unlink()
    shop.steps |= {"total.sql": "select max(amount) as total from paid", "free.sql": "select 1 as one"}
    with pytest.raises(AssayError, match=r"found none\. The store was changed by hand or is damaged"):
        shop.make()

    assert [event.step.name for event in shop.told if isinstance(event, StepFailed)] == ["total"]
    assert "free" in {event.step.name for event in shop.told if isinstance(event, StepEnded)}


def test_what_stays_of_an_earlier_build_is_not_said_to_be_of_this_payload(shop: Shop) -> None:
    shop.make()
    payload = digest_text("a payload")
    for names, expected in (([], payload), (["total"], None)):
        result = replace(shop.build(names=names), payload=payload)
        assert serve(shop.workshop, result, Slot.CURRENT, NOW).payload == expected


def test_what_steps_took_is_remembered_of_a_build_that_fails_after_them(shop: Shop) -> None:
    shop.steps["total.sql"] = "select nope from paid"
    with pytest.raises(AssayError, match="nope"):
        shop.build()

    assert set(shop.workshop.costs.recall("shop")) == {"paid", "largest"}


def test_what_steps_took_is_remembered_of_those_that_ran(shop: Shop) -> None:
    shop.make()
    first = shop.workshop.costs.recall("shop")
    shop.make()

    assert set(first) == {"paid", "largest", "total"}
    assert shop.workshop.costs.recall("shop") == first


class _Telling:
    """Snapshots that tell in which order the lasting things were asked of them."""

    def __init__(self, snapshots: Snapshots, told: list[str]) -> None:
        self._snapshots = snapshots
        self._told = told

    def __getattr__(self, name: str) -> object:
        if name in {"commit", "persist"}:
            self._told.append(name)
        return getattr(self._snapshots, name)


def _looked(engine: Callable[[date | None], Engine], path: str) -> tuple[tuple[Column, ...], int]:
    session = engine(None)
    found = session.describe(path)
    session.close()
    return found


def _no_assets() -> PageAssets:
    raise AssertionError("a build draws no page")


FAILING = {
    "an R step whose warning is an error": (
        "largest.R",
        'x <- assay_read("paid")\nas.integer("x")\nassay_write(x)\n',
        2,
    ),
    "an R step without rows": ("largest.R", 'x <- assay_read("paid")\nquit(status = 0)\nassay_write(x)\n', None),
    "a Python step that exits": ("largest.py", 'READS = {"paid": "paid"}\ndef largest(paid):\n    exit(3)\n', 3),
    "a Python step of another kind": (
        "largest.py",
        'READS = {"paid": "paid"}\ndef largest(paid):\n    return 1\n',
        None,
    ),
}


@pytest.mark.needs("Rscript")
@pytest.mark.parametrize("what", FAILING)
def test_what_was_served_stays_served_whatever_a_program_does(shop: Shop, what: str) -> None:
    shop.make()
    file, text, line = FAILING[what]
    del shop.steps["largest.py"]
    shop.steps[file] = text

    with pytest.raises(AssayError) as refused:
        shop.make()
    assert [fault.where for fault in refused.value.faults] == [Place(f"products/shop/workflow/{file}", line)]
    assert shop.answer("select amount from largest") == [(7,)]


@pytest.mark.needs("Rscript")
def test_a_step_in_r_is_built_among_the_others_and_built_again_when_a_byte_of_it_changes(shop: Shop) -> None:
    shop.steps["largest.R"] = 'paid <- assay_read("paid")\nassay_write(paid[which.max(paid$amount), ])\n'
    del shop.steps["largest.py"]
    shop.make()

    assert shop.answer("select id, amount from largest") == shop.answer("select id, amount from paid where amount = 7")
    assert ran(shop.make()) == []
    shop.steps["largest.R"] += "# why\n"
    assert ran(shop.make()) == ["largest"]
