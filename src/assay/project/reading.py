"""Reads a whole project from its files: frozen values, or every fault of every file at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assay.base.canonical import Digest
from assay.base.errors import Fault, Place
from assay.base.names import SOURCES, TableRef
from assay.base.reading import Document, read_as, read_yaml
from assay.base.roles import Roster
from assay.contract.digest import contract_digest
from assay.contract.model import Contract
from assay.lifecycle.gates import GateTable
from assay.project.binding import malformed
from assay.project.faults import Faults
from assay.project.files import LineageEntry, PeopleFile, ProjectFile
from assay.project.layout import PEOPLE, PROCESS, PROJECT, Layout, layout_of
from assay.project.model import Environment, LineageTarget, Product, Project, Source
from assay.project.people import nodes_of, people_faults, people_of, project_faults, shared_keys
from assay.project.process import parse_process
from assay.project.product import Surroundings, read_contract, read_product
from assay.project.references import dangling
from assay.project.source_places import written_secrets
from assay.sql.parse import Query
from assay.workflow.steps import Language, query_key

Files = Mapping[str, bytes]
_NO_QUERIES: Mapping[Digest, Query] = {}


@dataclass(frozen=True, slots=True)
class _Head:
    """The files at the top of a project, those that could be read."""

    project: tuple[ProjectFile, Document] | None
    people: tuple[PeopleFile, Document] | None
    process: GateTable | None

    @property
    def roster(self) -> Roster:
        people = people_of(self.people[0]) if self.people else ()
        if self.project is None:
            return Roster(people)
        return Roster(people, nodes_of(self.project[0]), self.project[0].name)


def read_project(files: Files, product: str | None = None, known: Mapping[Digest, Query] = _NO_QUERIES) -> Project:
    """Read a project.

    A contract may be there before the step that makes its dataset, for it is approved first; `unfinished` names these.

    Args:
        files: relative path, with ``/``, to content: of a working tree, a commit or a payload.
        product: for a payload: only this product is read. Then ``people.yaml`` may be missing, and of other products
            only the contracts are looked at.
        known: what earlier readings of queries said, see `queries_of`; it saves the parsing. Only who reads on behalf
            of the author may believe it.

    Raises:
        AssayError: all faults of all files, each with file, line, what was expected and found, and a hint.
    """
    faults = Faults()
    layout = layout_of(files)
    faults.extend(layout.faults)
    head = _head(files, is_payload=product is not None, faults=faults)
    contracts = _contracts(files, layout, faults)
    roster = head.roster if head.people else None
    around = Surroundings(files, layout, contracts, roster, product is not None, known)
    products = _products(product, around, faults)
    for table, contract in contracts.items():
        if contract and table.is_source:
            faults.extend(dangling(contract, None, contracts))
    faults.raise_all()
    assert head.project is not None  # or its faults were raised
    return Project(
        name=head.project[0].name,
        title=head.project[0].title,
        environments=_environments(head.project[0]),
        roster=head.roster,
        process=head.process,
        is_rehearsal=head.project[0].rehearsal,
        sources={t.name: Source(c, contract_digest(c)) for t, c in contracts.items() if c and t.is_source},
        products=products,
        contracts={table: contract for table, contract in contracts.items() if contract},
        lineage=lineage_target(head.project[0].lineage),
    )


def lineage_target(entry: LineageEntry | None) -> LineageTarget | None:
    """Return who is told of runs, as a file says; None where it says nothing."""
    return LineageTarget(entry.file, entry.url, entry.api_key) if entry else None


def queries_of(project: Project) -> dict[Digest, Query]:
    """Return what the queries of a project say of themselves, each by its `query_key`."""
    said: dict[Digest, Query] = {}
    for product in project.products.values():
        steps = product.steps.values()
        said |= {query_key(step.text, step.language): step.query for step in steps if step.query}
        shown = [query for dashboard in product.solutions.values() for query in dashboard.queries.values()]
        said |= {query_key(query.sql, Language.SQL): query.facts for query in shown}
    return said


def unfinished(product: Product) -> tuple[Fault, ...]:
    """Return a fault for each dataset that is promised and cannot be built yet: its contract has no step."""
    return tuple(
        Fault(
            Place(contract.file, 1),
            f"a step that makes {name}",
            "none",
            f"Write products/{product.name}/workflow/{name}.sql, .py or .R.",
        )
        for name, contract in product.contracts.items()
        if name not in product.steps
    )


def _head(files: Files, *, is_payload: bool, faults: Faults) -> _Head:
    project, people, process = None, None, None
    document = _document(files, PROJECT, "It says the project's name and its environments.", faults)
    if document and (file := faults.attempt(read_as, ProjectFile, document)):
        project = (file, document)
        faults.extend(project_faults(file, document))
        faults.extend(_malformed_addresses(file, document))
    if PEOPLE in files or not is_payload:
        document = _document(files, PEOPLE, "It says who takes part, in which roles.", faults)
        if document and (everybody := faults.attempt(read_as, PeopleFile, document)):
            people = (everybody, document)
            faults.extend(people_faults(everybody, document))
    faults.extend(shared_keys(project, people))
    if PROCESS in files and (document := faults.attempt(read_yaml, files[PROCESS], PROCESS)):
        process = faults.attempt(parse_process, document)
    return _Head(project, people, process)


def _document(files: Files, path: str, hint: str, faults: Faults) -> Document | None:
    if path not in files:
        faults.add(Fault(Place(path), "this file", "none", hint))
        return None
    return faults.attempt(read_yaml, files[path], path)


def _contracts(files: Files, layout: Layout, faults: Faults) -> dict[TableRef, Contract | None]:
    """Read all contracts; None for one that has faults."""
    paths = {TableRef(SOURCES, name): path for name, path in layout.sources.items()}
    for product, own in layout.contracts.items():
        paths.update({TableRef(product, name): path for name, path in own.items()})
    contracts = {table: faults.attempt(read_contract, files, path, table.name) for table, path in paths.items()}
    for contract in contracts.values():
        faults.extend(_malformed_servers(contract) if contract else ())
    return contracts


def _products(only: str | None, around: Surroundings, faults: Faults) -> dict[str, Product]:
    names = around.layout.products if only is None else (only,)
    if only is not None and only not in around.layout.products:
        faults.add(Fault(Place("products"), f"the product {only}", ", ".join(around.layout.products) or "none"))
        return {}
    read = ((name, read_product(name, around, faults)) for name in names)
    return {name: product for name, product in read if product}


def _environments(file: ProjectFile) -> dict[str, Environment]:
    nodes = {node.name: node for node in nodes_of(file)}
    return {
        name: Environment(name, entry.address, nodes[entry.node] if entry.node else None)
        for name, entry in file.environments.items()
    }


def _malformed_addresses(file: ProjectFile, document: Document) -> Iterator[Fault]:
    for name, entry in file.environments.items():
        yield from malformed(entry.address, document.place("environments", name, "address"))


def _malformed_servers(contract: Contract) -> Iterator[Fault]:
    for server in contract.servers:
        for value in (*server.settings.values(), *server.custom.values()):
            if isinstance(value, str):
                yield from malformed(value, server.place)
    yield from written_secrets(contract)
