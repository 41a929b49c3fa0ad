"""What the service levels of a contract promise of the data itself: freshness, latency, retention and frequency."""

from __future__ import annotations

from fractions import Fraction

from assay.base.names import TableRef
from assay.contract.durations import Duration, parse_duration
from assay.contract.model import Contract, Dataset, Property, SlaProperty
from assay.validation.conditions import Frequent, Fresh, Moment, Outcome, Retained, Test, Unverified
from assay.validation.promises import Dimension, Promise, on_terms, zone_of
from assay.validation.terms import LIMIT

AS_OF = "asOf"
"""The customProperty that names a column, ``sources.flights.time_hour``, whose maximum takes the place of now."""

_MEASURED = frozenset({"freshness", "latency", "retention", "frequency"})
"""Service levels that are tested where they name a column."""

_RATES: dict[str, Duration] = {
    "hourly": Duration(0, Fraction(3_600)),
    "daily": Duration(0, Fraction(86_400)),
    "weekly": Duration(0, Fraction(604_800)),
    "monthly": Duration(1, Fraction(0)),
    "quarterly": Duration(3, Fraction(0)),
    "yearly": Duration(12, Fraction(0)),
    "annually": Duration(12, Fraction(0)),
}
"""How often, in a word, to the longest time between two values."""

_NOTES = {
    "latency": "measured as freshness: how old the newest value is",
    "retention": "this tests that old rows are gone, not that younger ones are kept",
}


def service_promises(contract: Contract, dataset: Dataset) -> list[Promise]:
    """Give the promises on service that belong to a dataset.

    Those that name no dataset of the contract belong to its first one, so that none is lost.
    """
    return [_promise(sla, contract, dataset) for sla in contract.sla if _owner(sla, contract) == dataset.name]


def _owner(sla: SlaProperty, contract: Contract) -> str | None:
    first = contract.datasets[0].name if contract.datasets else None
    table = (sla.element or "").partition(".")[0]
    return next((one.name for one in contract.datasets if table in {one.name, one.physical_name}), first)


def _promise(sla: SlaProperty, contract: Contract, dataset: Dataset) -> Promise:
    promise = Promise(
        where="",
        what=sla.property,
        meaning={name: value for name, value in sla.raw.items() if name not in {"id", "description"}},
        test=_test(sla, contract, dataset),
        sentence=_sentence(sla, dataset),
        dimension=Dimension.TIMELINESS,
        place=sla.place,
        rule_id=sla.id,
        note=_NOTES.get(sla.property, "") if sla.element else "",
    )
    return on_terms(promise, sla.custom.get(LIMIT), None)


def _sentence(sla: SlaProperty, dataset: Dataset) -> str:
    value = f"{sla.value} {sla.unit}" if sla.unit else str(sla.value)
    if sla.property not in _MEASURED or not sla.element:
        return f"{sla.property} of {dataset.name}: {value}"
    if sla.property == "frequency":
        return f"after each {sla.element} comes the next within {value}"
    end = "oldest" if sla.property == "retention" else "newest"
    as_of = f", seen from the end of {sla.custom[AS_OF]}" if AS_OF in sla.custom else ""
    return f"the {end} {sla.element} is less than {value} old{as_of}"


def _test(sla: SlaProperty, contract: Contract, dataset: Dataset) -> Test:
    if sla.property not in _MEASURED:
        return Unverified(Outcome.SKIP, "a promise on service, not on the data")
    if not sla.element and sla.property != "freshness":
        return Unverified(Outcome.SKIP, f"the service level {sla.property} names no element of the data to measure")
    part = _element(sla, dataset, is_only=len(contract.datasets) == 1)
    limit = parse_duration(sla.value, sla.unit)
    if limit is None and sla.property == "frequency":
        limit = _RATES.get(str(sla.value).lower())
    if part is None or limit is None:
        wanted = "names no column of this dataset" if part is None else "has no span of time"
        return Unverified(Outcome.ERROR, f"the service level {sla.property} {wanted}")
    return _age(sla, part, limit, f"{sla.value} {sla.unit}" if sla.unit else str(sla.value))


def _age(sla: SlaProperty, part: Property, limit: Duration, text: str) -> Test:
    if sla.property == "retention":
        return Retained(part.column, limit, text, zone_of(part))
    if sla.property == "frequency":
        return Frequent(part.column, limit, text, zone_of(part))
    as_of = sla.custom.get(AS_OF)
    if as_of is None:
        return Fresh(part.column, limit, text, zone_of(part), None)
    names = str(as_of).split(".")
    if len(names) not in {2, 3}:
        return Unverified(Outcome.ERROR, f"{AS_OF} {as_of!r} is not table.column or sources.table.column")
    table = TableRef(names[0] if len(names) == 3 else None, names[-2])
    return Fresh(part.column, limit, text, zone_of(part), Moment(table, names[-1]))


def _element(sla: SlaProperty, dataset: Dataset, *, is_only: bool) -> Property | None:
    table, dot, column = (sla.element or "").partition(".")
    if not dot:
        return dataset.find(table) if is_only else None
    return dataset.find(column) if table in {dataset.name, dataset.physical_name} else None
