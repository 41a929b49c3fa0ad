"""What is promised of a field or an entry, put to the spot inside its column where that lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assay.contract.model import Dataset, Property
from assay.validation.conditions import (
    BadRows,
    ControlTotal,
    Derived,
    Duplicates,
    FailedRows,
    FieldType,
    HasColumn,
    HasDistinctItems,
    HasField,
    HasKeyedItems,
    HasType,
    Inside,
    Outcome,
    Query,
    Refers,
    Satisfies,
    SatisfiesAny,
    Spot,
    Test,
    Unverified,
    Where,
)


def spots_inside(part: Property, path: str, spot: Spot) -> Iterator[tuple[Property, str, Spot]]:
    """Give all that lies inside a property, at any depth: what is promised of it, its path, and its spot.

    Args:
        part: the property.
        path: its name, dotted from the column down.
        spot: where it lies itself.
    """
    for step, inner in part.inside():
        stored = f".{inner.column}" if step.startswith(".") else step
        below = Spot(spot.column, (*spot.steps, stored), inner.logical_type)
        yield inner, f"{path}{step}", below
        yield from spots_inside(inner, f"{path}{step}", below)


def spot_named(dataset: Dataset, name: str) -> Spot | None:
    """Find the spot that a name means, ``address.city`` or ``items[].code``; None when there is no such property."""
    for part in dataset.properties:
        for inner, path, spot in spots_inside(part, part.name, Spot(part.column, ())):
            if path == name:
                return replace(spot, logical=inner.logical_type)
    return None


def key_inside(part: Property, spot: Spot) -> Test | None:
    """Return the test of the key that the fields of an object make: of a list's objects within that list.

    Args:
        part: the object.
        spot: where it lies; a column's own has no steps.

    Returns:
        None where no field is part of a key.
    """
    fields = sorted((one for one in part.properties if one.primary_key), key=lambda one: one.primary_key_position or 99)
    if not fields:
        return None
    names = tuple(field.column for field in fields)
    if spot.steps and spot.steps[-1] == "[]":
        around = Spot(spot.column, spot.steps[:-1])
        keyed = HasKeyedItems(spot.column, names)
        return BadRows(Inside(around, keyed) if around.steps else keyed)
    if spot.is_repeated:
        reason = "an object that is the value of a map is known by the map's key; it has no key of its own"
        return Unverified(Outcome.ERROR, reason)
    spots = tuple(Spot(spot.column, (*spot.steps, f".{field.column}"), field.logical_type) for field in fields)
    return Derived(Duplicates(tuple(str(one) for one in spots), is_primary=True), spots)


def placed(test: Test, spot: Spot) -> Test | None:
    """Put a test to a spot, as if it were written for a column.

    Returns:
        None where there is nothing to test: that a list has entries and a map has keys lies in their type.
    """
    match test:
        case BadRows(condition=condition):
            if isinstance(condition, Satisfies | SatisfiesAny | Where | Inside):
                return test  # about the row as a whole, wherever it stands
            return replace(test, condition=Inside(spot, condition), of_non_null=test.of_non_null and spot.column)
        case HasColumn(may_be_absent=may_be_absent):
            return HasField(spot, may_be_absent) if spot.steps[-1].startswith(".") else None
        case HasType():
            return FieldType(spot, test.logical, test.physical, test.has_zone, test.is_compatible)
        case Duplicates() if spot.is_repeated:
            return BadRows(_distinct(spot))
        case Duplicates() | Refers():
            return Derived(replace(test, columns=(str(spot),)), spots=(spot,))
        case Derived() if test.target_spots:
            return replace(test, test=replace(test.test, columns=(str(spot),)), spots=(spot,))
        case Query() | FailedRows() | ControlTotal():
            return _query_placed(test, spot)
        case _:
            return test


def _query_placed(test: Query | FailedRows | ControlTotal, spot: Spot) -> Test:
    """Say where the property lies for which a query has a placeholder."""
    if isinstance(test, Query):
        return replace(test, column=spot.column, steps=spot.steps)
    if test.query is None:
        return test
    return replace(test, query=replace(test.query, column=spot.column, steps=spot.steps))


def _distinct(spot: Spot) -> Inside:
    """An entry is unique within its own list: in no parent it comes twice."""
    steps = spot.steps
    last = max(number for number, step in enumerate(steps) if not step.startswith("."))
    after = last + 1 if steps[last] == "[]" else last
    return Inside(Spot(spot.column, steps[:last]), HasDistinctItems("", steps[after:]))
