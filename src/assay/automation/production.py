"""Production data: build a release's datasets here, check them, and publish its solutions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from assay.actions.build import BuildResult, build, serve
from assay.actions.checking import Checked, check_product
from assay.actions.publishing import Published, publish_product
from assay.actions.run_events import telling
from assay.actions.step_events import saying
from assay.actions.workshop import land_sources, logical_date
from assay.automation.node import ENVIRONMENT, Node, Progress
from assay.base.names import TableRef
from assay.base.snapshots import Manifest, Slot
from assay.bundle.payload import Payload
from assay.lifecycle.statements import GOOD, Result
from assay.project.model import Project


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a product gave.

    Attributes:
        is_published: whether the pointer was moved: only when every check of every dataset passed.
    """

    built: BuildResult
    checked: Mapping[str, Checked]
    result: Result
    is_published: bool


def land(node: Node, project: Project, product: str) -> dict[TableRef, Manifest]:
    """Land what production's sources hold now."""
    return land_sources(node.workshop, project, project.products[product], ENVIRONMENT, node.variables)


def run_product(
    node: Node, project: Project, payload: Payload, slot: Slot, sources: Mapping[TableRef, Manifest], progress: Progress
) -> Run:
    """Build on a cut, check everything, and move the slot's pointer only if all of it passed."""
    return put_in_place(node, make_product(node, project, payload, slot, sources, node.now(), progress), slot)


def make_product(
    node: Node, project: Project, payload: Payload, slot: Slot, sources: Mapping[TableRef, Manifest],
    on: datetime, progress: Progress,
) -> Run:  # fmt: skip
    """Build on a cut and check everything; nobody sees anything of it yet.

    Args:
        node: where.
        project: of the payload.
        payload: what is built.
        slot: for which it is built.
        sources: the cut.
        on: the moment whose day is the logical date, where the product takes that from when it runs.
        progress: told what is going on.
    """
    product = project.products[payload.product]
    as_of = logical_date(node.workshop, product, sources, on)
    with telling(node.lineage, project, product.name, ENVIRONMENT, node.now, progress) as told:
        watch = told.watch(saying(progress))
        built = build(node.workshop, product, ENVIRONMENT, slot, sources, as_of, payload.digest, watch)
        checked = check_product(node.workshop, product, built.snapshots, sources, as_of, node.now())
        told.checked(built.snapshots, {name: found.verdicts for name, found in checked.items()})
    return Run(built, checked, worst_result(checked), is_published=False)


def put_in_place(node: Node, run: Run, slot: Slot) -> Run:
    """Move the slot's pointer to a run whose checks all passed; of another one nothing is ever seen."""
    if run.result not in GOOD:
        return run
    serve(node.workshop, run.built, slot, node.now())
    return replace(run, is_published=True)


def publish_pages(node: Node, project: Project, payload: Payload, slot: Slot, banner: str = "") -> dict[str, Published]:
    """Render every solution of a product from what a slot serves, and read the pages back."""
    return publish_product(
        node.workshop, node.pages, project, payload.product, ENVIRONMENT, slot, node.now(), banner=banner
    )


def worst_result(checked: Mapping[str, Checked]) -> Result:
    """Return the worst result of all datasets; a missing verdict is the worst of all."""
    order = (Result.PASS, Result.WARN, Result.FAIL, Result.ERROR)
    return max((c.result for c in checked.values()), key=order.index, default=Result.PASS)


def run_details(run: Run, milliseconds: int, product: str) -> dict[str, object]:
    """Return what a statement says of a run."""
    counts: dict[str, int] = {}
    for checked in run.checked.values():
        for outcome, number in checked.counts.items():
            counts[outcome] = counts.get(outcome, 0) + number
    return {
        "product": product,
        "milliseconds": milliseconds,
        "as_of": run.built.as_of.isoformat(),
        "rows": {name: manifest.rows for name, manifest in run.built.snapshots.items()},
        "snapshots": {name: manifest.digest for name, manifest in run.built.snapshots.items()},
        "cut": run.built.cut,
        "verdicts": counts,
        "published": run.is_published,
    }
