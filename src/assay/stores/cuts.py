"""Named cuts in a database: a row each, written once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Row, String, Table, Text, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from assay.base.canonical import canonical_json
from assay.base.errors import refusal
from assay.base.snapshots import PinnedCut
from assay.lifecycle.statements import parse_time, time_text
from assay.stores.database import metadata, writing

cuts_table = Table(
    "cuts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("product", String(64), nullable=False),
    Column("sources", Text, nullable=False),
    Column("as_of", String(10), nullable=False),
    Column("pinned_by", String(320), nullable=False),
    Column("pinned_at", String(20), nullable=False),
)


class DatabaseCuts:
    """The `Cuts` port on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def get(self, name: str) -> PinnedCut | None:
        """Return a cut; None where there is none of that name."""
        with self._database.connect() as connection:
            row = connection.execute(select(cuts_table).filter_by(name=name)).first()
        return None if row is None else _cut(row)

    def pin(self, cut: PinnedCut) -> None:
        """Keep a cut under its name; the name of another is refused."""
        values = {
            "name": cut.name, "product": cut.product, "sources": canonical_json(dict(cut.sources)).decode(),
            "as_of": cut.as_of, "pinned_by": cut.pinned_by, "pinned_at": time_text(cut.pinned_at),
        }  # fmt: skip
        try:
            with writing(self._database).begin() as connection:
                connection.execute(insert(cuts_table).values(**values))
        except IntegrityError as error:
            hint = "A cut is never changed: choose another name."
            raise refusal(f"cut {cut.name}", expected="a name that is free", found="a cut", hint=hint) from error

    def all(self) -> Sequence[PinnedCut]:
        """Return every cut, the newest first."""
        with self._database.connect() as connection:
            found = [_cut(row) for row in connection.execute(select(cuts_table))]
        return sorted(found, key=lambda cut: (cut.pinned_at, cut.name), reverse=True)


def _cut(row: Row[Any]) -> PinnedCut:
    return PinnedCut(
        row.name, row.product, json.loads(row.sources), row.as_of, row.pinned_by, parse_time(row.pinned_at)
    )  # fmt: skip
