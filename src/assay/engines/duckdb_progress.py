"""DuckDB's progress bar, which is written among the results: never shown, wherever the program runs."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def hide_progress(connection: duckdb.DuckDBPyConnection) -> None:
    """Show no progress bar on a connection.

    In a notebook DuckDB shows one only where ipywidgets is installed. Where it is not there is none, and DuckDB refuses
    to have it switched off (duckdb/duckdb#7590).
    """
    import duckdb

    with suppress(duckdb.InvalidInputException):
        connection.execute("SET enable_progress_bar = false")
