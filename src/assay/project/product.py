"""Reads one product: its file, contracts, steps and solutions, and whether they fit together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assay.base.canonical import Digest
from assay.base.errors import AssayError, Fault, Place
from assay.base.limits import Limits
from assay.base.names import NAME, SOURCES, TableRef, parse_table_ref
from assay.base.reading import Document, read_as, read_yaml
from assay.base.roles import Role, Roster
from assay.contract.model import Contract, LogicalType, QualityRule
from assay.contract.parse import parse_contract
from assay.contract.semver import Version, parse_version
from assay.project.dbt import DbtPart, read_dbt
from assay.project.dbt_tests import rules_by_dataset
from assay.project.faults import Faults
from assay.project.files import RUN_DATE, IncrementalEntry, Materialized, ProductFile, ScheduleEntry, StepEntry
from assay.project.layout import PRODUCT, Layout, product_folder
from assay.project.model import DataEnd, Product
from assay.project.references import dangling
from assay.project.schedule import Schedule
from assay.project.step_tests import SUFFIX, StepsAround, read_step_tests
from assay.solutions.dashboard import Dashboard, parse_dashboard
from assay.sql.dialects import Dialect
from assay.sql.parse import Query
from assay.workflow.graph import Graph, build_graph
from assay.workflow.slices import Slicing
from assay.workflow.step_cases import StepTests
from assay.workflow.steps import ENDINGS, Language, QueryEngine, Step, in_slices, parse_step
from assay.workflow.views import as_view

_MOMENTS = frozenset({LogicalType.DATE, LogicalType.TIMESTAMP})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a product meets in its project.

    Attributes:
        files: relative path to content.
        contracts: of sources and of all products' datasets; None for one that could not be read, so that one fault does
            not make others.
        roster: None in a payload, which carries no people.
        is_payload: whether one product is read of what was frozen.
        known: what earlier readings of queries said, by their `query_key`.
    """

    files: Mapping[str, bytes]
    layout: Layout
    contracts: Mapping[TableRef, Contract | None]
    roster: Roster | None
    is_payload: bool
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
    found = _file(name, around, faults)
    part = _of_dbt(name, found, around, faults)
    paths = around.layout.steps[name]
    steps = [step for path in paths if (step := _step(path, around, faults, *_spoken(path, found)))]
    if part:
        steps += part.steps
    if found and part:
        steps = _as_said(steps, *found, contracts, faults)
    known = [table for table in around.contracts if table.schema != name]
    graph = faults.attempt(build_graph, name, steps, known) if part else None
    solutions: dict[str, Dashboard] = {}
    for solution, path in around.layout.solutions[name].items():
        dashboard = faults.attempt(_dashboard, path, solution, around)
        if dashboard:
            solutions[solution] = dashboard
            faults.extend(_unknown_datasets(name, dashboard, around))
    for contract in contracts.values():
        faults.extend(dangling(contract, name, around.contracts))
    tests = _tests(name, graph, around)
    rules = rules_by_dataset(part.tests, contracts, faults) if part else {}
    return _product(name, contracts, solutions, graph, tests, rules, around, faults, *found) if found else None


def _of_dbt(
    name: str, found: tuple[Document, ProductFile] | None, around: Surroundings, faults: Faults
) -> DbtPart | None:
    """Read what a product takes from a dbt project; None when that has faults, and who reads it is not blamed."""
    if found is None or found[1].dbt is None:
        return DbtPart()
    part, wrong = read_dbt(name, around.files, found[0], around.known)
    faults.extend(wrong)
    return None if wrong else part


def _file(name: str, around: Surroundings, faults: Faults) -> tuple[Document, ProductFile] | None:
    path = f"{product_folder(name)}{PRODUCT}"
    if path not in around.files:
        faults.add(Fault(Place(path), "the file of a product", "none", "It says title, owner and version."))
        return None
    document = faults.attempt(read_yaml, around.files[path], path)
    file = faults.attempt(read_as, ProductFile, document) if document else None
    return (document, file) if document and file else None


def _as_said(
    steps: Sequence[Step], document: Document, file: ProductFile, contracts: Mapping[str, Contract], faults: Faults
) -> list[Step]:
    """Return the steps with what the product's file says of them."""
    known = {step.name for step in steps}
    for name in file.steps.keys() - known:
        hint = f"Steps: {', '.join(sorted(known)) or 'none'}."
        faults.add(document.fault("steps", name, expected="a step of this product", found="none", hint=hint))
    return [
        _said_of(step, file.steps[step.name], document, contracts, faults)
        if step.text and step.name in file.steps
        else step
        for step in steps
    ]


def _said_of(
    step: Step, said: StepEntry, document: Document, contracts: Mapping[str, Contract], faults: Faults
) -> Step:
    faults.extend(_not_spoken(step, said, document))
    if said.incremental is not None:
        place = document.place("steps", step.name, "incremental")
        step = faults.attempt(in_slices, step, _slicing(said.incremental), place) or step
    if said.materialized is Materialized.VIEW:
        place = document.place("steps", step.name, "materialized")
        faults.extend(_promised_view(step, contracts, place))
        step = faults.attempt(as_view, step, place) or step
    return step


def _spoken(path: str, found: tuple[Document, ProductFile] | None) -> tuple[QueryEngine, Dialect]:
    """Return what the product's file says of who runs a step and in which SQL it is written."""
    if found is None:
        return QueryEngine.DUCKDB, Dialect.DUCKDB
    said = found[1].steps.get(path.rpartition("/")[2].rpartition(".")[0]) or StepEntry()
    return said.engine, said.dialect or found[1].dialect


def _not_spoken(step: Step, said: StepEntry, document: Document) -> Iterator[Fault]:
    """Find what is said of the engine or the dialect of a step that has none, or of both."""
    what = f"{step.file}, a model of dbt" if step.is_compiled else step.file
    expected = "a step in SQL"
    if said.engine is QueryEngine.SPARK and step.language is not Language.SPARK_SQL:
        hint = "Leave `engine` out; a Python step gets Spark's data frames by its annotations."
        yield document.fault("steps", step.name, "engine", expected=expected, found=what, hint=hint)
    if said.dialect is None:
        return
    if step.language is Language.SPARK_SQL:
        hint = "Leave `dialect` out, for Spark runs its own; or `engine`, and DuckDB runs it."
        expected, what = "either `dialect` or `engine: spark`", "both"
        yield document.fault("steps", step.name, "dialect", expected=expected, found=what, hint=hint)
    elif step.language is not Language.SQL or step.is_compiled:
        hint = "Leave `dialect` out."
        yield document.fault("steps", step.name, "dialect", expected=expected, found=what, hint=hint)


def _promised_view(step: Step, contracts: Mapping[str, Contract], place: Place) -> Iterator[Fault]:
    if step.name in contracts:
        found = f"the dataset of {contracts[step.name].file}"
        hint = "What is checked, served and compared are rows that stay: leave `materialized: view` out."
        yield Fault(place, "a step without a contract", found, hint)


def _slicing(said: IncrementalEntry) -> Slicing:
    table, _, column = said.over.rpartition(".")
    unit = None if said.buckets else said.slice
    return Slicing(said.by, parse_table_ref(table), column, unit, said.buckets or 0)


def _product(
    name: str, contracts: Mapping[str, Contract], solutions: Mapping[str, Dashboard], graph: Graph | None,
    tests: StepTests, rules: Mapping[str, tuple[QualityRule, ...]], around: Surroundings, faults: Faults,
    document: Document, file: ProductFile,
) -> Product | None:  # fmt: skip
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
        schedule=_schedule(file.schedule) if file.schedule else None,
        as_of=as_of,
        contracts=contracts,
        graph=_limited(graph, Limits(file.limits.memory, file.limits.time)),
        solutions=solutions,
        tests=tests,
        rules=rules,
    )


def _schedule(said: ScheduleEntry) -> Schedule:
    return Schedule(
        said.cron, said.soak_runs, said.timezone, said.missed, said.missed_per_turn, said.retries, said.timeout
    )


def _tests(name: str, graph: Graph | None, around: Surroundings) -> StepTests:
    """Read the unit tests of a product's steps; not in a payload, which is built and not worked on.

    Their faults are theirs: whoever changes a step may build it before its tests are brought after it.
    """
    if around.is_payload or graph is None:
        return StepTests()
    faults = Faults()
    paths = around.layout.tests[name]
    hint = "Rename it."
    faults.extend(
        Fault(Place(path), "a name that ends with .yaml", path, hint) for path in paths if path.endswith(".yml")
    )
    beside = StepsAround(name, graph.steps, around.contracts, around.files)
    read = [faults.attempt(read_step_tests, path, beside) for path in paths if path.endswith(SUFFIX)]
    return StepTests(tuple(case for cases in read if cases for case in cases), faults.seen)


def _limited(graph: Graph, limits: Limits) -> Graph:
    """Say of each step within what it has to run."""
    return replace(graph, steps={name: replace(step, limits=limits) for name, step in graph.steps.items()})


def _step(path: str, around: Surroundings, faults: Faults, engine: QueryEngine, dialect: Dialect) -> Step | None:
    """Read a step; one with faults leaves its name behind, so that its readers are not blamed."""
    content = around.files[path]
    step = faults.attempt(parse_step, path, content, around.files, around.known, engine, dialect)
    name, _, ending = path.rpartition("/")[2].rpartition(".")
    if step is None and ending in ENDINGS and NAME.fullmatch(name):
        return Step.unread(name, path, content)
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
