"""Floor 9, the Python door: the acts of the terminal as functions, for scripts and notebooks.

``import assay`` loads nothing of all this before the first call::

    project = assay.open_project("flights")
    project.plan()
    project.build()
    daily = project.dataset("ontime_daily")
    daily.polars()
    daily.relation().aggregate("carrier, sum(flights)")
    project.compare("dev", "qa")
    project.lineage("sources.flights.dep_delay")

What is returned shows itself in a notebook, and prints as text of 80 columns.
"""

from __future__ import annotations

from assay.python.building import Build, Plan
from assay.python.comparing import Comparisons
from assay.python.dataset import Dataset
from assay.python.lineage import Lineage
from assay.python.product import Product
from assay.python.project import Project, open_project
from assay.python.validation import Checks, Validation

__all__ = [
    "Build", "Checks", "Comparisons", "Dataset", "Lineage", "Plan", "Product", "Project", "Validation", "open_project",
]  # fmt: skip
