"""Backfills: slices of time that are made anew because somebody asks, though nothing says that they changed."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.workflow.slices import SliceUnit, Span, span_of

_BETWEEN = ".."
_FORM = "STEP=FROM..TO"
_EXAMPLE = "For example daily=2013-01..2013-03; one end may be left open: daily=2013-02.."
_DAYS = "a year, month, day or moment: 2013, 2013-02, 2013-02-28 or 2013-02-28T12:00"
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}([T ].+)?", re.ASCII)
_YEAR = re.compile(r"(\d{4})(?:-(\d{2}))?", re.ASCII)
_DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Wish:
    """A range of one step as somebody names it; both days belong to it, None is an open end.

    Attributes:
        step: its name.
        written: the range as it was written.
        first: the first day of what FROM names.
        last: the last day of what TO names.
    """

    step: str
    written: str
    first: date | None
    last: date | None

    @property
    def place(self) -> Place:
        """What to call it in errors."""
        return Place(f"backfill {self.step}={self.written}"[:120])


@dataclass(frozen=True, slots=True)
class Stretch:
    """A range, as the slices that it touches.

    Attributes:
        wish: as it was named.
        span: from the first day of its first slice to the day after its last one.
    """

    wish: Wish
    span: Span


@dataclass(frozen=True, slots=True)
class Backfill:
    """What is made anew of one step.

    Attributes:
        stretches: at least one.
        slices: how many slices there were in them when they were last built.
    """

    stretches: tuple[Stretch, ...]
    slices: int = 0

    @property
    def spans(self) -> tuple[Span, ...]:
        """The ranges alone."""
        return tuple(stretch.span for stretch in self.stretches)

    @property
    def written(self) -> str:
        """The ranges as they were named."""
        return ", ".join(stretch.wish.written for stretch in self.stretches)

    def __str__(self) -> str:
        return f"{self.written}, {self.slices} slice{'' if self.slices == 1 else 's'}"

    def counted(self, labels: Sequence[str]) -> Backfill:
        """Return it with the number of slices that it means.

        Args:
            labels: of the files that were built last, by the names of their slices.
        """
        return replace(self, slices=sum(any(span.holds(name) for span in self.spans) for name in set(labels)))


def parse_wishes(texts: Sequence[str]) -> tuple[Wish, ...]:
    """Read ranges of steps, each ``STEP=FROM..TO``.

    Raises:
        AssayError: what `parse_wish` refuses, of all of them.
    """
    wishes: list[Wish] = []
    faults: list[Fault] = []
    for text in texts:
        try:
            wishes.append(parse_wish(text))
        except AssayError as error:
            faults += error.faults
    raise_faults(faults)
    return tuple(wishes)


def parse_wish(text: str) -> Wish:
    """Read ``STEP=FROM..TO``.

    Raises:
        AssayError: another form, something that is no date, or a range that ends before it begins.
    """
    step, is_given, written = text.partition("=")
    start, is_range, end = written.partition(_BETWEEN)
    place = Place(f"backfill {text}"[:120])
    if not (step and is_given and is_range) or not (start or end):
        found = "another form" if step and is_given and not is_range else "a part of it"
        raise AssayError(Fault(place, f"{_FORM}, with an end at least", found, _EXAMPLE))
    first = _days(start, place)[0] if start else None
    last = _days(end, place)[1] if end else None
    if first is not None and last is not None and last < first:
        raise AssayError(Fault(place, "a range that ends after it begins", f"{first} to {last}"))
    return Wish(step, written, first, last)


def backfill_of(wishes: Sequence[Wish], unit: SliceUnit) -> Backfill:
    """Return ranges of one step as the slices that they touch, of which how many there are is not known yet."""
    return Backfill(tuple(Stretch(wish, span_of(unit, wish.first, wish.last)) for wish in wishes))


def _days(text: str, place: Place) -> tuple[date, date]:
    """Return the first and the last day of what a text names; a moment with an offset is taken in UTC."""
    try:
        if found := _YEAR.fullmatch(text):
            year, month = int(found[1]), int(found[2] or 0)
            last = month or _DECEMBER
            return date(year, month or 1, 1), date(year, last, monthrange(year, last)[1])
        if not _MOMENT.fullmatch(text):
            raise ValueError(text)
        moment = datetime.fromisoformat(text)
        day = (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError) as error:
        raise AssayError(Fault(place, _DAYS, repr(text[:40]), _EXAMPLE)) from error
    return day, day
