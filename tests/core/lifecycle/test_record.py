"""The record: any ledger folds, and only what those who may say it have said changes anything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.roles import Holder, Roster
from assay.lifecycle.envelopes import Signed
from assay.lifecycle.record import extend, fold, subject_of_request
from assay.lifecycle.statements import Kind, Meant, Result, Statement
from fakes.cast import (
    AUGUST,
    DATASET,
    EMIL,
    ERNA,
    EVERYBODY,
    OLIVE,
    REQUEST,
    ROSTER,
    SIMON,
    STELLA,
    THE_NODE,
    VIKTOR,
    Play,
    digest,
    played,
)
from fakes.statements import digests, json_values, moments, texts

RELEASE = "release:R-0001"
ids = st.sampled_from([RELEASE, "release:R-0002", "request:Q-0001", "dataset:p/d", "release:", "nonsense"]) | texts
keys = st.sampled_from([p.keys[0].id for p in EVERYBODY] + [THE_NODE.keys[0].id, "unknown"])
things = st.sampled_from(["product", "requests", "version", "subjects", "class"])
said = st.builds(
    Statement,
    kind=st.sampled_from(Kind),
    subjects=st.lists(st.builds(Meant, ids, digests), min_size=1, max_size=2).map(tuple),
    signer=st.sampled_from([p.email for p in EVERYBODY]),
    holder=st.sampled_from(Holder),
    at=moments,
    release=st.none() | texts,
    result=st.none() | st.sampled_from(Result),
    reason=st.just("") | texts,
    observed=st.lists(digests, max_size=2).map(tuple),
    details=st.dictionaries(things, json_values, max_size=3),
)
ledgers = st.lists(st.builds(Signed, said, digests, keys), max_size=6)


@given(ledgers)
def test_any_prefix_of_any_ledger_folds(ledger: list[Signed]) -> None:
    for length in range(len(ledger) + 1):
        record = fold(ledger[:length], ROSTER)
        assert record.statements == tuple(ledger[:length])
        for release in record.releases.values():
            assert (release.version is None) == (release.frozen is None)


@given(ledgers, ledgers)
def test_what_was_opened_stays_opened_however_the_ledger_goes_on(first: list[Signed], second: list[Signed]) -> None:
    before, after = fold(first, ROSTER), fold([*first, *second], ROSTER)
    for name, release in before.releases.items():
        assert (after.releases[name].by, after.releases[name].requests) == (release.by, release.requests)
    for name, request in before.requests.items():
        assert after.requests[name].digest == request.digest
    assert before.withdrawn <= after.withdrawn


def test_any_prefix_of_a_whole_release_folds_and_decides() -> None:
    play = played()
    for length in range(len(play.said) + 1):
        Play(said=play.said[:length]).decide()


def test_a_whole_release_leaves_its_marks() -> None:
    record = played().record()
    release = record.releases["R-0001"]
    assert (release.product, release.requests, release.by) == ("p", (REQUEST,), EMIL.email)
    assert release.version == "1.0.0"
    assert release.payload == digest("payload 1")
    assert release.released is not None
    assert release.announced is not None
    assert release.rolled_back is None
    assert record.open_releases() == ()


def test_open_releases_are_those_neither_announced_nor_cancelled() -> None:
    play = Play()
    play.open()
    assert [r.id for r in play.record().open_releases("p")] == ["R-0001"]
    assert play.record().open_releases("other") == ()
    play.say(OLIVE, Kind.CANCELLED, (RELEASE, digest("opened")), reason="not needed")
    assert play.record().open_releases() == ()
    assert play.record().releases["R-0001"].cancelled == "not needed"


def test_a_request_is_a_subject_with_the_digest_under_which_it_was_asked() -> None:
    play = Play()
    play.open()
    subject = subject_of_request(play.record().requests[REQUEST])
    assert (subject.id, subject.digest) == (f"request:{REQUEST}", digest(f"request {REQUEST}"))


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        (VIKTOR, Kind.OPENED),
        (STELLA, Kind.OPENED),
        (AUGUST, Kind.OPENED),
        (THE_NODE, Kind.OPENED),
    ],
)
def test_a_release_is_opened_by_nobody_who_may_not(who: Any, kind: Kind) -> None:
    play = Play()
    play.say(who, kind, ("release:R-0009", digest("opened")), details={"product": "p"})
    assert play.record().releases == {}
    assert len(play.record().statements) == 1


@pytest.mark.parametrize("who", [OLIVE, STELLA, VIKTOR])
def test_a_payload_is_frozen_by_nobody_but_an_engineer(who: Any) -> None:
    play = Play()
    play.open()
    play.say(who, Kind.FROZEN, (RELEASE, digest("payload")), details={"version": "1.0.0"})
    assert play.record().releases["R-0001"].frozen is None


@pytest.mark.parametrize("kind", [Kind.RELEASED, Kind.ANNOUNCED, Kind.ROLLED_BACK])
def test_nobody_but_a_node_says_that_something_was_released(kind: Kind) -> None:
    play = Play()
    play.open()
    for who in EVERYBODY:
        play.say(who, kind, (RELEASE, digest("payload 1")), environment="prod", result=Result.PASS)
    release = play.record().releases["R-0001"]
    assert (release.released, release.announced, release.rolled_back) == (None, None, None)


def test_a_release_that_is_opened_twice_is_the_one_that_was_opened_first() -> None:
    play = Play()
    play.open()
    play.say(ERNA, Kind.OPENED, (RELEASE, digest("again")), details={"product": "other", "requests": []})
    assert play.record().releases["R-0001"].product == "p"
    assert play.record().releases["R-0001"].requests == (REQUEST,)


def test_nobody_replaces_a_request_that_somebody_else_made() -> None:
    play = Play()
    play.open()
    play.say(ERNA, Kind.REQUESTED, (f"request:{REQUEST}", digest("easier")), details={"product": "p"})
    assert play.record().requests[REQUEST].by == STELLA.email
    assert play.record().requests[REQUEST].digest == digest(f"request {REQUEST}")


def test_a_cancelled_request_does_not_come_back_by_being_recorded_again() -> None:
    play = Play()
    play.open()
    asked = (f"request:{REQUEST}", digest(f"request {REQUEST}"))
    play.say(STELLA, Kind.CANCELLED, asked, reason="no need any more")
    play.say(STELLA, Kind.REQUESTED, asked, details={"product": "p"})
    assert play.record().requests[REQUEST].cancelled == "no need any more"


def test_the_newest_freezing_counts_until_the_release() -> None:
    play = played("release.frozen")
    again = play.say(ERNA, Kind.FROZEN, (RELEASE, digest("payload 2")), details={"version": "1.0.1"})
    assert play.record().releases["R-0001"].frozen == again


def test_what_is_released_keeps_the_payload_with_which_it_was_released() -> None:
    play = played("release.released")
    play.say(EMIL, Kind.FROZEN, (RELEASE, digest("payload 2")), details={"version": "2.0.0"})
    assert play.record().releases["R-0001"].payload == digest("payload 1")
    assert play.record().releases["R-0001"].version == "1.0.0"


@pytest.mark.parametrize("details", [{}, {"version": 5}, {"version": None}])
def test_a_freezing_that_names_no_version_freezes_nothing(details: dict[str, Any]) -> None:
    play = Play()
    play.open()
    play.say(EMIL, Kind.FROZEN, (RELEASE, digest("payload 1")), details=details)
    assert play.record().releases["R-0001"].frozen is None


@pytest.mark.parametrize("requests", [5, "Q-0001", {"Q-0001": 1}, None, [[1]]])
def test_a_release_that_lists_no_proper_requests_folds(requests: Any) -> None:
    play = Play()
    play.say(EMIL, Kind.OPENED, (RELEASE, digest("opened")), details={"product": "p", "requests": requests})
    assert all(isinstance(name, str) for name in play.record().releases["R-0001"].requests)


def _rejected() -> tuple[Play, Signed]:
    play = played("dataset.qa.checked")
    return play, play.reject("dataset.qa.accepted-by-other-engineer", DATASET, ERNA)


def test_a_rejection_is_withdrawn_by_whoever_made_it() -> None:
    play, rejection = _rejected()
    play.withdraw(rejection, ERNA)
    assert play.record().withdrawn == {rejection.digest}


@pytest.mark.parametrize("who", [EMIL, VIKTOR, STELLA, SIMON])
def test_a_rejection_is_not_withdrawn_by_anybody_else(who: Any) -> None:
    play, rejection = _rejected()
    play.withdraw(rejection, who)
    assert play.record().withdrawn == set()


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_rejection_is_not_withdrawn_without_a_reason(reason: str) -> None:
    play, rejection = _rejected()
    play.withdraw(rejection, ERNA, reason)
    assert play.record().withdrawn == set()


def test_a_statement_of_two_subjects_is_found_under_both() -> None:
    play = Play()
    both = [(subject.id, subject.digest) for subject in play.subjects[:2]]
    signed = play.say(EMIL, Kind.BUILT, *both)
    assert [list(play.record().of(subject_id)) for subject_id, _ in both] == [[signed], [signed]]
    assert list(play.record().of("dataset:p/other")) == []


def test_statements_of_people_who_left_the_roster_open_nothing() -> None:
    play = Play()
    play.open()
    record = fold(play.said, Roster(tuple(p for p in EVERYBODY if p is not EMIL)))
    assert record.releases == {}
    demoted = replace(EMIL, roles=frozenset())
    assert fold(play.said, Roster((STELLA, demoted))).releases == {}


marks = st.sampled_from(
    [Kind.REQUESTED, Kind.OPENED, Kind.CANCELLED, Kind.FROZEN, Kind.RELEASED, Kind.REJECTED, Kind.WITHDRAWN]
)
telling = st.builds(
    Signed,
    st.builds(
        Statement,
        kind=marks,
        subjects=st.sampled_from(["release:R-0001", "release:R-0002", "request:Q-0001", "dataset:p/d"]).map(
            lambda name: (Meant(name, digest(name)),)
        ),
        signer=st.sampled_from([EMIL.email, OLIVE.email]),
        holder=st.just(Holder.PERSON),
        at=moments,
        project=st.just("harbour"),
        release=st.sampled_from([None, "R-0001", "R-0002"]),
        reason=st.sampled_from(["", "why"]),
        observed=st.lists(digests.filter(lambda d: d < "sha256:4"), max_size=2).map(tuple),
        details=st.just({"product": "p", "version": "1.0.0", "requests": ["Q-0001"]}),
    ),
    digests.filter(lambda d: d < "sha256:4"),
    st.sampled_from([who.keys[0].id for who in (EMIL, OLIVE)] + [THE_NODE.keys[0].id]),
)
"""Statements of which each may change what another one did."""


@given(st.lists(st.lists(st.one_of(telling, st.builds(Signed, said, digests, keys)), max_size=8), max_size=4))
def test_folding_in_any_pieces_gives_what_folding_at_once_gives(pieces: list[list[Signed]]) -> None:
    record = fold([], ROSTER)
    for count, piece in enumerate(pieces, start=1):
        before, record = record, extend(record, piece)
        said_until_now = [signed for one in pieces[:count] for signed in one]
        assert record == fold(said_until_now, ROSTER)
        assert before == fold(said_until_now[: len(before.statements)], ROSTER), "what was read changes under nobody"


def test_a_whole_release_is_folded_alike_statement_by_statement() -> None:
    play = played()
    record = fold([], ROSTER)
    for signed in play.said:
        record = extend(record, [signed])
    assert record == fold(play.said, ROSTER)


def test_a_withdrawal_that_is_recorded_before_its_rejection_counts_from_then_on() -> None:
    play, rejection = _rejected()
    withdrawal = play.withdraw(rejection, ERNA)
    without = [signed for signed in play.said if signed not in (rejection, withdrawal)]
    early = fold([*without, withdrawal], ROSTER)
    assert early.withdrawn == set()
    assert extend(early, [rejection]).withdrawn == {rejection.digest}


def test_what_was_said_for_a_release_is_found_whatever_it_is_about() -> None:
    play = played("release.frozen")
    assert list(play.record().made_for("R-0001")) == [s for s in play.said if s.statement.release == "R-0001"]
    assert list(play.record().made_for("R-0002")) == []


def test_the_releases_of_a_product_stand_in_the_order_in_which_they_were_opened() -> None:
    play = Play()
    for number in (2, 1, 3):
        play.release = f"R-000{number}"
        play.open([])
    assert [r.id for r in play.record().releases_of("p")] == ["R-0002", "R-0001", "R-0003"]
    assert play.record().releases_of("other") == ()


def test_a_release_stands_where_it_was_first_said_that_it_was_released() -> None:
    play = played("release.released")
    word = play.record().releases["R-0001"].released
    assert word is not None
    again = extend(play.record(), [word])
    assert again.released == play.record().released == {word.digest: play.said.index(word)}
