"""Cuts: pin what the sources of a product hold under a name, and build on that again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assay.actions.environments import project_in
from assay.actions.home import Home
from assay.actions.make import product_named
from assay.actions.workshop import land_sources, logical_date
from assay.base.canonical import Digest
from assay.base.errors import AssayError, refusal
from assay.base.names import check_name
from assay.base.roles import Action
from assay.base.snapshots import Manifest, PinnedCut


def cut_named(home: Home, name: str) -> PinnedCut:
    """Find a pinned cut, of whichever product.

    Raises:
        AssayError: there is none of that name.
    """
    found = home.workshop.cuts.get(name)
    if found is None:
        raise refusal(f"cut {name[:80]}", expected="a cut", found="none", hint="They are listed by: assay cut list")
    return found


def all_cuts(home: Home) -> Sequence[PinnedCut]:
    """Return all pinned cuts, the newest first."""
    return home.workshop.cuts.all()


def kept_sources(home: Home, cut: PinnedCut) -> Mapping[str, Manifest | None]:
    """Return the sources that a cut names; None for what is not kept any more, or lies elsewhere and changed there."""
    return {source: _readable(home, digest) for source, digest in cut.sources.items()}


def _readable(home: Home, digest: Digest) -> Manifest | None:
    manifest = home.workshop.snapshots.get(digest)
    try:
        return manifest if manifest and home.workshop.snapshots.paths(manifest) else None
    except AssayError:
        return None


def pin_cut(home: Home, name: str, product_name: str, environment: str) -> PinnedCut:
    """Land what the sources of a product hold now, and keep that under a name.

    Args:
        home: where it is kept.
        name: of the cut; words of small letters, digits and ``_``.
        product_name: whose sources.
        environment: from whose addresses.

    Raises:
        AssayError: the person may not, the name is none or is taken, or a source has no files.
    """
    person = home.authorised(Action.VALIDATE)
    check_name(name, "cut", f"cut {name[:80]!r}")
    if home.workshop.cuts.get(name) is not None:
        raise refusal(f"cut {name}", expected="a name that is free", found="a cut", hint="A cut is never changed.")
    project, _ = project_in(home, product_name, environment)
    product = product_named(project, product_name)
    sources = land_sources(home.workshop, project, product, environment, home.variables)
    as_of = logical_date(home.workshop, product, sources, home.now())
    home.workshop.snapshots.persist()  # a name may say only what outlives a power cut
    digests = {table.name: manifest.digest for table, manifest in sources.items()}
    cut = PinnedCut(name, product_name, digests, as_of.isoformat(), person.email, home.now())
    home.workshop.cuts.pin(cut)
    return cut
