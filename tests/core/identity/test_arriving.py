"""Arriving through a provider, and staying as long as it vouches."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.base.accounts import Method, Principal, Why
from assay.base.errors import AssayError, Denied
from assay.base.federation import Claims
from assay.base.roles import Action, Role
from assay.connectors.vault import SealingVault
from assay.identity.accounts import disable_account, make_account
from assay.identity.arriving import Arrival, arrive, depart
from assay.identity.denying import Caller, authorise, objection
from assay.identity.identity import Federation, Identity
from assay.identity.sessions import open_session
from assay.identity.tokens import make_token, open_token
from assay.identity.vouching import BELIEVED_FOR, roles_of, vouched_roles
from fakes.accounts import MemorySealedKeys
from fakes.cast import EMIL, STELLA
from fakes.federation import MemoryAskings, MemoryProvider, MemoryStandings
from fakes.identity import (
    ADMIN,
    HERE,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    entered,
    identity_on_fakes,
    is_open,
    settled,
    there,
)

BUILDERS = frozenset({Role.ENGINEER})
AT_PROVIDER = Claims("s-1", EMIL.email, frozenset({"builders"}), NOW)
HER = Claims("s-2", STELLA.email, frozenset({"business"}))


class House:
    """Identity with a provider; Emil and Stella have no password."""

    def __init__(self) -> None:
        self.provider = MemoryProvider(AT_PROVIDER, HER)
        self.standings = MemoryStandings()
        groups = {"builders": BUILDERS, "business": frozenset({Role.STAKEHOLDER, Role.OWNER})}
        seal = SealingVault(bytes(32), MemorySealedKeys())
        federation = Federation(self.provider, MemoryAskings(), self.standings, seal, groups)
        self.identity = replace(identity_on_fakes(), federation=federation)
        for somebody in (EMIL, STELLA):
            make_account(self.identity, ADMIN, somebody, NOW, with_password=False)

    def arrive(self, subject: str = "s-1", now: datetime = NOW, again: str | None = None) -> Arrival:
        departure = depart(self.identity, "/work", now, again=again)
        state, code = self.provider.enter(departure.address, subject)
        return arrive(self.identity, departure.cookie, state, code, now, address=HERE)


@pytest.fixture
def house() -> House:
    return House()


def last_why(identity: Identity) -> Why:
    return identity.denials.newest(1)[0].why


# Coming in


def test_whoever_the_provider_vouches_for_is_in_and_it_is_known_how(house: House) -> None:
    arrival = house.arrive()
    who = there(house.identity, arrival.signed_in.cookie)

    assert (who.email, who.method, who.authenticated_at, who.roles) == (EMIL.email, Method.OIDC, NOW, BUILDERS)
    assert arrival.following == "/work"


def test_they_showed_who_they_are_when_the_provider_says_so(house: House) -> None:
    house.provider.people["s-1"] = replace(AT_PROVIDER, authenticated_at=NOW - 2 * HOUR)
    assert house.arrive().signed_in.principal.authenticated_at == NOW - 2 * HOUR
    house.provider.people["s-1"] = replace(AT_PROVIDER, authenticated_at=NOW + 30 * SECOND)
    assert house.arrive().signed_in.principal.authenticated_at == NOW


def test_where_the_provider_does_not_say_when_they_showed_it_nobody_takes_it_for_just_now(house: House) -> None:
    house.provider.people["s-1"] = replace(AT_PROVIDER, authenticated_at=None)
    who = there(house.identity, house.arrive().signed_in.cookie)

    assert (who.method, who.is_vouched_for, who.roles) == (Method.OIDC_UNDATED, True, BUILDERS)


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        (None, Why.PROVIDER),
        (replace(AT_PROVIDER, email=None), Why.PROVIDER),
        (replace(AT_PROVIDER, email="\ud800"), Why.PROVIDER),
        (replace(AT_PROVIDER, authenticated_at=NOW - 12 * HOUR), Why.PROVIDER),
        (replace(AT_PROVIDER, email="nobody@example.org"), Why.UNKNOWN),
        (replace(AT_PROVIDER, groups=frozenset()), Why.NO_GROUP),
        (replace(AT_PROVIDER, groups=frozenset({"others", "admin"})), Why.NO_GROUP),
    ],
    ids=["nobody", "no-email", "no-such-email", "long-ago", "no-account", "no-group", "other-groups"],
)
def test_whoever_is_not_to_come_in_does_not_and_is_noted(house: House, claims: Claims | None, why: Why) -> None:
    house.provider.people = {"s-1": claims} if claims else {}
    with pytest.raises(Denied):
        house.arrive()

    assert last_why(house.identity) is why
    assert house.identity.sessions.of(EMIL.email) == []
    assert house.standings.get(EMIL.email) is None


def test_a_disabled_account_stays_closed_whatever_the_provider_says(house: House) -> None:
    disable_account(house.identity, ADMIN, EMIL.email, NOW)
    with pytest.raises(Denied):
        house.arrive()

    assert last_why(house.identity) is Why.DISABLED


def test_whoever_gets_the_e_mail_of_somebody_who_left_is_not_them(house: House) -> None:
    house.arrive()
    house.provider.people = {"s-9": replace(AT_PROVIDER, subject="s-9")}
    with pytest.raises(Denied):
        house.arrive("s-9")

    assert last_why(house.identity) is Why.SOMEBODY_ELSE


@pytest.mark.parametrize("spoilt", ["cookie", "state", "code", "no code", "late", "twice"])
def test_a_browser_that_is_not_awaited_does_not_come_in(house: House, spoilt: str) -> None:
    departure, other = depart(house.identity, "/", NOW), depart(house.identity, "/", NOW)
    state, code = house.provider.enter(departure.address, "s-1")
    cookie = other.cookie if spoilt == "cookie" else departure.cookie
    state = "another \ud800" if spoilt == "state" else state
    code = {"code": house.provider.enter(other.address, "s-1")[1], "no code": ""}.get(spoilt, code)
    now = NOW + 10 * MINUTE if spoilt == "late" else NOW
    if spoilt == "twice":
        arrive(house.identity, cookie, state, code, now)
    with pytest.raises(Denied):
        arrive(house.identity, cookie, state, code, now)

    assert last_why(house.identity) is Why.PROVIDER
    assert len(house.identity.sessions.of(EMIL.email)) == (spoilt == "twice")


def test_arriving_ends_the_session_that_the_browser_brought(house: House) -> None:
    former = house.arrive().signed_in.cookie
    departure = depart(house.identity, "/", NOW)
    state, code = house.provider.enter(departure.address, "s-2")
    arrive(house.identity, departure.cookie, state, code, NOW, former=former)

    assert not is_open(house.identity, former)


def test_nothing_secret_shows(house: House) -> None:
    departure = depart(house.identity, "/", NOW)
    house.arrive()
    kept = house.standings.get(EMIL.email)

    assert departure.cookie not in repr(departure)
    assert "refresh-" not in repr(kept)
    assert kept
    assert b"refresh-" not in (kept.refresh or b"")


def test_without_a_provider_nobody_departs_or_arrives() -> None:
    identity = identity_on_fakes()
    with pytest.raises(AssayError, match="a provider in the portal's settings"):
        depart(identity, "/", NOW)
    with pytest.raises(AssayError, match="a provider in the portal's settings"):
        arrive(identity, "c", "s", "c", NOW)


# Showing anew


def test_who_shows_the_provider_anew_that_it_is_them_goes_on(house: House) -> None:
    house.arrive()
    house.provider.people["s-1"] = replace(AT_PROVIDER, authenticated_at=NOW + HOUR)

    again = house.arrive(now=NOW + HOUR, again=EMIL.email)
    assert again.signed_in.principal.authenticated_at == NOW + HOUR


@pytest.mark.parametrize("shown_at", [None, NOW, NOW + 58 * MINUTE])
def test_a_provider_that_did_not_look_anew_does_not_suffice(house: House, shown_at: datetime | None) -> None:
    house.provider.people["s-1"] = replace(AT_PROVIDER, authenticated_at=shown_at)
    with pytest.raises(Denied):
        house.arrive(now=NOW + HOUR, again=EMIL.email)

    assert last_why(house.identity) is Why.PROVIDER


def test_somebody_else_who_shows_who_they_are_does_not_suffice(house: House) -> None:
    house.provider.people["s-2"] = replace(HER, authenticated_at=NOW)
    with pytest.raises(Denied):
        house.arrive("s-2", again=EMIL.email)

    assert last_why(house.identity) is Why.SOMEBODY_ELSE


# Roles


def test_groups_withhold_roles_and_give_none_that_the_roster_does_not(house: House) -> None:
    her = Caller(STELLA, house.arrive("s-2").signed_in.principal)
    assert her.acting == STELLA  # a stakeholder on the roster, whom her group would have an owner too
    withheld = replace(her, principal=replace(house.arrive("s-2").signed_in.principal, roles=frozenset({Role.OWNER})))

    assert objection(her, Action.FEEDBACK) is None
    assert objection(withheld, Action.FEEDBACK) is Why.NO_ROLE
    assert authorise(house.identity, her, Action.FEEDBACK, NOW) == STELLA


@given(st.frozensets(st.sampled_from(Role)), st.none() | st.frozensets(st.sampled_from(Role)))
def test_nobody_acts_with_a_role_that_roster_or_provider_does_not_leave_them(
    listed: frozenset[Role], left: frozenset[Role] | None
) -> None:
    person = replace(EMIL, roles=listed)
    acting = Principal(EMIL.email, Method.OIDC, NOW, "k", roles=left).acting(person)

    assert acting.roles == (listed if left is None else listed & left)
    assert replace(acting, roles=listed) == person


def test_roles_are_those_of_all_groups() -> None:
    table = {"a": frozenset({Role.OWNER}), "b": BUILDERS}

    assert roles_of(["a", "b", "c"], table) == {Role.OWNER, Role.ENGINEER}
    assert roles_of([], table) == frozenset()


# Staying


def test_somebody_who_was_taken_off_at_the_provider_is_out_within_the_hour_everywhere(house: House) -> None:
    one, other = house.arrive().signed_in, house.arrive().signed_in
    token = make_token(house.identity, Caller(EMIL, one.principal), "n", {Action.BUILD}, 1, NOW).secret
    assert open_token(house.identity, token, NOW + 29 * MINUTE)
    assert is_open(house.identity, one.cookie, NOW + 29 * MINUTE)
    assert is_open(house.identity, other.cookie, NOW + 29 * MINUTE)
    del house.provider.people["s-1"]

    assert not is_open(house.identity, one.cookie, NOW + 31 * MINUTE)
    assert not is_open(house.identity, other.cookie, NOW + 31 * MINUTE)
    assert open_token(house.identity, token, NOW + 31 * MINUTE) is None
    assert house.identity.sessions.of(EMIL.email) == []


def test_somebody_whose_groups_changed_has_what_they_give_now(house: House) -> None:
    cookie = house.arrive("s-2").signed_in.cookie
    house.provider.people["s-2"] = replace(HER, groups=frozenset({"builders"}))
    assert there(house.identity, cookie, NOW + 29 * MINUTE).roles == frozenset({Role.STAKEHOLDER, Role.OWNER})
    assert there(house.identity, cookie, NOW + 30 * MINUTE).roles == BUILDERS
    house.provider.people["s-2"] = replace(HER, groups=frozenset())
    assert not is_open(house.identity, cookie, NOW + 59 * MINUTE + MINUTE)


def test_while_the_provider_cannot_be_reached_its_last_word_counts_for_an_hour_and_no_longer(house: House) -> None:
    cookie = house.arrive().signed_in.cookie
    house.provider.is_down = True
    asked = house.provider.asked
    stays = [is_open(house.identity, cookie, NOW + n * MINUTE) for n in (20, 40, 59, 60, 61)]

    assert stays == [True, True, True, False, False]
    assert house.provider.asked == asked + 4


def test_a_provider_that_is_back_lets_them_go_on(house: House) -> None:
    house.arrive()
    house.provider.is_down = True
    assert vouched_roles(house.identity, EMIL.email, NOW + 61 * MINUTE) is None
    house.provider.is_down = False

    assert vouched_roles(house.identity, EMIL.email, NOW + 62 * MINUTE) == BUILDERS


def test_of_requests_at_once_one_asks_the_provider(house: House) -> None:
    cookie = house.arrive().signed_in.cookie
    asked = house.provider.asked
    for _ in range(5):
        assert is_open(house.identity, cookie, NOW + 29 * MINUTE)
    for _ in range(5):
        assert is_open(house.identity, cookie, NOW + 50 * MINUTE)

    assert house.provider.asked == asked + 1


def test_a_provider_that_gives_nothing_to_ask_it_again_counts_for_an_hour(house: House) -> None:
    house.arrive()
    standing = house.standings.get(EMIL.email)
    assert standing
    house.standings.put(replace(standing, refresh=None))

    assert vouched_roles(house.identity, EMIL.email, NOW + 59 * MINUTE) == BUILDERS
    assert vouched_roles(house.identity, EMIL.email, NOW + 60 * MINUTE) is None


@given(st.integers(0, 300), st.lists(st.integers(0, 600), max_size=60).map(sorted))
def test_nobody_is_vouched_for_an_hour_after_they_were_taken_off(taken_off: int, minutes: list[int]) -> None:
    house = House()
    house.arrive()
    for minute in minutes:
        if minute >= taken_off:
            house.provider.people.pop("s-1", None)
        is_vouched = vouched_roles(house.identity, EMIL.email, NOW + minute * MINUTE) is not None
        assert not is_vouched or timedelta(minutes=minute - taken_off) < BELIEVED_FOR


def test_when_the_provider_is_taken_out_of_the_settings_who_came_through_it_is_out(house: House) -> None:
    signed_in = house.arrive().signed_in
    token = make_token(house.identity, Caller(EMIL, signed_in.principal), "n", {Action.BUILD}, 1, NOW).secret
    without = replace(house.identity, federation=None)

    assert open_session(without, signed_in.cookie, NOW) is None
    assert open_token(without, token, NOW) is None


def test_whoever_has_a_password_needs_no_provider() -> None:
    house = House()
    identity = replace(settled(identity_on_fakes(), EMIL), federation=house.identity.federation)
    house.provider.is_down = True
    signed_in = entered(identity, EMIL)
    token = make_token(identity, Caller(EMIL, signed_in.principal), "n", {Action.BUILD}, 1, NOW).secret

    assert is_open(identity, signed_in.cookie)
    assert open_token(identity, token, NOW + 2 * HOUR)
