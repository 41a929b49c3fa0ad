"""Feasibility is told by schemas alone: have, derivable or missing, and where from."""

from __future__ import annotations

from assay.discovery.feasibility import ColumnAssessment, Standing, Wanted, assess_columns

INVENTORY = {
    "sources.flights": {"carrier": "string", "dep_delay": "integer"},
    "sources.airlines": {"carrier": "string", "name": "string"},
}


def assessed(wanted: Wanted) -> ColumnAssessment:
    return assess_columns([wanted], INVENTORY)[0]


def test_a_column_of_the_same_name_and_type_is_had() -> None:
    assert assessed(Wanted("carrier", "string")) == ColumnAssessment(
        "carrier", Standing.HAVE, "sources.flights.carrier"
    )


def test_a_column_of_the_same_name_and_another_type_is_missing() -> None:
    assert assessed(Wanted("carrier", "integer")).standing is Standing.MISSING


def test_a_column_is_derivable_when_all_that_it_is_made_from_exists() -> None:
    made = Wanted("delayed", "integer", ("sources.flights.dep_delay", "sources.flights"))

    assert assessed(made).standing is Standing.DERIVABLE


def test_a_column_made_from_something_that_is_nowhere_is_missing_and_says_what() -> None:
    found = assessed(Wanted("delayed", "integer", ("sources.flights.dep_delay", "sources.flights.gate")))

    assert found == ColumnAssessment("delayed", Standing.MISSING, "no sources.flights.gate in the inventory")


def test_a_column_that_is_taken_over_unchanged_is_had() -> None:
    assert assessed(Wanted("name", "string", ("sources.airlines.name",))).standing is Standing.HAVE
    assert assessed(Wanted("carrier_name", "string", ("sources.airlines.name",))).standing is Standing.DERIVABLE
