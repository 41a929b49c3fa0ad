"""The tables that an export writes for PostgreSQL are made by a server, and refuse what the contract does."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from assay.base.reading import read_yaml
from assay.contract.formats.ddl_export import export_ddl
from assay.contract.formats.dialects import Dialect
from assay.contract.parse import parse_contract
from core.contract.formats.documents import contract_of
from core.contract.formats.test_ddl import SHOP
from databases import NEEDS_POSTGRESQL, Postgresql

OFFICIAL = sorted((Path(__file__).parents[1] / "fixtures" / "odcs" / "valid").glob("*.yaml"))


@NEEDS_POSTGRESQL
def test_a_server_makes_the_tables_of_every_official_example(server: Postgresql) -> None:
    engine = create_engine(_driven(server.make("contract_examples")), poolclass=NullPool)
    for path in OFFICIAL:
        script = export_ddl(parse_contract(read_yaml(path.read_bytes(), path.name)), Dialect.POSTGRES).text
        with engine.connect() as connection:
            connection.exec_driver_sql("create schema one")
            connection.exec_driver_sql("set search_path to one")
            if script:
                connection.exec_driver_sql(script.replace("%", "%%"))
            connection.rollback()


@NEEDS_POSTGRESQL
@pytest.mark.parametrize(
    "row",
    ["3, '2019-12-31', 'new', 'A', 'o'", "3, '2020-01-01', 'old', 'A', 'o'", "3, '2020-01-01', 'new', 'a', 'o'",
     "3, '2020-01-01', 'new', 'ABCD', 'o'", "1, '2020-01-01', 'new', 'A', 'o'", "3, '2020-01-01', 'new', 'A', 'x'"],
)  # fmt: skip
def test_a_table_refuses_what_the_contract_does(server: Postgresql, row: str) -> None:
    engine = create_engine(_driven(server.url()), poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("create schema shop")
        connection.exec_driver_sql("set search_path to shop")
        connection.exec_driver_sql(export_ddl(contract_of(SHOP), Dialect.POSTGRES).text)
        connection.execute(text("insert into orders values ('o', null)"))
        connection.execute(text("insert into lines values (1, '2020-01-01', 'it''s', 'A', 'o', 1, 'x')"))
        with pytest.raises(DBAPIError):
            connection.execute(text(f"insert into lines values ({row}, null, 'x')"))


def _driven(url: str) -> str:
    return url.replace("postgresql://", "postgresql+pg8000://")
