"""Making: build a product's datasets in an environment of the design side, and sign for what was built in dev."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from assay.actions.build import BuildResult, build, plan_build, serve
from assay.actions.case import standing_on
from assay.actions.environments import DEV
from assay.actions.home import Home
from assay.actions.run_events import nothing, telling
from assay.actions.step_events import Watch
from assay.actions.workshop import Progress, land_sources, logical_date, sources_of_cut
from assay.base.canonical import Digest
from assay.base.errors import Fault, raise_faults, refusal
from assay.base.names import TableRef
from assay.base.roles import Action
from assay.base.snapshots import Manifest, Slot
from assay.lifecycle.decide import GateState
from assay.lifecycle.record import Record
from assay.lifecycle.statements import Kind, Meant, Result, Statement
from assay.project.model import Product, Project
from assay.project.reading import unfinished
from assay.workflow.backfill import Wish, parse_wishes
from assay.workflow.plan import Plan
from assay.workflow.selection import Selection, select

MOST_JOBS = 8
"""More steps than this never run side by side: all queries share one engine."""


@dataclass(frozen=True, slots=True)
class BuildWish:
    """What of a product is to be built, and on what.

    Attributes:
        cut: the name of a cut; None for what the sources hold now.
        names: the steps that are wanted, with what they rest on; empty for all.
        starts: steps that run anew, with what rests on them.
        is_full: whether all that is wanted runs anew.
        jobs: how many steps run side by side, 1 to `MOST_JOBS`; None for as many as suits the machine.
        backfills: ranges of steps in slices of time that are made anew, each ``STEP=FROM..TO``.
    """

    cut: str | None = None
    names: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    is_full: bool = False
    jobs: int | None = None
    backfills: tuple[str, ...] = ()

    def selection(self, project: Project, product: Product) -> Selection:
        """Return the steps that are meant of a product.

        Raises:
            AssayError: names that no step has, or a range that cannot be made anew.
        """
        wishes = parse_wishes(self.backfills)
        raise_faults(fault for wish in wishes for fault in _of_another(project, product, wish))
        return select(product.graph, self.names, self.starts, is_full=self.is_full, wishes=wishes)


BUILT_GATES = ("dataset.dev.built", "solution.dev.built")


def make(
    home: Home, project: Project, product_name: str, environment: str, payload: Digest | None, watch: Watch,
    wish: BuildWish = BuildWish(), warn: Progress = nothing,
) -> BuildResult:  # fmt: skip
    """Build a product's datasets in an environment: only what changed runs, and the pointer moves once, at the end.

    Args:
        home: where.
        project: what is built.
        product_name: whose datasets.
        environment: for whom they are served.
        payload: what the project was read from; None for the working tree.
        watch: told what happens to each step.
        wish: what of it, and on what.
        warn: told once when a lineage service takes no events, which costs no build.
    """
    product, sources, as_of = _ready(home, project, product_name, environment, wish.cut)
    with telling(home.lineage, project, product.name, environment, home.now, warn) as told:
        result = build(
            home.workshop, product, environment, Slot.CURRENT, sources, as_of, payload, told.watch(watch),
            wish.selection(project, product), wish.jobs,
        )  # fmt: skip
        serve(home.workshop, result, Slot.CURRENT, home.now())
    return result


def plan_product(
    home: Home, project: Project, product_name: str, environment: str, wish: BuildWish = BuildWish()
) -> Plan:
    """Say what `make` would run, and why."""
    product, sources, as_of = _ready(home, project, product_name, environment, wish.cut)
    selection = wish.selection(project, product)
    return plan_build(home.workshop, product, environment, Slot.CURRENT, sources, as_of, selection)


def _ready(
    home: Home, project: Project, product_name: str, environment: str, cut: str | None
) -> tuple[Product, Mapping[TableRef, Manifest], date]:
    """Find the product, land what it reads and tell the logical date; or take both from a cut."""
    product = product_named(project, product_name)
    raise_faults(unfinished(product))
    if cut is not None:
        return product, *sources_of_cut(home.workshop, cut, product_name)
    sources = land_sources(home.workshop, project, product, environment, home.variables)
    return product, sources, logical_date(home.workshop, product, sources, home.now())


def sign_built(home: Home, product_name: str, made: BuildResult) -> dict[str, tuple[str, ...]]:
    """Sign that the working tree was built in dev, for every open release of a product.

    Whoever signs is the author: they never count as the other engineer for these digests. What is signed for already,
    on the same digest, is not signed again.

    Returns:
        Release to the names of what was signed for it now.

    Raises:
        AssayError: the person may not build, or no release of the product is open.
    """
    home.authorised(Action.BUILD)
    record = home.load().record
    releases = [r for r in record.open_releases(product_name) if r.released is None]
    if not releases:
        hint = f"Open one with: assay release new {product_name}"
        raise refusal(product_name, expected="an open release to sign for", found="none", hint=hint)
    signed: dict[str, tuple[str, ...]] = {}
    statements: list[Statement] = []
    for release in releases:
        decision = standing_on(home, record, release, home.project, None).decision
        states = [s for gate in BUILT_GATES for s in decision.of(gate) if s.by is None and not _is_signed(record, s)]
        statements += [_built(home, release.id, state, made) for state in states]
        signed[release.id] = tuple(state.subject.name.rpartition("/")[2] for state in states)
    if statements:
        home.say_all(tuple(statements))
    return signed


def product_named(project: Project, name: str) -> Product:
    """Find a product; the error lists those there are."""
    product = project.products.get(name)
    if product is None:
        known = ", ".join(sorted(project.products)) or "none"
        raise refusal(name, expected="a product of this project", found="none", hint=f"Products: {known}.")
    return product


def product_meant(project: Project, name: str | None) -> str:
    """Return the name of the product that is meant: the one named, else the only one.

    Raises:
        AssayError: there is none of that name, or none was named and there are several.
    """
    if name is not None:
        return product_named(project, name).name
    if len(project.products) == 1:
        return next(iter(project.products))
    known = ", ".join(sorted(project.products)) or "none"
    raise refusal("product", expected="the name of a product", found=f"none named; there are: {known}")


def _of_another(project: Project, product: Product, wish: Wish) -> Iterator[Fault]:
    """Refuse a range of what is a step of other products only."""
    others = [name for name, other in sorted(project.products.items()) if wish.step in other.graph.steps]
    if others and wish.step not in product.graph.steps:
        hint = f"Name that product: assay build {others[0]} --backfill {wish.step}={wish.written}"
        yield Fault(wish.place, f"a step of {product.name}", f"one of {', '.join(others)}", hint)


def _is_signed(record: Record, state: GateState) -> bool:
    """Say whether somebody signed for this digest already; the gate may wait for others all the same."""
    return any(
        s.statement.kind is Kind.BUILT
        and s.statement.meant(state.subject.id) == state.subject.digest_of(state.gate.aspect)
        for s in record.of(state.subject.id)
    )


def _built(home: Home, release_id: str, state: GateState, made: BuildResult) -> Statement:
    subject = state.subject
    snapshot = made.snapshots.get(subject.name.rpartition("/")[2])
    details = {"made_on": "a person's machine", **({"snapshot": snapshot.digest} if snapshot else {})}
    return home.statement(
        Kind.BUILT,
        subjects=(Meant(subject.id, subject.digest_of(state.gate.aspect)),),
        release=release_id,
        environment=DEV,
        result=Result.PASS,
        details=details,
    )
