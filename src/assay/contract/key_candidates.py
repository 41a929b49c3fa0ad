"""Which columns might be the key of a table: whatever looks like one by its name, type and number of different values.

Nothing is proven here. Who asks proves each candidate on all rows, in the order in which they are given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

from assay.contract.model import LogicalType

ENOUGH_ROWS = 10
"""With fewer rows everything looks unique and complete."""

LARGEST_KEY = 3
_MOST_PARTS = 12
"""Of so many columns combinations are tried: 66 pairs and 220 triples."""

_LONGEST_KEY = 64
"""Texts that are longer are words for people."""

_NEARLY = 0.7
"""Different values are estimated, some of them a quarter too low."""

_WORD = re.compile(r"(?i)(?:^|[_\W]|(?<=[a-z]))(id|key|code|number|nr|no|num|uuid|guid|sku|isbn)$")
_CAMEL = re.compile(r"[a-z](Id|Key|Code|Number|Nr|No|Num|Uuid|Guid)$")
_KINDS: dict[LogicalType, int] = {
    LogicalType.DATE: 1,
    LogicalType.TIMESTAMP: 1,
    LogicalType.STRING: 2,
    LogicalType.INTEGER: 3,
    LogicalType.BOOLEAN: 4,
}
"""Logical types that a part of a key may have, and how gladly; numbers with fractions are measures."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that might be a part of a key.

    Attributes:
        values: rows with a value.
        distinct: how many different values there are, estimated.
        longest: the length of the longest text; None for all else.
    """

    name: str
    kind: LogicalType | None
    values: int
    distinct: int
    longest: int | None


def is_key_name(name: str) -> bool:
    """Say whether a column is called as keys are: ``id``, ``order_no``, ``customerId``."""
    found = _WORD.search(name)
    if found is None:
        return False
    before = name[: found.start(1)]
    return not before or not before[-1].isalpha() or _CAMEL.search(name) is not None


def single_keys(columns: Sequence[Candidate]) -> tuple[str, ...]:
    """Return columns of which each value may come once, the likeliest key first; nulls do not count."""
    found = [
        column
        for column in columns
        if _may_be_part(column) and column.values >= ENOUGH_ROWS and column.distinct >= _NEARLY * column.values
    ]
    return tuple(column.name for column in sorted(found, key=_single_rank))


def combined_keys(columns: Sequence[Candidate], rows: int) -> Iterator[tuple[str, ...]]:
    """Give combinations of columns that may name each row once, small ones first, then the likeliest.

    Args:
        columns: in the order of the table.
        rows: of the table.
    """
    if rows < ENOUGH_ROWS:
        return
    parts = [column for column in columns if _may_be_part(column) and column.values == rows and column.distinct > 1]
    order = {column.name: number for number, column in enumerate(columns)}
    chosen = sorted(parts, key=lambda column: (_rank(column), -column.distinct))[:_MOST_PARTS]
    for size in range(2, LARGEST_KEY + 1):
        fitting = [group for group in combinations(chosen, size) if prod(c.distinct for c in group) >= _NEARLY * rows]
        for group in sorted(fitting, key=lambda group: (sum(map(_rank, group)), prod(c.distinct for c in group))):
            yield tuple(sorted((column.name for column in group), key=order.__getitem__))


def _may_be_part(column: Candidate) -> bool:
    return column.kind in _KINDS and (column.longest is None or column.longest <= _LONGEST_KEY)


def _single_rank(column: Candidate) -> int:
    """Rank a column that stands for a row by itself: of texts and numbers the first one, moments last."""
    if is_key_name(column.name):
        return 0
    return 2 if column.kind in {LogicalType.DATE, LogicalType.TIMESTAMP} else 1


def _rank(column: Candidate) -> int:
    return 0 if is_key_name(column.name) else _KINDS[column.kind] if column.kind in _KINDS else len(_KINDS)
