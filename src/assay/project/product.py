"""Reads one product: its file, contracts, steps and solutions, and whether they fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from assay.base.canonical import Digest, digest_bytes
from assay.base.errors import AssayError, Fault, Place
from assay.base.names import NAME, SOURCES, TableRef, parse_table_ref
from assay.base.reading import Document, read_as, read_yaml
from assay.base.roles import Role, Roster
from assay.contract.model import Contract, LogicalType
from assay.contract.parse import parse_contract
from assay.contract.semver import Version, parse_version
from assay.project.faults import Faults
from assay.project.files import RUN_DATE, ProductFile
from assay.project.layout import PRODUCT, Layout, product_folder
from assay.project.model import DataEnd, Product, Schedule
from assay.project.references import dangling
from assay.solutions.dashboard import Dashboard, parse_dashboard
from assay.sql.parse import Query
from assay.workflow.graph import Graph, build_graph
from assay.workflow.steps import Language, Step, parse_step

_MOMENTS = frozenset({LogicalType.DATE, LogicalType.TIMESTAMP})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a product meets in its project.

    Attributes:
        files: relative path to content.
        contracts: of sources and of all products' datasets; None for one that could not be read, so that one fault does
            not make others.
        roster: None in a payload, which carries no people.
        known: what earlier readings of queries said, by the digest of their text.
    """

    files: Mapping[str, bytes]
    layout: Layout
    contracts: Mapping[TableRef, Contract | None]
    roster: Roster | None
    known: Mapping[Digest, Query]


def read_contract(files: Mapping[str, bytes], path: str, name: str) -> Contract:
    """Read the contract of one table: one schema object, named as the file, with a version of three numbers.

    Raises:
        AssayError: all faults of the file.
    """
    document = read_yaml(files[path], path)
    contract = parse_contract(document)
    faults = Faults()
    names = [dataset.name for dataset in contract.datasets]
    if names != [name]:
        expected = f"one schema object, named as the file: {name}"
        faults.add(document.fault("schema", expected=expected, found=", ".join(names) or "nothing"))
    _version(contract.version, document, faults)
    faults.raise_all()
    return contract


def read_product(name: str, around: Surroundings, faults: Faults) -> Product | None:
    """Read a product; None when it has faults, which are noted."""
    contracts = {
        table.name: contract for table, contract in around.contracts.items() if contract and table.schema == name
    }
    steps = [step for path in around.layout.steps[name] if (step := _step(path, around, faults))]
    graph = faults.attempt(build_graph, name, steps, [table for table in around.contracts if table.schema != name])
    solutions: dict[str, Dashboard] = {}
    for solution, path in around.layout.solutions[name].items():
        dashboard = faults.attempt(_dashboard, path, solution, around)
        if dashboard:
            solutions[solution] = dashboard
            faults.extend(_unknown_datasets(name, dashboard, around))
    for contract in contracts.values():
        faults.extend(dangling(contract, name, around.contracts))
    return _product(name, contracts, solutions, graph, around, faults)


def _product(
    name: str,
    contracts: Mapping[str, Contract],
    solutions: Mapping[str, Dashboard],
    graph: Graph | None,
    around: Surroundings,
    faults: Faults,
) -> Product | None:
    path = f"{product_folder(name)}{PRODUCT}"
    if path not in around.files:
        faults.add(Fault(Place(path), "the file of a product", "none", "It says title, owner and version."))
        return None
    document = faults.attempt(read_yaml, around.files[path], path)
    file = faults.attempt(read_as, ProductFile, document) if document else None
    if document is None or file is None:
        return None
    version = _version(file.version, document, faults)
    as_of = _data_end(file.as_of, document, around, faults)
    faults.extend(_unknown_owner(file.owner, document, around.roster))
    if graph is None or version is None:
        return None
    return Product(
        name=name,
        title=file.title,
        description=file.description,
        owner=file.owner,
        version=version,
        audience=file.audience,
        deliverables=tuple(file.deliverables),
        needed_by=date.fromisoformat(file.needed_by) if file.needed_by else None,
        schedule=Schedule(file.schedule.cron, file.schedule.soak_runs) if file.schedule else None,
        as_of=as_of,
        contracts=contracts,
        graph=graph,
        solutions=solutions,
    )


def _step(path: str, around: Surroundings, faults: Faults) -> Step | None:
    """Read a step; one with faults leaves its name behind, so that its readers are not blamed."""
    content = around.files[path]
    step = faults.attempt(parse_step, path, content, around.files, around.known)
    name, _, ending = path.rpartition("/")[2].rpartition(".")
    if step is None and ending in set(Language) and NAME.fullmatch(name):
        return Step(name, Language(ending), path, "", digest_bytes(content), (), {})
    return step


def _dashboard(path: str, name: str, around: Surroundings) -> Dashboard:
    return parse_dashboard(read_yaml(around.files[path], path), name, around.known)


def _unknown_datasets(product: str, dashboard: Dashboard, around: Surroundings) -> Iterator[Fault]:
    datasets = {table for table in around.contracts if table.schema != SOURCES}
    for table in dashboard.reads:
        full = table if table.schema else TableRef(product, table.name)
        if full not in datasets and not table.is_source:  # sources are refused where the dashboard is read
            own = sorted(each.name for each in datasets if each.schema == product)
            hint = f"Datasets of this product: {', '.join(own) or 'none'}."
            yield Fault(dashboard.place_of(table), "a dataset with a contract", str(table), hint)


def _version(text: str, document: Document, faults: Faults) -> Version | None:
    try:
        return parse_version(text, document.file)
    except AssayError as error:
        faults.extend(
            document.fault("version", expected=fault.expected, found=fault.found, hint=fault.hint)
            for fault in error.faults
        )
        return None


def _data_end(text: str, document: Document, around: Surroundings, faults: Faults) -> DataEnd | None:
    if text == RUN_DATE:
        return None
    name, _, column = text.rpartition(".")
    table = parse_table_ref(name)
    contract = around.contracts.get(table)
    part = contract.datasets[0].find(column) if contract else None
    if table not in around.contracts:
        faults.add(document.fault("as-of", expected="a source of this project", found=name))
    elif contract and (part is None or part.logical_type not in _MOMENTS):
        moments = [each.name for each in contract.datasets[0].properties if each.logical_type in _MOMENTS]
        hint = f"{name} has {', '.join(moments) or 'none'}."
        faults.add(document.fault("as-of", expected="a column of dates or timestamps", found=repr(column), hint=hint))
    return DataEnd(table, column)


def _unknown_owner(email: str, document: Document, roster: Roster | None) -> Iterator[Fault]:
    if roster is None:
        return
    person = roster.person(email)
    if person is None or Role.OWNER not in person.roles:
        owners = ", ".join(each.email for each in roster.holding(Role.OWNER))
        found = repr(email) if person is None else f"{email!r}, who has no such role"
        hint = f"Owners: {owners}." if owners else "Give somebody the role in people.yaml."
        yield document.fault("owner", expected="somebody in people.yaml with the role owner", found=found, hint=hint)
