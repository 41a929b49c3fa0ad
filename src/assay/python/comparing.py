"""Comparisons, as the Python door returns them, and how one is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assay.comparison.results import Comparison, as_json
from assay.documentation.blocks import Line, text_of
from assay.documentation.comparison_blocks import comparison_blocks

if TYPE_CHECKING:
    from assay.actions.compared_tables import CompareWish

Names = str | Sequence[str]
"""One name, or several."""

Apart = float | str
"""How far numbers may lie apart: ``0.01``, or ``"1%"`` of the earlier one."""


class Comparisons(Mapping[str, Comparison]):
    """What was found, by the name of each dataset (``product/dataset``); of files, by how the later were named."""

    __slots__ = ("_found",)

    def __init__(self, found: Sequence[tuple[str, Comparison]]) -> None:
        self._found = dict(found)

    def __getitem__(self, name: str) -> Comparison:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def is_identical(self) -> bool:
        """Whether all that was compared has the same rows and the same schema."""
        return all(one.is_identical for one in self._found.values())

    def as_json(self) -> dict[str, Any]:
        """Return what ``assay compare -o json`` writes; values of rows are in it as far as they are shown here."""
        return {name: as_json(one) for name, one in self._found.items()}

    def __repr__(self) -> str:
        parts = [text_of(comparison_blocks(name, one)) for name, one in self._found.items()]
        return "\n\n".join(parts) or text_of([Line("Nothing was compared.")])

    def _repr_html_(self) -> str:
        """Show them in a notebook."""
        from assay.python.display import notebook

        return notebook().comparisons(list(self._found.items()))


def wish_of(
    on: Names, tolerance: Apart | Mapping[str, Apart] | None, ignore: Names, renamed: Mapping[str, str] | None,
    by: str | Sequence[Names], measure: Names, samples: int,
) -> CompareWish:  # fmt: skip
    """Put together how two tables are compared, from what `Project.compare` was given.

    Raises:
        AssayError: a tolerance in another form.
    """
    from assay.wiring_compare import compare_wish

    apart = tolerance if isinstance(tolerance, Mapping) else {} if tolerance is None else {"": tolerance}
    groups = [by] if isinstance(by, str) else by
    return compare_wish(
        key=listed(on),
        tolerances={column: str(number) for column, number in apart.items()},
        renamed=dict(renamed or {}),
        ignored=listed(ignore),
        dimensions=[listed(group) for group in groups],
        measures=(measure,) if isinstance(measure, str) else tuple(measure),
        samples=samples,
    )


def listed(names: Names) -> tuple[str, ...]:
    """Return names as a tuple; one text may hold several, parted by commas, as at the terminal."""
    if isinstance(names, str):
        return tuple(name.strip() for name in names.split(",") if name.strip())
    return tuple(names)
