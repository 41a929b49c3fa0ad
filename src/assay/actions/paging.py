"""Paging: one page of a long list, so that no answer grows with the project. Values only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class PageOf(Generic[T]):
    """One page of a list.

    Attributes:
        items: what is on it; none beyond the end.
        number: of the page, from 1.
        size: how many a page has at most.
        total: how many there are on all pages together.
    """

    items: tuple[T, ...]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one, with nothing on it."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """Where in the list this page begins, from 1."""
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        """Where in the list this page ends."""
        return self.first + len(self.items) - 1

    @property
    def is_beyond(self) -> bool:
        """Whether the list ends before this page."""
        return self.number > self.pages

    def each(self, shown: Callable[[T], U]) -> PageOf[U]:
        """Make something else of each that stands on it."""
        return PageOf(tuple(map(shown, self.items)), self.number, self.size, self.total)


def page_of(found: Sequence[S], number: int, size: int, shown: Callable[[S], T]) -> PageOf[T]:
    """Cut one page out of a list, and work out only what stands on it.

    Args:
        found: the whole list.
        number: of the page, from 1; beyond the last one it has nothing on it.
        size: how many a page has at most.
        shown: makes of one of the list what is on the page.
    """
    start = (number - 1) * size
    return PageOf(tuple(shown(each) for each in found[start : start + size]), number, size, len(found))
