"""Keys that the portal holds: what they sign says so, and a gate that asks for a key of one's own refuses them."""

from __future__ import annotations

from pathlib import Path

import pytest

from assay.base.roles import Holder
from assay.wiring import open_home
from journeys.flights_home import REQUEST, Place, prepare

PROCESS = """\
gates:
  - id: contract.approved-by-owner
    per: contract
    phase: discovery
    title: approved by the owner
    kind: approved
    by: sign-off
    roles: [owner]
    held-by: [person]
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a project in which the portal holds Dora's and Carla's keys."""
    place = prepare(tmp_path / "all")
    for person in ("carla", "dora"):
        place.edit("people.yaml", rf"(email: {person}@[^\n]*\n(?:[^\n]*\n){{2}}[^}}]*)}}", r"\g<1>, held-by: portal}")
    return place


def test_what_a_key_signs_says_who_holds_it(place: Place) -> None:
    place.do("carla", *REQUEST)
    place.do("ada", "release", "new", "ontime", "--request", "Q-0001")

    loaded = open_home(place.design).load()

    assert not loaded.faults
    assert [signed.statement.holder for signed in loaded.record.statements] == [Holder.PORTAL, Holder.PERSON]


def test_a_gate_that_asks_for_a_key_of_ones_own_is_not_signed_with_one_that_the_portal_holds(place: Place) -> None:
    place.write("process.yaml", PROCESS)
    place.do("carla", *REQUEST)
    place.do("ada", "release", "new", "ontime", "--request", "Q-0001")

    done = place.run("dora", "signoff", "R-0001", "approved-by-owner")

    assert done.code == 1
    assert "this gate asks for a key of one's own, and the portal holds that of" in " ".join(done.text.split())
    assert len(open_home(place.design).load().record.statements) == 2
