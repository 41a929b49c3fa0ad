"""Parts of a table: files that never change, whose values are remembered, and how parts make the whole.

A large file is a part. Small files are put together by their digests, so that a new one changes one part and leaves the
others as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.base.canonical import Digest, digest_value, hex_of
from assay.base.snapshots import Column
from assay.validation.asked import Fold
from assay.validation.facts import ColumnFacts, TableFacts
from assay.validation.sources import KeyScan, ReferenceScan, Wanted

FORM = "assay parts 1"
"""Changes whenever the same expression would have another value; then nothing that was remembered is used."""

LARGE_ROWS = 500_000


@dataclass(frozen=True, slots=True)
class Part:
    """Some files of a table.

    Attributes:
        files: their positions in the table.
        digest: of what they hold; None where the files have none, and nothing is remembered of them.
    """

    files: tuple[int, ...]
    digest: Digest | None


def parts_of(rows: Sequence[int], digests: Sequence[Digest] | None) -> tuple[Part, ...]:
    """Divide the files of a table into parts.

    Args:
        rows: of each file.
        digests: of each file; None where they are not known, then all is one part.
    """
    if digests is None:
        return (Part(tuple(range(len(rows))), None),)
    small = [position for position, count in enumerate(rows) if count < LARGE_ROWS]
    bits = (sum(rows[position] for position in small) // LARGE_ROWS).bit_length()
    members: dict[object, list[int]] = {}
    for position, digest in enumerate(digests):
        bucket = int(hex_of(digest)[:8], 16) >> (32 - bits)
        members.setdefault(position if rows[position] >= LARGE_ROWS else f"small {bucket}", []).append(position)
    return tuple(Part(tuple(files), _digest([digests[file] for file in files])) for files in members.values())


def together(parts: Sequence[Part], digests: Sequence[Digest] | None) -> Part:
    """Make one part of several."""
    files = tuple(sorted(file for part in parts for file in part.files))
    return Part(files, None if digests is None else _digest([digests[file] for file in files]))


def value_name(expression: str, engine: str, columns: Sequence[Column]) -> str:
    """Name a value that is remembered of a part: by what is computed, by what, and over which types."""
    types = [[column.name, column.type] for column in columns]
    return hex_of(digest_value([FORM, engine, expression, types]))


def of_scan(one: Wanted, engine: str, columns: Sequence[Column]) -> str:
    """Name the value of an expression."""
    return value_name(one.counted or one.expression, engine, [c for c in columns if c.name in one.columns])


def of_key(key: KeyScan, engine: str, columns: Sequence[Column]) -> str:
    """Name what is known of a key."""
    named = {column.name: column for column in columns}
    return value_name("key", engine, [named[column] for column in key.columns])


def of_reference(one: ReferenceScan, engine: str, columns: Sequence[Column], target: Sequence[Digest]) -> str:
    """Name that everything is found in another table, as that is now."""
    named = {column.name: column for column in columns}
    return value_name(f"{one.test.target_columns} of {sorted(target)}", engine, [named[name] for name in one.columns])


def folded(fold: Fold, values: Sequence[Any]) -> Any:
    """Make the whole's value of the parts'."""
    present = [value for value in values if value is not None]
    match fold:
        case Fold.SUM:
            return sum(present)
        case Fold.LEAST:
            return min(present, default=None)
        case Fold.GREATEST:
            return max(present, default=None)


def clusters(
    parts: Sequence[Part], facts: Sequence[TableFacts], columns: Sequence[str]
) -> tuple[tuple[Part, ...], ...]:
    """Put parts together that may share a key; parts whose ranges of one of its columns are apart cannot.

    Args:
        parts: of a table.
        facts: of each part.
        columns: of the key.

    Returns:
        By the column that keeps the most apart.
    """
    best: tuple[tuple[Part, ...], ...] = (tuple(parts),)
    for name in columns:
        known = [(part, fact.columns[name]) for part, fact in zip(parts, facts, strict=True) if name in fact.columns]
        if len(known) == len(parts) and all(column.is_ended for _, column in known):
            found = _apart(known)
            best = max(best, found, key=len)
    return best


def _apart(parts: Sequence[tuple[Part, ColumnFacts]]) -> tuple[tuple[Part, ...], ...]:
    empty = [part for part, column in parts if column.least is None]  # no whole key at all
    ordered: list[tuple[Any, Any, Part]] = sorted(
        ((column.least, column.greatest, part) for part, column in parts if column.least is not None),
        key=lambda entry: (entry[0], entry[1]),
    )
    found: list[list[Part]] = []
    reach: Any = None
    for least, greatest, part in ordered:
        if found and least <= reach:
            found[-1].append(part)
            reach = max(reach, greatest)
        else:
            found.append([part])
            reach = greatest
    return (*(tuple(members) for members in found), *((part,) for part in empty))


def remembered_subset(cluster: Sequence[Part], known: Mapping[Digest, Sequence[str]]) -> frozenset[Digest]:
    """Return the largest set of parts of a cluster that was found before to hold no key twice.

    Args:
        cluster: parts that may share keys.
        known: part to the digests of the parts with which it was found so.
    """
    present = {part.digest for part in cluster}
    found = (frozenset(Digest(digest) for digest in digests) for digests in known.values())
    return max((digests for digests in found if digests <= present), key=len, default=frozenset())


def _digest(digests: Sequence[Digest]) -> Digest:
    return digest_value(sorted(digests))
