"""Building with a real engine on a real disk: only what changed runs, and nothing is seen before all of it is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from assay.actions.build import BuildResult, build, plan_build, serve
from assay.actions.query import ask
from assay.actions.workshop import Workshop
from assay.base.errors import AssayError
from assay.base.names import TableRef
from assay.base.ports import Engine, Snapshots
from assay.base.snapshots import Column, Manifest, Pointer, Slot
from assay.contract.semver import Version
from assay.engines.duckdb import DuckDBEngine
from assay.engines.python_process import ChildPython
from assay.project.model import Product
from assay.solutions.render import PageAssets
from assay.stores.database import open_database
from assay.stores.snapshots import DiskSnapshots
from assay.workflow.graph import build_graph
from assay.workflow.steps import parse_step
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

    def build(self, environment: str = "dev", as_of: date = AS_OF, only: str | None = None) -> BuildResult:
        said: list[str] = []
        return build(
            self.workshop, self.product, environment, Slot.CURRENT, self.outside, as_of, None, said.append, only
        )

    def make(self, as_of: date = AS_OF) -> BuildResult:
        result = self.build(as_of=as_of)
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
        session: Engine = DuckDBEngine(scratch, [data], as_of)
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
        python=ChildPython(scratch),
        find_files=lambda pattern: (pattern,),
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
    assert ran(shop.build(only="total")) == ["paid", "total"]


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
