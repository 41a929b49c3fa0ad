"""Steps in slices on a real engine: what is made of changed slices alone is what a build of everything would make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.actions.build import BuildResult, build, plan_build, serve
from assay.actions.query import ask
from assay.base.errors import AssayError, Place
from assay.base.names import TableRef
from assay.base.snapshots import Column, Manifest, Slot
from assay.contract.semver import Version
from assay.engines.duckdb import DuckDBEngine
from assay.project.model import Product
from assay.workflow.backfill import parse_wishes
from assay.workflow.graph import build_graph
from assay.workflow.selection import select
from assay.workflow.slices import SliceUnit, Slicing
from assay.workflow.steps import in_slices, parse_step
from ports.test_build import open_workshop
from soak import count

AS_OF = date(2014, 1, 1)
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
SALES, SHOPS = TableRef("sources", "sales"), TableRef("sources", "shops")
DAILY = """
select day, s.shop, max(title) as title, sum(cents) as cents, count(*) as sales
from sources.sales s left join sources.shops using (shop) group by day, s.shop
"""
BY_MONTH = Slicing("day", SALES, "day", SliceUnit.MONTH)
BY_SHOP = Slicing("shop", SALES, "shop", None, 4)
Row = tuple[date | None, int | None, int]


class Store:
    """A product of one step in slices, fed from files that a test replaces."""

    def __init__(self, folder: Path, slicing: Slicing | None = BY_MONTH, query: str = DAILY) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.workshop = open_workshop(folder)
        self.slicing = slicing
        self.query = query
        self.sources: dict[TableRef, Manifest] = {}
        self.shops("one")

    def shops(self, *titles: str) -> None:
        table = pa.table({"shop": list(range(len(titles))), "title": list(titles)})
        self.sources[SHOPS] = self._landed("shops", [table])

    def sales(self, *files: list[Row]) -> None:
        schema = pa.schema([("day", pa.date32()), ("shop", pa.int64()), ("cents", pa.int64())])
        tables = [pa.table([list(c) for c in zip(*rows, strict=True)] or [[], [], []], schema=schema) for rows in files]
        self.sources[SALES] = self._landed("sales", tables)

    def _landed(self, name: str, tables: list[pa.Table]) -> Manifest:
        paths = []
        for number, table in enumerate(tables):
            paths.append(str(self.folder / f"{name}-{number}.parquet"))
            pq.write_table(table, paths[-1])
        return self.workshop.snapshots.land(f"sources/{name}", paths)

    def make(self, *backfills: str, is_full: bool = False, environment: str = "dev") -> BuildResult:
        product = self.product()
        result = build(
            self.workshop, product, environment, Slot.CURRENT, self.sources, AS_OF, None, lambda _: None,
            select(product.graph, is_full=is_full, wishes=parse_wishes(backfills)),
        )  # fmt: skip
        serve(self.workshop, result, Slot.CURRENT, NOW)
        return result

    def plan(self, *backfills: str) -> str:
        product = self.product()
        selection = select(product.graph, wishes=parse_wishes(backfills))
        made = plan_build(self.workshop, product, "dev", Slot.CURRENT, self.sources, AS_OF, selection)
        return "; ".join(map(str, made.decisions[0].reasons))

    def product(self) -> Product:
        step = parse_step("products/shop/workflow/daily.sql", self.query.encode(), {})
        step = in_slices(step, self.slicing, Place("product.yaml", 3)) if self.slicing else step
        return Product(
            name="shop", title="", description="", owner="", version=Version(1, 0, 0), audience="", deliverables=(),
            needed_by=None, schedule=None, as_of=None, contracts={}, graph=build_graph("shop", [step], [SALES, SHOPS]),
            solutions={},
        )  # fmt: skip

    def files(self, result: BuildResult) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for one in result.snapshots["daily"].sliced:
            found.setdefault(one.slice, set()).add(one.file.digest)
        return found

    def rows(self, environment: str = "dev") -> list[tuple[Any, ...]]:
        return sorted(ask(self.workshop, environment, "shop", "select * from daily").rows, key=str)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path)
    made.sales([(date(2013, 1, 5), 0, 10), (date(2013, 1, 6), 1, 20)], [(date(2013, 2, 5), 0, 30)])
    return made


def test_a_first_build_makes_files_by_slices(store: Store) -> None:
    assert set(store.files(store.make())) == {"2013-01-01", "2013-02-01"}
    assert store.rows() == [
        (date(2013, 1, 5), 0, "one", 10, 1), (date(2013, 1, 6), 1, None, 20, 1), (date(2013, 2, 5), 0, "one", 30, 1),
    ]  # fmt: skip


def test_a_new_month_is_written_beside_what_is_there(store: Store) -> None:
    first = store.files(store.make())
    store.sales(
        [(date(2013, 1, 5), 0, 10), (date(2013, 1, 6), 1, 20)], [(date(2013, 2, 5), 0, 30)], [(date(2013, 3, 1), 0, 40)]
    )
    second = store.files(store.make())

    assert set(second) == {"2013-01-01", "2013-02-01", "2013-03-01"}
    assert {name: second[name] for name in first} == first
    assert len(store.rows()) == 4


def test_late_data_makes_its_own_slice_again_and_no_other(store: Store) -> None:
    """The delivery is one file that was written anew: only where its rows differ does anything run."""
    first = store.files(store.make())
    store.sales(
        [(date(2013, 1, 5), 0, 10), (date(2013, 1, 6), 1, 20), (date(2013, 1, 7), 0, 1)], [(date(2013, 2, 5), 0, 30)]
    )
    result = store.make()

    assert store.files(result)["2013-02-01"] == first["2013-02-01"]
    assert store.files(result)["2013-01-01"] != first["2013-01-01"]
    assert (date(2013, 1, 7), 0, "one", 1, 1) in store.rows()


def test_rows_in_another_order_make_nothing_again(store: Store) -> None:
    first = store.make()
    store.sales([(date(2013, 2, 5), 0, 30)], [(date(2013, 1, 6), 1, 20), (date(2013, 1, 5), 0, 10)])
    second = store.make()

    assert second.steps[0].ran  # the input has other files, so it is asked what changed
    assert second.snapshots == first.snapshots


def test_a_slice_that_lost_its_rows_is_gone(store: Store) -> None:
    store.make()
    store.sales([(date(2013, 1, 5), 0, 10), (date(2013, 1, 6), 1, 20)])

    assert set(store.files(store.make())) == {"2013-01-01"}


def test_without_any_row_left_the_dataset_is_empty_and_can_be_read(store: Store) -> None:
    store.make()
    store.sales([])
    store.make()
    assert store.rows() == []
    store.sales([(date(2013, 1, 5), 0, 10)])

    assert set(store.files(store.make())) == {"2013-01-01"}
    assert len(store.rows()) == 1


def test_another_input_or_other_code_makes_everything_again(store: Store) -> None:
    first = store.files(store.make())
    store.shops("ein", "zwei")
    second = store.files(store.make())
    assert not _every(first) & _every(second)

    store.query = DAILY.replace("sum(cents)", "sum(cents) * 2")
    third = store.files(store.make())
    assert not _every(third) & _every(second)
    assert store.rows()[0] == (date(2013, 1, 5), 0, "ein", 20, 1)


def test_rows_of_no_day_have_a_slice_too(store: Store) -> None:
    store.make()
    store.sales([(date(2013, 1, 5), 0, 10)], [(None, 0, 5)])
    store.make()
    assert (None, 0, "one", 5, 1) in store.rows()
    store.sales([(date(2013, 1, 5), 0, 10)], [(None, 0, 6)])

    assert set(store.files(store.make())) == {"2013-01-01", "none"}
    assert store.rows() == [(None, 0, "one", 6, 1), (date(2013, 1, 5), 0, "one", 10, 1)]


def test_keys_are_sliced_by_their_hash(tmp_path: Path) -> None:
    store = Store(tmp_path, BY_SHOP, "select shop, sum(cents) as cents from sources.sales group by shop")
    day = date(2013, 1, 5)
    store.sales([(day, shop, shop) for shop in range(40)])
    first = store.files(store.make())
    store.sales([(day, shop, shop + (shop == 7)) for shop in range(40)])
    second = store.files(store.make())

    assert len(first) == 4
    assert sum(first[name] != second[name] for name in first) == 1
    assert (7, 8) in store.rows()


@pytest.mark.parametrize(
    ("slicing", "told"),
    [
        (Slicing("nope", SALES, "day", SliceUnit.DAY), "expected a column nope in daily, found day, shop"),
        (Slicing("day", SALES, "nope", SliceUnit.DAY), "expected a column nope in sources.sales"),
        (Slicing("day", SALES, "shop", None, 4), "keys of two types, which hash differently: DATE, and BIGINT"),
        (Slicing("shop", SALES, "day", SliceUnit.DAY), "found BIGINT, which has no days"),
    ],
)
def test_columns_that_do_not_name_slices_are_refused(store: Store, slicing: Slicing, told: str) -> None:
    store.slicing = slicing
    with pytest.raises(AssayError) as refused:
        store.make()
    assert told in str(refused.value)


def test_moments_in_nanoseconds_have_slices_too(store: Store) -> None:
    store.slicing = Slicing("at", SALES, "day", SliceUnit.MONTH)
    store.query = "select day::timestamp_ns as at, sum(cents) as cents from sources.sales group by day"
    first = store.files(store.make())
    store.sales([(date(2013, 1, 5), 0, 11), (date(2013, 1, 6), 1, 20)], [(date(2013, 2, 5), 0, 30)])
    second = store.files(store.make())

    assert set(first) == {"2013-01-01", "2013-02-01"}
    assert second["2013-02-01"] == first["2013-02-01"]
    assert store.rows()[0][1] == 11


def test_a_snapshot_in_slices_says_the_types_that_its_files_have(store: Store, tmp_path: Path) -> None:
    query = "select day, 'a'::enum('a', 'b') as kind, day::timestamp_s as at from sources.sales"
    store.query = query
    whole = Store(tmp_path / "whole", None, query)
    whole.sales([(date(2013, 1, 5), 0, 10)])

    assert store.make().snapshots["daily"].columns == whole.make().snapshots["daily"].columns


def test_what_another_engine_made_of_the_same_query_is_made_anew(store: Store) -> None:
    """As after an upgrade that gives a result another type: the files of one snapshot have the same columns."""
    first = store.make().snapshots["daily"]
    kept = store.workshop.snapshots.get(first.digest)
    assert kept is not None
    object.__setattr__(kept, "columns", (*kept.columns[:-1], Column("sales", "INTEGER")))
    store.sales([(date(2013, 1, 5), 0, 10), (date(2013, 1, 6), 1, 20)], [(date(2013, 2, 5), 0, 31)])
    second = store.make().snapshots["daily"]

    assert second.columns == (*first.columns[:-1], Column("sales", "BIGINT"))
    assert len(store.rows()) == 3


def test_another_environment_takes_what_was_made_from_the_same(store: Store) -> None:
    first = store.make()

    assert store.make(environment="qa").snapshots == first.snapshots


DAYS = st.one_of(st.none(), st.integers(0, 100).map(lambda n: date(2012, 12, 20) + timedelta(days=n)))
FILES = st.lists(st.lists(st.tuples(DAYS, st.integers(0, 3), st.integers(0, 5)), max_size=6), min_size=1, max_size=4)
WINDOW = """
select day, shop, cents, sum(cents) over (partition by day order by shop, cents rows unbounded preceding) as sofar,
    day::timestamp + interval 3 hour as moment
from sources.sales
"""


@pytest.fixture(scope="module")
def folders() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.parametrize(
    ("slicing", "query"),
    [
        (BY_MONTH, DAILY),
        (Slicing("day", SALES, "day", SliceUnit.WEEK), DAILY),
        (Slicing("moment", SALES, "day", SliceUnit.DAY), WINDOW),
        (BY_SHOP, DAILY),
    ],
    ids=["by month", "by week, with a join", "by day, with a window", "by key"],
)
@settings(max_examples=count(4, soak=200), deadline=None)
@given(st.lists(FILES, min_size=2, max_size=4))
def test_slices_made_one_after_the_other_are_what_a_build_of_everything_gives(
    folders: Path, slicing: Slicing, query: str, deliveries: list[list[list[Row]]]
) -> None:
    with TemporaryDirectory(dir=folders) as one, TemporaryDirectory(dir=folders) as other:
        store = Store(Path(one), slicing, query)
        for files in deliveries:
            store.sales(*files)
            store.make()
        whole = Store(Path(other), None, query)
        whole.sales(*deliveries[-1])
        whole.make()

        assert store.rows() == whole.rows()


SOFAR = (
    "select day, shop, sum(cents) over (order by day, shop, cents rows unbounded preceding) as sofar from sources.sales"
)
"""What is no query for slices of months: a late row touches every later month."""


def test_a_backfill_makes_the_named_slices_anew_and_leaves_the_others_as_they_are(store: Store) -> None:
    """A vouched promise that did not hold is made up for by part of the history."""
    store.query = SOFAR
    months: list[list[Row]] = [[(date(2013, month, 5), 0, 10)] for month in range(1, 5)]
    store.sales(*months)
    store.make()
    store.sales([*months[0], (date(2013, 1, 6), 0, 1)], *months[1:])
    late = store.files(store.make())
    assert [row[2] for row in store.rows()] == [10, 11, 20, 30, 40]

    assert store.plan("daily=2013-02..2013-03-01") == "backfill: 2013-02..2013-03-01, 2 slices"
    result = store.make("daily=2013-02..2013-03-01")

    mended = store.files(result)
    assert [row[2] for row in store.rows()] == [10, 11, 21, 31, 40]
    assert {name for name in late if late[name] == mended[name]} == {"2013-01-01", "2013-04-01"}
    assert [str(reason) for reason in result.steps[0].reasons] == ["backfill: 2013-02..2013-03-01, 2 slices"]
    assert not store.make().steps[0].ran, "the next build goes on from what the backfill made"


def test_a_backfill_of_rows_that_are_as_they_were_gives_the_same_rows(store: Store) -> None:
    first = store.make()
    second = store.make("daily=2013-02..")

    assert second.steps[0].ran
    assert store.files(second)["2013-01-01"] == store.files(first)["2013-01-01"]
    assert len(store.rows()) == 3


def test_what_changed_is_made_with_a_backfill_though_it_lies_outside_of_the_range(store: Store) -> None:
    first = store.files(store.make())
    store.sales([(date(2013, 1, 5), 0, 11), (date(2013, 1, 6), 1, 20)], [(date(2013, 2, 5), 0, 30)])
    said = store.plan("daily=2013-02..2013-02")
    second = store.files(store.make("daily=2013-02..2013-02"))

    assert said == "backfill: 2013-02..2013-02, 1 slice; input changed: sources.sales"
    assert first["2013-01-01"] != second["2013-01-01"]
    assert store.rows()[0][3] == 11


def test_a_backfill_of_every_slice_is_a_build_of_everything(store: Store) -> None:
    store.query = SOFAR
    store.make()
    store.sales([(date(2013, 1, 5), 0, 11)], [(date(2013, 2, 5), 0, 30)])
    store.make()
    store.make("daily=..2013-01", "daily=2013-02..")

    assert [row[2] for row in store.rows()] == [11, 41]


@pytest.mark.parametrize(
    ("text", "found", "hint"),
    [
        (
            "daily=1999..2000", "none; those that were built begin on 2013-01-01 to 2013-02-01",
            "What is new in its input is built without a backfill.",
        ),
        (
            "daily=2013-03..", "none; those that were built begin on 2013-01-01 to 2013-02-01",
            "What is new in its input is built without a backfill.",
        ),
    ],
)  # fmt: skip
def test_a_range_without_slices_is_refused(store: Store, text: str, found: str, hint: str) -> None:
    store.make()
    for act in (store.plan, store.make):
        with pytest.raises(AssayError) as refused:
            act(text)
        assert str(refused.value) == f"backfill {text}: expected a range that holds slices, found {found}. {hint}"


def test_what_was_never_built_here_or_is_empty_has_no_slices_to_make_anew(store: Store) -> None:
    with pytest.raises(AssayError, match=r"found none, for it is not built here. Build it without a backfill."):
        store.plan("daily=2013..")
    store.sales([])
    store.make()
    with pytest.raises(AssayError, match=r"found none, for it has no rows. Build it without a backfill."):
        store.make("daily=2013..")


def test_a_backfill_that_is_stopped_leaves_what_was_served(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first = store.make()
    pointer = store.workshop.pointers.get("dev", "shop", Slot.CURRENT)
    real = DuckDBEngine.write_slices

    def stopped(engine: DuckDBEngine, *arguments: Any) -> Any:
        real(engine, *arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(DuckDBEngine, "write_slices", stopped)
        with pytest.raises(KeyboardInterrupt):
            store.make("daily=2013-02..")

    assert store.workshop.pointers.get("dev", "shop", Slot.CURRENT) == pointer
    assert list((store.folder / "data" / "staging").rglob("*.parquet")) == []
    again = store.make()
    assert not again.steps[0].ran
    assert again.snapshots == first.snapshots


RANGES = st.tuples(st.integers(-1, 4), st.integers(0, 2)).map(
    lambda given: (date(2012, 12, 1) + timedelta(days=31 * given[0]), given[1])
)


@settings(max_examples=count(6, soak=200), deadline=None)
@given(FILES, FILES, st.sampled_from(SliceUnit), RANGES)
def test_a_backfill_gives_what_a_build_of_everything_gives(
    folders: Path, before: list[list[Row]], after: list[list[Row]], unit: SliceUnit, given: tuple[date, int]
) -> None:
    """Whatever changed at the same time, and wherever the range lies."""
    with TemporaryDirectory(dir=folders) as one, TemporaryDirectory(dir=folders) as other:
        store = Store(Path(one), Slicing("day", SALES, "day", unit))
        store.sales(*before)
        store.make()
        store.sales(*after)
        start, months = given
        with suppress(AssayError):  # no slice lies in the range
            store.make(f"daily={start}..{start + timedelta(days=31 * months)}")
        store.make()
        whole = Store(Path(other), None)
        whole.sales(*after)
        whole.make()

        assert store.rows() == whole.rows()


def _every(files: dict[str, set[str]]) -> set[str]:
    return {digest for digests in files.values() for digest in digests}
