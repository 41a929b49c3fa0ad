"""Making: build a product's datasets in an environment of the design side, and sign for what was built in dev."""

from __future__ import annotations

from datetime import date

from assay.actions.build import BuildResult, build, plan_build, serve
from assay.actions.home import Home
from assay.actions.workshop import Progress, land_sources, logical_date
from assay.base.canonical import Digest
from assay.base.errors import raise_faults, refusal
from assay.base.names import TableRef
from assay.base.roles import Action
from assay.base.snapshots import Manifest, Slot
from assay.lifecycle.statements import Kind, Meant, Result, Statement
from assay.lifecycle.subjects import SubjectKind
from assay.project.model import Product, Project
from assay.project.reading import unfinished
from assay.project.subjects import subjects_of
from assay.workflow.plan import Plan

DEV = "dev"


def make(
    home: Home, project: Project, product_name: str, environment: str, payload: Digest | None, progress: Progress
) -> BuildResult:
    """Build a product's datasets in an environment: only what changed runs, and the pointer moves once, at the end."""
    product, sources, as_of = _ready(home, project, product_name, environment)
    result = build(home.workshop, product, environment, Slot.CURRENT, sources, as_of, payload, progress)
    serve(home.workshop, result, Slot.CURRENT, home.now())
    return result


def plan_product(home: Home, project: Project, product_name: str, environment: str) -> Plan:
    """Say what `make` would run, and why."""
    product, sources, as_of = _ready(home, project, product_name, environment)
    return plan_build(home.workshop, product, environment, Slot.CURRENT, sources, as_of)


def _ready(
    home: Home, project: Project, product_name: str, environment: str
) -> tuple[Product, dict[TableRef, Manifest], date]:
    """Find the product, land what it reads and tell the logical date."""
    product = product_named(project, product_name)
    raise_faults(unfinished(product))
    sources = land_sources(home.workshop, project, product, environment, home.variables)
    return product, sources, logical_date(home.workshop, product, sources, home.now())


def sign_built(home: Home, product_name: str, made: BuildResult) -> tuple[str, ...]:
    """Sign that the datasets and solutions of the working tree were built in dev, for every open release of a product.

    Whoever signs is the author: they never count as the other engineer for these digests.

    Returns:
        The releases for which it was signed.

    Raises:
        AssayError: the person may not build, or no release of the product is open.
    """
    home.authorised(Action.BUILD)
    record = home.load().record
    releases = [r for r in record.open_releases(product_name) if r.released is None]
    if not releases:
        hint = f"Open one with: assay release new {product_name}"
        raise refusal(product_name, expected="an open release to sign for", found="none", hint=hint)
    statements: list[Statement] = []
    for release in releases:
        for subject in _working_subjects(home, product_name):
            name = subject.id.rpartition("/")[2]
            details = {"snapshot": made.snapshots[name].digest} if name in made.snapshots else {}
            statements.append(
                home.statement(
                    Kind.BUILT, subjects=(subject,), release=release.id, environment=DEV, result=Result.PASS,
                    details={**details, "made_on": "a person's machine"},
                )
            )  # fmt: skip
    home.say_all(tuple(statements))
    return tuple(release.id for release in releases)


def product_named(project: Project, name: str) -> Product:
    """Find a product; the error lists those there are."""
    product = project.products.get(name)
    if product is None:
        known = ", ".join(sorted(project.products)) or "none"
        raise refusal(name, expected="a product of this project", found="none", hint=f"Products: {known}.")
    return product


def _working_subjects(home: Home, product_name: str) -> tuple[Meant, ...]:
    subjects = subjects_of(home.project, home.project.products[product_name])
    return tuple(Meant(s.id, s.digest) for s in subjects if s.kind in (SubjectKind.DATASET, SubjectKind.SOLUTION))
