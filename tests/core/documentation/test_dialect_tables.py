"""The page on contracts shows the dialects as they are."""

from __future__ import annotations

from assay.documentation.dialect_tables import dialect_table, type_table
from house import ROOT


def test_the_tables_of_the_page_are_drawn_from_those_that_decide() -> None:
    page = (ROOT / "docs" / "contracts.md").read_text()

    assert dialect_table() in page
    assert type_table() in page
