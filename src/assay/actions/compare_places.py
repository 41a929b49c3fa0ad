"""Comparing the datasets of two places: by the key of their contract, for the eyes of whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.actions.compare import compare_tables
from assay.actions.compared_places import DataPlace, contracts_for, knows_contracts, projects_of
from assay.actions.compared_tables import CompareWish, eyes_of, table_of, with_key
from assay.actions.home import Home
from assay.actions.workshop import Progress
from assay.base.errors import Fault, Place, WrongUsage
from assay.base.names import SOURCES
from assay.base.roles import Action
from assay.comparison.results import Basis, Comparison
from assay.validation.masking import clearance
from assay.validation.sensitivity import WRITTEN_DOWN

if TYPE_CHECKING:
    from assay.base.ports import Engine
    from assay.project.model import Project


def compare_places(
    home: Home, engine: Callable[[Sequence[str]], Engine], places: tuple[DataPlace, DataPlace], wanted: Sequence[str],
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
        own = with_key(replace(wish, eyes=eyes), contracts)
        progress(name)
        with ExitStack() as reading:
            for place, manifest in zip(places, manifests, strict=True):
                reading.enter_context(place.workshop.snapshots.reading([manifest]))
            session = reading.enter_context(closing(engine([file.path for table in tables for file in table.files])))
            found = compare_tables(session, tables[0], tables[1], own, progress)
        is_one = manifests[0].digest == manifests[1].digest
        yield name, replace(found, basis=Basis.SAME_SNAPSHOT) if is_one else found


def _meant(projects: Sequence[Project], places: tuple[DataPlace, DataPlace], wanted: Sequence[str]) -> list[str]:
    """Return the datasets to compare, those that a contract names: of others nobody knows who may see them."""
    shared = [name for name in places[0].snapshots if name in places[1].snapshots]
    known = [name for name in shared if contracts_for(projects, name)]
    faults, found = [], []
    for text in wanted:
        match = [name for name in known if name == text or (name.rpartition("/")[2] == text and "/" not in text)]
        found += match
        if not match:
            there = ", ".join(known) or "none"
            faults.append(Fault(Place(text[:80]), "a dataset that both places have", "none", f"There: {there}."))
    if faults:
        raise WrongUsage(*faults)
    datasets = [name for name in known if not name.startswith(f"{SOURCES}/")]
    chosen = found if wanted else datasets or known  # of two cuts, the sources
    if not chosen:
        names = " and ".join(place.name for place in places)
        raise WrongUsage(Fault(Place(names), "a dataset that both have", "none"))
    return list(dict.fromkeys(chosen))
