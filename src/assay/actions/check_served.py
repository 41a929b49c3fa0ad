"""Checking what an environment serves by its contracts, for whoever works on it: nothing is built, nothing signed."""

from __future__ import annotations

from datetime import date

from assay.actions.checking import check_product
from assay.actions.environments import project_in
from assay.actions.home import Home
from assay.actions.make import product_named
from assay.actions.query import served
from assay.actions.results import result_of
from assay.actions.workshop import kept, sources_in
from assay.base.errors import Fault, Place, raise_faults
from assay.documentation.evidence_results import DatasetResult
from assay.validation.samples import A_FEW, SampleWish


def check_served(
    home: Home, product_name: str, environment: str, dataset: str | None = None, samples: SampleWish = A_FEW
) -> dict[str, DatasetResult]:
    """Test every rule of a product's contracts on what an environment serves now.

    Args:
        home: where.
        product_name: whose contracts: in dev those of the working tree, in QA those of the frozen payload.
        environment: ``dev`` or ``qa``.
        dataset: only this one; None for all.
        samples: which failing rows are wanted.

    Returns:
        What the rules gave, by dataset.

    Raises:
        AssayError: nothing is built there, or not that dataset; in QA, no release is frozen.
    """
    project, _ = project_in(home, product_name, environment)
    product = product_named(project, product_name)
    pointer = served(home.workshop, environment, product_name)
    wanted = product.datasets if dataset is None else (dataset,)
    there = [name for name in product.datasets if name in pointer.snapshots]
    hint = f"There: {', '.join(there) or 'none'}. Run: assay build {product_name} --env {environment}"
    missing = [name for name in wanted if name not in there]
    raise_faults(Fault(Place(name[:80]), f"a dataset that {environment} serves", "none", hint) for name in missing)
    snapshots = {name: kept(home.workshop, digest) for name, digest in pointer.snapshots.items()}
    sources, as_of = sources_in(home.workshop, pointer.cut), date.fromisoformat(pointer.as_of)
    checked = check_product(home.workshop, product, snapshots, sources, as_of, home.now(), dataset, samples)
    return {
        name: result_of(product.contracts[name], product.tested(name), found, is_explained=False)
        for name, found in checked.items()
    }
