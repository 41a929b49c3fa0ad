"""Where the files of a project stand, and what each path is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from assay.base.errors import Fault, Place
from assay.base.names import NAME, SOURCES
from assay.solutions.dashboard import SUFFIX as DASHBOARD
from assay.workflow.steps import SHARED

PROJECT = "assay.yaml"
PEOPLE = "people.yaml"
PROCESS = "process.yaml"
PRODUCTS = "products"
PRODUCT = "product.yaml"
CONTRACT = ".odcs.yaml"

FOLDERS: Mapping[str, str] = {
    "contracts": "what is promised, NAME.odcs.yaml",
    "workflow": "how it is made, NAME.sql, NAME.py or NAME.R",
    "tests": "unit tests of steps, NAME.yaml",
    "solutions": "what shows it, NAME.dashboard.yaml",
    "docs": "what the documentation adds by hand",
}
"""The folders of a product, and what stands there."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of a project, told apart by what they are; each mapping is from name to path.

    Attributes:
        sources: contracts of sources.
        products: names of products, ordered.
        contracts: contracts of datasets, by product.
        steps: paths of steps, by product.
        solutions: dashboards, by product.
        tests: paths of what lies beside the unit tests and of themselves, by product.
        faults: paths that are not where anybody would find them.
    """

    sources: Mapping[str, str]
    products: tuple[str, ...]
    contracts: Mapping[str, Mapping[str, str]]
    steps: Mapping[str, tuple[str, ...]]
    solutions: Mapping[str, Mapping[str, str]]
    tests: Mapping[str, tuple[str, ...]]
    faults: tuple[Fault, ...]


def layout_of(paths: Iterable[str]) -> Layout:
    """Tell the paths of a project apart. Files outside ``sources`` and ``products`` are the author's own."""
    ordered = sorted(paths)
    faults: list[Fault] = []
    products = sorted(
        {path.split("/")[1] for path in ordered if path.startswith(f"{PRODUCTS}/") and path.count("/") > 1}
    )
    within = {product: [path for path in ordered if path.startswith(product_folder(product))] for product in products}
    faults.extend(_misplaced(within))
    return Layout(
        sources=_named(ordered, f"{SOURCES}/", CONTRACT, faults),
        products=tuple(products),
        contracts={p: _named(within[p], f"{product_folder(p)}contracts/", CONTRACT, faults) for p in products},
        steps={p: tuple(_direct(within[p], f"{product_folder(p)}workflow/")) for p in products},
        solutions={p: _named(within[p], f"{product_folder(p)}solutions/", DASHBOARD, faults) for p in products},
        tests={p: tuple(_direct(within[p], f"{product_folder(p)}tests/")) for p in products},
        faults=tuple(faults),
    )


def product_folder(product: str) -> str:
    """Return the folder of a product, with the slash at its end."""
    return f"{PRODUCTS}/{product}/"


def is_project_file(path: str) -> bool:
    """Whether a path, relative to the project, is one of the texts that `read_project` looks at.

    Data is not, and nothing hidden is: editors and notebooks leave such files and folders beside the author's own.
    """
    top, _, rest = path.partition("/")
    is_hidden = path.startswith(".") or "/." in path
    return path in (PROJECT, PEOPLE, PROCESS) or (bool(rest) and top in (SOURCES, PRODUCTS, SHARED) and not is_hidden)


def is_shared(path: str) -> bool:
    """Whether a path is a module that several products may import."""
    return path.startswith(f"{SHARED}/")


def _direct(paths: Iterable[str], folder: str) -> Iterator[str]:
    """Give the files directly in a folder; hidden ones are nobody's steps."""
    inside = (path for path in paths if path.startswith(folder))
    return (path for path in inside if "/" not in path[len(folder) :] and not path[len(folder) :].startswith("."))


def _named(paths: Iterable[str], folder: str, ending: str, faults: list[Fault]) -> dict[str, str]:
    named: dict[str, str] = {}
    for path in _direct(paths, folder):
        file = path[len(folder) :]
        name = file.removesuffix(ending)
        if file.endswith(".md"):
            continue
        if not file.endswith(ending) or not NAME.fullmatch(name):
            hint = "The name is written in lower-case letters, digits and _."
            faults.append(Fault(Place(path), f"a file named NAME{ending}", repr(file), hint))
        else:
            named[name] = path
    return named


def _misplaced(within: Mapping[str, Iterable[str]]) -> Iterator[Fault]:
    for product, inside in within.items():
        folder = product_folder(product)
        if not NAME.fullmatch(product) or product == SOURCES:
            expected = f"a product name of lower-case letters, digits and _ other than {SOURCES!r}"
            yield Fault(Place(folder), expected, repr(product))
        folders = {path[len(folder) :].split("/")[0] for path in inside if "/" in path[len(folder) :]}
        for unknown in sorted(folders - FOLDERS.keys()):
            known = "; ".join(f"{name}: {what}" for name, what in FOLDERS.items())
            yield Fault(Place(f"{folder}{unknown}"), "a folder that a product knows", repr(unknown), f"Known: {known}.")
