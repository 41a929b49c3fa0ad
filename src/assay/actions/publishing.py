"""Publishing: render the solutions of a product from what an environment serves, check them, put them in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from assay.actions.workshop import Workshop, open_pointer
from assay.base.canonical import Digest, digest_bytes
from assay.base.errors import AssayError, refusal
from assay.base.names import TableRef
from assay.base.ports import Engine, Pages
from assay.base.snapshots import Pointer, Slot
from assay.contract.model import Dataset
from assay.lifecycle.statements import Result
from assay.project.model import Product, Project
from assay.project.subjects import subjects_of
from assay.solutions.check import SolutionCheck, check_solution, is_good
from assay.solutions.dashboard import Dashboard
from assay.solutions.render import PageAssets, PageContext, render_page
from assay.solutions.rows import QueryFailure, QueryRows


@dataclass(frozen=True, slots=True)
class Published:
    """What came of publishing a solution.

    Attributes:
        result: pass when it was put in place and read back; fail or error when it was not.
        checks: what was looked at before.
        location: where it can be looked at; empty when it was not put in place.
        digest: of the page's bytes as they were read back; None when there is none.
    """

    result: Result
    checks: tuple[SolutionCheck, ...]
    location: str
    digest: Digest | None

    def as_details(self) -> dict[str, Any]:
        """Return what a statement says of it."""
        bad = [f"{check.name}: {check.message}" for check in self.checks if check.outcome != "pass"]
        return {"checks": len(self.checks), "failed": bad, "page": self.digest}


def publish_product(
    workshop: Workshop, pages: Pages, project: Project, product_name: str, environment: str, slot: Slot,
    now: datetime, *, banner: str = "", only: str | None = None,
) -> dict[str, Published]:  # fmt: skip
    """Publish every solution of a product from what a slot of an environment serves.

    Args:
        workshop: where the datasets are.
        pages: where pages are put.
        project: what the solutions are read from: a payload's, outside dev.
        product_name: whose.
        environment: shown on the page.
        slot: whose data.
        now: shown on the page.
        banner: a warning above everything; empty for none.
        only: one solution; None for all.

    Raises:
        AssayError: nothing is served there yet.
    """
    product = project.products[product_name]
    pointer = workshop.pointers.get(environment, product_name, slot)
    if pointer is None:
        hint = f"Run: assay build {product_name} --env {environment}"
        raise refusal(f"{product_name} in {environment}", expected="built datasets", found="none", hint=hint)
    digests = {subject.name: subject.digest for subject in subjects_of(project, product)}
    published = {}
    queries = [query.sql for dashboard in product.solutions.values() for query in dashboard.queries.values()]
    with open_pointer(workshop, pointer, queries) as engine:
        for name, dashboard in product.solutions.items():
            if only in (None, name):
                context = _context(product, pointer, environment, digests[f"{product_name}/{name}"], now, banner)
                page = f"{environment if slot is Slot.CURRENT else slot}/{product_name}/{name}.html"
                published[name] = _publish(
                    engine, pages, page, dashboard, _contracts(product), workshop.assets, context
                )
    return published


def _publish(
    engine: Engine, pages: Pages, page: str, dashboard: Dashboard, contracts: Mapping[TableRef, Dataset],
    assets: Callable[[], PageAssets], context: PageContext,
) -> Published:  # fmt: skip
    answers = {name: _answer(engine, query.sql) for name, query in dashboard.queries.items()}
    checks = check_solution(dashboard, answers, contracts)
    if not is_good(checks):
        broken = any(check.outcome == "error" for check in checks)
        return Published(Result.ERROR if broken else Result.FAIL, checks, "", None)
    rows = {name: answer for name, answer in answers.items() if isinstance(answer, QueryRows)}
    content = render_page(dashboard, rows, assets(), context).encode()
    location = pages.publish(page, content)
    found = pages.read(page)
    result = Result.PASS if found == content else Result.FAIL
    return Published(result, checks, location, digest_bytes(found) if found is not None else None)


def _answer(engine: Engine, sql: str) -> QueryRows | QueryFailure:
    try:
        return QueryRows(engine.columns(sql), engine.query(sql))
    except AssayError as error:
        return QueryFailure("; ".join(fault.found for fault in error.faults))


def _contracts(product: Product) -> dict[TableRef, Dataset]:
    return {TableRef(None, name): contract.datasets[0] for name, contract in product.contracts.items()}


def _context(
    product: Product, pointer: Pointer, environment: str, digest: Digest, now: datetime, banner: str
) -> PageContext:
    return PageContext(
        environment=environment,
        product=product.name,
        product_title=product.title,
        version=str(product.version),
        digest=digest,
        as_of=date.fromisoformat(pointer.as_of),
        snapshots=pointer.snapshots,
        built_at=now,
        banner=banner or None,
    )
