"""Checks: each promise of a contract on a dataset as one thing to test, with an identity that survives reordering."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from assay.base.canonical import digest_value, short
from assay.base.errors import Place
from assay.contract.model import Contract, Dataset, Property, SemanticType, Severity
from assay.validation.comparisons import Gapless, SameRows, Series
from assay.validation.comparisons import Sequence as Following
from assay.validation.conditions import (
    BadRows,
    Derived,
    Duplicates,
    FailedRows,
    FieldType,
    Frequent,
    Fresh,
    HasRows,
    HasType,
    NoOtherColumns,
    Outcome,
    Query,
    Refers,
    Retained,
    RowCondition,
    Satisfies,
    SatisfiesAny,
    Spot,
    Test,
    Unverified,
    Where,
)
from assay.validation.failing_columns import failing_columns
from assay.validation.fragments import Unreadable, columns_of
from assay.validation.offenders import other_name
from assay.validation.placing import key_inside, placed, spots_inside
from assay.validation.promises import Dimension, Promise, by_limits, column_promises
from assay.validation.relationships import reference_promise
from assay.validation.rules import rule_promise
from assay.validation.sensitivity import Level, levels_of
from assay.validation.service import service_promises
from assay.validation.terms import FILTER, LIMITS, is_of_rows, within
from assay.validation.thresholds import Threshold

TYPES_CUSTOM, COMPATIBLE = "types", "compat"
"""The customProperty of a dataset or contract by which types of one kind pass for each other, and its value."""

STRICT_CUSTOM = "strict"
"""The customProperty of a dataset by which columns that the contract does not name fail instead of warning."""


_IMPLIED = ("rows", "columns")
"""What every dataset promises without saying so; it stands last."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of a sample, and how far its values may be seen."""

    column: str
    level: Level


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
        warning: what the measure should be beside the threshold; None where nothing warns before it fails.
        note: what a reader of the verdict should know of how it is measured; empty mostly.
        name: the author's title of the rule; empty where there is none.
        tags: of the rule, and of the column at which it stands.
    """

    id: str
    test: Test
    threshold: Threshold
    dimension: Dimension
    severity: Severity
    sentence: str
    shown: tuple[Shown, ...]
    place: Place
    warning: Threshold | None = None
    note: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()


def checks_of(contract: Contract, dataset: Dataset) -> tuple[Check, ...]:
    """Return every promise of a contract on one of its datasets, in the order of the file.

    Each field, rule and service level becomes exactly one check, also when it cannot be tested: then its test says
    why, and so will its verdict. Two are implied: that there are rows at all, and that no other columns are there.
    """
    limits = dataset.custom.get(LIMITS, {})
    whole = list(by_limits([*_of_key(dataset), *_implied(dataset, contract)], limits, None, "", dataset.place))
    implied = [promise for promise in whole if promise.what in _IMPLIED]
    promises = [
        *_of_columns(dataset, contract),
        *(promise for promise in whole if promise.what not in _IMPLIED),
        *(rule_promise(rule, dataset, None, "") for rule in dataset.quality),
        *(reference_promise(one, dataset, contract, "", None) for one in dataset.relationships),
        *service_promises(contract, dataset),
        *implied,
    ]
    finished = (_finished(promise, dataset, contract) for promise in promises)
    return tuple(_identified(finished, dataset, contract))


def _finished(promise: Promise, dataset: Dataset, contract: Contract) -> Promise:
    """Put a promise to the rows that it is about: those of its own filter, else of the dataset's."""
    where = dataset.custom.get(FILTER)
    if isinstance(promise.test, HasType | FieldType):
        is_compatible = dataset.custom.get(TYPES_CUSTOM, contract.custom.get(TYPES_CUSTOM)) == COMPATIBLE
        promise = replace(promise, test=replace(promise.test, is_compatible=is_compatible))
    terms = promise.terms
    if isinstance(promise.test, Unverified):
        return promise
    if where is not None and not isinstance(where, str):
        return replace(promise, test=Unverified(Outcome.ERROR, "the filter of the dataset is no text of SQL"))
    if terms.where and not is_of_rows(promise.test):
        return replace(promise, test=Unverified(Outcome.ERROR, "a filter means nothing here: no rows are tested"))
    return replace(promise, test=within(promise.test, terms.where or where, terms.extent))


def _of_columns(dataset: Dataset, contract: Contract) -> Iterator[Promise]:
    for part in dataset.properties:
        yield from _of_property(part, part.name, dataset, contract, None)
        for inner, path, spot in spots_inside(part, part.name, Spot(part.column, ())):
            yield from _of_property(inner, path, dataset, contract, spot)


def _of_property(
    part: Property, path: str, dataset: Dataset, contract: Contract, spot: Spot | None
) -> Iterator[Promise]:
    """Give the promises at a property; ``spot`` says where one inside a column lies, None that it is a column."""
    promises = [
        *column_promises(part, path),
        *(rule_promise(rule, dataset, part, path) for rule in part.quality),
        *(reference_promise(one, dataset, contract, path, part) for one in part.relationships),
    ]
    inner_key = key_inside(part, spot or Spot(part.column, ()))
    if inner_key is not None:
        sentence = f"the key of {path} is never empty and names one object of it"
        yield Promise(path, "primaryKey", True, inner_key, sentence, Dimension.UNIQUENESS, part.place, tags=part.tags)
    for promise in promises:
        test = promise.test if spot is None else placed(promise.test, spot)
        if test is not None:
            yield replace(promise, test=test, tags=(*promise.tags, *part.tags))


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


def _identified(promises: Iterable[Promise], dataset: Dataset, contract: Contract) -> Iterator[Check]:
    seen: dict[str, int] = {}
    levels = levels_of(dataset)
    key = tuple(part.column for part in dataset.primary_key)
    for promise in promises:
        own = promise.rule_id or _identity(promise, dataset)
        seen[own] = seen.get(own, 0) + 1
        columns = {name: levels.get(name.lower(), Level.UNCLASSIFIED) for name in (*key, *_columns(promise.test))}
        match promise.test:
            case SameRows() as compared:
                columns |= _levels_beside(compared, contract, levels)
            case Query(failed_rows=str() as rows) as query:
                columns = failing_columns(query, rows, dataset, levels)
            case FailedRows(query=query):
                columns = failing_columns(query, query.text, dataset, levels)
        yield Check(
            id=own if seen[own] == 1 else f"{own}~{seen[own]}",  # the same rule again is still a rule of its own
            test=promise.test,
            threshold=promise.threshold,
            dimension=promise.dimension,
            severity=promise.severity,
            sentence=promise.sentence,
            shown=tuple(Shown(column, level) for column, level in columns.items()),
            place=promise.place,
            warning=promise.warning,
            note=promise.note,
            name=promise.name,
            tags=promise.tags,
        )


def _levels_beside(test: SameRows, contract: Contract, levels: Mapping[str, Level]) -> dict[str, Level]:
    """Return the levels of the other table's columns where they are known: of itself, and of this contract's."""
    other = contract.find(test.other.name) if test.other.schema is None else None
    known = levels if test.is_itself else levels_of(other) if other is not None else None
    if known is None:
        return {}
    sides = (*test.key, *test.columns)
    return {other_name(test.other, one.other): known.get(one.other.lower(), Level.UNCLASSIFIED) for one in sides}


def _identity(promise: Promise, dataset: Dataset) -> str:
    digest = digest_value([promise.where, promise.what, promise.meaning])
    return f"{promise.where or dataset.name}:{promise.what}:{short(digest)}"


def _columns(test: Test) -> tuple[str, ...]:
    match test:
        case BadRows(condition=condition):
            return _of_condition(condition)
        case Derived(test=keyed, spots=spots):
            inside = {str(spot): spot.column for spot in spots}
            return tuple(dict.fromkeys(inside.get(name, name) for name in keyed.columns))
        case Duplicates() | Refers():
            return test.columns
        case Fresh() | Retained() | Frequent():
            return (test.column,)
        case SameRows():
            return tuple(side.own for side in (*test.key, *test.columns))
        case Series() | Gapless():
            return (*test.per, test.column)
        case Following():
            return (*test.per, *test.order, test.column)
        case Query(column=str() as column):
            return (column,)
        case _:
            return ()


def _of_condition(condition: RowCondition) -> tuple[str, ...]:
    match condition:
        case Satisfies(expression=expression):
            return _of_expressions((expression,))
        case SatisfiesAny(expressions=expressions):
            return _of_expressions(expressions)
        case Where(expression=expression, condition=inner):
            return tuple(dict.fromkeys((*_of_condition(inner), *_of_expressions((expression,)))))
        case _:
            return (condition.column,)


def _of_expressions(expressions: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(name for expression in expressions for name in columns_of(expression)))
    except Unreadable:
        return ()  # it is settled as an error before anything is shown
