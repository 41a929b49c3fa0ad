"""Bad input gets an exit code, a message that says where, what was expected, what was found and what to do; no more.

Every message stands in the snapshot beside this file; nothing may have changed on disk but caches.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from homes import CACHES, Ran, state_of
from journeys.flights_home import REQUEST, Place, git

STEP = "products/ontime/workflow/ontime_daily.sql"
MONTHLY = "products/ontime/workflow/carrier_month.py"
PRODUCT = "products/ontime/product.yaml"


def nothing(place: Place) -> None:
    """Leave everything as it is."""


@dataclass(frozen=True, slots=True)
class Case:
    """One piece of bad input.

    Attributes:
        name: of the case.
        arguments: the command; ``{root}`` stands for the folder of everything.
        spoil: makes the input bad.
        person: whose key is used; None for nobody's.
        code: how the command must end.
        changes: names of folders that may change all the same: a failed build keeps what it finished.
    """

    name: str
    arguments: tuple[str, ...]
    spoil: Callable[[Place], None] = nothing
    person: str | None = "ada"
    code: int = 1
    changes: tuple[str, ...] = ()


def write(file: str, content: str | bytes) -> Callable[[Place], None]:
    return lambda place: place.write(file, content)


def edit(file: str, pattern: str, replacement: str) -> Callable[[Place], None]:
    return lambda place: place.edit(file, pattern, replacement)


def remove(file: str) -> Callable[[Place], None]:
    return lambda place: (place.design / file).unlink()


def _cycle(place: Place) -> None:
    place.write("products/ontime/workflow/hourly.sql", "select flight_date from ontime_daily\n")
    place.edit(STEP, "from sources.weather", "from hourly")


def _many(place: Place) -> None:
    place.edit(PRODUCT, "owner:", "owned-by:")
    place.edit("assay.yaml", "name: flights", "name: Flights!")
    place.edit(STEP, "sources.weather", "sources.wether")


BUILD = ("build", "ontime")
PROJECT = (
    Case("yaml that is none", BUILD, edit(PRODUCT, "title: ", "title: [")),
    Case("a key twice", BUILD, edit("people.yaml", "    name: Ben Okoro", "    name: Ben\n    name: Ben Okoro")),
    Case("an unknown field of the product", BUILD, edit(PRODUCT, "owner:", "owned-by:")),
    Case("an unknown field of the project", BUILD, edit("assay.yaml", "title:", "titel:")),
    Case("an unknown field of a person", BUILD, edit("people.yaml", "    name: Ben", "    phone: 1\n    name: Ben")),
    Case(
        "an unknown field of the dashboard",
        BUILD,
        edit("products/ontime/solutions/delays.dashboard.yaml", "summary:", "sumary:"),
    ),
    Case("an unknown role", BUILD, edit("people.yaml", "engineer, validator", "engineer, tester")),
    Case("a key that is none", BUILD, edit("people.yaml", 'public: "', 'public: "zz')),
    Case("bytes that are no text", BUILD, write(PRODUCT, b"title: \xff\xfe\n")),
    Case("an empty file", BUILD, write("assay.yaml", "")),
    Case("no file of people", BUILD, remove("people.yaml")),
    Case("a cycle", BUILD, _cycle),
    Case("an unknown table", BUILD, edit(STEP, "sources.weather", "sources.wether")),
    Case("an unknown table in Python", BUILD, edit(MONTHLY, "sources.airlines", "sources.airline")),
    Case("SQL that is none", BUILD, edit(STEP, "from counted", "form counted")),
    Case("Python that is none", BUILD, edit(MONTHLY, "return ", "return return ")),
    Case("a clock in a step", BUILD, edit(STEP, "origin, time_hour", "origin, time_hour, now() as at")),
    Case("a folder that no product knows", BUILD, write("products/ontime/worklfow/x.sql", "select 1\n")),
    Case("faults in several files", BUILD, _many),
)
"""What is wrong in the project's own files."""


@pytest.fixture
def place(frozen: Place, tmp_path: Path) -> Place:
    return frozen.copy(tmp_path / "all")


def shown(ran: Ran, place: Place) -> str:
    """Write what a person saw without what differs from run to run."""
    text = ran.text.replace(str(place.root), "<all>")
    text = re.sub(r"\b[0-9a-f]{40,64}\b", "<digest>", text)
    text = re.sub(r"\b[0-9a-f]{12}\b", "<short>", text)
    return f"exit code {ran.code}\n{text}"


def check(case: Case, place: Place, snapshot: SnapshotAssertion) -> None:
    """Run a case and hold it to what all of them promise."""
    case.spoil(place)
    before = state_of(place.root, case.changes)

    ran = place.run(case.person, *(a.replace("{root}", str(place.root)) for a in case.arguments))

    assert state_of(place.root, case.changes) == before
    assert ran.code == case.code, ran.text
    assert "Traceback" not in ran.text
    assert "Unexpected" not in ran.text
    assert shown(ran, place) == snapshot


@pytest.mark.parametrize("case", PROJECT, ids=lambda case: case.name)
def test_a_fault_of_the_project_is_named_with_file_and_line(
    case: Case, place: Place, snapshot: SnapshotAssertion
) -> None:
    check(case, place, snapshot)
