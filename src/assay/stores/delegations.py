"""Delegations in the portal's database: added and ended, never taken away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.engine import Engine

from assay.base.canonical import canonical_json
from assay.base.delegations import Delegation
from assay.lifecycle.statements import parse_time, time_text
from assay.stores.database import writing
from assay.stores.portal_tables import delegations_table


class DatabaseDelegations:
    """The `Delegations` port on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def add(self, delegation: Delegation) -> None:
        """Keep a new delegation."""
        values = {
            "id": delegation.id,
            "from_email": delegation.from_email,
            "to_email": delegation.to_email,
            "project": delegation.project,
            "products": _listed(delegation.products),
            "gates": _listed(delegation.gates),
            "starts": delegation.starts.isoformat(),
            "ends": delegation.ends.isoformat(),
            "reason": delegation.reason,
            "ended_at": time_text(delegation.ended_at) if delegation.ended_at else None,
        }
        with writing(self._database).begin() as connection:
            connection.execute(insert(delegations_table).values(**values))

    def get(self, delegation_id: str) -> Delegation | None:
        """Return a delegation; None when there is none."""
        with self._database.connect() as connection:
            row = connection.execute(select(delegations_table).filter_by(id=delegation_id)).first()
        return None if row is None else _delegation(row)

    def end(self, delegation_id: str, at: datetime) -> None:
        """End a delegation before its last day; one that was ended already stays as it was."""
        change = update(delegations_table).filter_by(id=delegation_id, ended_at=None).values(ended_at=time_text(at))
        with writing(self._database).begin() as connection:
            connection.execute(change)

    def of_project(self, project: str) -> Sequence[Delegation]:
        """Return every delegation of a project, in the order in which they were added."""
        query = select(delegations_table).filter_by(project=project).order_by(delegations_table.c.seq)
        with self._database.connect() as connection:
            return [_delegation(row) for row in connection.execute(query)]


def _listed(names: frozenset[str] | None) -> str | None:
    return None if names is None else canonical_json(sorted(names)).decode()


def _names(listed: str | None) -> frozenset[str] | None:
    return None if listed is None else frozenset(json.loads(listed))


def _delegation(row: Row[Any]) -> Delegation:
    return Delegation(
        id=row.id,
        from_email=row.from_email,
        to_email=row.to_email,
        project=row.project,
        products=_names(row.products),
        gates=_names(row.gates),
        starts=date.fromisoformat(row.starts),
        ends=date.fromisoformat(row.ends),
        reason=row.reason,
        ended_at=parse_time(row.ended_at) if row.ended_at else None,
    )
