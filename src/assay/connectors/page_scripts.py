"""Loads what every rendered page is made of from the package's own files."""

from __future__ import annotations

from importlib.resources import files

from assay.solutions.render import PageAssets

LIBRARIES = ("vega.min.js", "vega-lite.min.js", "vega-embed.min.js")
"""Under ``solutions/vendor``, in the order in which they run."""


def load_scripts() -> PageAssets:
    """Return template, style and scripts as they were installed with the package."""
    room = files("assay.solutions")
    page, vendor = room / "page", room / "vendor"
    return PageAssets(
        template=(page / "page.html.j2").read_text(encoding="utf-8"),
        style=(page / "page.css").read_text(encoding="utf-8"),
        mount=(page / "page.js").read_text(encoding="utf-8"),
        libraries=tuple((vendor / name).read_text(encoding="utf-8") for name in LIBRARIES),
    )
