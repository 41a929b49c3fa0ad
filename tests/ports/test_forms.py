"""The `Forms` and `Looks` ports: one contract each, held by the portal's database and by the fake."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.identity.portal import Forms, Looks
from assay.stores.forms import DatabaseForms
from assay.stores.looks import DatabaseLooks
from assay.stores.portal_tables import open_portal_database
from databases import DATABASES, MEMORY, url_of
from fakes.forms import MemoryForms, MemoryLooks

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
SOON = NOW + 15 * SECOND
HARD = ["a" * 32, "", "x" * 10_000, "nul \0 within", "half \ud800 a pair", "'; drop table forms; --"]


@pytest.fixture(params=[*DATABASES, MEMORY])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """Return the address of a database; None for the fakes."""
    return None if request.param == MEMORY else url_of(request.param, tmp_path, request)


@pytest.fixture
def forms(url: str | None) -> Forms:
    return MemoryForms() if url is None else DatabaseForms(open_portal_database(url))


@pytest.fixture
def looks(url: str | None) -> Looks:
    return MemoryLooks() if url is None else DatabaseLooks(open_portal_database(url))


# Forms


@pytest.mark.parametrize("mark", HARD, ids=["usual", "empty", "long", "nul", "surrogate", "sql"])
def test_a_form_is_known_by_its_mark_whatever_that_is(forms: Forms, mark: str) -> None:
    assert forms.sent(mark) is None
    forms.send(mark, "/there", NOW)

    assert forms.sent(mark) == "/there"
    assert forms.sent(f"{mark}.") is None


def test_where_a_form_led_first_is_where_it_leads(forms: Forms) -> None:
    for address in ("/first", "/second"):
        forms.send("f", address, NOW)

    assert forms.sent("f") == "/first"


def test_a_form_is_claimed_by_one_at_a_time(forms: Forms) -> None:
    claim = forms.claim("f", NOW, SOON)
    assert claim is not None
    assert forms.claim("f", NOW + SECOND, SOON + SECOND) is None
    assert forms.claim("g", NOW, SOON) is not None

    forms.give_up("f", claim)
    forms.give_up("f", claim)
    assert forms.claim("f", NOW + SECOND, SOON) is not None


def test_the_claim_of_somebody_who_died_is_over_when_its_time_is(forms: Forms) -> None:
    dead = forms.claim("f", NOW, SOON)
    assert dead is not None
    assert forms.claim("f", SOON - SECOND, SOON + MINUTE) is None
    heir = forms.claim("f", SOON, SOON + MINUTE)
    assert heir is not None

    assert not forms.keep("f", dead, SOON + 2 * MINUTE), "who was thought dead has lost it"
    forms.give_up("f", dead)
    assert forms.claim("f", SOON + SECOND, SOON + MINUTE) is None, "and ends nobody else's"
    assert forms.keep("f", heir, SOON + 2 * MINUTE)


def test_a_claim_that_is_kept_lasts_longer(forms: Forms) -> None:
    claim = forms.claim("f", NOW, SOON)
    assert claim is not None
    assert forms.keep("f", claim, SOON + MINUTE)

    assert forms.claim("f", SOON + SECOND, SOON + MINUTE) is None
    assert forms.claim("f", SOON + MINUTE, SOON + 2 * MINUTE) is not None


def test_a_claim_that_nobody_holds_is_not_kept(forms: Forms) -> None:
    assert not forms.keep("f", "made up", SOON)
    assert forms.claim("f", NOW, SOON) is not None


@pytest.mark.parametrize("is_over", [False, True], ids=["free", "over"])
def test_of_many_who_claim_at_once_one_has_it(forms: Forms, is_over: bool) -> None:
    if is_over:
        forms.claim("f", NOW - MINUTE, NOW)
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: forms.claim("f", NOW, SOON), range(16)))

    assert sum(claim is not None for claim in claims) == 1


def test_forms_and_claims_of_long_ago_are_forgotten(forms: Forms) -> None:
    for number, mark in enumerate(("old", "new")):
        forms.send(mark, "/there", NOW + number * MINUTE)
    old = forms.claim("claimed", NOW - MINUTE, NOW)
    lasting = forms.claim("lasting", NOW, NOW + 2 * MINUTE)
    assert old is not None
    assert lasting is not None
    forms.forget(NOW + MINUTE)

    assert [forms.sent(mark) for mark in ("old", "new")] == [None, "/there"]
    assert not forms.keep("claimed", old, SOON)
    assert forms.keep("lasting", lasting, SOON)


# Looks


def test_what_was_opened_is_told_by_subject_and_of_this_release_in_this_session_alone(looks: Looks) -> None:
    for session, project, release, subject, part in (
        ("s", "town", "R-1", "dataset:shop/daily", "checks"), ("s", "town", "R-1", "dataset:shop/daily", "preview"),
        ("s", "town", "R-1", "dataset:shop/daily", "checks"), ("s", "town", "R-1", "solution:shop/page", "dashboard"),
        ("t", "town", "R-1", "x", "a"), ("s", "village", "R-1", "x", "b"), ("s", "town", "R-2", "x", "c"),
    ):  # fmt: skip
        looks.note(session, project, release, subject, part, NOW)

    assert looks.of("s", "town", "R-1") == {
        "dataset:shop/daily": frozenset({"checks", "preview"}),
        "solution:shop/page": frozenset({"dashboard"}),
    }
    assert looks.of("nobody", "town", "R-1") == {}


def test_what_was_opened_goes_on_into_the_session_that_follows_and_into_no_other(looks: Looks) -> None:
    looks.note("s", "town", "R-1", "x", "checks", NOW)
    looks.note("other", "town", "R-1", "x", "preview", NOW)
    for into in ("t", "u"):
        looks.carry("s", into)

    assert [looks.of(session, "town", "R-1") for session in ("s", "t", "u")] == [{"x": frozenset({"checks"})}] * 3


def test_what_was_opened_long_ago_is_forgotten(looks: Looks) -> None:
    looks.note("s", "town", "R-1", "x", "old", NOW)
    looks.note("s", "town", "R-1", "x", "new", NOW + MINUTE)
    looks.forget(NOW + MINUTE)

    assert looks.of("s", "town", "R-1") == {"x": frozenset({"new"})}


# A law


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.integers(0, 40)), max_size=12))
def test_nobody_has_a_form_while_somebodys_claim_lasts(forms: Forms, tries: list[tuple[str, int, int]]) -> None:
    """Whatever is claimed, kept and given up, at moments that only go on: two claims never last at once."""
    forms.forget(datetime.max.replace(tzinfo=UTC) - MINUTE)
    now, held, until = NOW, None, NOW
    for what, pause, lasts in tries:
        now += pause * SECOND
        if what == "a":
            claim = forms.claim("f", now, now + lasts * SECOND)
            assert (claim is None) == (held is not None and until > now)
            held, until = (claim, now + lasts * SECOND) if claim is not None else (held, until)
        elif held is not None and what == "b":
            assert forms.keep("f", held, now + lasts * SECOND)
            until = now + lasts * SECOND
        elif held is not None:
            forms.give_up("f", held)
            held = None
