"""The same cut: another version built on the sources that a place was built from, so that only code differs."""

from __future__ import annotations

from datetime import date

from assay.actions.build import build_on_cut
from assay.actions.compared_places import DataPlace
from assay.actions.home import Home
from assay.actions.make import product_named
from assay.actions.projects import project_of
from assay.actions.workshop import Progress, sources_in
from assay.base.errors import refusal
from assay.base.names import SOURCES


def on_cut_of(home: Home, before: DataPlace, after: DataPlace, product_name: str, progress: Progress) -> DataPlace:
    """Build what one place was built from on the cut and the logical date of another. No pointer moves.

    Args:
        home: whose payloads, and whose working tree stands for a place that has none.
        before: whose steps are run.
        after: whose sources are read.
        product_name: whose datasets.
        progress: told of each step that runs; what was built before on this cut is taken from there.

    Raises:
        AssayError: nobody knows the cut of ``after``, it lies in another store, or a step fails on it.
    """
    if (
        not after.cut
        or after.as_of is None
        or before.workshop is not home.workshop
        or after.workshop is not home.workshop
    ):
        hint = "Name an environment or a release whose data is kept here; a node compares with QA when it deploys."
        raise refusal(after.name, expected="a place whose cut is kept here", found="none", hint=hint)
    project = home.project if before.payload is None else project_of(home.payload(before.payload))
    product = product_named(project, product_name)
    sources, as_of = sources_in(home.workshop, after.cut), date.fromisoformat(after.as_of)
    made = build_on_cut(home.workshop, product, sources, as_of, before.payload, progress)
    snapshots = {f"{product_name}/{name}": manifest for name, manifest in made.snapshots.items()}
    snapshots |= {f"{SOURCES}/{table.name}": manifest for table, manifest in sources.items()}
    name = f"{before.name} on the cut of {after.name}"
    return DataPlace(name, snapshots, before.payload, home.workshop, after.cut, after.as_of)
