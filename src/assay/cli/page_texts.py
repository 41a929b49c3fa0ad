"""The texts of which pages are made, that lie in the package."""

from __future__ import annotations

from importlib.resources import files

from assay.base.version import __version__
from assay.documentation.evidence_page import STYLE, PageTexts


def page_texts(page: str, parts: str) -> PageTexts:
    """Read a page's template, its parts and the style that all pages of one file share."""
    folder = files("assay.documentation") / "templates"
    texts = [(folder / name).read_text(encoding="utf-8") for name in (page, parts, STYLE)]
    return PageTexts(texts[0], texts[1], texts[2], __version__)
