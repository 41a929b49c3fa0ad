"""What a change of how production runs makes stale: its own gates, what is delivered, and nothing else."""

from __future__ import annotations

import pytest

from assay.lifecycle.decide import Decision, Status
from assay.lifecycle.gates import DEFAULT_TABLE, ChangeClass
from assay.lifecycle.subjects import SubjectKind
from assay.project.changes import changes_between, class_of
from assay.project.reading import read_project
from assay.project.subjects import subjects_of
from fakes.cast import Play, digest

Files = dict[str, bytes]

ORDERS, SALES = "sources/orders.odcs.yaml", "products/sales/product.yaml"
IN_PROD = b"""\
  - server: prod
    environment: prod
    type: local
    path: ${LANDING}/orders.parquet
    format: parquet
schema:
"""
ACCEPTED = ("accepted-by-engineer", "accepted-by-other-engineer", "accepted-by-stakeholder")
OF_PRODUCTION = {
    *(f"dataset.prod.{gate}" for gate in ("populated", "compared", "soaked", *ACCEPTED)),
    *(f"solution.prod.{gate}" for gate in ("published", *ACCEPTED)),
}
BEFORE_PRODUCTION = {
    gate.id for gate in DEFAULT_TABLE
    if gate.environment != "prod" and gate.per in (SubjectKind.CONTRACT, SubjectKind.DATASET, SubjectKind.SOLUTION)
}  # fmt: skip


@pytest.fixture
def running(files: Files) -> Files:
    """Return a project whose source has a place in production too."""
    return {**files, ORDERS: files[ORDERS].replace(b"schema:\n", IN_PROD, 1)}


def released(files: Files) -> Play:
    """Play the first release of sales to its end."""
    project = read_project(files)
    play = Play(subjects=subjects_of(project, project.products["sales"]))
    play.open()
    assert play.advance().unsettled == ()
    return play


def next_release(play: Play, before: Files, after: Files) -> None:
    """Open the next release, on other files, of the class that follows from them."""
    old, new = read_project(before), read_project(after)
    play.release, play.payload = "R-0002", digest("payload 2")
    play.subjects = subjects_of(new, new.products["sales"])
    play.change_class = class_of(changes_between(old, new, "sales"))
    play.open()


def stale(decision: Decision) -> dict[str, str]:
    """Return the gates at which what was signed before does not count any more, each with the reason."""
    return {state.gate.id: state.why for state in decision.states if state.why}


def edited(files: Files, path: str, old: bytes, new: bytes) -> Files:
    assert old in files[path]
    return {**files, path: files[path].replace(old, new, 1)}


def test_another_place_of_a_source_in_production_stales_what_is_delivered_and_the_gates_of_production(
    running: Files,
) -> None:
    play = released(running)
    next_release(play, running, edited(running, ORDERS, b"${LANDING}/orders", b"${LANDING}/v2/orders"))

    found = stale(play.decide())

    assert play.change_class is ChangeClass.STANDARD
    assert found.keys() == {"dataset.feeds-delivered", *OF_PRODUCTION}
    assert found["dataset.feeds-delivered"].endswith(", for what its sources promise or where they lie has changed")
    assert "for its meaning or how it runs in production" in found["dataset.prod.soaked"]

    decision = play.advance("release.prod.admitted")
    carried = {s.gate.id for s in decision.states if s.status is Status.CARRIED}
    assert carried == {"request.recorded", *BEFORE_PRODUCTION - {"dataset.feeds-delivered"}}
    assert {s.gate.id for s in decision.of("dataset.prod.populated") if s.status is Status.STALE} != set()
    assert play.advance().unsettled == ()


def test_reading_a_source_of_production_where_it_lies_asks_for_its_gates_again_and_saying_that_it_is_landed_does_not(
    running: Files,
) -> None:
    entry = b"path: ${LANDING}/orders.parquet\n"
    said = entry + b"    customProperties: [{property: access, value: %s}]\n"
    play = released(running)
    next_release(play, running, edited(running, ORDERS, entry, said % b"landed"))
    assert stale(play.decide()) == {}

    next_release(play, running, edited(running, ORDERS, entry, said % b"referenced"))
    assert stale(play.decide()).keys() == {"dataset.feeds-delivered", *OF_PRODUCTION}


def test_a_longer_soak_stales_the_gates_of_production_and_nothing_else(running: Files) -> None:
    play = released(running)
    next_release(play, running, edited(running, SALES, b"0 6 * * *", b"0 6 * * *\n  soak-runs: 5"))

    assert play.change_class is ChangeClass.STANDARD
    assert stale(play.decide()).keys() == OF_PRODUCTION

    decision = play.advance("release.prod.admitted")
    carried = {s.gate.id for s in decision.states if s.status is Status.CARRIED}
    assert carried == {"request.recorded", *BEFORE_PRODUCTION}
    assert play.advance().unsettled == ()


def test_a_cosmetic_change_stales_no_gate_of_production_but_of_what_it_changes(running: Files) -> None:
    board = "products/sales/solutions/board.dashboard.yaml"
    play = released(running)
    next_release(play, running, edited(running, board, b"title: ", b"title: Our "))

    assert play.change_class is ChangeClass.COSMETIC
    assert {gate for gate in stale(play.decide()) if gate.startswith("dataset")} == set()
    assert "solution.prod.published" in stale(play.decide())
