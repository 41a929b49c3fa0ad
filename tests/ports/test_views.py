"""Views on a real engine: whoever reads one gets the rows that a table of it would have, and nothing of it is kept."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.actions.build import BuildResult
from assay.base.errors import AssayError, Place
from assay.project.model import Product
from assay.workflow.graph import build_graph
from assay.workflow.steps import parse_step
from assay.workflow.views import as_view
from ports.test_build import ORDERS, Shop, open_workshop, ran
from soak import count

STEPS = {
    "paid.sql": "select id, amount, $as_of as day -- '$as_of'\nfrom sources.orders where amount > 0;",
    "sums.sql": "select day, sum(amount) as total, '$as_of' as word from paid group by day",
    "twice.sql": "select p.*, s.total, s.word, s.total // 2 as half from paid p, sums s",
    "top.sql": "select max(half) as most, min(word) as word, max(total) as total from twice where day <= $as_of",
}


class ViewShop(Shop):
    """A shop of which some steps are views."""

    views: frozenset[str] = frozenset()

    @property
    def product(self) -> Product:
        parsed = [parse_step(f"products/shop/workflow/{name}", text.encode(), {}) for name, text in self.steps.items()]
        made = [as_view(step, Place("product.yaml", 2)) if step.name in self.views else step for step in parsed]
        return Product(
            name="shop", title="", description="", owner="", version=super().product.version, audience="",
            deliverables=(), needed_by=None, schedule=None, as_of=None, contracts={},
            graph=build_graph("shop", made, [ORDERS]), solutions={},
        )  # fmt: skip

    def make_with(self, *views: str, as_of: date = date(2013, 12, 31)) -> BuildResult:
        self.views = frozenset(views)
        return self.make(as_of=as_of)


def opened(folder: Path) -> ViewShop:
    shop = ViewShop(folder, open_workshop(folder), [], dict(STEPS), {})
    shop.deliver(5, 0, 7)
    return shop


@pytest.fixture
def shop(tmp_path: Path) -> ViewShop:
    return opened(tmp_path)


def test_nothing_of_a_view_is_kept_and_its_readers_have_its_rows(shop: ViewShop) -> None:
    result = shop.make_with("paid", "sums")

    assert ran(result) == ["twice", "top"]
    pointer = shop.pointer()
    assert pointer is not None
    assert pointer.snapshots.keys() == {"twice", "top"}
    assert shop.answer("select id, day, total, half from twice order by id") == [
        (0, date(2013, 12, 31), 12, 6), (2, date(2013, 12, 31), 12, 6),
    ]  # fmt: skip
    assert shop.answer("select * from top") == [(6, "$as_of", 12)]
    with pytest.raises(AssayError):
        shop.answer("select * from paid")


def test_a_build_with_nothing_new_does_nothing_and_one_with_new_rows_says_of_which_input(shop: ViewShop) -> None:
    shop.make_with("paid", "sums")
    assert ran(shop.make()) == []

    shop.deliver(5, 0, 7, 9)
    assert shop.plan() == {
        "twice": "run: input changed: sources.orders",
        "top": "may run: input will be rebuilt: twice",
    }
    assert ran(shop.make()) == ["twice", "top"]
    assert ran(shop.make(as_of=date(2014, 1, 1))) == ["twice", "top"]  # the view asks for the logical date
    assert shop.answer("select distinct day from twice") == [(date(2014, 1, 1),)]


def test_what_is_a_view_from_now_on_is_served_no_longer_and_the_other_way_again(shop: ViewShop) -> None:
    shop.make_with()
    became = shop.make_with("paid")
    assert became.dropped == ("paid",)
    assert ran(became) == ["sums", "twice"]  # other code; their rows, and so `top`, are as they were

    again = shop.make_with()
    assert (again.dropped, ran(again)) == ((), [])  # what was made then stands for it still


def test_an_error_in_a_view_names_its_file_and_line(shop: ViewShop) -> None:
    shop.steps["paid.sql"] = "select id,\n  amont\nfrom sources.orders"

    with pytest.raises(AssayError, match="amont") as failed:
        shop.make_with("paid")
    assert {fault.where for fault in failed.value.faults} == {Place("products/shop/workflow/paid.sql", 2)}


def test_columns_that_no_table_could_hold_are_refused_of_a_view_too(shop: ViewShop) -> None:
    shop.steps["paid.sql"] = "select id, amount, amount as AMOUNT from sources.orders"

    with pytest.raises(AssayError, match=r"paid\.sql.*AMOUNT again"):
        shop.make_with("paid")


def test_wide_numbers_of_a_view_are_those_of_a_table(shop: ViewShop) -> None:
    shop.steps["top.sql"] = "select typeof(total) as kind from sums"
    shop.make_with("sums")

    assert shop.answer("select * from top") == [("BIGINT",)]


@settings(max_examples=count(12, soak=200), deadline=None)
@given(st.sets(st.sampled_from(["paid", "sums", "twice"])), st.lists(st.integers(-3, 9), min_size=1, max_size=5))
def test_what_is_a_view_and_what_a_table_makes_no_difference_to_what_is_served(
    views: set[str], amounts: list[int]
) -> None:
    answers = []
    for some in (views, set[str]()):
        with TemporaryDirectory() as folder:
            shop = opened(Path(folder))
            shop.deliver(*amounts)
            shop.make_with(*some)
            answers.append(shop.answer("select * from top"))
    assert answers[0] == answers[1]
