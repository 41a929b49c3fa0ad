"""What notebooks show is written here: from the templates that lie in the package."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from assay.documentation.notebook import FILES, Notebook


@lru_cache(maxsize=1)
def notebook() -> Notebook:
    """Return what writes HTML for a notebook."""
    folder = files("assay.documentation") / "templates"
    return Notebook({name: (folder / name).read_text(encoding="utf-8") for name in FILES})
