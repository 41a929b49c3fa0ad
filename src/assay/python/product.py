"""One product of a project: the project's acts, about it alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.actions.environments import DEV
from assay.actions.make import product_named
from assay.actions.workshop import Progress
from assay.documentation.blocks import Line, text_of
from assay.python.building import Build, Plan
from assay.python.dataset import Dataset
from assay.python.project import Project, quiet

if TYPE_CHECKING:
    import pyarrow

    from assay.python.comparing import Names


@dataclass(frozen=True, slots=True, repr=False)
class Product:
    """One product of a project."""

    name: str
    project: Project

    @property
    def title(self) -> str:
        """What it is called, in a line."""
        return product_named(self.project._now().project, self.name).title

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

    def plan(
        self, env: str = DEV, *, select: Names = (), from_: Names = (), full: bool = False, backfill: Names = (),
        cut: str | None = None,
    ) -> Plan:  # fmt: skip
        """Say what a build would run, and why, see `Project.plan`."""
        return self.project.plan(
            self.name, env, select=select, from_=from_, full=full, backfill=backfill, cut=cut
        )  # fmt: skip

    def build(
        self, env: str = DEV, progress: Progress = quiet, *, select: Names = (), from_: Names = (), full: bool = False,
        backfill: Names = (), jobs: int | None = None, cut: str | None = None,
    ) -> Build:  # fmt: skip
        """Build the product's datasets, see `Project.build`."""
        return self.project.build(
            self.name, env, progress, select=select, from_=from_, full=full, backfill=backfill, jobs=jobs, cut=cut
        )  # fmt: skip

    def __repr__(self) -> str:
        datasets = ", ".join(self.datasets) or "none yet"
        return text_of(
            [Line(f"Product {self.name} of {self.project.name}: {self.title}"), Line(f"Datasets: {datasets}.")]
        )
