"""A gate may ask whoever signs with a key that the portal holds to have just shown who they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.accounts import Method
from assay.base.roles import HANDS, Holder
from assay.lifecycle.decide import Status
from assay.lifecycle.gates import DEFAULT_TABLE, GateTable, gate_named
from assay.lifecycle.recency import authentication, shown_too_long_ago
from fakes.cast import DATASET, PORTIA, RITA, ROSTER, START, STELLA, Play, played

ASKING = "dataset.qa.accepted-by-stakeholder"
TABLE: GateTable = tuple(
    replace(gate, authenticated_within_minutes=15) if gate.id == ASKING else gate for gate in DEFAULT_TABLE
)
GATE = next(gate for gate in TABLE if gate.id == ASKING)
SECOND = timedelta(seconds=1)
LONG_AGO = "this gate asks for it at most 15 minutes before"


def play() -> Play:
    """Play up to the gate, with a stakeholder whose key the portal holds among the people."""
    roster = replace(ROSTER, people=(*ROSTER.people, PORTIA))
    return played("dataset.qa.accepted-by-other-engineer", table=TABLE, roster=roster)


@pytest.mark.parametrize("age", ["0", "1", "899", "900"])
def test_who_has_just_shown_who_they_are_counts(age: str) -> None:
    at_gate = play()
    at_gate.sign(ASKING, DATASET, PORTIA, holder=Holder.PORTAL, authenticated={"method": "password", "age": age})

    assert at_gate.state(ASKING, DATASET).status is Status.SATISFIED


@pytest.mark.parametrize(
    ("authenticated", "why"),
    [
        (
            {"method": "password", "age": "901"},
            "signed 16 minutes after showing who they are",
        ),
        (
            {"method": "oidc", "age": "36000"},
            "signed 600 minutes after showing who they are",
        ),
        ({}, LONG_AGO),
        ({"method": "password"}, LONG_AGO),
        ({"age": "0"}, LONG_AGO),
        ({"method": "token", "age": "0"}, LONG_AGO),
        ({"method": "oidc-undated", "age": "0"}, LONG_AGO),
        ({"method": "a method of later", "age": "0"}, LONG_AGO),
        ({"method": ["password"], "age": "0"}, LONG_AGO),
        ({"method": "password", "age": 0}, LONG_AGO),
        ({"method": "password", "age": ""}, LONG_AGO),
        ({"method": "password", "age": "-1"}, LONG_AGO),
        ({"method": "password", "age": "1.5"}, LONG_AGO),
        ({"method": "password", "age": " 1"}, LONG_AGO),
        ({"method": "password", "age": "²"}, LONG_AGO),
        ({"method": "password", "age": "0" * 5000}, LONG_AGO),
    ],
    ids=str,
)
def test_who_has_not_does_not_count_and_it_is_said_why(authenticated: dict[str, str], why: str) -> None:
    at_gate = play()
    at_gate.sign(ASKING, DATASET, PORTIA, holder=Holder.PORTAL, authenticated=authenticated)
    state = at_gate.state(ASKING, DATASET)

    assert state.status is Status.STALE
    assert why in state.why


def test_a_key_of_ones_own_is_not_asked() -> None:
    at_gate = play()
    at_gate.sign(ASKING, DATASET, STELLA)

    assert at_gate.state(ASKING, DATASET).status is Status.SATISFIED


def test_a_no_stands_however_long_ago_its_signer_showed_who_they_are() -> None:
    at_gate = play()
    state = at_gate.state(ASKING, DATASET)
    subject = (DATASET.id, DATASET.digest_of(state.gate.aspect))
    at_gate.say(
        PORTIA, state.gate.kind.REJECTED, subject, gate=ASKING, environment="qa", reason="wrong",
        holder=Holder.PORTAL, authenticated={"method": "password", "age": "36000"},
    )  # fmt: skip

    assert at_gate.state(ASKING, DATASET).status is Status.REJECTED


def test_the_default_table_asks_it_of_the_release_order_alone() -> None:
    asking = {gate.id: gate.authenticated_within_minutes for gate in DEFAULT_TABLE if gate.authenticated_within_minutes}

    assert asking == {"release.ordered": 15}


@pytest.mark.parametrize(("age", "status"), [("900", Status.SATISFIED), ("901", Status.STALE)])
def test_a_release_order_from_a_session_that_was_too_old_releases_nothing(age: str, status: Status) -> None:
    (key,) = RITA.keys
    manager = replace(RITA, keys=(replace(key, holder=Holder.PORTAL),))
    roster = replace(ROSTER, people=tuple(manager if p == RITA else p for p in ROSTER.people))
    at_gate = played("solution.prod.accepted-by-stakeholder", roster=roster)
    at_gate.sign(
        "release.ordered", None, manager, holder=Holder.PORTAL, authenticated={"method": "password", "age": age}
    )

    assert at_gate.state("release.ordered").status is status
    released = at_gate.state("release.released").status
    assert released is (Status.OPEN if status is Status.SATISFIED else Status.BLOCKED)


@given(st.timedeltas(timedelta(), timedelta(days=30)), st.integers(1, 50_000), st.sampled_from(Method))
def test_what_the_portal_writes_counts_exactly_when_it_was_so_short_ago(
    age: timedelta, within: int, method: Method
) -> None:
    gate = replace(GATE, authenticated_within_minutes=within)
    counts = not shown_too_long_ago(gate, Holder.PORTAL, authentication(method, START, age))

    assert counts == (method in (Method.PASSWORD, Method.OIDC) and age < timedelta(minutes=within) + SECOND)


@given(
    st.dictionaries(st.sampled_from(["method", "age", "at"]), st.one_of(st.text(), st.integers(), st.none())),
    st.sampled_from(sorted(HANDS)),
)
def test_whatever_a_statement_says_a_gate_that_does_not_ask_counts_it(
    authenticated: dict[str, object], holder: Holder
) -> None:
    asked_of_nobody = gate_named(DEFAULT_TABLE, ASKING)
    assert asked_of_nobody

    assert shown_too_long_ago(asked_of_nobody, holder, authenticated) == ""
    assert shown_too_long_ago(GATE, Holder.PERSON, authenticated) == ""
    assert isinstance(shown_too_long_ago(GATE, holder, authenticated), str)
