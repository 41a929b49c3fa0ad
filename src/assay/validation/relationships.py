"""What a relationship promises: every reference is found where it points to."""

from __future__ import annotations

from assay.base.names import TableRef
from assay.contract.model import Contract, Dataset, Property, Relationship, SemanticType
from assay.validation.conditions import Derived, Outcome, Refers, Spot, Test, Unverified
from assay.validation.placing import spot_named
from assay.validation.promises import Dimension, Promise, on_terms
from assay.validation.terms import LIMIT


def reference_promise(
    one: Relationship, dataset: Dataset, contract: Contract, path: str, part: Property | None
) -> Promise:
    """Turn a relationship into a promise.

    Args:
        one: the relationship.
        dataset: the one that refers.
        contract: in which the target may be a dataset.
        path: of the property at which it stands; empty at the dataset.
        part: that property, which may lie inside a column; None at the dataset.
    """
    names = [path] if part else list(one.columns)
    promise = Promise(
        where=path,
        what="relationship",
        meaning=[list(one.columns), list(one.to)],
        test=_reference(one, dataset, contract, part),
        sentence=f"every {' + '.join(names)} is found in {' + '.join(one.to)}",
        dimension=Dimension.CONSISTENCY,
        place=one.place,
    )
    return on_terms(promise, one.custom.get(LIMIT), None)


def _reference(one: Relationship, dataset: Dataset, contract: Contract, part: Property | None) -> Test:
    schema, _, name = (one.target or "").rpartition(".")
    if not name or "." in schema:
        return Unverified(Outcome.ERROR, f"{', '.join(one.to)} is no table of this project")
    own = [part] if part else [dataset.find(column) for column in one.columns]
    spots = [None if found else spot_named(dataset, column) for found, column in zip(own, one.columns, strict=True)]
    if any(found is not None and found.semantic_type is not SemanticType.COLUMN for found in own):
        return Unverified(Outcome.SKIP, "a measure or dimension is not stored")
    if not all(found or spot for found, spot in zip(own, spots, strict=True)):
        return Unverified(Outcome.ERROR, f"{', '.join(one.columns)}: not all of them are columns of {dataset.name}")
    inside = tuple(spot for spot in spots if spot)
    if len(own) > 1 and any(spot.is_repeated for spot in inside):
        return Unverified(Outcome.ERROR, "a reference of several parts takes no part from inside a list")
    target = contract.find(name) if not schema else None
    theirs, target_spots = _theirs(one, target)
    columns = tuple(found.column if found else str(spot) for found, spot in zip(own, spots, strict=True))
    test = Refers(columns, TableRef(schema or None, name), theirs)
    return Derived(test, inside, target_spots) if inside or target_spots else test


def _theirs(one: Relationship, target: Dataset | None) -> tuple[tuple[str, ...], tuple[Spot, ...]]:
    """Return what is referred to as it is stored; a target outside of this contract is taken by its names."""
    columns: list[str] = []
    spots: list[Spot] = []
    for name in one.target_columns:
        part = target.find(name) if target else None
        spot = spot_named(target, name) if target and part is None else None
        columns.append(part.column if part else str(spot or name))
        spots += [spot] if spot else []
    return tuple(columns), tuple(spots)
