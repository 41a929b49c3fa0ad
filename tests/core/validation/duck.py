"""Contracts tested on a real DuckDB: what a caller of the room does, in a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from textwrap import dedent
from typing import Any

import duckdb

from assay.base.names import TableRef
from assay.base.reading import read_yaml
from assay.base.snapshots import Column
from assay.contract.model import Contract
from assay.contract.parse import parse_contract
from assay.validation.checks import Check, checks_of
from assay.validation.reads import ReadPlan, compile_reads, split
from assay.validation.samples import SampleWish, sample_reads
from assay.validation.sensitivity import Level
from assay.validation.verdicts import Rows, Verdict, judge

HEAD = "version: 1.0.0\napiVersion: v3.2.0\nkind: DataContract\nid: x\n"
NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
T = TableRef(None, "t")

ONTIME = """\
schema:
- name: ontime_daily
  physicalType: table
  properties:
  - {name: flight_date, logicalType: date, required: true, primaryKey: true}
  - name: origin
    logicalType: string
    required: true
    primaryKey: true
    logicalTypeOptions: {pattern: '^[A-Z]{3}$', minLength: 3, maxLength: 3}
    enum: [{value: EWR}, {value: JFK}, {value: LGA}]
  - name: carrier
    logicalType: string
    primaryKey: true
    unique: true
    relationships: [{to: sources.airlines.carrier}]
    quality:
    - {id: few_missing, metric: missingValues, arguments: {missingValues: ['']}, mustBeLessThan: 1, unit: percent}
  - name: flights
    physicalType: integer
    logicalType: integer
    logicalTypeOptions: {minimum: 1, exclusiveMaximum: 1000}
    quality:
    - {metric: nullValues, mustBe: 0}
    - {type: sql, description: The busiest day has less than 1000 flights., query: 'select max(flights) from {object}',
       mustBeLessThan: 1000, severity: warning}
  quality:
  - {id: volume, metric: rowCount, mustBeBetween: [100, 100000], dimension: cv}
  - {type: custom, engine: assay, implementation: {check: row, condition: delayed <= flights}}
  - type: custom
    engine: assay
    implementation:
      {check: controlTotal, expression: sum(flights), source: sources.flights, sourceExpression: count(*)}
  - {type: text, description: Numbers agree with the airport's own.}
slaProperties:
- property: freshness
  value: 2
  unit: d
  element: ontime_daily.flight_date
  customProperties: [{property: asOf, value: sources.flights.time_hour}]
- {property: generalAvailability, value: '2024-01-01'}
"""


def contract_of(body: str) -> Contract:
    """Read the body of a contract."""
    return parse_contract(read_yaml(HEAD + dedent(body), "c.yaml"))


def checks_on(contract: Contract, dataset: str = "t") -> tuple[Check, ...]:
    """Return the checks of one dataset."""
    found = contract.find(dataset)
    assert found is not None
    return checks_of(contract, found)


@dataclass
class Duck:
    """A DuckDB with tables, and what was asked of it."""

    connection: duckdb.DuckDBPyConnection
    asked: list[str] = field(default_factory=list)

    def table(self, name: str, rows: str) -> None:
        """Make a table from a query."""
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {rows}")

    def columns(self, table: str = "t") -> tuple[Column, ...]:
        """Return the columns of a table as the data has them."""
        described = self.connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
        return tuple(Column(name, kind) for name, kind, *_ in described)

    def query(self, sql: str) -> Rows | str:
        """Run a query; return its rows or the engine's words."""
        self.asked.append(sql)
        try:
            return self.connection.execute(sql).fetchall()
        except duckdb.Error as error:
            return str(error)

    def results(self, plan: ReadPlan) -> dict[str, Rows | str]:
        """Run every read; split those that fail."""
        results: dict[str, Rows | str] = {}
        for read in plan.reads:
            results[read.id] = self.query(read.sql)
            if isinstance(results[read.id], str):
                results |= {part.id: self.query(part.sql) for part in split(read)}
        return results

    def plan(self, contract: Contract, dataset: str = "t", table: TableRef = T) -> ReadPlan:
        """Plan the reads for a dataset."""
        return compile_reads(checks_on(contract, dataset), table, self.columns(str(table)))

    def judge(
        self, contract: Contract, dataset: str = "t", table: TableRef = T, now: datetime = NOW
    ) -> tuple[Verdict, ...]:
        """Test a dataset."""
        plan = self.plan(contract, dataset, table)
        return judge(plan, self.results(plan), now)

    def verdict(self, body: str, what: str, now: datetime = NOW) -> Verdict:
        """Test table ``t`` by a contract's body and return the one verdict whose id is, or else holds, ``what``."""
        verdicts = self.judge(contract_of(body), now=now)
        found = [one for one in verdicts if one.check_id == what] or [one for one in verdicts if what in one.check_id]
        assert len(found) == 1, [verdict.check_id for verdict in found]
        return found[0]

    def samples(
        self, body: str, limit: int = 5, cleared: Level = Level.UNCLASSIFIED
    ) -> Mapping[str, list[tuple[Any, ...]]]:
        """Return the failing rows of each check of table ``t``, as far as somebody sees who is cleared so far."""
        plan = self.plan(contract_of(body))
        verdicts = judge(plan, self.results(plan), NOW)
        reads = sample_reads(plan, verdicts, SampleWish(limit, cleared))
        return {read.check_id: self.connection.execute(read.sql).fetchall() for read in reads}


def rows(duck: Duck, *values: str) -> None:
    """Fill table ``t``: one column, ``a``."""
    duck.table("t", "SELECT * FROM (VALUES " + ", ".join(f"({value})" for value in values) + ") AS v(a)")


def rule(metric: str, limit: str, more: str = "") -> str:
    """Return the field of a column with one library rule, ``r``."""
    return f"quality: [{{id: r, metric: {metric}, {limit}{more}}}]"


def custom(implementation: str, engine: str = "assay") -> str:
    """Return the fields of a column or dataset with one custom rule, ``r``."""
    return f"quality: [{{id: r, type: custom, engine: {engine}, implementation: {implementation}}}]"


def two(duck: Duck, values: str, fields: str) -> str:
    """Fill table ``t`` with columns ``a`` and ``b``, and return its contract's body with further fields."""
    duck.table("t", f"SELECT * FROM (VALUES {values}) AS v(a, b)")
    return f"schema:\n- name: t\n  properties: [{{name: a}}, {{name: b}}]\n  {fields}\n"
