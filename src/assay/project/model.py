"""A whole project as frozen values, after every check of one file and across files has passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from assay.base.canonical import Digest
from assay.base.names import TableRef
from assay.base.roles import NodeIdentity, Roster
from assay.contract.model import Contract, Dataset, QualityRule
from assay.contract.semver import Version
from assay.lifecycle.gates import GateTable
from assay.project.schedule import Schedule
from assay.solutions.dashboard import Dashboard
from assay.workflow.graph import Graph
from assay.workflow.step_cases import StepTests
from assay.workflow.steps import Step


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a product is built and read.

    Attributes:
        address: the home of its state and data as written, ``${VAR}`` included; relative to the project.
        node: the node that alone may write there; None where the people of the project do.
    """

    name: str
    address: str
    node: NodeIdentity | None = None


@dataclass(frozen=True, slots=True)
class LineageTarget:
    """Who is told of runs: a file, or a service; as written, ``${VAR}`` included.

    Attributes:
        file: its path, relative to the project; None for a service.
        url: of the service; None for a file.
        api_key: for the service; None where it asks for none.
    """

    file: str | None
    url: str | None
    api_key: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Something received: its contract, and the contract's digest."""

    contract: Contract
    digest: Digest


@dataclass(frozen=True, slots=True)
class DataEnd:
    """The policy by which the logical date of a build is the last day (UTC) that a column of a source holds."""

    table: TableRef
    column: str


@dataclass(frozen=True, slots=True)
class Product:
    """An analytic product: what it promises, how it is made, and what shows it.

    Attributes:
        owner: e-mail.
        deliverables: what the business gets, each in its own words.
        needed_by: the day by which it is needed; None where nobody said.
        schedule: None for a product that is refreshed by hand.
        as_of: how the logical date of a build is found; None means the day of the run, in UTC.
        contracts: dataset to contract, also of a dataset for which there is no step yet.
        graph: all steps in the order of building; a step without a contract makes an intermediate table.
        solutions: by name.
        version: of the product, as its file says.
        tests: unit tests of its steps; they are no part of its meaning, and a payload is read without them.
        rules: what is tested of datasets beside their contracts, by dataset: the tests of a dbt project.
    """

    name: str
    title: str
    description: str
    owner: str
    version: Version
    audience: str
    deliverables: tuple[str, ...]
    needed_by: date | None
    schedule: Schedule | None
    as_of: DataEnd | None
    contracts: Mapping[str, Contract]
    graph: Graph
    solutions: Mapping[str, Dashboard]
    tests: StepTests = field(default_factory=StepTests, repr=False, compare=False)
    rules: Mapping[str, tuple[QualityRule, ...]] = field(default_factory=dict)

    @property
    def steps(self) -> Mapping[str, Step]:
        """The steps by name, each after those it reads."""
        return self.graph.steps

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that can be built, each after those it rests on: steps that have a contract."""
        return tuple(name for name in self.steps if name in self.contracts)

    def tested(self, name: str) -> Dataset:
        """Return a dataset as its contract promises it, with all rules that are tested of it."""
        dataset = self.contracts[name].datasets[0]
        more = self.rules.get(name)
        return replace(dataset, quality=(*dataset.quality, *more)) if more else dataset


@dataclass(frozen=True, slots=True)
class Project:
    """A project, or what of it one product needs.

    Attributes:
        process: the team's own gate table; None for the default one.
        is_rehearsal: whether the clock may be set by hand.
        roster: people and nodes with their keys; without people in a payload.
        contracts: of everything that can be read from outside a product: ``sources.NAME`` and ``PRODUCT.DATASET``.
        lineage: who is told of builds; None for nobody.
    """

    name: str
    title: str
    environments: Mapping[str, Environment]
    roster: Roster
    process: GateTable | None
    is_rehearsal: bool
    sources: Mapping[str, Source]
    products: Mapping[str, Product]
    contracts: Mapping[TableRef, Contract] = field(repr=False)
    lineage: LineageTarget | None = None
