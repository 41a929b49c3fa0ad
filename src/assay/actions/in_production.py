"""In production: what is served of each product, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assay.actions.home import Home
from assay.actions.paging import PageOf, page_of
from assay.actions.products import ServedLine
from assay.actions.releases import let_look
from assay.actions.status import served_lines

PAGE = 50


@dataclass(frozen=True, slots=True)
class Production:
    """One page of what production serves.

    Attributes:
        lines: what is late stands first, and what was never released last.
        served: how many products are served.
        late: how many of these are late.
    """

    lines: PageOf[ServedLine]
    served: int
    late: int


def production_page(home: Home, product: str | None = None, number: int = 1) -> Production:
    """Say what production serves.

    Args:
        home: opened for whoever looks.
        product: one alone; None for all of them.
        number: of the page, from 1.

    Raises:
        AssayError: who looks is known and has no role.
    """
    let_look(home)
    lines = late_first(line for line in served_lines(home) if product in (None, line.product))
    served, late = sum(line.version is not None for line in lines), sum(bool(line.late) for line in lines)
    return Production(page_of(lines, number, PAGE, lambda line: line), served, late)


def late_first(lines: Iterable[ServedLine]) -> list[ServedLine]:
    """Put what is late first, and what was never released last; else the order stays."""
    return sorted(lines, key=lambda line: (not line.late, line.version is None))
