"""A prompt over an environment with a real engine: everything can be looked at, and nothing else be done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assay.actions.build import build, serve
from assay.actions.prompt import Prompt, open_prompt
from assay.base.errors import AssayError
from assay.base.snapshots import Slot
from assay.workflow.selection import select
from ports.test_build import AS_OF, NOW, STEPS, Shop, open_workshop


def opened(folder: Path) -> Shop:
    made = Shop(folder, open_workshop(folder), [], dict(STEPS), {})
    made.deliver(5, 0, 7)
    made.make()
    return made


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return opened(tmp_path)


@pytest.fixture(scope="module")
def prompt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prompt]:
    """One prompt for all that is asked: what one test could change, the next ones would see."""
    with open_prompt(opened(tmp_path_factory.mktemp("shop")).workshop, "dev", ("shop",), None) as found:
        yield found


def serve_as(shop: Shop, product: str, steps: dict[str, str]) -> None:
    """Build the same shop under another name."""
    shop.steps = steps
    other = replace(shop.product, name=product)
    result = build(shop.workshop, other, "dev", Slot.CURRENT, shop.outside, AS_OF, None, shop.told.append,
                   select(other.graph, (), (), is_full=False), None)  # fmt: skip
    serve(shop.workshop, result, Slot.CURRENT, NOW)


def refused(prompt: Prompt, sql: str) -> str:
    with pytest.raises(AssayError) as error:
        prompt.ask(sql, 50)
    return str(error.value)


def test_what_cannot_be_done_here_is_said_of_nothing_else(prompt: Prompt) -> None:
    assert refused(prompt, "drop table paid").endswith("found DROP. Nothing can be changed from here.")
    assert refused(prompt, "select $1").endswith("expected no parameter but $as_of, found $1")


def test_datasets_and_sources_are_named_as_in_steps(prompt: Prompt) -> None:
    assert {str(name) for name in prompt.tables} == {
        "paid", "total", "largest", "shop.paid", "shop.total", "shop.largest", "sources.orders",
    }  # fmt: skip
    sql = "select (select count(*) from sources.orders), (select count(*) from paid), (select total from shop.total)"
    assert prompt.ask(sql, 50)[0].rows == [(3, 2, 12)]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("select id from paid order by id desc -- a comment", [(2,), (0,)]),
        ("from paid select count(*)", [(2,)]),
        ("values (1), (2)", [(1,), (2,)]),
        ("select $as_of", [(AS_OF,)]),
        ("select column_name from (describe sources.orders)", [("id",), ("amount",)]),
        ("with a as (select 1 as x) select x, x from a", [(1, 1)]),
    ],
)
def test_a_query_may_have_any_form(prompt: Prompt, sql: str, rows: object) -> None:
    assert prompt.ask(sql, 50)[0].rows == rows


def test_so_many_rows_are_fetched_and_that_there_are_more_is_told(prompt: Prompt) -> None:
    some, is_more = prompt.ask("from range(10) order by 1 desc", 3)
    exact, is_all = prompt.ask("from range(3)", 3)
    every, _ = prompt.ask("from range(100)", None)

    assert (some.rows, is_more) == ([(9,), (8,), (7,)], True)
    assert (len(exact.rows), is_all, len(every.rows)) == (3, False, 100)


@pytest.mark.parametrize("sql", [
    "copy (select 1) to '{out}'",
    "copy paid from '/etc/passwd'",
    "attach '{out}' as other",
    "install httpfs",
    "load httpfs",
    "set enable_external_access = true",
    "create table x as select 1",
    "drop view paid",
    "insert into paid values (1, 2)",
    "export database '{out}'",
    "select 1; copy (select 1) to '{out}'",
    "select 1) t; copy (select 1) to '{out}'; select * from (select 1",
    "describe paid); copy (select 1) to '{out}'; select * from (select 1",
])  # fmt: skip
def test_nothing_can_be_changed_and_nothing_leaves(prompt: Prompt, tmp_path: Path, sql: str) -> None:
    out = tmp_path / "out"

    refused(prompt, sql.format(out=out))

    assert not out.exists()
    assert prompt.ask("select count(*) from paid", 50)[0].rows == [(2,)]


@pytest.mark.parametrize("sql", [
    "select * from read_csv('/etc/passwd')",
    "select * from read_text('/etc/passwd')",
    "select * from read_blob('/etc/hostname')",
    "select * from glob('/etc/*')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from '/etc/passwd'",
    "from 'https://127.0.0.1:1/x.parquet'",
    "from read_parquet('s3://bucket/x.parquet')",
    "select getenv('HOME')",
    "describe select * from read_csv('/etc/passwd')",
])  # fmt: skip
def test_no_file_network_or_environment_is_reached(prompt: Prompt, sql: str) -> None:
    said = refused(prompt, sql)

    assert "root" not in said
    assert any(sign in said for sign in ("disabled", "does not exist", "Error"))


def test_a_table_that_is_not_there_is_told_with_those_there_are(prompt: Prompt) -> None:
    for sql in ("select * from orders", "describe orders", "summarize orders"):
        said = refused(prompt, sql)
        assert "Table with name orders does not exist" in said
        assert "Tables: " in said


def test_short_names_are_of_the_only_product_that_has_them_or_of_the_one_that_is_meant(shop: Shop) -> None:
    serve_as(shop, "stall", {**STEPS, "paid.sql": "select id, amount from sources.orders", "more.sql": "select 1 as x"})

    with open_prompt(shop.workshop, "dev", ("shop", "stall"), None) as both:
        assert {"more", "shop.paid", "stall.paid"} <= {str(name) for name in both.tables}
        assert "paid" not in {str(name) for name in both.tables}
    with open_prompt(shop.workshop, "dev", ("shop", "stall"), "stall") as meant:
        assert meant.ask("select count(*) from paid", 50)[0].rows == [(3,)]
        assert meant.ask("select count(*) from shop.paid", 50)[0].rows == [(2,)]


def test_the_sources_are_those_on_which_the_product_that_is_meant_was_built(shop: Shop) -> None:
    shop.deliver(1, 2, 3, 4)
    serve_as(shop, "stall", STEPS)

    for product, rows in (("shop", 3), ("stall", 4)):
        with open_prompt(shop.workshop, "dev", ("shop", "stall"), product) as opened:
            assert opened.ask("select count(*) from sources.orders", 50)[0].rows == [(rows,)]


def test_where_nothing_is_built_there_is_no_prompt(shop: Shop) -> None:
    for environment, product in (("qa", None), ("dev", "stall")):
        with (
            pytest.raises(AssayError, match="built datasets"),
            open_prompt(shop.workshop, environment, ("shop", "stall"), product),
        ):
            pass
