"""What steps cost, in a database: the seconds that each took when it ran last."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from sqlalchemy import Column, Float, String, Table, bindparam, delete, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from assay.stores.database import metadata, writing

costs_table = Table(
    "step_costs",
    metadata,
    Column("product", String(64), primary_key=True),
    Column("step", String(255), primary_key=True),
    Column("seconds", Float, nullable=False),
)


class DatabaseCosts:
    """The `Costs` port on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def remember(self, product: str, seconds: Mapping[str, float]) -> None:
        """Keep how long steps took, in place of what was kept of them."""
        if not seconds:
            return
        rows = [{"product": product, "step": step, "seconds": took} for step, took in sorted(seconds.items())]
        theirs = costs_table.c.product == product, costs_table.c.step == bindparam("_step")
        with (
            suppress(IntegrityError),  # somebody else has just said how long they took: as good as this
            writing(self._database, lasting=False).begin() as connection,
        ):
            connection.execute(delete(costs_table).where(*theirs), [{"_step": row["step"]} for row in rows])
            connection.execute(insert(costs_table), rows)

    def recall(self, product: str) -> Mapping[str, float]:
        """Return how long each step of a product took when it ran last."""
        asked = select(costs_table.c.step, costs_table.c.seconds).where(costs_table.c.product == product)
        with self._database.connect() as connection:
            return {row.step: row.seconds for row in connection.execute(asked)}
