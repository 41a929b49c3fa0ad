"""Tables of a query get other names and nothing else of it changes."""

from __future__ import annotations

import duckdb
import pytest

from assay.base.names import TableRef
from assay.sql.renaming import Relation, rename_tables

NAMES: dict[Relation, TableRef] = {
    ("db", "main", "orders"): TableRef(None, "orders"),
    ("db", "main", "old_name"): TableRef(None, "people"),
    ("raw", "shop", "payments"): TableRef("sources", "payments"),
}


def renamed(text: str) -> str:
    return rename_tables(text, "models/x.sql", NAMES.get)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('select * from "db"."main"."orders"', 'select * from "orders"'),
        ("select * from db.MAIN.Orders o", 'select * from "orders" o'),
        ('select * from "raw"."shop"."payments" /* as it is */', 'select * from "sources"."payments" /* as it is */'),
        ('select * from "db"."main"."old_name"', 'select * from "people" AS "old_name"'),
        ('select p.id from "db"."main"."old_name" as p', 'select p.id from "people" as p'),
        ('select "db"."main"."orders".id from "db"."main"."orders"', 'select "orders".id from "orders"'),
        ('select \'"db"."main"."orders"\' as text', 'select \'"db"."main"."orders"\' as text'),
        ('select * from "other"."main"."orders"', 'select * from "other"."main"."orders"'),
        (
            'with o as (select 1), x as (select * from "db"."main"."orders") select * from x, o',
            'with o as (select 1), x as (select * from "orders") select * from x, o',
        ),
    ],
)
def test_a_table_is_named_as_steps_name_it_and_the_rest_stays(text: str, expected: str) -> None:
    assert renamed(text) == expected


def test_a_definition_that_would_hide_a_table_gets_another_name() -> None:
    text = (
        'with orders as (select id from "db"."main"."orders"), more as (select orders.id + 1 as id from orders)\n'
        "select orders.id from Orders union all select m.id from more m union all select o.id from orders as o"
    )

    found = renamed(text)

    assert found == (
        'with "orders__cte" as (select id from "orders"), '
        'more as (select orders.id + 1 as id from "orders__cte" AS "orders")\n'
        'select orders.id from "orders__cte" AS "Orders" union all select m.id from more m '
        'union all select o.id from "orders__cte" as o'
    )
    with duckdb.connect() as session:
        session.execute("create table orders as select 7 as id")
        assert sorted(session.execute(found).fetchall()) == [(7,), (7,), (8,)]


def test_the_other_name_is_nobody_elses() -> None:
    text = 'with orders as (select * from "db"."main"."orders"), orders__cte as (select 2 as id) select * from orders'

    assert '"orders__cte_" as (select * from "orders")' in renamed(text)
