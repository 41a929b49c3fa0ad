"""Floor 9, the Python door: the acts of the terminal as functions, and datasets as Arrow tables or DuckDB relations.

``import assay`` loads nothing of all this before the first call::

    project = assay.open_project("flights")
    project.build()
    daily = project.dataset("ontime_daily")
    daily.arrow()
    daily.relation().aggregate("carrier, sum(flights)")
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.actions.build import BuildResult
from assay.actions.environments import DEV, QA, project_in
from assay.actions.home import Home
from assay.actions.make import make, plan_product, product_meant, product_named
from assay.actions.query import ask_table, rows_of
from assay.actions.workshop import Progress, Workshop, kept
from assay.base.errors import refusal
from assay.base.names import TableRef, parse_table_ref
from assay.base.snapshots import Column, Manifest, Pointer, Slot
from assay.wiring import open_home
from assay.workflow.plan import Plan

if TYPE_CHECKING:
    import duckdb
    import pyarrow

    from assay.actions.validate import Validated

_SHOWN_ROWS = 10
_ENVIRONMENTS = (DEV, QA)


def _quiet(text: str) -> None:
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
    return Project(folder, key_file, open_home(folder, key_file))


@dataclass(frozen=True, slots=True, repr=False)
class Project:
    """A project at the design side, where environments are ``dev`` and ``qa``; production belongs to its node.

    The project's files are read anew for each act, so that what you have just edited counts.
    """

    path: Path
    _key: Path | None
    _home: Home

    @property
    def name(self) -> str:
        """The name in ``assay.yaml``."""
        return self._home.project.name

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
        return Product(product_meant(self._now().project, name), self)

    def dataset(self, name: str, env: str = DEV) -> Dataset:
        """Return what an environment serves of a dataset now.

        Args:
            name: ``dataset``, or ``product.dataset`` where two products have one of that name. A step without a
                contract is found too.
            env: ``dev`` or ``qa``.

        Raises:
            AssayError: it is not built there, or two products have it.
        """
        pointer, dataset = self._find(parse_table_ref(name), _environment(env))
        workshop = self._home.workshop
        return Dataset(dataset, pointer, kept(workshop, pointer.snapshots[dataset]), workshop)

    def query(self, sql: str, env: str = DEV, product: str | None = None) -> pyarrow.Table:
        """Run one SELECT (DuckDB's) over the datasets of a product, and over its cut as ``sources.NAME``.

        Args:
            sql: the query; ``$as_of`` stands for the logical date of what is served.
            env: ``dev`` or ``qa``.
            product: None for the only one.

        Raises:
            AssayError: nothing is built there, or the query fails.
        """
        name = product_meant(self._home.project, product)
        return ask_table(self._home.workshop, _environment(env), name, sql)

    def plan(self, product: str | None = None, env: str = DEV) -> Plan:
        """Say what a build would run, and why.

        Args:
            product: None for the only one.
            env: ``dev`` for the working tree, ``qa`` for the payload of the product's open release.

        Raises:
            AssayError: a source without files, a dataset without a step, or for QA no frozen release.
        """
        home, environment = self._now(), _environment(env)
        name = product_meant(home.project, product)
        project, _ = project_in(home, name, environment)
        return plan_product(home, project, name, environment)

    def build(self, product: str | None = None, env: str = DEV, progress: Progress = _quiet) -> BuildResult:
        """Build a product's datasets: only what changed runs, and readers see all of it or none.

        Args:
            product: None for the only one.
            env: ``dev`` from the working tree, ``qa`` from the payload of the product's open release.
            progress: told of each step that runs, for example ``print``.

        Raises:
            AssayError: what `plan` refuses, another build at the same time, or a step that fails; then the environment
                serves what it served before.
        """
        home, environment = self._now(), _environment(env)
        name = product_meant(home.project, product)
        project, payload = project_in(home, name, environment)
        return make(home, project, name, environment, payload, progress)

    def validate(self, release: str, progress: Progress = _quiet) -> Validated:
        """Build a release's payload in QA, check every rule, and sign what was found with your key.

        Args:
            release: such as ``R-0001``.
            progress: told what is being done, for example ``print``.

        Raises:
            AssayError: no key, a role that may not, nothing frozen yet, or a build that fails; nothing is recorded.
        """
        from assay.actions.validate import validate  # all of validation, which reading and building do without

        return validate(self._now(), release, progress)

    def __repr__(self) -> str:
        return f"<assay project {self.name} at {self.path}>"

    def _now(self) -> Home:
        return open_home(self.path, self._key)

    def _find(self, table: TableRef, environment: str) -> tuple[Pointer, str]:
        """Find the pointer that names a dataset."""
        pointers = [p for p in self._home.workshop.pointers.all() if p.environment == environment]
        here = [p for p in pointers if p.slot is Slot.CURRENT and table.schema in (None, p.product)]
        found = [p for p in here if table.name in p.snapshots]
        if len(found) == 1:
            return found[0], table.name
        if found:
            names = " or ".join(f"{p.product}.{table.name}" for p in found)
            raise refusal(str(table), expected="a dataset of one product", found=f"several: {names}")
        names = ", ".join(f"{p.product}.{name}" for p in here for name in p.snapshots)
        build = f"Run: assay build {table.schema or 'PRODUCT'} --env {environment}"
        hint = f"Built there: {names}." if names else build
        raise refusal(f"{table} in {environment}", expected="a dataset that is built", found="none", hint=hint)


@dataclass(frozen=True, slots=True, repr=False)
class Product:
    """One product of a project."""

    name: str
    project: Project

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that can be built, each after those it rests on."""
        return product_named(self.project._now().project, self.name).datasets

    def dataset(self, name: str, env: str = DEV) -> Dataset:
        """Return what an environment serves of one of the product's datasets, see `Project.dataset`."""
        return self.project.dataset(f"{self.name}.{name}", env)

    def query(self, sql: str, env: str = DEV) -> pyarrow.Table:
        """Run one SELECT over the product's datasets, see `Project.query`."""
        return self.project.query(sql, env, self.name)

    def plan(self, env: str = DEV) -> Plan:
        """Say what a build would run, and why, see `Project.plan`."""
        return self.project.plan(self.name, env)

    def build(self, env: str = DEV, progress: Progress = _quiet) -> BuildResult:
        """Build the product's datasets, see `Project.build`."""
        return self.project.build(self.name, env, progress)

    def __repr__(self) -> str:
        return f"<assay product {self.name} of {self.project.name}>"


@dataclass(frozen=True, slots=True, repr=False)
class Dataset:
    """What an environment served of a dataset when it was asked for; a later build makes another, this one stays.

    Attributes:
        name: of the dataset, without its product.
    """

    name: str
    _pointer: Pointer
    _snapshot: Manifest
    _workshop: Workshop = field(compare=False)

    @property
    def environment(self) -> str:
        """Where it is served."""
        return self._pointer.environment

    @property
    def digest(self) -> str:
        """The snapshot's identity: schema, files and rows."""
        return self._snapshot.digest

    @property
    def as_of(self) -> date:
        """The logical date of the build."""
        return date.fromisoformat(self._pointer.as_of)

    @property
    def served_since(self) -> datetime:
        """When it was put there, in UTC."""
        return self._pointer.moved_at

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self._snapshot.rows

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, each with its name and DuckDB's name of its type."""
        return self._snapshot.columns

    def arrow(self) -> pyarrow.Table:
        """Return all rows in the order in which they were written; moments with a zone are in UTC.

        Raises:
            AssayError: a file of the snapshot is gone or has another size than it had.
        """
        return rows_of(self._workshop, self._snapshot)

    def relation(self, connection: duckdb.DuckDBPyConnection | None = None) -> duckdb.DuckDBPyRelation:
        """Return the dataset as a DuckDB relation: nothing is read before it is asked for.

        Args:
            connection: the session in which it is read; None for DuckDB's default one, where the relations of several
                datasets can be joined. The session's own settings hold, its time zone among them.

        Raises:
            AssayError: as for `arrow`.
        """
        import duckdb

        paths = list(self._workshop.snapshots.paths(self._snapshot))
        return (connection or duckdb.default_connection()).read_parquet(paths, hive_partitioning=False)

    def __len__(self) -> int:
        return self.rows

    def __repr__(self) -> str:
        return f"<assay dataset {self._title()}: {self.rows:,} rows, {len(self.columns)} columns, as of {self.as_of}>"

    def _repr_html_(self) -> str:
        """Show the first rows in a notebook."""
        head = "".join(f'<th title="{escape(c.type)}">{escape(c.name)}</th>' for c in self.columns)
        shown = zip(*(c.to_pylist() for c in rows_of(self._workshop, self._snapshot, _SHOWN_ROWS).columns), strict=True)
        body = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in shown)
        more = f", the first {_SHOWN_ROWS}" if self.rows > _SHOWN_ROWS else ""
        caption = f"{escape(self._title())}: {self.rows:,} rows{more}; as of {self.as_of}"
        return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _title(self) -> str:
        return f"{self._pointer.product}.{self.name} in {self.environment}"


def _environment(name: str) -> str:
    if name not in _ENVIRONMENTS:
        hint = "Production is looked at on its node."
        raise refusal(repr(name), expected=f"an environment: {' or '.join(_ENVIRONMENTS)}", found="another", hint=hint)
    return name


def _cell(value: Any) -> str:
    return "" if value is None else escape(str(value))
