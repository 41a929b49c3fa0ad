"""Comparing the datasets of two places, or files: by the key of their contract, for the eyes of whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.actions.compare import CompareWish, Table, TableFile, compare_tables, eyes_of, table_of
from assay.actions.compared_places import Place, contracts_for, knows_contracts, projects_of
from assay.actions.file_tables import attach_files, promised_types
from assay.actions.home import Home
from assay.actions.workshop import Progress
from assay.base.errors import Fault, WrongUsage
from assay.base.errors import Place as Spot
from assay.base.names import SOURCES, TableRef
from assay.base.roles import Action
from assay.comparison.results import Basis, Comparison
from assay.contract.model import Dataset
from assay.validation.masking import clearance
from assay.validation.sensitivity import OWN_FILES, WRITTEN_DOWN

if TYPE_CHECKING:
    from assay.actions.check_files import FileDesk
    from assay.base.ports import Engine
    from assay.project.model import Project


def compare_places(
    home: Home, engine: Callable[[Sequence[str]], Engine], places: tuple[Place, Place], wanted: Sequence[str],
    wish: CompareWish, progress: Progress, *, for_file: bool,
) -> Iterator[tuple[str, Comparison]]:  # fmt: skip
    """Compare the datasets that both places have and a contract names, and the sources of their cuts if asked for.

    Args:
        home: whose contracts say the key, and whose roles say what is seen.
        engine: opens a session that may read some files.
        places: before and after.
        wanted: names of datasets, ``product/dataset``, ``dataset`` or ``sources/name``; empty for all datasets.
        wish: how; without a key, that of the contract counts.
        progress: told how far it is.
        for_file: whether the answer is written where many read it.

    Raises:
        AssayError: whoever acts may see no rows; a dataset that is wanted is not in both places, or none is.
    """
    cleared = clearance(home.authorised(Action.PREVIEW).roles) if home.person else None
    projects, is_whole = projects_of(home, places), knows_contracts(home, places)
    for name in _meant(projects, places, wanted):
        manifests = [place.snapshots[name] for place in places]
        contracts = contracts_for(projects, name)
        columns = [*manifests[0].columns, *manifests[1].columns]
        level = WRITTEN_DOWN if for_file or cleared is None else cleared
        eyes = eyes_of(contracts, columns, level, wish.eyes.limit, is_whole=is_whole)
        tables = [
            table_of(place.workshop, manifest, place.name) for place, manifest in zip(places, manifests, strict=True)
        ]
        own = _with_key(replace(wish, eyes=eyes), contracts)
        progress(name)
        session = engine([file.path for table in tables for file in table.files])
        try:
            found = compare_tables(session, tables[0], tables[1], own, progress)
        finally:
            session.close()
        is_one = manifests[0].digest == manifests[1].digest
        yield name, replace(found, basis=Basis.SAME_SNAPSHOT) if is_one else found


def compare_files(
    desk: FileDesk, files: tuple[tuple[str, Sequence[str]], tuple[str, Sequence[str]]], dataset: Dataset | None,
    wish: CompareWish, progress: Progress, *, for_file: bool,
) -> Comparison:  # fmt: skip
    """Compare two tables of files.

    Args:
        desk: where files are looked at.
        files: before and after, each with a name for it.
        dataset: what a contract says of them; None where there is none.
        wish: how; without a key, that of the contract counts.
        progress: told how far it is.
        for_file: whether the answer is written where many read it.

    Raises:
        AssayError: a file is not there, or not what its name says; or the wish names what is not there.
    """
    contracts = (dataset,) if dataset else ()
    engine = desk.engine([path for _, paths in files for path in paths])
    try:
        tables = []
        for number, (name, paths) in enumerate(files, 1):
            found = attach_files(engine, TableRef(None, f"read_{number}"), paths, promised_types(dataset))
            digests = desk.digests(paths) or (None,) * len(paths)
            known = digests if tuple(paths) == found.paths else (None,) * len(paths)  # written anew: other files
            listed = zip(found.paths, known, strict=True)
            tables.append(
                Table(name, found.columns, tuple(TableFile(p, engine.describe(p)[1], digest) for p, digest in listed))
            )
        columns = [*tables[0].columns, *tables[1].columns]
        eyes = eyes_of(contracts, columns, WRITTEN_DOWN if for_file else OWN_FILES, wish.eyes.limit)
        return compare_tables(engine, tables[0], tables[1], _with_key(replace(wish, eyes=eyes), contracts), progress)
    finally:
        engine.close()


def _meant(projects: Sequence[Project], places: tuple[Place, Place], wanted: Sequence[str]) -> list[str]:
    """Return the datasets to compare, those that a contract names: of others nobody knows who may see them."""
    shared = [name for name in places[0].snapshots if name in places[1].snapshots]
    known = [name for name in shared if contracts_for(projects, name)]
    faults, found = [], []
    for text in wanted:
        match = [name for name in known if name == text or (name.rpartition("/")[2] == text and "/" not in text)]
        found += match
        if not match:
            there = ", ".join(known) or "none"
            faults.append(Fault(Spot(text[:80]), "a dataset that both places have", "none", f"There: {there}."))
    if faults:
        raise WrongUsage(*faults)
    datasets = [name for name in known if not name.startswith(f"{SOURCES}/")]
    chosen = found if wanted else datasets or known  # of two cuts, the sources
    if not chosen:
        names = " and ".join(place.name for place in places)
        raise WrongUsage(Fault(Spot(names), "a dataset that both have", "none"))
    return list(dict.fromkeys(chosen))


def _with_key(wish: CompareWish, contracts: Sequence[Dataset]) -> CompareWish:
    if wish.pairing.key or not contracts:
        return wish
    return replace(wish, pairing=replace(wish.pairing, key=tuple(part.column for part in contracts[0].primary_key)))
