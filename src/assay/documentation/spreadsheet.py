"""Tables as CSV (RFC 4180) that a spreadsheet opens as text and never computes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""With these a cell begins that a spreadsheet takes for a formula; the last four are the wide forms of the first."""


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Write rows as lines, each with its line end."""
    return (",".join(_quoted(safe_cell(cell)) for cell in row) + "\r\n" for row in rows)


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet computes: an apostrophe goes before what would begin a formula."""
    return f"'{text}" if text[:1] in FORMULA_STARTS else text


def _quoted(text: str) -> str:
    """Quote every cell: another separator than the comma then breaks none of them in two."""
    return '"' + text.replace('"', '""') + '"'
