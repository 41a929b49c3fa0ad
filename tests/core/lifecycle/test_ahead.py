"""What a release will ask, seen from before anybody does anything."""

from __future__ import annotations

from dataclasses import replace

from assay.base.roles import Role
from assay.lifecycle.ahead import AskedGate, gates_ahead
from assay.lifecycle.gates import DEFAULT_TABLE, ChangeClass
from fakes.cast import CONTRACT, DATASET, EMIL, ERNA, EVERYBODY, ROSTER, SOLUTION, STELLA, VIKTOR, Play, changed, digest


def ahead(play: Play) -> dict[str, AskedGate]:
    record = play.record()
    return {asked.gate.id: asked for asked in gates_ahead(DEFAULT_TABLE, play.case(record), record, play.now)}


def released() -> Play:
    """Play a release to its end, and turn to the next one."""
    play = Play()
    play.open()
    assert play.advance().unsettled == ()
    play.release, play.payload = "R-0002", digest("payload 2")
    return play


def test_of_a_first_version_everything_is_asked_of_whoever_holds_the_roles() -> None:
    found = ahead(Play())

    assert all(not asked.carried for asked in found.values())
    assert set(found) == {gate.id for gate in DEFAULT_TABLE} - {"request.recorded"}
    assert found["dataset.qa.accepted-by-stakeholder"].people == ("stella@example.org", "simon@example.org")
    assert found["dataset.prod.populated"].people == ("node",)


def test_what_did_not_change_carries_also_where_its_gate_still_waits_for_others() -> None:
    play = released()
    play.subjects = (CONTRACT, DATASET, changed(SOLUTION, "s2"))
    found = ahead(play)

    assert found["dataset.prod.accepted-by-stakeholder"].carried == ("p/d",)
    assert found["dataset.prod.accepted-by-stakeholder"].subjects == ()
    assert found["solution.qa.published"].subjects == ("p/s",)


def test_a_gate_that_the_class_does_not_ask_for_is_left_out_unless_somebody_said_no_there() -> None:
    play = released()
    play.subjects, play.change_class = (CONTRACT, changed(DATASET, "d2"), SOLUTION), ChangeClass.REPAIR
    gate = "dataset.qa.accepted-by-stakeholder"

    assert gate not in ahead(play)
    play.reject(gate, play.subjects[1], STELLA, "this is no repair")
    assert ahead(play)[gate].subjects == ("p/d",)


def test_somebody_who_alone_can_do_what_another_has_to_look_at_cannot_do_both() -> None:
    others = tuple(person for person in EVERYBODY if person not in (ERNA, VIKTOR))
    alone = Play(roster=replace(ROSTER, people=others))
    both = Play(roster=replace(ROSTER, people=(*others, replace(VIKTOR, roles=frozenset({Role.VALIDATOR})))))

    assert ahead(alone)["dataset.dev.built"].people == (EMIL.email,)
    assert ahead(alone)["dataset.qa.accepted-by-other-engineer"].people == ()
    assert ahead(both)["dataset.qa.accepted-by-other-engineer"].people == (VIKTOR.email,)
