"""Which rows somebody asks for: from an address's parameters to a wish, and back into a form."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import QueryParams

from assay.actions.preview import Wish
from assay.base.errors import Fault, Place, raise_faults
from assay.validation.filters import Comparison, Filter, Sort

FILTERS = 5
"""So many filters in one form."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What was asked for, as it was typed; a row a filter: column, comparison, value."""

    filters: tuple[tuple[str, str, str], ...] = ()
    sort: str = ""
    descends: bool = False
    page: str = "1"

    def wish(self) -> Wish:
        """Read it.

        Raises:
            AssayError: a comparison that there is not, or a page that is no number.
        """
        found, faults = [], []
        for column, comparison, value in self.filters:
            try:
                found.append(Filter(column, Comparison(comparison), value))
            except ValueError:
                wanted = f"one of {', '.join(Comparison)}"
                faults.append(Fault(Place(f"column {column[:80]}"), wanted, repr(comparison[:40])))
        if not (self.page.isascii() and self.page.isdecimal() and len(self.page) < 8):
            faults.append(Fault(Place("page"), "a number", repr(self.page[:40])))
        raise_faults(faults)
        return Wish(tuple(found), Sort(self.sort, self.descends) if self.sort else None, int(self.page))


def asking(parameters: QueryParams) -> Asking:
    """Read an address's parameters; rows of the form that name no column are left out."""
    rows = [
        tuple(parameters.get(f"{part}{number}", "") for part in ("column", "comparison", "value"))
        for number in range(FILTERS)
    ]
    return Asking(
        filters=tuple((column, comparison, value) for column, comparison, value in rows if column),
        sort=parameters.get("sort", ""),
        descends=parameters.get("order", "") == "down",
        page=parameters.get("page", "1"),
    )
