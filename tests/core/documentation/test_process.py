"""The picture of the process holds every gate, and an arrow for each need that does not follow from others."""

from __future__ import annotations

from dataclasses import replace

from syrupy.assertion import SnapshotAssertion

from assay.base.roles import Holder
from assay.documentation.process import process_diagram, process_rows
from assay.lifecycle.gates import DEFAULT_TABLE


def test_the_default_process_as_a_picture(snapshot: SnapshotAssertion) -> None:
    assert process_diagram(DEFAULT_TABLE) == snapshot


def test_every_gate_is_in_the_picture_and_in_the_rows() -> None:
    picture = process_diagram(DEFAULT_TABLE)
    rows = [row for rows in process_rows(DEFAULT_TABLE).values() for row in rows]

    assert all(gate.title in picture for gate in DEFAULT_TABLE)
    assert [row[1] for row in rows] == [gate.title for gate in DEFAULT_TABLE]


def test_a_gate_that_asks_for_a_key_of_ones_own_says_so_in_its_row() -> None:
    own = replace(DEFAULT_TABLE[0], holders=frozenset({Holder.PERSON}))
    (((_, _, whom),),) = [rows for rows in process_rows((own,)).values() if rows]

    assert whom == "engineer or owner or stakeholder (a key held by the person)"


def test_a_gate_that_asks_for_somebody_who_has_just_shown_who_they_are_says_so_in_its_row() -> None:
    asking = replace(DEFAULT_TABLE[0], authenticated_within_minutes=5)
    (((_, _, whom),),) = [rows for rows in process_rows((asking,)).values() if rows]

    assert whom == "engineer or owner or stakeholder (in the portal, who they are was shown within 5 minutes)"


def test_a_gate_that_takes_no_delegate_says_so_in_its_row() -> None:
    rows = {title: whom for rows in process_rows(DEFAULT_TABLE).values() for _, title, whom in rows}

    assert [title for title, whom in rows.items() if "no delegate" in whom] == ["release order signed"]


def test_no_gate_but_the_first_stands_without_an_arrow_to_it() -> None:
    arrows = [line for line in process_diagram(DEFAULT_TABLE).splitlines() if "-->" in line]
    reached = {line.split("-->")[1].strip() for line in arrows}

    assert {gate.id.replace(".", "_").replace("-", "_") for gate in DEFAULT_TABLE} - reached == {"request_recorded"}
