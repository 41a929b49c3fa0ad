"""What a notebook shows: pieces of HTML without script, in the light or dark of whatever they stand in."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assay.base.snapshots import Column
from assay.comparison.results import Comparison
from assay.documentation import comparison_page, evidence_page
from assay.documentation.blocks import Block, cell_text
from assay.documentation.evidence_results import DatasetResult, said_of
from assay.documentation.self_contained import own_style, page_environment
from assay.validation.types import NUMBERS, family

PAGE, STYLE = "notebook.html.j2", "notebook.css"
FILES = (PAGE, comparison_page.PARTS, evidence_page.PARTS, STYLE)
"""The files beside this one, in ``templates``, of which all of it is made."""

_GLOBALS: Mapping[str, Any] = {
    **comparison_page.GLOBALS,
    **evidence_page.GLOBALS,
    "cell_text": cell_text,
    "said_of": said_of,
}


class Notebook:
    """Writes what a notebook shows."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Take the `FILES` by their names."""
        environment = page_environment({name: text for name, text in texts.items() if name != STYLE})
        environment.globals |= _GLOBALS
        self._style = own_style(texts[STYLE])
        self._macros = environment.get_template(PAGE).module

    def blocks(self, title: str, blocks: Iterable[Block]) -> str:
        """Show lines and tables below a title."""
        return self._shown("blocks", title, tuple(blocks))

    def rows(self, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> str:
        """Show rows of a dataset; nothing stands for a value that is missing."""
        named = [(column.name, column.type, family(column.type) in NUMBERS) for column in columns]
        return self._shown("rows", title, named, rows)

    def comparisons(self, found: Sequence[tuple[str, Comparison]]) -> str:
        """Show comparisons, each with the name of its dataset, by the parts of the comparison page."""
        return self._shown("comparisons", found)

    def results(self, title: str, found: Sequence[DatasetResult]) -> str:
        """Show what rules gave, by the parts of the evidence page, below a title."""
        return self._shown("results", title, found)

    def picture(self, title: str, svg: str) -> str:
        """Show a picture; it stands by itself, so that its style touches nothing else."""
        return self._shown("picture", title, base64.b64encode(svg.encode()).decode())

    def _shown(self, macro: str, *arguments: Any) -> str:
        body = getattr(self._macros, macro)(*arguments)
        return f'<div class="assay-shown"><style>{self._style}</style>{body}</div>'
