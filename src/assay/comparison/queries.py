"""The SQL by which two tables are held against each other. Every value is compared under the type of its pair.

The rows that differ are asked of in one query for each part, and kept as a table of the session only where so many
columns are compared that several queries ask of them (`AT_ONCE`). Either way ``side`` is 0 for a row of both tables, 1
for one of the first alone, 2 for one of the second; ``k1``... are the key, ``b1``... the other columns before and
``a1``... after.
"""

# ruff: noqa: S608  (names are quoted, numbers and types are our own)

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from assay.base.names import TableRef
from assay.base.snapshots import Column
from assay.comparison.pairing import Pair, Pairing
from assay.sql.quoting import identifier, table_sql
from assay.sql.writing import all_of, any_of, select
from assay.validation.sensitivity import MASK, WRITTEN_DOWN, Level, is_within
from assay.validation.types import Family, family

BEFORE, AFTER = TableRef(None, "compared_before"), TableRef(None, "compared_after")
"""The two tables, as whoever asks attaches them."""

DIFFERING = TableRef(None, "compared_differing")
REPEATED = {BEFORE: TableRef(None, "repeated_before"), AFTER: TableRef(None, "repeated_after")}
COUNTED = TableRef(None, "compared_counted")
"""What is kept on the way: rows that differ, keys that occur more than once, and how often each whole row occurs."""

AT_ONCE = 20
"""So many columns are asked of in one query; of hundreds the engine is slow to plan."""

SHAPELESS = frozenset({Family.LIST, Family.STRUCT, Family.MAP, Family.JSON, Family.OTHER})
"""Families whose values have no order and no name to be grouped by."""

_WIDE = 37
"""A DECIMAL of more digits has no room for a difference."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """How far whoever looks sees.

    Attributes:
        levels: of the columns, by name in lower case; one that is not named is unclassified.
        cleared: the highest level whose values they see.
        limit: of how many rows they see a sample.
    """

    levels: dict[str, Level]
    cleared: Level = WRITTEN_DOWN
    limit: int = 5

    def may_see(self, pair: Pair) -> bool:
        """Say whether the values of a column are shown."""
        names = (pair.before.name.lower(), pair.after.name.lower())
        return all(is_within(self.levels.get(name, Level.UNCLASSIFIED), self.cleared) for name in names)


def fingerprint(table: TableRef, pairing: Pairing, part: str) -> str:
    """Ask for the rows of a part of a table, and a sum of their hashes that does not depend on their order."""
    values = ", ".join(value_of(pair, table) for pair in pairing.pairs)
    return select(["count(*)", f"coalesce(sum({_mixed(values)}), 0)"], table_sql(table), where=part)


def _mixed(values: str) -> str:
    """Hash a row, and the hash again.

    The engine's hash of several values ends with the bits of the last one as they are, so that two rows could swap it
    and the sum of both stay.
    """
    return f"hash(hash({values}))"


def differing(pairing: Pairing, part: str, *, without_repeated: bool = False) -> str:
    """Select the rows of a part that differ, as `DIFFERING` has them."""
    keys = [f"k{number}" for number in range(1, len(pairing.key) + 1)]
    cells = [f"c{number}" for number in range(1, len(pairing.columns) + 1)]
    same = [_same(pair, f"b.{cell}", f"a.{cell}") for pair, cell in zip(pairing.columns, cells, strict=True)]
    shown = ["CASE WHEN a.here IS NULL THEN 1 WHEN b.here IS NULL THEN 2 ELSE 0 END AS side"]
    shown += [f"coalesce(b.{key}, a.{key}) AS {key}" for key in keys]
    shown += [f"{side}.{cell} AS {side}{cell[1:]}" for cell in cells for side in "ba"]
    halves = [_half(table, pairing, part, without_repeated=without_repeated) for table in (BEFORE, AFTER)]
    met = all_of(f"b.{key} IS NOT DISTINCT FROM a.{key}" for key in keys)
    changed = f" OR NOT ({all_of(same)})" if same else ""
    joined = f"({halves[0]}) AS b FULL OUTER JOIN ({halves[1]}) AS a ON {met}"
    return select(shown, joined, where=f"a.here IS NULL OR b.here IS NULL{changed}")


def _half(table: TableRef, pairing: Pairing, part: str, *, without_repeated: bool) -> str:
    parts = [f"{value_of(pair, table)} AS k{number}" for number, pair in enumerate(pairing.key, 1)]
    parts += [f"{value_of(pair, table)} AS c{number}" for number, pair in enumerate(pairing.columns, 1)]
    half = select([*parts, "TRUE AS here"], table_sql(table), where=part)
    if not without_repeated:
        return half
    for repeated in REPEATED.values():
        half = f"SELECT own.* FROM ({half}) AS own ANTI JOIN {table_sql(repeated)} AS r ON " + all_of(
            f"own.k{number} IS NOT DISTINCT FROM r.k{number}" for number in range(1, len(pairing.key) + 1)
        )
    return half


@dataclass(frozen=True, slots=True)
class Samples:
    """Of what a sample of rows is still wanted: of columns by their number, and of sides (1 before, 2 after)."""

    columns: Mapping[int, int] = field(default_factory=dict)
    sides: Mapping[int, int] = field(default_factory=dict)


def report(
    pairing: Pairing, source: str, numbers: Sequence[int], eyes: Eyes, samples: Samples, *, of_rows: bool
) -> str:
    """Ask for what is told of rows that differ, all of it in one query.

    DuckDB passes the rows on within a query for a third of what it costs to keep them as a table.

    Args:
        pairing: of the tables.
        source: what selects the rows, see `differing`; empty where they are kept as `DIFFERING`.
        numbers: columns, counted from 1.
        eyes: of whoever looks.
        samples: which are wanted, and how many rows.
        of_rows: whether the rows are asked for too, all columns of them; once is enough, however many are asked for.

    Returns:
        A query of one row. Of the rows: how many differ in cells, are only before, only after, how many keys all
        these have, and by how much they move the sum of the hashes that `fingerprint` asks for. Of each column:
        changed, emptied and filled cells, sum and greatest of the differences. Then a list for each sample, of the
        columns first.
    """
    asked = _of_rows(pairing) if of_rows else []
    asked += [one for number in numbers for one in _of_cells(pairing, number, eyes)]
    asked += [_sample_of_cells(pairing, number, eyes, limit) for number, limit in samples.columns.items()]
    asked += [_sample(pairing, eyes, [], f"side = {side}", limit) for side, limit in samples.sides.items()]
    sql = select(asked, table_sql(DIFFERING))
    return f"WITH {table_sql(DIFFERING)} AS MATERIALIZED ({source}) {sql}" if source else sql


def _of_rows(pairing: Pairing) -> list[str]:
    keys = [f"k{number}" for number in range(1, len(pairing.key) + 1)]
    numbers = range(1, len(pairing.columns) + 1)
    rows = [_mixed(", ".join([*keys, *(f"{side}{number}" for number in numbers)])) for side in "ba"]
    counts = [f"count(*) FILTER (WHERE side = {side})" for side in range(3)]
    sums = [
        f"coalesce(sum({row}) FILTER (WHERE side <> {absent}), 0)" for row, absent in zip(rows, (2, 1), strict=True)
    ]
    moved = f"CAST({sums[1]} AS HUGEINT) - CAST({sums[0]} AS HUGEINT)"
    return [*counts, f"count(DISTINCT hash({', '.join(keys)}))", moved]


OF_ROWS, OF_CELLS = 5, 5
"""So many numbers `report` gives of the rows, and of each column."""


def _of_cells(pairing: Pairing, number: int, eyes: Eyes) -> list[str]:
    pair = pairing.columns[number - 1]
    changed = f"FILTER (WHERE {_changed(pair, number)})"
    asked = [
        f"count(*) {changed}",
        f"count(*) FILTER (WHERE side = 0 AND b{number} IS NOT NULL AND a{number} IS NULL)",
        f"count(*) FILTER (WHERE side = 0 AND b{number} IS NULL AND a{number} IS NOT NULL)",
    ]
    if not pair.is_number or not eyes.may_see(pair):
        return [*asked, "NULL", "NULL"]
    apart = _difference(pair, f"b{number}", f"a{number}")
    return [*asked, f"sum({apart}) {changed}", f"max(abs({apart})) {changed}"]


def _sample_of_cells(pairing: Pairing, number: int, eyes: Eyes, limit: int) -> str:
    """Show the key of a few rows in which a column differs, with its value before and after."""
    pair = pairing.columns[number - 1]
    values = [f"{_seen(f'{side}{number}', pair, eyes)} AS {side}" for side in "ba"]
    return _sample(pairing, eyes, values, _changed(pair, number), limit)


def _sample(pairing: Pairing, eyes: Eyes, values: Sequence[str], where: str, limit: int) -> str:
    """Show the key of a few rows, as a list of structs whose fields are in order; null where there is no such row."""
    keys = [(f"k{number}", pair) for number, pair in enumerate(pairing.key, 1)]
    order = ", ".join(name for name, pair in keys if eyes.may_see(pair))
    shown = [*(f"{_seen(name, pair, eyes)} AS {name}" for name, pair in keys), *values]
    rows = select(shown, table_sql(DIFFERING), where=where, order=order, limit=limit)
    return f"(SELECT list(shown) FROM ({rows}) AS shown)"


def repeated_keys(table: TableRef, pairing: Pairing) -> str:
    """Select the keys that occur more than once in a table, with how often they do."""
    values = [value_of(pair, table) for pair in pairing.key]
    shown = [f"{value} AS k{number}" for number, value in enumerate(values, 1)]
    return select([*shown, "count(*) AS many"], table_sql(table), group=", ".join(values), having="count(*) > 1")


def keys_where(pairing: Pairing, condition: str) -> str:
    """Select the keys of the rows of the first table for which a condition is true."""
    shown = [f"{value_of(pair, BEFORE)} AS k{number}" for number, pair in enumerate(pairing.key, 1)]
    return select(shown, f"{table_sql(BEFORE)} AS tested", where=condition)


def count_beside(pairing: Pairing, keys: TableRef) -> str:
    """Ask how many rows differ, of the first table, whose key is not among some keys."""
    met = all_of(f"d.k{number} IS NOT DISTINCT FROM r.k{number}" for number in range(1, len(pairing.key) + 1))
    return select(
        ["count(*)"], f"{table_sql(DIFFERING)} AS d ANTI JOIN {table_sql(keys)} AS r ON {met}", where="side < 2"
    )


def count_of_repeated(table: TableRef) -> str:
    """Ask how many keys of a table are repeated, and in how many rows."""
    return select(["count(*)", "coalesce(sum(many), 0)"], table_sql(REPEATED[table]))


def sample_of_repeated(table: TableRef, pairing: Pairing, eyes: Eyes) -> str:
    """Show a few repeated keys, the most frequent first."""
    keys = [(f"k{number}", pair) for number, pair in enumerate(pairing.key, 1)]
    order = ", ".join(["many DESC", *(name for name, pair in keys if eyes.may_see(pair))])
    shown = [*(_seen(name, pair, eyes) for name, pair in keys), "many"]
    return select(shown, table_sql(REPEATED[table]), order=order, limit=eyes.limit)


def counted_rows(pairing: Pairing) -> str:
    """Select the hashes of whole rows that do not occur equally often in both tables, with how often they do."""
    halves = " UNION ALL ".join(
        select([f"hash({_all_values(pairing, table)}) AS h", f"{number} AS side"], table_sql(table))
        for number, table in enumerate((BEFORE, AFTER))
    )
    counts = [f"count(*) FILTER (WHERE side = {number})" for number in range(2)]
    return select(
        ["h", f"{counts[0]} AS b", f"{counts[1]} AS a"], f"({halves}) AS hashed", group="h",
        having=f"{counts[0]} <> {counts[1]}",
    )  # fmt: skip


def only_of_counted() -> str:
    """Ask how many rows the first table has more of, and the second."""
    return select(
        ["coalesce(sum(greatest(b - a, 0)), 0)", "coalesce(sum(greatest(a - b, 0)), 0)"], table_sql(COUNTED)
    )  # fmt: skip


def sample_of_rows(table: TableRef, pairing: Pairing, eyes: Eyes) -> str:
    """Show a few whole rows that a table has more of."""
    more = "b > a" if table == BEFORE else "a > b"
    values = [_seen(value_of(pair, table), pair, eyes) for pair in pairing.sampled]
    hashes = select(["h"], table_sql(COUNTED), where=more)
    return select(
        values, table_sql(table), where=f"hash({_all_values(pairing, table)}) IN ({hashes})", limit=eyes.limit
    )  # fmt: skip


def profile_of(table: TableRef, pairs: Sequence[Pair], eyes: Eyes) -> str:
    """Ask of each column: rows without a value, different values (about), and least, greatest and mean if seen."""
    asked: list[str] = []
    for pair in pairs:
        value = value_of(pair, table)
        asked += [f"count(*) - count({value})", f"approx_count_distinct({value})"]
        seen = eyes.may_see(pair) and family(pair.type) not in SHAPELESS
        asked += [f"min({value})", f"max({value})"] if seen else ["NULL", "NULL"]
        asked += [f"avg(CAST({value} AS DOUBLE))"] if seen and pair.is_number else ["NULL"]
    return select(asked, table_sql(table))


def guess_of_renames(pairing: Pairing, most_rows: int) -> Iterator[tuple[Column, Column, str]]:
    """Give, for columns of one table alone that may be one column, a count of rows and of equal cells among the first.

    Only where there is a key, by which the rows find each other, and few such columns.
    """
    if not pairing.key or len(pairing.only_before) * len(pairing.only_after) > AT_ONCE:
        return
    for old in pairing.only_before:
        for new in (column for column in pairing.only_after if column.type == old.type):
            keys = list(enumerate(pairing.key, 1))
            sides = [
                select(
                    [*(f"{value_of(pair, table)} AS k{number}" for number, pair in keys), f"{identifier(name)} AS v"],
                    table_sql(table), limit=limit,
                )
                for table, name, limit in ((BEFORE, old.name, most_rows), (AFTER, new.name, None))
            ]  # fmt: skip
            met = all_of(f"b.k{number} = a.k{number}" for number, _ in keys)
            joined = f"({sides[0]}) AS b JOIN ({sides[1]}) AS a ON {met}"
            yield old, new, select(["count(*)", "count(*) FILTER (WHERE b.v IS NOT DISTINCT FROM a.v)"], joined)


def value_of(pair: Pair, table: TableRef) -> str:
    """Write a column's value in a table under the type in which it is compared."""
    column = pair.before if table == BEFORE else pair.after
    name = identifier(column.name)
    return name if column.type == pair.type else f"CAST({name} AS {pair.type})"


def _all_values(pairing: Pairing, table: TableRef) -> str:
    return ", ".join(value_of(pair, table) for pair in pairing.pairs)


def _seen(value: str, pair: Pair, eyes: Eyes) -> str:
    return value if eyes.may_see(pair) else f"CASE WHEN {value} IS NULL THEN NULL ELSE {MASK} END"


def _changed(pair: Pair, number: int) -> str:
    return f"side = 0 AND NOT {_same(pair, f'b{number}', f'a{number}')}"


def _same(pair: Pair, before: str, after: str) -> str:
    """Say that two values are equal; it is never null. NaN is equal to NaN, and nothing to nothing."""
    equal = f"{before} IS NOT DISTINCT FROM {after}"
    allowed = [
        *(
            [f"{_is_finite(pair, before, after)}{_apart(pair, before, after)} <= {_plain(pair.tolerance.absolute)}"]
            if pair.tolerance.absolute
            else []
        ),
        *(
            [f"{_is_finite(pair, before, after)}{_within_share(before, after, pair.tolerance.share)}"]
            if pair.tolerance.share
            else []
        ),
    ]
    return f"coalesce({any_of([equal, *allowed])}, FALSE)" if allowed else f"({equal})"


def _apart(pair: Pair, before: str, after: str) -> str:
    """Write how far two numbers lie apart: exactly where the type has room for it, so that 0.01 is 0.01."""
    return f"abs({_difference(pair, before, after)})"


def _difference(pair: Pair, before: str, after: str) -> str:
    kind = family(pair.type)
    if kind is Family.INTEGER and not pair.type.endswith("HUGEINT"):
        return f"CAST({after} AS HUGEINT) - CAST({before} AS HUGEINT)"
    if kind is Family.DECIMAL and int(pair.type.partition("(")[2].partition(",")[0]) <= _WIDE:
        return f"{after} - {before}"
    return f"CAST({after} AS DOUBLE) - CAST({before} AS DOUBLE)"


def _is_finite(pair: Pair, before: str, after: str) -> str:
    """Begin a condition on floats, of which NaN and infinity are within no distance of anything."""
    return f"isfinite({before}) AND isfinite({after}) AND " if family(pair.type) is Family.FLOAT else ""


def _within_share(before: str, after: str, share: float) -> str:
    apart = f"abs(CAST({after} AS DOUBLE) - CAST({before} AS DOUBLE))"
    return f"{apart} <= {_plain(share)} * abs(CAST({before} AS DOUBLE))"


def _plain(number: float) -> str:
    return format(Decimal(repr(float(number))), "f")
