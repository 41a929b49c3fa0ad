"""The workshop: what it takes to land sources, build datasets and look at them; on the design side and on a node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from assay.base.canonical import Digest
from assay.base.errors import AssayError, Fault, raise_faults, refusal
from assay.base.names import SOURCES, TableRef
from assay.base.ports import (
    Costs,
    Cuts,
    Engine,
    Locks,
    PartResults,
    Pointers,
    ProgramRunner,
    Snapshots,
    SourceReader,
)
from assay.base.snapshots import Cut, Manifest, Pointer
from assay.project.model import Product, Project
from assay.project.source_places import source_place
from assay.project.sources import sources_of
from assay.sql.quoting import identifier, table_sql
from assay.workflow.steps import Language

if TYPE_CHECKING:
    from assay.solutions.render import PageAssets

Progress = Callable[[str], None]
"""Told what is being done, a line at a time."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What it takes to build and look at data.

    Attributes:
        engine: opens a session for a logical date; None for a session in which no query asks for it.
        runners: what runs the steps of each language that is not the engine's own SQL.
        sources: opens what tells what sources hold and brings it here; closed after each landing.
        assets: what pages are made of.
        results: what was read of files before.
    """

    snapshots: Snapshots
    pointers: Pointers
    cuts: Cuts
    locks: Locks
    engine: Callable[[date | None], Engine]
    runners: Mapping[Language, ProgramRunner]
    costs: Costs
    sources: Callable[[], SourceReader]
    assets: Callable[[], PageAssets]
    results: PartResults


def land_sources(
    workshop: Workshop, project: Project, product: Product, environment: str, variables: Mapping[str, str]
) -> dict[TableRef, Manifest]:
    """Land what every source of a product holds now in an environment.

    Raises:
        AssayError: a source without an address, or of which nothing can be landed; all of them at once.
    """
    landed: dict[TableRef, Manifest] = {}
    faults: list[Fault] = []
    with closing(workshop.sources()) as reader:
        for table in sources_of(project, product):
            try:
                deliveries = reader.deliveries(source_place(project.contracts[table], environment, variables))
                landed[table] = workshop.snapshots.receive(str(table).replace(".", "/"), deliveries)
            except AssayError as error:
                faults += error.faults
    raise_faults(faults)
    return landed


def choose_cut(
    workshop: Workshop, today: Mapping[TableRef, Manifest], wanted: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[TableRef, Manifest], tuple[str, ...]]:
    """Choose from what is landed exactly the files of another place's cut.

    Args:
        workshop: where it is landed.
        today: everything that the sources hold now.
        wanted: source to ``{"digest", "files"}``, as `Checked` writes it.

    Returns:
        The cut, and the names of the sources that do not hold what is wanted; the cut is whole when there are none.
    """
    cut: dict[TableRef, Manifest] = {}
    missing = []
    for name, entry in wanted.items():
        table = TableRef(SOURCES, name)
        manifest = today.get(table)
        if manifest is None or not set(entry["files"]) <= {file.digest for file in manifest.files}:
            missing.append(name)
        else:
            cut[table] = workshop.snapshots.subset(manifest, set(entry["files"]))
    return cut, tuple(missing)


def logical_date(workshop: Workshop, product: Product, sources: Mapping[TableRef, Manifest], now: datetime) -> date:
    """Return the logical date of a build: the day of the run (UTC), or the last day that a source's column holds."""
    end = product.as_of
    if end is None:
        return now.astimezone(UTC).date()
    with attached(workshop, {end.table: sources[end.table]}) as engine:
        found = engine.query(f"SELECT CAST(max({identifier(end.column)}) AS DATE) FROM {table_sql(end.table)}")  # noqa: S608
    day = found[0][0]
    if day is None:
        raise refusal(f"{end.table}.{end.column}", expected="a value, to tell the logical date", found="none")
    assert isinstance(day, date)
    return day


@contextmanager
def attached(workshop: Workshop, tables: Mapping[TableRef, Manifest], as_of: date | None = None) -> Iterator[Engine]:
    """Open a session in which snapshots are tables, and close it.

    Raises:
        AssayError: a file of a snapshot is gone; one that is read where it lies is not what it was, before or after.
    """
    engine = workshop.engine(as_of)
    try:
        with workshop.snapshots.reading(tables.values()):
            for table, manifest in tables.items():
                engine.attach(table, workshop.snapshots.paths(manifest))
            yield engine
    finally:
        engine.close()


@contextmanager
def open_pointer(workshop: Workshop, pointer: Pointer, queries: Iterable[str] | None = None) -> Iterator[Engine]:
    """Open a session over what a pointer names: its datasets and its cut.

    Args:
        workshop: where it is kept.
        pointer: what is served.
        queries: what will be asked; None for anything. A source that none of them names may be there no more as it was.

    Raises:
        AssayError: what is named cannot be read, or changed while it was read where it lies.
    """
    tables = {TableRef(None, name): kept(workshop, digest) for name, digest in pointer.snapshots.items()}
    sources = sources_in(workshop, pointer.cut)
    named = sources if queries is None else named_in(sources, queries)
    with attached(workshop, {**tables, **named}, date.fromisoformat(pointer.as_of)) as engine:
        attach_if_there(workshop, engine, {table: one for table, one in sources.items() if table not in named})
        yield engine


def attach_if_there(workshop: Workshop, engine: Engine, sources: Mapping[TableRef, Manifest]) -> None:
    """Offer sources as tables as far as they can be read; whoever asks for one of them looks at it before."""
    for table, manifest in sources.items():
        with suppress(AssayError):
            engine.attach(table, workshop.snapshots.paths(manifest))


def named_in(sources: Mapping[TableRef, Manifest], queries: Iterable[str]) -> dict[TableRef, Manifest]:
    """Return the sources whose names occur in some queries: no query reads what it does not name."""
    text = "\n".join(queries).lower()
    return {table: manifest for table, manifest in sources.items() if table.name.lower() in text}


def kept(workshop: Workshop, digest: Digest) -> Manifest:
    """Return a snapshot that is kept here.

    Raises:
        AssayError: it is not in this store.
    """
    manifest = workshop.snapshots.get(digest)
    if manifest is None:
        raise refusal(f"snapshot {digest[7:19]}", expected="a snapshot in this store", found="none")
    return manifest


def sources_in(workshop: Workshop, cut: Cut) -> dict[TableRef, Manifest]:
    """Return the sources that a cut names.

    Raises:
        AssayError: a snapshot of it is not kept here.
    """
    return {TableRef(SOURCES, source): kept(workshop, digest) for source, digest in cut.items()}


def sources_of_cut(workshop: Workshop, name: str, product: str) -> tuple[Mapping[TableRef, Manifest], date]:
    """Return the sources and the logical date of a cut.

    Raises:
        AssayError: there is no such cut of the product, or a snapshot of it is not kept any more.
    """
    found = workshop.cuts.get(name)
    if found is None or found.product != product:
        known = ", ".join(cut.name for cut in workshop.cuts.all() if cut.product == product) or "none"
        hint = f"Pinned of {product}: {known}. Pin one with: assay cut pin NAME"
        raise refusal(f"cut {name[:80]}", expected="a cut of this product", found="none", hint=hint)
    return sources_in(workshop, found.sources), date.fromisoformat(found.as_of)
