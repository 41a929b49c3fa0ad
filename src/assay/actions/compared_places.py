"""Places whose datasets can be compared, environments, releases, versions, snapshots; their tables and contracts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assay.actions.environments import DEV, QA
from assay.actions.home import Home, release_named
from assay.actions.make import product_meant
from assay.actions.preview import PROD
from assay.actions.projects import project_of
from assay.actions.workshop import Workshop, kept, sources_of_cut
from assay.base.canonical import Digest, parse_digest
from assay.base.errors import AssayError, refusal
from assay.base.names import SOURCES, TableRef, is_release_id
from assay.base.snapshots import Cut, Manifest, Pointer, Slot
from assay.contract.model import Dataset
from assay.lifecycle.record import Record, Release
from assay.lifecycle.statements import GOOD, Kind, Statement
from assay.project.model import Project

PLACES: Mapping[str, tuple[str, tuple[Slot, ...]]] = {
    DEV: (DEV, (Slot.CURRENT,)),
    QA: (QA, (Slot.CURRENT,)),
    PROD: (PROD, (Slot.RELEASED, Slot.CANDIDATE)),
    "released": (PROD, (Slot.RELEASED,)),
    "candidate": (PROD, (Slot.CANDIDATE,)),
}
"""What is said of an environment, to its name and the pointers that are meant: the first that is there."""

_SNAPSHOT = "sha256:"
_CUT = "cut:"


@dataclass(frozen=True, slots=True)
class DataPlace:
    """Where datasets are, at a moment.

    Attributes:
        name: as whoever asks calls it.
        snapshots: by ``product/dataset`` and ``sources/name``.
        payload: what the datasets were built from; None for the working tree, or where nobody knows.
        workshop: where the snapshots are kept.
        cut: from which sources they were built; empty where nobody knows.
        as_of: the logical date of the build, ISO 8601; None where nobody knows.
        is_known: whether ``payload`` says what the datasets were built from.
    """

    name: str
    snapshots: Mapping[str, Manifest]
    payload: Digest | None
    workshop: Workshop
    cut: Cut = field(default_factory=dict)
    as_of: str | None = None
    is_known: bool = True


def is_place_name(name: str) -> bool:
    """Say whether a name could be a place's, by its form."""
    return name in PLACES or name.startswith((_SNAPSHOT, _CUT)) or is_release_id(name) or "@" in name


def place_named(home: Home, name: str, product: str | None, production: Workshop | None = None) -> DataPlace:
    """Find what somebody calls a place.

    An environment, a release ``R-0001``, ``product@version``, a snapshot's digest, or a pinned cut ``cut:NAME``.

    Args:
        home: whose record and snapshots.
        name: of the place.
        product: whose datasets; None for the only one, and where the name says it.
        production: where production's data is kept; None for this home.

    Raises:
        AssayError: there is no such place, nothing is built there, or its data is not kept here.
    """
    if name in PLACES:
        environment, slots = PLACES[name]
        workshop = production if production is not None and environment == PROD else home.workshop
        return _of_pointer(name, workshop, _pointer(workshop, environment, product_meant(home.project, product), slots))
    if name.startswith(_SNAPSHOT):
        manifest = kept(home.workshop, parse_digest(name))
        return DataPlace(name[:19], {manifest.dataset: manifest}, None, home.workshop, is_known=False)
    if name.startswith(_CUT):
        return _of_cut(home.workshop, name, product_meant(home.project, product))
    if is_release_id(name) or "@" in name:
        return _of_release(home, _release(home, name))
    hint = f"Say one of {', '.join(PLACES)}, a release (R-0001), PRODUCT@VERSION, cut:NAME, a snapshot, or files."
    raise refusal(name[:80], expected="a place with data", found="none of that name", hint=hint)


def projects_of(home: Home, places: Sequence[DataPlace]) -> tuple[Project, ...]:
    """Return the projects whose contracts speak of the places: today's, and those from which they were built."""
    payloads = dict.fromkeys(place.payload for place in places if place.payload and home.payloads.get(place.payload))
    return home.project, *(project_of(home.payload(payload)) for payload in payloads)


def knows_contracts(home: Home, places: Sequence[DataPlace]) -> bool:
    """Say whether `projects_of` has all contracts by which the datasets of some places were built."""
    payloads = [place.payload for place in places if place.payload]
    return all(place.is_known for place in places) and all(home.payloads.get(one) is not None for one in payloads)


def contracts_for(projects: Sequence[Project], dataset: str) -> tuple[Dataset, ...]:
    """Return what the contracts of some projects say of a dataset, ``product/dataset`` or ``sources/name``."""
    found = (_contract(project, dataset) for project in projects)
    return tuple(one for one in found if one is not None)


def _contract(project: Project, dataset: str) -> Dataset | None:
    product, _, name = dataset.partition("/")
    if product == SOURCES:
        contract = project.contracts.get(TableRef(SOURCES, name))
    else:
        contract = project.products[product].contracts.get(name) if product in project.products else None
    return contract.datasets[0] if contract is not None else None


def _pointer(workshop: Workshop, environment: str, product: str, slots: Sequence[Slot]) -> Pointer:
    found = (workshop.pointers.get(environment, product, slot) for slot in slots)
    pointer = next((one for one in found if one is not None), None)
    if pointer is not None:
        return pointer
    hints = {PROD: "If its data lies at a node on this machine, name that: --node DIR.", QA: "Run: assay validate"}
    raise refusal(
        f"{product} in {environment}", expected="built datasets", found="none here",
        hint=hints.get(environment, f"Run: assay build {product}"),
    )  # fmt: skip


def _of_pointer(name: str, workshop: Workshop, pointer: Pointer) -> DataPlace:
    digests = {f"{pointer.product}/{dataset}": digest for dataset, digest in pointer.snapshots.items()}
    digests |= {f"{SOURCES}/{source}": digest for source, digest in pointer.cut.items()}
    snapshots = {dataset: kept(workshop, digest) for dataset, digest in digests.items()}
    return DataPlace(name, snapshots, pointer.payload, workshop, pointer.cut, pointer.as_of)


def _of_cut(workshop: Workshop, name: str, product: str) -> DataPlace:
    """Return the sources of a pinned cut."""
    sources, as_of = sources_of_cut(workshop, name.removeprefix(_CUT), product)
    snapshots = {f"{SOURCES}/{table.name}": manifest for table, manifest in sources.items()}
    cut = {table.name: manifest.digest for table, manifest in sources.items()}
    return DataPlace(name, snapshots, None, workshop, cut, as_of.isoformat())


def _release(home: Home, name: str) -> Release:
    record = home.load().record
    if is_release_id(name):
        return release_named(record, name)
    product, _, version = name.partition("@")
    releases = [one for one in record.releases_of(product) if one.version == version and one.cancelled is None]
    if releases:
        return releases[-1]
    known = ", ".join(sorted({str(one.version) for one in record.releases_of(product) if one.version})) or "none"
    raise refusal(name[:80], expected="a version that was frozen", found="none", hint=f"Of {product}: {known}.")


def _of_release(home: Home, release: Release) -> DataPlace:
    """Return the datasets of a release as they were checked in QA last: for it, or before it where they carry."""
    snapshots: dict[str, Manifest] = {}
    cuts: dict[str, dict[str, Digest]] = {}
    for said in _evidence(home.load().record, release):
        manifest = snapshot_checked(home.workshop, said)
        if manifest is not None:
            snapshots[manifest.dataset] = manifest
            own = {source: parse_digest(entry["digest"]) for source, entry in said.details["cut"].items()}
            cuts[f"{said.details['as_of']} {sorted(own.items())}"] = own
    if not snapshots:
        hint = f"Run: assay validate {release.id}"
        raise refusal(
            release.id, expected="datasets that were checked in QA, and are kept here", found="none", hint=hint
        )
    name = f"{release.product}@{release.version}"
    if len(cuts) > 1:  # what carries may have been checked on another cut: there is no one cut then
        return DataPlace(name, snapshots, release.payload, home.workshop)
    as_of, own = next((text.partition(" ")[0], cut) for text, cut in cuts.items())
    return DataPlace(name, snapshots, release.payload, home.workshop, own, as_of)


def _evidence(record: Record, release: Release) -> Iterator[Statement]:
    """Give the newest good check in QA of each subject of a release, on the meaning that was frozen."""
    for meant in release.frozen.statement.subjects if release.frozen else ():
        said = (signed.statement for signed in reversed(record.of(meant.id)))
        found = (s for s in said if s.kind is Kind.CHECKED and s.environment == QA and s.result in GOOD)
        newest = next((s for s in found if s.meant(meant.id) == meant.digest), None)
        if newest is not None:
            yield newest


def snapshot_checked(workshop: Workshop, said: Statement) -> Manifest | None:
    """Return the snapshot of which a check speaks; None where it says none in our form, or it is not kept here.

    Raises:
        AssayError: what is kept of it is damaged.
    """
    try:
        digest = parse_digest(said.details["snapshot"])
    except (AssayError, KeyError, TypeError):
        return None  # signed in another form than ours
    return workshop.snapshots.get(digest)
