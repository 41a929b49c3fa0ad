"""From checks to the fewest reads: what is asked of the same rows is asked in one SELECT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.base.canonical import digest_text, short
from assay.base.names import TableRef
from assay.base.snapshots import Column
from assay.sql.quoting import table_sql
from assay.validation.asked import ROWS, Asked
from assay.validation.checks import Check
from assay.validation.conditions import HasColumn, HasField, Outcome, Unverified
from assay.validation.measures import measure
from assay.validation.scope import Absent, Scope, Uncompilable


@dataclass(frozen=True, slots=True)
class Read:
    """One SELECT, which answers with one row.

    Attributes:
        relation: what stands after FROM.
        expressions: what is selected, in the order of the answer.
        uses: check id to the positions in the answer that it needs.
    """

    id: str
    relation: str
    expressions: tuple[str, ...]
    uses: Mapping[str, tuple[int, ...]]

    @property
    def sql(self) -> str:
        """The query, without a semicolon."""
        selected = ",\n  ".join(self.expressions)
        return "\n".join(("SELECT", f"  {selected}", f"FROM {self.relation}"))


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """All that is to be read for the checks of a table.

    Attributes:
        needs: check id to the reads (by id) that it rests on, once for each value, in the order of its test.
        settled: check id to what is known without reading: why it is skipped, or why there can be no verdict.
        tables: every table that the reads name, the one under test among them, to be attached first.
        asked: check id to the values that it needs, in the order of its test.
    """

    table: TableRef
    columns: tuple[Column, ...]
    checks: tuple[Check, ...]
    reads: tuple[Read, ...]
    needs: Mapping[str, tuple[str, ...]]
    settled: Mapping[str, Unverified]
    tables: tuple[TableRef, ...]
    asked: Mapping[str, tuple[Asked, ...]]

    @property
    def scope(self) -> Scope:
        """The table as expressions need it."""
        return Scope(self.table, self.columns)


def compile_reads(checks: Sequence[Check], table: TableRef, columns: Sequence[Column]) -> ReadPlan:
    """Plan the fewest reads for the checks of a table.

    What is asked of the same relation becomes one SELECT, and equal expressions are asked once. A check that cannot
    be put to these columns is settled with the reason; it never keeps others from being read.

    Args:
        checks: of one dataset; see `assay.validation.checks.checks_of`.
        table: the dataset as it is attached: ``sources.flights`` or ``ontime_daily``.
        columns: as they are in the data, not as the contract has them.
    """
    scope = Scope(table, tuple(columns))
    by_right = {
        str(one.test.spot) if isinstance(one.test, HasField) else one.test.column
        for one in checks
        if isinstance(one.test, HasColumn | HasField) and one.test.may_be_absent
    }
    asked: dict[str, tuple[Asked, ...]] = {}
    settled: dict[str, Unverified] = {}
    for check in checks:
        try:
            asked[check.id] = tuple(measure(check.test, scope))
        except Absent as error:
            outcome = Outcome.SKIP if error.column in by_right else Outcome.ERROR
            settled[check.id] = Unverified(outcome, str(error))
        except Uncompilable as error:
            settled[check.id] = Unverified(error.outcome, str(error))
    reads = {one.relation: one for one in _reads(asked, table_sql(table))}
    return ReadPlan(
        table=table,
        columns=scope.columns,
        checks=tuple(checks),
        reads=tuple(reads.values()),
        needs={check_id: tuple(reads[one.relation].id for one in values) for check_id, values in asked.items()},
        settled=settled,
        tables=tuple(
            sorted({table, *(ref for values in asked.values() for one in values for ref in one.tables)}, key=str)
        ),
        asked=asked,
    )


def split(read: Read) -> tuple[Read, ...]:
    """Return one read a check, for when the common one fails: a broken rule then fails alone.

    The answers belong under the new ids; `assay.validation.verdicts.judge` prefers them to the common read's.
    """
    return tuple(
        Read(
            id=part_id(read.id, check_id),
            relation=read.relation,
            expressions=tuple(read.expressions[position] for position in positions),
            uses={check_id: tuple(range(len(positions)))},
        )
        for check_id, positions in read.uses.items()
    )


def part_id(read_id: str, check_id: str) -> str:
    """Return the id of the part of a read that belongs to one check."""
    return f"{read_id}/{check_id}"


def _reads(asked: Mapping[str, tuple[Asked, ...]], own: str) -> Iterator[Read]:
    relations: dict[str, str] = {one.relation: one.label for values in asked.values() for one in values}
    for relation, label in relations.items():
        uses = {
            check_id: [one.expression for one in values if one.relation == relation]
            for check_id, values in asked.items()
            if any(one.relation == relation for one in values)
        }
        expressions = list(dict.fromkeys(expression for wanted in uses.values() for expression in wanted))
        positions = {expression: index for index, expression in enumerate(expressions)}
        yield Read(
            id=ROWS if relation == own else f"{label}:{short(digest_text(relation))}",
            relation=relation,
            expressions=tuple(expressions),
            uses={check_id: tuple(positions[one] for one in wanted) for check_id, wanted in uses.items()},
        )
