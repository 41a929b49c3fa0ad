"""A lineage, as the Python door returns it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assay.actions.lineage import Traced
from assay.base.canonical import JsonValue
from assay.documentation.blocks import COLUMNS


@dataclass(frozen=True, slots=True, repr=False)
class Lineage:
    """What comes from where; as text a tree, in a notebook a picture."""

    _traced: Traced

    @property
    def title(self) -> str:
        """What it is about."""
        return self._traced.title

    def as_svg(self) -> str:
        """Return the picture: one SVG document, in the light or dark of whoever looks."""
        from assay.documentation.lineage_svg import svg_of
        from assay.documentation.lineage_view import view_of

        traced = self._traced
        return svg_of(view_of(traced.lineage, traced.title, traced.up, traced.down))

    def as_mermaid(self) -> str:
        """Return a Mermaid flowchart, which code hosts and wikis draw."""
        from assay.documentation.lineage_mermaid import mermaid_of
        from assay.documentation.lineage_view import view_of

        traced = self._traced
        return mermaid_of(view_of(traced.lineage, traced.title, traced.up, traced.down))

    def as_json(self) -> JsonValue:
        """Return what ``assay lineage -o json`` writes: all tables with their columns, and the flows between them."""
        from assay.documentation.lineage_view import view_as_json, view_of

        traced = self._traced
        return view_as_json(view_of(traced.lineage, traced.title, traced.up, traced.down, most=None))

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        """Show the picture in a notebook."""
        from assay.python.display import notebook

        return notebook().picture(self.title, self.as_svg())

    def _lines(self) -> Iterator[str]:
        from assay.documentation.lineage_tree import trees_of

        traced = self._traced
        yield self.title
        for title, lines in trees_of(traced.lineage, traced.up, traced.down, COLUMNS):
            yield from ["", title] if title else []
            yield from lines
