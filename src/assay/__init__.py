"""Assay: from a stakeholder's question to a released, monitored analytic product, every step proven.

The names below are the Python door; each is loaded when it is first used, so that ``import assay`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.base.errors import AssayError
    from assay.base.version import __version__
    from assay.python import (
        Build,
        Checks,
        Comparisons,
        Dataset,
        Lineage,
        Plan,
        Product,
        Project,
        Validation,
        open_project,
    )

__all__ = [
    "AssayError", "Build", "Checks", "Comparisons", "Dataset", "Lineage", "Plan", "Product", "Project", "Validation",
    "__version__", "open_project",
]  # fmt: skip

_ROOMS = {"AssayError": "assay.base.errors", "__version__": "assay.base.version"}


def __getattr__(name: str) -> Any:
    """Load a name of the door."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    room = _ROOMS.get(name, "assay.python")
    return globals().setdefault(name, getattr(import_module(room), name))


def __dir__() -> list[str]:
    """Name what can be loaded."""
    return sorted({*globals(), *__all__})
