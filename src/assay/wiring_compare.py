"""Floor 8: what is compared, found by the names that somebody gives: places of a project, or patterns of files.

It loads little: of files, the digests are already being computed while the rest is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assay.base.errors import Fault, Place, WrongUsage, refusal
from assay.base.file_forms import names_files

if TYPE_CHECKING:
    from assay.actions.compared_tables import CompareWish
    from assay.actions.home import Home
    from assay.comparison.results import Comparison
    from assay.contract.model import Dataset

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PlacesWish:
    """Which datasets of two places are compared, and on what.

    Attributes:
        datasets: names of datasets, ``product/dataset``, ``dataset`` or ``sources/name``; empty for all.
        product: whose; None for the only one.
        node: the folder of the node that keeps production's data; None where it is kept in this home.
        is_same_cut: whether the first is built on the sources of the second before.
    """

    datasets: tuple[str, ...] = ()
    product: str | None = None
    node: Path | None = None
    is_same_cut: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said."""
        return self == PlacesWish()


def are_files(before: str, after: str, places: PlacesWish, *, has_contract: bool) -> bool:
    """Say whether two names are of files; they are when they look like it, or such a file is there.

    Raises:
        WrongUsage: one is and the other is not, or something was said that goes with the other kind.
    """
    if is_files(before) != is_files(after):
        raise WrongUsage(Fault(Place("compare"), "two patterns of files, or two places", "one of each"))
    if is_files(before) and not places.is_empty:
        raise WrongUsage(Fault(Place("compare"), "two patterns of files", "a dataset, product, node or cut as well"))
    if not is_files(before) and has_contract:
        raise WrongUsage(Fault(Place("--contract"), "files to compare", "places, whose contracts are known"))
    return is_files(before)


def is_files(name: str) -> bool:
    """Say whether a name is of files: it looks like one, or is there; a place is called otherwise."""
    return names_files(name) or any(sign in name for sign in "*?[/\\") or Path(name).is_file()


def compare_named_files(
    before: str, after: str, contract: Path | None, wish: CompareWish, progress: Progress, *, for_file: bool
) -> Comparison:
    """Compare the files that two patterns name.

    Args:
        before: a path or a pattern.
        after: the same.
        contract: a file that says key and secrets; None for none.
        wish: how; without a key, that of the contract counts.
        progress: told how far it is.
        for_file: whether the answer is written where many read it.

    Raises:
        AssayError: a pattern that names nothing, or what `compare_files` refuses.
    """
    from assay.wiring_files import find_files, open_desk, open_digests

    named = []
    for pattern in (before, after):
        paths = find_files(pattern)
        if not paths:
            raise WrongUsage(Fault(Place(pattern), "files", "none that match"))
        named.append((pattern, paths))
    sizes = [{Path(path).stat().st_size for path in paths} for _, paths in named]
    digests = open_digests(None) if sizes[0] & sizes[1] else None  # of other sizes, no file of one side is in the other
    if digests is not None:
        digests.begin([path for _, paths in named for path in paths])
    from assay.actions.compare_files import compare_files

    dataset = _dataset(contract) if contract else None
    return compare_files(open_desk(None, digests), (named[0], named[1]), dataset, wish, progress, for_file=for_file)


def compare_named_places(
    home: Home, before: str, after: str, places: PlacesWish, wish: CompareWish, progress: Progress, *, for_file: bool
) -> list[tuple[str, Comparison]]:
    """Compare the datasets of two places, see `place_named`.

    Args:
        home: whose record, snapshots and contracts.
        before: the name of a place.
        after: the same.
        places: which of their datasets, and on what.
        wish: how; without a key, that of the contract counts.
        progress: told how far it is.
        for_file: whether the answer is written where many read it.

    Raises:
        AssayError: there is no such place, its data is not kept here, or what `compare_places` refuses.
    """
    from assay.actions.compare_places import compare_places
    from assay.actions.compared_places import place_named
    from assay.wiring import open_node
    from assay.wiring_files import open_desk

    production = open_node(places.node).workshop if places.node else None
    one, other = (place_named(home, name, places.product, production) for name in (before, after))
    if places.is_same_cut:
        from assay.actions.make import product_meant
        from assay.actions.same_cut import on_cut_of

        one = on_cut_of(home, one, other, product_meant(home.project, places.product), progress)
    engine = open_desk(None, None).engine
    return list(compare_places(home, engine, (one, other), places.datasets, wish, progress, for_file=for_file))


def compare_wish(
    key: Sequence[str], tolerances: dict[str, str], renamed: dict[str, str], ignored: Sequence[str],
    dimensions: Sequence[Sequence[str]], measures: Sequence[str], samples: int,
) -> CompareWish:  # fmt: skip
    """Put together how two tables are compared.

    Args:
        key: names of columns; empty for the contract's.
        tolerances: by column, or under the empty name for all, such as ``0.01`` or ``1%``.
        renamed: the name before to the name after.
        ignored: columns that are not compared.
        dimensions: by which columns each breakdown is.
        measures: ``rows``, ``sum(COLUMN)`` or ``mean(COLUMN)``.
        samples: how many rows of each kind of difference are shown.

    Raises:
        WrongUsage: a tolerance in another form.
    """
    from assay.actions.compared_tables import CompareWish
    from assay.comparison.breakdowns import BreakdownWish
    from assay.comparison.pairing import PairingWish, parse_tolerance
    from assay.comparison.queries import Eyes

    pairing = PairingWish(
        key=tuple(key),
        renamed=renamed,
        ignored=frozenset(ignored),
        tolerances={column: parse_tolerance(text, column) for column, text in tolerances.items()},
    )
    breakdown = BreakdownWish(tuple(measures), tuple(tuple(names) for names in dimensions))
    return CompareWish(pairing, breakdown, Eyes({}, limit=samples))


def _dataset(file: Path) -> Dataset:
    from assay.base.reading import read_yaml
    from assay.contract.parse import parse_contract

    try:
        content = file.read_bytes()
    except OSError as error:
        raise refusal(str(file), expected="a contract", found=(error.strerror or str(error)).lower()) from error
    found = parse_contract(read_yaml(content, str(file))).datasets
    if len(found) != 1:
        names = ", ".join(one.name for one in found) or "none"
        raise WrongUsage(Fault(Place(str(file)), "a contract of one dataset", names))
    return found[0]
