"""A DuckDB for each test, and bodies of contracts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import duckdb
import pytest

from core.validation.duck import Duck


@pytest.fixture(scope="session")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(config={"autoinstall_known_extensions": False})
    connection.execute("SET TimeZone = 'America/New_York'")  # no verdict may depend on the session's zone
    yield connection
    connection.close()


@pytest.fixture
def duck(connection: duckdb.DuckDBPyConnection) -> Iterator[Duck]:
    """Give each test an empty database of its own; a new connection would cost more than most tests."""
    connection.execute("ATTACH ':memory:' AS test")
    connection.execute("USE test")
    yield Duck(connection)
    connection.execute("USE memory")
    connection.execute("DETACH test")


@pytest.fixture
def column() -> Callable[[str], str]:
    """Return a body with one dataset, ``t``, and one column, ``a``, with the given fields."""

    def body(fields: str) -> str:
        return f"schema:\n- name: t\n  properties:\n  - {{name: a, {fields}}}\n"

    return body
