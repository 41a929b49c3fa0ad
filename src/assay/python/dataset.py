"""A dataset as an environment serves it, in the forms in which people work with data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from assay.actions.query import rows_of
from assay.actions.workshop import Workshop
from assay.base.errors import refusal
from assay.base.snapshots import Column, Manifest, Pointer
from assay.documentation.blocks import Block, Grid, Line, text_of

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow

_SHOWN_ROWS = 10


@dataclass(frozen=True, slots=True, repr=False)
class Dataset:
    """What an environment served of a dataset when it was asked for; a later build makes another, this one stays.

    Attributes:
        name: of the dataset, without its product.
    """

    name: str
    _pointer: Pointer
    _snapshot: Manifest
    _workshop: Workshop = field(compare=False)

    @property
    def product(self) -> str:
        """Whose it is."""
        return self._pointer.product

    @property
    def environment(self) -> str:
        """Where it is served."""
        return self._pointer.environment

    @property
    def digest(self) -> str:
        """The snapshot's identity: schema, files and rows."""
        return self._snapshot.digest

    @property
    def as_of(self) -> date:
        """The logical date of the build."""
        return date.fromisoformat(self._pointer.as_of)

    @property
    def served_since(self) -> datetime:
        """When it was put there, in UTC."""
        return self._pointer.moved_at

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self._snapshot.rows

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, each with its name and DuckDB's name of its type."""
        return self._snapshot.columns

    def arrow(self) -> pyarrow.Table:
        """Return all rows in the order in which they were written; moments with a zone are in UTC.

        Raises:
            AssayError: a file of the snapshot is gone or has another size than it had.
        """
        return rows_of(self._workshop, self._snapshot)

    def polars(self) -> pl.DataFrame:
        """Return all rows as a polars data frame, in their order and of their types.

        Raises:
            AssayError: as for `arrow`, or polars is not installed (``pip install 'assay[polars]'``).
        """
        frame: pl.DataFrame = self._frame("polars")
        return frame

    def pandas(self) -> pd.DataFrame:
        """Return all rows as a pandas data frame, in their order and of Arrow's types (``pandas.ArrowDtype``).

        So a whole number with gaps stays whole, and a decimal keeps its digits, as for a step that takes pandas.

        Raises:
            AssayError: as for `arrow`, or pandas is not installed (``pip install 'assay[pandas]'``).
        """
        frame: pd.DataFrame = self._frame("pandas")
        return frame

    def relation(self, connection: duckdb.DuckDBPyConnection | None = None) -> duckdb.DuckDBPyRelation:
        """Return the dataset as a DuckDB relation: nothing is read before it is asked for.

        Args:
            connection: the session in which it is read; None for DuckDB's default one, where the relations of several
                datasets can be joined. The session's own settings hold, its time zone among them.

        Raises:
            AssayError: as for `arrow`.
        """
        import duckdb

        return (connection or duckdb.default_connection()).read_parquet(self._paths(), hive_partitioning=False)

    def __len__(self) -> int:
        return self.rows

    def __repr__(self) -> str:
        rows = tuple((column.name, column.type) for column in self.columns)
        blocks: list[Block] = [Line(f"{self._title()}, as of {self.as_of}"), Grid(rows, ("column", "type"))]
        return text_of(blocks)

    def _repr_html_(self) -> str:
        """Show the first rows in a notebook."""
        from assay.python.display import notebook

        more = f", the first {_SHOWN_ROWS}" if self.rows > _SHOWN_ROWS else ""
        table = rows_of(self._workshop, self._snapshot, _SHOWN_ROWS)
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        return notebook().rows(f"{self._title()}{more}; as of {self.as_of}", self.columns, rows)

    def _frame(self, package: str) -> Any:
        from assay.engines.python_forms import FRAMES, missing_extra

        try:
            return FRAMES[package](self._paths())
        except ModuleNotFoundError as error:
            if not (hint := missing_extra(error)):
                raise
            where = f"{self.name}.{package}()"
            raise refusal(where, expected=f"the package {package}", found="none", hint=hint) from error

    def _paths(self) -> list[str]:
        return list(self._workshop.snapshots.paths(self._snapshot))

    def _title(self) -> str:
        return f"{self.product}.{self.name} in {self.environment}: {self.rows:,} rows"
