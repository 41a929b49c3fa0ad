"""Scope and times: whose signature counts for which product, and what is left of one whose key others have."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assay.base.errors import AssayError
from assay.base.roles import Person, PublicKey
from assay.lifecycle.decide import Status
from assay.lifecycle.delegations import delegation_details, delegation_meant
from assay.lifecycle.envelopes import Compromised, Signed, hold_against, open_envelope
from assay.lifecycle.record import fold
from assay.lifecycle.statements import Kind, Result
from fakes.cast import DATASET, EMIL, EVERYBODY, ROSTER, SIMON, START, STELLA, Play, played, speak

STAKEHOLDER = "dataset.qa.accepted-by-stakeholder"
CHECKED = "dataset.qa.checked"
HOUR = timedelta(hours=1)
BUILT = speak(EMIL, Kind.BUILT, (DATASET.id, DATASET.digest), environment="dev", result=Result.PASS)


def scoped(play: Play, who: Person, *products: str) -> Person:
    """Let somebody's roles be theirs for some products alone."""
    found = replace(who, products=frozenset(products))
    people = tuple(found if person.email == who.email else person for person in play.roster.people)
    play.roster = replace(play.roster, people=people)
    return found


def keyed(who: Person, **times: Any) -> PublicKey:
    return replace(who.keys[0], **times)


def opened(key: PublicKey, seen: datetime | None = None) -> Signed:
    roster = replace(ROSTER, people=(replace(EMIL, keys=(key,)), *(p for p in EVERYBODY if p is not EMIL)))
    return open_envelope(BUILT, roster, seen=seen)


# --- for which product -----------------------------------------------------------------------------------------------


def test_a_sign_off_for_another_product_does_not_count_and_the_gate_says_why() -> None:
    play = Play()
    play.open()
    play.advance(STAKEHOLDER, without=(STAKEHOLDER,))
    play.sign(STAKEHOLDER, DATASET, SIMON)
    scoped(play, SIMON, "q", "r")
    state = play.state(STAKEHOLDER, DATASET)
    assert not state.is_settled
    assert state.why == "simon@example.org signs for q, r alone, and this is of p"
    assert state.who == (STELLA.email,)
    scoped(play, SIMON, "p", "q")
    assert play.state(STAKEHOLDER, DATASET).status is Status.SATISFIED


def test_evidence_for_another_product_neither_counts_nor_hides_what_does() -> None:
    play = played(CHECKED)
    by = play.state(CHECKED, DATASET).by
    assert by is not None
    other = next(p for p in EVERYBODY if p.roles & EMIL.roles and p.email != by.statement.signer)
    play.sign(CHECKED, DATASET, other)
    scoped(play, other, "q")
    assert play.state(CHECKED, DATASET).by == by


def test_a_rejection_for_another_product_stands_against_nothing() -> None:
    play = played(STAKEHOLDER)
    play.reject(STAKEHOLDER, DATASET, SIMON)
    assert play.state(STAKEHOLDER, DATASET).status is Status.REJECTED
    scoped(play, SIMON, "q")
    assert play.state(STAKEHOLDER, DATASET).status is Status.SATISFIED


@pytest.mark.parametrize("who", [STELLA, SIMON], ids=["the absent", "the delegate"])
def test_a_delegate_signs_only_for_what_both_sign_for(who: Person) -> None:
    play = Play()
    play.open()
    play.advance(STAKEHOLDER, without=(STAKEHOLDER,))
    details = delegation_details(SIMON.email, None, None, START.date(), START.date() + timedelta(days=30))
    meant = delegation_meant(STELLA.email, details, "away", play.now + HOUR)
    made = play.say(
        STELLA, Kind.DELEGATED, (meant.id, meant.digest), details=details, reason="away", release=None, gate=None
    )
    seen = (*play.evidence(play.state(STAKEHOLDER, DATASET)), made.digest)
    play.sign(STAKEHOLDER, DATASET, SIMON, on_behalf_of=STELLA.email, observed=seen)
    assert play.state(STAKEHOLDER, DATASET).status is Status.SATISFIED
    scoped(play, who, "q")
    state = play.state(STAKEHOLDER, DATASET)
    assert not state.is_settled
    assert who is STELLA or state.why == f"{who.email} signs for q alone, and this is of p"


def test_who_opens_or_freezes_for_another_product_opens_and_freezes_nothing() -> None:
    play = played("release.frozen")
    assert play.record().releases["R-0001"].payload == play.payload
    scoped(play, EMIL, "q")
    assert "R-0001" not in play.record().releases


# --- from when to when -----------------------------------------------------------------------------------------------


def test_what_a_compromised_key_signed_holds_where_it_was_seen_before_whatever_time_it_says() -> None:
    key = keyed(EMIL, compromised_since=START + 2 * HOUR)
    assert opened(key, START + HOUR).statement.signer == EMIL.email
    for seen in (START + 2 * HOUR, START + 3 * HOUR, None):
        with pytest.raises(Compromised, match="Its own time proves nothing") as caught:
            opened(key, seen)
        assert caught.value.signed.has_fallen


def test_what_says_itself_that_it_was_signed_after_its_key_was_compromised_falls_whenever_it_was_seen() -> None:
    with pytest.raises(Compromised):
        opened(keyed(EMIL, compromised_since=START), START - HOUR)


def test_a_key_signs_from_when_it_is_active() -> None:
    assert opened(keyed(EMIL, active_from=START)).statement.at == START
    with pytest.raises(AssayError, match="when the key was active"):
        opened(keyed(EMIL, active_from=START + HOUR))


def test_a_compromised_key_is_never_good_and_another_is_between_its_times() -> None:
    key = keyed(EMIL, active_from=START, revoked_at=START + 2 * HOUR)
    assert [key.signs_at(START + n * HOUR) for n in (-1, 0, 1, 2)] == [False, True, True, False]
    gone = keyed(EMIL, compromised_since=datetime(2030, 1, 1, tzinfo=UTC))
    assert not gone.signs_at(START)


def test_asking_a_roster_anew_says_what_opening_says() -> None:
    signed = opened(EMIL.keys[0])
    roster = replace(ROSTER, people=(replace(EMIL, keys=(keyed(EMIL, compromised_since=START + HOUR),)),))
    assert hold_against(signed, roster, START) == signed
    with pytest.raises(Compromised):
        hold_against(signed, roster, START + HOUR)


def test_what_has_fallen_counts_at_no_gate_and_what_it_opened_and_froze_stays_known() -> None:
    play = played("release.frozen")
    whole = play.record()
    said = [replace(s, has_fallen=s.statement.signer == EMIL.email) for s in play.said]
    record = fold(said, play.roster)
    assert record.releases == {
        name: replace(r, frozen=r.frozen and replace(r.frozen, has_fallen=r.frozen.statement.signer == EMIL.email))
        for name, r in whole.releases.items()
    }
    assert not any(s.statement.signer == EMIL.email for s in record.statements)
    play.said[:] = said
    assert play.state("release.frozen").status is not Status.SATISFIED
