"""Checks: each promise of a contract on a dataset as one thing to test, with an identity that survives reordering."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from assay.base.canonical import digest_value, short
from assay.base.errors import Place
from assay.base.names import TableRef
from assay.contract.model import Contract, Dataset, Property, Relationship, SemanticType, Severity
from assay.validation.conditions import (
    BadRows,
    Duplicates,
    Fresh,
    HasRows,
    NoOtherColumns,
    Outcome,
    Query,
    Refers,
    Retained,
    RowCondition,
    Satisfies,
    Test,
    Unverified,
)
from assay.validation.fragments import Unreadable, columns_of
from assay.validation.promises import Dimension, Promise, column_promises
from assay.validation.rules import rule_promise
from assay.validation.sensitivity import is_sensitive
from assay.validation.service import service_promises
from assay.validation.thresholds import Threshold

STRICT_CUSTOM = "strict"
"""The customProperty of a dataset by which columns that the contract does not name fail instead of warning."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of a sample, and whether its values are hidden there, as those of columns no contract knows are."""

    column: str
    is_masked: bool


@dataclass(frozen=True, slots=True)
class Check:
    """One promise on one dataset, ready to be tested.

    Attributes:
        id: the author's own id of the rule; else path, field and a hash of what the rule means, never its position.
        test: what is measured.
        threshold: what the measure must be; tests without a number of their own have the limit of none at all.
        severity: whether a violation fails or warns.
        sentence: the promise in plain words.
        shown: the columns of a failing row that tell what is wrong: the key, then those tested.
        place: where the contract says it.
    """

    id: str
    test: Test
    threshold: Threshold
    dimension: Dimension
    severity: Severity
    sentence: str
    shown: tuple[Shown, ...]
    place: Place


def checks_of(contract: Contract, dataset: Dataset) -> tuple[Check, ...]:
    """Return every promise of a contract on one of its datasets, in the order of the file.

    Each field, rule and service level becomes exactly one check, also when it cannot be tested: then its test says
    why, and so will its verdict. Two are implied: that there are rows at all, and that no other columns are there.
    """
    promises = [
        *_of_columns(dataset, contract),
        *_of_key(dataset),
        *(rule_promise(rule, dataset, None, "") for rule in dataset.quality),
        *(_relationship(one, dataset, contract, "") for one in dataset.relationships),
        *service_promises(contract, dataset),
        *_implied(dataset, contract),
    ]
    return tuple(_identified(promises, dataset))


def _of_columns(dataset: Dataset, contract: Contract) -> Iterator[Promise]:
    for part in dataset.properties:
        yield from _of_property(part, part.name, dataset, contract)
        yield from _of_inside(part, part.name, dataset, contract)


def _of_property(part: Property, path: str, dataset: Dataset, contract: Contract) -> Iterator[Promise]:
    yield from column_promises(part, path)
    yield from (rule_promise(rule, dataset, part, path) for rule in part.quality)
    yield from (_relationship(one, dataset, contract, path) for one in part.relationships)


def _of_inside(part: Property, path: str, dataset: Dataset, contract: Contract) -> Iterator[Promise]:
    """Fields inside a column are promised like columns; that they are not tested yet is said of each."""
    untested = Unverified(Outcome.ERROR, "this version does not test what lies inside a column")
    for step, inner in part.inside():
        for promise in _of_property(inner, f"{path}{step}", dataset, contract):
            yield replace(promise, test=untested)
        yield from _of_inside(inner, f"{path}{step}", dataset, contract)


def _of_key(dataset: Dataset) -> Iterator[Promise]:
    key = dataset.primary_key
    if key:
        names = [part.name for part in key]
        yield Promise(
            where="",
            what="primaryKey",
            meaning=names,
            test=Duplicates(tuple(part.column for part in key), is_primary=True),
            sentence=f"{' + '.join(names)} is never empty and names one row of {dataset.name}",
            dimension=Dimension.UNIQUENESS,
            place=key[0].place,
        )


def _relationship(one: Relationship, dataset: Dataset, contract: Contract, path: str) -> Promise:
    return Promise(
        where=path,
        what="relationship",
        meaning=[list(one.columns), list(one.to)],
        test=_reference(one, dataset, contract),
        sentence=f"every {' + '.join(one.columns)} is found in {' + '.join(one.to)}",
        dimension=Dimension.CONSISTENCY,
        place=one.place,
    )


def _reference(one: Relationship, dataset: Dataset, contract: Contract) -> Test:
    own = [dataset.find(name) for name in one.columns]
    found = [part for part in own if part is not None]
    if len(found) < len(own):
        return Unverified(Outcome.ERROR, "this version does not test what lies inside a column")
    if any(part.semantic_type is not SemanticType.COLUMN for part in found):
        return Unverified(Outcome.SKIP, "a measure or dimension is not stored")
    schema, _, name = (one.target or "").rpartition(".")
    if not name or "." in schema:
        return Unverified(Outcome.ERROR, f"{', '.join(one.to)} is no table of this project")
    target = contract.find(name) if not schema else None
    theirs = [(target.find(column) if target else None) for column in one.target_columns]
    columns = tuple(part.column if part else name for part, name in zip(theirs, one.target_columns, strict=True))
    return Refers(tuple(part.column for part in found), TableRef(schema or None, name), columns)


def _implied(dataset: Dataset, contract: Contract) -> Iterator[Promise]:
    name, place = dataset.name, dataset.place
    sentence = f"{name} has rows to test"
    yield Promise("", "rows", True, HasRows(), sentence, Dimension.COVERAGE, place, severity=Severity.WARN)
    if dataset.properties:
        known = tuple(part.column for part in dataset.properties if part.semantic_type is SemanticType.COLUMN)
        is_strict = dataset.custom.get(STRICT_CUSTOM, contract.custom.get(STRICT_CUSTOM)) is True
        yield Promise(
            where="",
            what="columns",
            meaning=is_strict,
            test=NoOtherColumns(known),
            sentence=f"{name} has no columns beside those of the contract",
            dimension=Dimension.CONFORMITY,
            place=place,
            severity=Severity.FAIL if is_strict else Severity.WARN,
        )


def _identified(promises: Iterable[Promise], dataset: Dataset) -> Iterator[Check]:
    seen: dict[str, int] = {}
    sensitive = {part.column.lower(): is_sensitive(part, dataset) for part in dataset.properties}
    key = tuple(part.column for part in dataset.primary_key)
    for promise in promises:
        own = promise.rule_id or _identity(promise, dataset)
        seen[own] = seen.get(own, 0) + 1
        columns = dict.fromkeys((*key, *_columns(promise.test)))
        yield Check(
            id=own if seen[own] == 1 else f"{own}~{seen[own]}",  # the same rule again is still a rule of its own
            test=promise.test,
            threshold=promise.threshold,
            dimension=promise.dimension,
            severity=promise.severity,
            sentence=promise.sentence,
            shown=tuple(Shown(column, sensitive.get(column.lower(), True)) for column in columns),
            place=promise.place,
        )


def _identity(promise: Promise, dataset: Dataset) -> str:
    digest = digest_value([promise.where, promise.what, promise.meaning])
    return f"{promise.where or dataset.name}:{promise.what}:{short(digest)}"


def _columns(test: Test) -> tuple[str, ...]:
    match test:
        case BadRows(condition=condition):
            return _of_condition(condition)
        case Duplicates() | Refers():
            return test.columns
        case Fresh() | Retained():
            return (test.column,)
        case Query(column=str() as column):
            return (column,)
        case _:
            return ()


def _of_condition(condition: RowCondition) -> tuple[str, ...]:
    if not isinstance(condition, Satisfies):
        return (condition.column,)
    try:
        return columns_of(condition.expression)
    except Unreadable:
        return ()  # it is settled as an error before anything is shown
