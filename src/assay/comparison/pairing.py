"""How the columns of two tables pair: by name, by a renaming that somebody told, under a type that holds both."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assay.base.errors import Fault, Place, WrongUsage, raise_faults
from assay.base.snapshots import Column
from assay.validation.types import NUMBERS, Family, bounds_of, family, scale_of

_TEXT = "VARCHAR"
_MOST_DIGITS = 38

_SAMPLED = 20
"""Of a row without a key so many columns are shown."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far two numbers may lie apart and still be equal: the wider of both counts.

    Attributes:
        absolute: in the column's own unit.
        share: of the earlier number, 0.01 for a hundredth.
    """

    absolute: float = 0.0
    share: float = 0.0


_TOLERANCE = re.compile(r"(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?P<percent>%?)")


def parse_tolerance(text: str, column: str = "") -> Tolerance:
    """Read how far numbers may lie apart: ``0.01``, or ``1%`` of the earlier one.

    Args:
        text: as somebody wrote it.
        column: of which column, to say so in errors; empty for all of them.

    Raises:
        WrongUsage: another form.
    """
    found = _TOLERANCE.fullmatch(text.strip())
    if found is None:
        where = f"--tolerance {column}={text}" if column else f"--tolerance {text}"
        hint = "--tolerance 0.01, --tolerance amount=0.01 or --tolerance amount=1%"
        raise WrongUsage(Fault(Place(where), "a number that is not below 0", "another form", hint))
    number = float(found["number"])
    return Tolerance(share=number / 100) if found["percent"] else Tolerance(number)


@dataclass(frozen=True, slots=True)
class Pair:
    """A column that both tables have.

    Attributes:
        name: as it is called now.
        before: as it is called and typed in the first table.
        after: the same in the second.
        type: under which its values are compared.
    """

    name: str
    before: Column
    after: Column
    type: str
    tolerance: Tolerance = Tolerance()

    @property
    def is_retyped(self) -> bool:
        """Whether the two have different types."""
        return self.before.type != self.after.type

    @property
    def is_renamed(self) -> bool:
        """Whether the two have different names."""
        return self.before.name != self.after.name

    @property
    def is_number(self) -> bool:
        """Whether differences of its values can be told as a number."""
        return family(self.type) in NUMBERS


@dataclass(frozen=True, slots=True)
class Pairing:
    """How two tables are held against each other.

    Attributes:
        key: by which rows find each other; empty where no column does, and whole rows are counted.
        columns: compared beside the key.
        only_before: columns of the first table alone; so ``only_after`` of the second.
        ignored: what nobody wants compared.
        is_reordered: whether the shared columns stand in another order.
    """

    key: tuple[Pair, ...]
    columns: tuple[Pair, ...]
    only_before: tuple[Column, ...]
    only_after: tuple[Column, ...]
    ignored: tuple[str, ...] = ()
    is_reordered: bool = False

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The key and all that is compared."""
        return (*self.key, *self.columns)

    @property
    def sampled(self) -> tuple[Pair, ...]:
        """The columns by which a row is shown that one table has alone: the key, or the first ones of a whole row."""
        return self.key or self.pairs[:_SAMPLED]

    @property
    def is_same_schema(self) -> bool:
        """Whether both have the same columns with the same types, in whatever order."""
        alike = not self.only_before and not self.only_after
        return alike and not any(pair.is_retyped or pair.is_renamed for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class PairingWish:
    """What somebody says of how two tables are to be compared.

    Attributes:
        key: names of columns, as they are called in the second table; empty for whole rows.
        renamed: the name in the first table to that in the second.
        ignored: columns that are not compared.
        tolerances: by name of the column; under the empty name, of all numbers that have none of their own.
    """

    key: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)


def pair_columns(before: Sequence[Column], after: Sequence[Column], wish: PairingWish = PairingWish()) -> Pairing:
    """Pair the columns of two tables. The case of names does not count, where one table has no two that are alike.

    Raises:
        AssayError: a name that was told is in neither table, a key column is missing on one side, or nothing is left to
            be compared; every such fault at once.
    """
    now = {column.name.lower(): column for column in after}
    told = {old.lower(): new.lower() for old, new in wish.renamed.items()}
    was = {told.get(column.name.lower(), column.name.lower()): column for column in before}
    raise_faults([*_unknown(before, after, wish), *_keyless(was, now, wish), *_taken(before, wish), *_useless(wish)])
    ignored = {name.lower() for name in wish.ignored}
    shared = [name for name in now if name in was and name not in ignored]
    tolerances = {name.lower(): tolerance for name, tolerance in wish.tolerances.items()}
    pairs = {name: _pair(was[name], now[name], tolerances) for name in shared}
    key = tuple(pairs[name.lower()] for name in wish.key)
    if not pairs:
        hint = "Name columns that were renamed with --renamed OLD=NEW."
        raise_faults([Fault(Place("columns"), "a column that both tables have", "none", hint)])
    order = [name for name in was if name in pairs]
    return Pairing(
        key=key,
        columns=tuple(pair for name, pair in pairs.items() if pair not in key),
        only_before=tuple(c for name, c in was.items() if name not in now and name not in ignored),
        only_after=tuple(c for name, c in now.items() if name not in was and name not in ignored),
        ignored=tuple(sorted(name for name in ignored if name in now or name in was)),
        is_reordered=order != shared,
    )


def common_type(before: str, after: str) -> str:
    """Return a type that holds the values of both, so that equal values are equal in it; texts where there is none."""
    if before == after:
        return before
    kinds = {family(before), family(after)}
    if kinds <= NUMBERS:
        return "DOUBLE" if Family.FLOAT in kinds else _exact(before, after)
    if kinds <= {Family.DATE, Family.TIMESTAMP}:
        return "TIMESTAMP"  # nanoseconds do not reach as far as dates do
    if kinds <= {Family.DATE, Family.TIMESTAMP, Family.TIMESTAMP_TZ}:
        return "TIMESTAMP WITH TIME ZONE"  # one without a zone is taken for UTC, which is the session's
    return _TEXT


def _exact(before: str, after: str) -> str:
    """Return a DECIMAL with room for all digits of both, or a DOUBLE where no DECIMAL has."""
    scales, wholes = [], []
    for one in (before, after):
        scale, ends = scale_of(one), bounds_of(one)
        if scale is None or ends is None:
            return "DOUBLE"
        scales.append(scale)
        wholes.append(len(str(max(abs(end) for end in ends) - 1)))
    digits = max(wholes) + max(scales)
    return f"DECIMAL({digits},{max(scales)})" if digits <= _MOST_DIGITS else "DOUBLE"


def _pair(before: Column, after: Column, tolerances: Mapping[str, Tolerance]) -> Pair:
    kind = common_type(before.type, after.type)
    found = tolerances.get(after.name.lower())
    if found is None and family(kind) in NUMBERS:
        found = tolerances.get("")
    return Pair(after.name, before, after, kind, found or Tolerance())


def _unknown(before: Sequence[Column], after: Sequence[Column], wish: PairingWish) -> list[Fault]:
    was, now = ({column.name.lower() for column in columns} for columns in (before, after))
    faults = []
    for old, new in wish.renamed.items():
        faults += [] if old.lower() in was else [_missing(old, "the first table", before)]
        faults += [] if new.lower() in now else [_missing(new, "the second table", after)]
    for name in [*wish.ignored, *(name for name in wish.tolerances if name)]:
        faults += [] if name.lower() in was | now else [_missing(name, "either table", [*before, *after])]
    kinds = {column.name.lower(): family(column.type) for column in (*before, *after)}
    for name in wish.tolerances:
        if name and kinds.get(name.lower(), Family.INTEGER) not in NUMBERS:
            faults.append(Fault(Place(f"--tolerance {name}"), "a column of numbers", f"a {kinds[name.lower()]}"))
    return faults


def _taken(before: Sequence[Column], wish: PairingWish) -> list[Fault]:
    """Name renamings onto a name that another column of the first table would have too."""
    told = {old.lower(): new.lower() for old, new in wish.renamed.items()}
    names = [told.get(column.name.lower(), column.name.lower()) for column in before]
    twice = sorted({name for name in names if names.count(name) > 1} & set(told.values()))
    return [Fault(Place(f"--renamed ...={name}"), "a name that no other column has before", "two") for name in twice]


def _useless(wish: PairingWish) -> list[Fault]:
    """Name tolerances that nothing would ask for: of a part of the key, and where whole rows are counted."""
    if wish.tolerances and not wish.key:
        hint = "Name the key with --on: without one whole rows are counted, as they are."
        return [Fault(Place("--tolerance"), "a key by which rows find each other", "none", hint)]
    key = {name.lower() for name in wish.key}
    within = [name for name in wish.tolerances if name.lower() in key]
    return [Fault(Place(f"--tolerance {name}"), "a column outside the key", "a part of it") for name in within]


def _keyless(was: Mapping[str, Column], now: Mapping[str, Column], wish: PairingWish) -> list[Fault]:
    """Name the parts of the key that a table lacks."""
    faults = []
    for name in wish.key:
        for columns, where in ((was, "the first table"), (now, "the second table")):
            if name.lower() not in columns:
                faults.append(_missing(name, where, list(columns.values())))
    return faults


def _missing(name: str, where: str, columns: Sequence[Column]) -> Fault:
    known = ", ".join(dict.fromkeys(column.name for column in columns[:20])) or "none"
    return Fault(Place(name[:80] or "a column"), f"a column of {where}", "none", f"There: {known}.")
