"""What gates are asked for: contracts, datasets and solutions of a product, each with the digests of its meaning.

Whatever changes a number changes the digest of everything that shows it: a dataset's digest covers its contract, its
step and all that it reads, a solution's covers the datasets it shows (design, section 3). How production runs it, its
schedule and the places of its sources, changes no number that was accepted before; it has a digest beside the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assay.base.canonical import Digest, JsonValue, digest_value
from assay.base.names import TableRef
from assay.contract.digest import columns_digest, contract_digest
from assay.contract.model import Contract
from assay.lifecycle.subjects import Aspect, Subject, SubjectKind
from assay.project.dbt_tests import meaning_of
from assay.project.model import Product, Project
from assay.project.references import tables_named
from assay.project.schedule import Schedule
from assay.project.sources import places_of
from assay.solutions.dashboard import Dashboard, normal_form


def subjects_of(project: Project, product: Product) -> tuple[Subject, ...]:
    """Return the subjects of a product: contracts, then datasets, then solutions, each after those it reads.

    A dataset without a step and a solution that shows one are not there yet; their contracts are.
    """
    digests = step_digests(project, product)
    datasets = {name: _dataset(project, product, name, digests) for name in product.datasets}
    running = {name: dataset.digest_of(Aspect.PRODUCTION) for name, dataset in datasets.items()}
    solutions = sorted(product.solutions.values(), key=lambda s: s.name)
    shown = [s for s in solutions if all(_is_built(table, product) for table in s.reads)]
    return (
        *(_contract(product.name, name, contract) for name, contract in sorted(product.contracts.items())),
        *datasets.values(),
        *(_solution(project, product, dashboard, digests, running) for dashboard in shown),
    )


def step_digests(project: Project, product: Product) -> Mapping[str, Digest]:
    """Return the digest of each step's table, in which all that it reads is contained.

    Of tables of the same product it contains the digest, recursively; of sources and of other products' datasets the
    contract: how they are made is their makers' business.
    """
    digests: dict[str, Digest] = {}
    for name, step in product.steps.items():
        contract = product.contracts.get(name)
        digests[name] = digest_value(
            {
                "contract": contract_digest(contract) if contract else None,
                "step": step.digest,
                **({"as_of": _as_of(product)} if step.uses_as_of else {}),
                **({"tests": meaning_of(product.rules[name])} if product.rules.get(name) else {}),
                "reads": _read_digests(project, step.reads, digests),
            }
        )
    return digests


def dataset_id(product: str, name: str) -> str:
    """Return the id under which statements speak of a dataset."""
    return f"{SubjectKind.DATASET}:{product}/{name}"


def _contract(product: str, name: str, contract: Contract) -> Subject:
    digests = {Aspect.WHOLE: contract_digest(contract), Aspect.COLUMNS: columns_digest(contract)}
    return Subject(SubjectKind.CONTRACT, f"{product}/{name}", digests)


def _dataset(project: Project, product: Product, name: str, digests: Mapping[str, Digest]) -> Subject:
    steps = [product.steps[each] for each in {name, *product.graph.above(name)}]
    sources = {table for step in steps for table in step.reads if table.is_source}
    feeds = {"contracts": _read_digests(project, sources, {}), "places": _places(project, sources)}
    named = {table for table in tables_named(product.contracts[name]) if table.is_source}
    if product.as_of and any(step.uses_as_of for step in steps):
        named.add(product.as_of.table)
    production = {
        "meaning": digests[name],
        "places": _places(project, sources | named),
        "schedule": _schedule(product.schedule),
    }
    return Subject(
        SubjectKind.DATASET,
        f"{product.name}/{name}",
        {
            Aspect.WHOLE: digests[name],
            Aspect.FEEDS: digest_value(feeds),
            Aspect.PRODUCTION: digest_value(production),
        },
        (f"{SubjectKind.CONTRACT}:{product.name}/{name}", *sorted(_datasets_below(product, name))),
    )


def _places(project: Project, sources: Iterable[TableRef]) -> dict[str, JsonValue]:
    return {str(table): places_of(project.contracts[table]) for table in sources}


def _schedule(schedule: Schedule | None) -> JsonValue:
    """Write what decides which runs there are and which of them count; what is as it always was is not mentioned."""
    if schedule is None:
        return None
    usual = Schedule(schedule.cron, schedule.soak_runs)
    said: dict[str, JsonValue] = {"cron": schedule.cron, "soak_runs": schedule.soak_runs}
    if schedule.timezone != usual.timezone:
        said["timezone"] = schedule.timezone
    if schedule.missed is not usual.missed:
        said["missed"] = str(schedule.missed)
    if schedule.retries != usual.retries:
        said["retries"] = schedule.retries
    if schedule.timeout_seconds is not None:
        said["timeout"] = str(schedule.timeout_seconds)
    return said


def _datasets_below(product: Product, name: str) -> set[str]:
    """Find the ids of the datasets that a step reads, itself or through intermediate tables."""
    found: set[str] = set()
    for table in product.steps[name].reads:
        if table.schema is None and table.name not in product.contracts:
            found |= _datasets_below(product, table.name)
        elif not table.is_source:
            found.add(dataset_id(table.schema or product.name, table.name))
    return found


def _solution(
    project: Project, product: Product, dashboard: Dashboard, digests: Mapping[str, Digest],
    running: Mapping[str, Digest],
) -> Subject:  # fmt: skip
    """Make the subject of a solution; ``running``: the digests of how the product's datasets run in production."""
    whole = digest_value(
        {"solution": normal_form(dashboard), "reads": _read_digests(project, dashboard.reads, digests)}
    )
    reads = tuple(dataset_id(table.schema or product.name, table.name) for table in dashboard.reads)
    production = digest_value({"meaning": whole, "reads": _read_digests(project, dashboard.reads, running)})
    meanings = {Aspect.WHOLE: whole, Aspect.PRODUCTION: production}
    return Subject(SubjectKind.SOLUTION, f"{product.name}/{dashboard.name}", meanings, reads)


def _read_digests(project: Project, tables: Iterable[TableRef], own: Mapping[str, Digest]) -> dict[str, JsonValue]:
    return {
        str(table): contract_digest(project.contracts[table]) if table.schema else own[table.name] for table in tables
    }


def _as_of(product: Product) -> str:
    """Return how the logical date is told, for it changes the rows of a step that asks for it."""
    return f"{product.as_of.table}.{product.as_of.column}" if product.as_of else "the day of the run"


def _is_built(table: TableRef, product: Product) -> bool:
    return table.schema is not None or table.name in product.datasets
