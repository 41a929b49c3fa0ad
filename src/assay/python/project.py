"""A project, as the Python door opens it: each method is an act of the terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assay.actions.build_log import logged
from assay.actions.environments import DEV, QA, project_in
from assay.actions.home import Home
from assay.actions.make import MOST_JOBS, BuildWish, make, product_meant
from assay.actions.plan_ahead import plan_ahead
from assay.actions.query import ask_table
from assay.actions.served import SERVED, overview, served_dataset
from assay.actions.step_events import saying
from assay.actions.workshop import Progress, kept
from assay.base.errors import refusal
from assay.base.names import parse_table_ref
from assay.documentation.blocks import Line, counted, text_of
from assay.python.building import Build, Plan
from assay.python.dataset import Dataset
from assay.wiring import open_home

if TYPE_CHECKING:
    import pyarrow

    from assay.python.comparing import Apart, Comparisons, Names
    from assay.python.lineage import Lineage
    from assay.python.product import Product
    from assay.python.validation import Checks, Validation

_BUILT = (DEV, QA)


def quiet(text: str) -> None:
    """Say nothing: what is done shows in the result."""


def open_project(path: str | Path | None = None, key: str | Path | None = None) -> Project:
    """Open a project.

    Args:
        path: a folder of the project; None for what ASSAY_PROJECT names, else the current one. The nearest folder
            upwards with an ``assay.yaml`` is the project.
        key: the private key with which you sign; None for what ASSAY_KEY names, else the one in the default place.
            Looking and building need none.

    Raises:
        AssayError: no project there, faults in its files (all of them), or a key that nobody on the roster holds.
    """
    named = key or os.environ.get("ASSAY_KEY")
    folder = Path(path or os.environ.get("ASSAY_PROJECT") or Path.cwd()).absolute()
    key_file = Path(named).absolute() if named else None
    open_home(folder, key_file)  # whose faults are told at once
    return Project(folder, key_file)


@dataclass(frozen=True, slots=True, repr=False)
class Project:
    """A project at the design side, where environments are ``dev`` and ``qa``; production belongs to its node.

    The project's files are read anew for each act, so that what you have just edited counts.
    """

    path: Path
    _key: Path | None

    @property
    def name(self) -> str:
        """The name in ``assay.yaml``."""
        return self._now().project.name

    @property
    def products(self) -> tuple[str, ...]:
        """The names of the products."""
        return tuple(sorted(self._now().project.products))

    def product(self, name: str | None = None) -> Product:
        """Return one product.

        Args:
            name: None for the only one.

        Raises:
            AssayError: there is none of that name, or several and none was named.
        """
        from assay.python.product import Product

        return Product(product_meant(self._now().project, name), self)

    def dataset(self, name: str, env: str = DEV) -> Dataset:
        """Return what an environment serves of a dataset now.

        Args:
            name: ``dataset``, or ``product.dataset`` where two products have one of that name. A step without a
                contract is found too.
            env: ``dev``, ``qa``; or ``prod``, ``released``, ``candidate`` where production's data lies in this home and
                your roles let you see all of its columns.

        Raises:
            AssayError: it is not built there, two products have it, or it is production's and lies at its node.
        """
        if env not in SERVED:
            raise refusal(repr(env), expected=f"an environment: {', '.join(SERVED)}", found="another")
        home = self._now()
        pointer, dataset = served_dataset(home, parse_table_ref(name), env)
        return Dataset(dataset, pointer, kept(home.workshop, pointer.snapshots[dataset]), home.workshop)

    def query(self, sql: str, env: str = DEV, product: str | None = None) -> pyarrow.Table:
        """Run one SELECT (DuckDB's) over the datasets of a product, and over its cut as ``sources.NAME``.

        Args:
            sql: the query; ``$as_of`` stands for the logical date of what is served.
            env: ``dev`` or ``qa``.
            product: None for the only one.

        Raises:
            AssayError: nothing is built there, or the query fails.
        """
        home = self._now()
        return ask_table(home.workshop, _built(env), product_meant(home.project, product), sql)

    def plan(
        self, product: str | None = None, env: str = DEV, *, select: Names = (), from_: Names = (), full: bool = False,
        backfill: Names = (), cut: str | None = None,
    ) -> Plan:  # fmt: skip
        """Say what a build would run, and why; whom it touches; and of which class the change is.

        Args:
            product: None for the only one.
            env: ``dev`` for the working tree, ``qa`` for the payload of the product's open release.
            select: these steps only, and what they rest on; none for all.
            from_: these steps run anew, and what rests on them.
            full: whether all of them run anew, whatever there is.
            backfill: slices of time that are made anew, ``"STEP=FROM..TO"``, both ends included, one of them open or
                not: ``"daily=2013-01..2013-03"``.
            cut: the name of a pinned cut; None for what the sources hold now.

        Raises:
            AssayError: a source without files, a dataset without a step, a step that there is not, a range without
                slices, or for QA no frozen release.
        """
        home, environment = self._now(), _built(env)
        name = product_meant(home.project, product)
        wish = _wish(select, from_, full, backfill, cut)
        return Plan(name, environment, plan_ahead(home, name, environment, wish))

    def build(
        self, product: str | None = None, env: str = DEV, progress: Progress = quiet, *, select: Names = (),
        from_: Names = (), full: bool = False, backfill: Names = (), jobs: int | None = None, cut: str | None = None,
    ) -> Build:  # fmt: skip
        """Build a product's datasets: only what changed runs, and readers see all of it or none.

        Args:
            product: None for the only one.
            env: ``dev`` from the working tree, ``qa`` from the payload of the product's open release.
            progress: told of each step that runs, for example ``print``.
            select: these steps only, and what they rest on; none for all. The others stay as they were.
            from_: these steps run anew, and what rests on them.
            full: whether all of them run anew, whatever there is.
            backfill: slices of time that are made anew, ``"STEP=FROM..TO"``, both ends included, one of them open or
                not: ``"daily=2013-01..2013-03"``.
            jobs: how many steps run side by side, 1 to 8; None for one each processor, at most four.
            cut: the name of a pinned cut; None for what the sources hold now.

        Raises:
            AssayError: what `plan` refuses, another build at the same time, or steps that fail; then the environment
                serves what it served before.
        """
        wish = _wish(select, from_, full, backfill, cut, jobs)
        home, environment = self._now(), _built(env)
        name = product_meant(home.project, product)
        project, payload = project_in(home, name, environment)
        with logged(home, name, environment, saying(progress)) as (_, watch):
            return Build(make(home, project, name, environment, payload, watch, wish, warn=progress))

    def check(self, dataset: str | None = None, product: str | None = None, env: str = DEV) -> Checks:
        """Test every rule of the contracts on what an environment serves; nothing is built and nothing signed.

        Args:
            dataset: only this one; None for all of the product.
            product: None for the only one.
            env: ``dev`` by the contracts of the working tree, ``qa`` by those of the frozen payload.

        Raises:
            AssayError: nothing is built there, or not that dataset.
        """
        from assay.actions.check_served import check_served
        from assay.python.validation import Checks

        home, environment = self._now(), _built(env)
        name = product_meant(home.project, product)
        return Checks(f"Rules of {name} in {environment}", check_served(home, name, environment, dataset))

    def validate(self, release: str, progress: Progress = quiet, *, cut: str | None = None) -> Validation:
        """Build a release's payload in QA, check every rule, and sign what was found with your key.

        Args:
            release: such as ``R-0001``.
            progress: told what is being done, for example ``print``.
            cut: the name of a pinned cut; None for what the sources of QA hold now.

        Raises:
            AssayError: no key, a role that may not, nothing frozen yet, or a build that fails; nothing is recorded.
        """
        from assay.actions.validate import validate  # all of validation, which reading and building do without
        from assay.python.validation import Validation

        return Validation(validate(self._now(), release, progress, cut=cut))

    def compare(
        self, before: str, after: str, *datasets: str, on: Names = (),
        tolerance: Apart | Mapping[str, Apart] | None = None, ignore: Names = (),
        renamed: Mapping[str, str] | None = None, by: str | Sequence[Names] = (), measure: Names = (),
        contract: str | Path | None = None, product: str | None = None, node: str | Path | None = None,
        same_cut: bool = False, samples: int = 3, for_others: bool = False, progress: Progress = quiet,
    ) -> Comparisons:  # fmt: skip
        """Compare two tables, or the datasets of two places: what differs in rows, cells, columns and sums.

        Args:
            before: an environment (``dev``, ``qa``, ``prod``, ``released``, ``candidate``), a release (``R-0001``), a
                version (``ontime@1.2.0``), a pinned cut (``cut:march``), a snapshot (``sha256:...``), or a pattern of
                Parquet, CSV or JSON files, seen from the current folder.
            after: the same.
            datasets: ``dataset``, ``product/dataset``, or ``sources/name`` for a source as it was in the cuts of both;
                none for all datasets that both have.
            on: the key; none for the contract's.
            tolerance: how far numbers may be apart, in all columns or by column: ``0.01``, ``"1%"``.
            ignore: columns that are not compared.
            renamed: the name of a column before to that after.
            by: where measures moved: by these columns. A text may hold several, parted by commas, which are taken
                together; of a list each entry is a breakdown of its own.
            measure: ``rows``, ``sum(COLUMN)`` or ``mean(COLUMN)``; none for rows and all sums.
            contract: of files, the contract that says key and secrets; None for none.
            product: whose datasets; None for the only one.
            node: the folder of the node on this machine that keeps production's data; None where it is in this home.
            same_cut: whether ``before`` is built on the sources of ``after`` first; no pointer moves.
            samples: how many rows of each kind of difference are kept.
            for_others: whether it is shown to others: then values that no contract calls public or internal are hidden.
                Otherwise they are shown as far as your roles clear you.
            progress: told how far it is, for example ``print``.

        Raises:
            AssayError: there is no such place, dataset or column, its data is not kept here, or a file cannot be read.
        """
        from assay.python.comparing import Comparisons, wish_of
        from assay.wiring_compare import PlacesWish, are_files, compare_named_files, compare_named_places

        wish = wish_of(on, tolerance, ignore, renamed, by, measure, samples)
        places = PlacesWish(datasets, product, Path(node) if node else None, same_cut)
        if are_files(before, after, places, has_contract=contract is not None):
            file = Path(contract) if contract else None
            return Comparisons([(after, compare_named_files(before, after, file, wish, progress, for_file=for_others))])
        return Comparisons(
            compare_named_places(self._now(), before, after, places, wish, progress, for_file=for_others)
        )

    def lineage(
        self, target: str | None = None, *, up: bool = False, down: bool = False, columns: bool = False
    ) -> Lineage:
        """Say what comes from where: from the column of a source to the chart, across products.

        Args:
            target: ``product.dataset``, ``sources.name``, a column of either, or ``product/solution``; None for all of
                the project.
            up: whether only what it comes from is wanted.
            down: whether only what rests on it is wanted; neither means both.
            columns: whether by columns, not by tables.

        Raises:
            AssayError: there is no such target.
        """
        from assay.actions.lineage import trace
        from assay.python.lineage import Lineage

        return Lineage(trace(self._now().project, target, up=up, down=down, columns=columns))

    def __repr__(self) -> str:
        return text_of([Line(self._title()), *overview(self._now())])

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        from assay.python.display import notebook

        return notebook().blocks(self._title(), overview(self._now()))

    def _title(self) -> str:
        return f"Project {self.name}: {counted(len(self.products), 'product')}"

    def _now(self) -> Home:
        return open_home(self.path, self._key)


def _built(name: str) -> str:
    """Return the name of an environment that is built at the design side.

    Raises:
        AssayError: it is another.
    """
    if name in _BUILT:
        return name
    hint = "Production is looked at on its node; what of it is kept here, with dataset(NAME, env='prod')."
    expected = f"an environment: {' or '.join(_BUILT)}"
    raise refusal(repr(name), expected=expected, found="another", hint=hint if name in SERVED else "")


def _wish(
    select: Names, from_: Names, full: bool, backfill: Names, cut: str | None, jobs: int | None = None
) -> BuildWish:
    from assay.python.comparing import listed

    if jobs is not None and not 1 <= jobs <= MOST_JOBS:
        raise refusal("jobs", expected=f"a number from 1 to {MOST_JOBS}, or None", found=str(jobs))
    return BuildWish(cut, listed(select), listed(from_), full, jobs, listed(backfill))
