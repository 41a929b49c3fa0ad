"""Digests of a contract: of all it means, and of the columns alone."""

from __future__ import annotations

from collections.abc import Iterator

from assay.base.canonical import Digest, digest_value
from assay.contract.model import Contract, Dataset, Property


def contract_digest(contract: Contract) -> Digest:
    """Hash what a contract means: the whole document without ``servers``, which say only where the data lies.

    Where it lies counts for what is delivered and for production, and is part of those digests (project/subjects.py).

    Comments, key order, layout and line ends do not count.

    Raises:
        AssayError: a number in the contract has no canonical form (beyond 2**53).
    """
    return digest_value({name: value for name, value in contract.document.items() if name != "servers"})


def columns_digest(contract: Contract) -> Digest:
    """Hash what a feasibility assessment is about: names of datasets and properties, and their logical types."""
    return digest_value({dataset.name: dict(_columns(dataset)) for dataset in contract.datasets})


def _columns(dataset: Dataset) -> Iterator[tuple[str, str | None]]:
    for part in dataset.properties:
        yield from _with_inside(part.name, part)


def _with_inside(path: str, part: Property) -> Iterator[tuple[str, str | None]]:
    yield path, part.logical_type
    for step, inner in part.inside():
        yield from _with_inside(path + step, inner)
