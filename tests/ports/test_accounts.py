"""The ports of identity: one contract each, held by the portal's database and by the fake."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect

from assay.base.accounts import Account, Attempts, Denial, Method, SealedKey, Session, Token, Why
from assay.base.errors import Denied
from assay.base.federation import Asking, Standing
from assay.base.identity_ports import (
    Accounts,
    Askings,
    AttemptCounts,
    Denials,
    SealedKeys,
    Sessions,
    Standings,
    Tokens,
)
from assay.base.roles import Action, Role
from assay.identity.sessions import sign_in
from assay.stores.accounts import DatabaseAccounts, DatabaseAttemptCounts
from assay.stores.database import metadata, open_database
from assay.stores.denials import DatabaseDenials
from assay.stores.federation import DatabaseAskings, DatabaseStandings
from assay.stores.portal_tables import open_portal_database, portal_metadata
from assay.stores.sealed_keys import DatabaseSealedKeys
from assay.stores.sessions import DatabaseSessions, DatabaseTokens
from databases import DATABASES, MEMORY, url_of
from fakes.accounts import (
    MemoryAccounts,
    MemoryAttemptCounts,
    MemoryDenials,
    MemorySealedKeys,
    MemorySessions,
    MemoryTokens,
)
from fakes.cast import EMIL
from fakes.federation import MemoryAskings, MemoryStandings
from fakes.identity import identity_on_fakes, settled

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ADA, BOB = "ada@example.org", "bob@example.org"
ACCOUNT = Account(ADA, NOW, "a hash", must_change=True)
SESSION = Session("a" * 64, ADA, 1, Method.PASSWORD, NOW, NOW, "192.0.2.1")
TOKEN = Token(
    "t1", "d" * 64, ADA, "nightly", frozenset({Action.BUILD, Action.VALIDATE}), NOW, NOW + 90 * 24 * 60 * MINUTE
)
ASKING = Asking("k" * 64, "state", "nonce", "verifier", NOW, "/work", ADA)
STANDING = Standing(ADA, "s-1", frozenset({Role.OWNER, Role.ENGINEER}), NOW, NOW, b"sealed")
KEY = SealedKey(ADA, b"p" * 32, b"n" * 12, b"s" * 48)


@dataclass(frozen=True, slots=True)
class Stores:
    accounts: Accounts
    attempts: AttemptCounts
    sessions: Sessions
    tokens: Tokens
    denials: Denials
    keys: SealedKeys
    askings: Askings
    standings: Standings


def _memory() -> Stores:
    return Stores(
        MemoryAccounts(), MemoryAttemptCounts(), MemorySessions(), MemoryTokens(), MemoryDenials(),
        MemorySealedKeys(), MemoryAskings(), MemoryStandings(),
    )  # fmt: skip


def _database(url: str) -> Stores:
    database = open_portal_database(url)
    return Stores(
        DatabaseAccounts(database), DatabaseAttemptCounts(database), DatabaseSessions(database),
        DatabaseTokens(database), DatabaseDenials(database),
        DatabaseSealedKeys(database), DatabaseAskings(database), DatabaseStandings(database),
    )  # fmt: skip


@pytest.fixture(params=[*DATABASES, MEMORY])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Stores:
    return _memory() if request.param == MEMORY else _database(url_of(request.param, tmp_path, request))


@pytest.fixture(params=DATABASES)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Stores:
    """Return the stores on a database alone, for what several do at once."""
    return _database(url_of(request.param, tmp_path, request))


# Accounts


def test_an_account_is_read_back_as_it_was_stored(stores: Stores) -> None:
    stored = stores.accounts.put(ACCOUNT)

    assert stored == replace(ACCOUNT, revision=1) == stores.accounts.get(ADA)
    assert stores.accounts.get(BOB) is None


def test_an_account_without_a_password_is_one_too(stores: Stores) -> None:
    stores.accounts.put(Account(BOB, NOW, None, is_disabled=True, epoch=3))

    assert stores.accounts.get(BOB) == Account(BOB, NOW, None, is_disabled=True, epoch=3, revision=1)


def test_accounts_are_listed_by_name(stores: Stores) -> None:
    for email in (BOB, ADA):
        stores.accounts.put(replace(ACCOUNT, email=email))

    assert [account.email for account in stores.accounts.all()] == [ADA, BOB]


@pytest.mark.parametrize("revision", [0, 2, 7])
def test_an_account_is_changed_by_whoever_saw_its_newest_revision_and_by_nobody_else(
    stores: Stores, revision: int
) -> None:
    stored = stores.accounts.put(ACCOUNT)

    assert stores.accounts.put(replace(ACCOUNT, password="another", revision=revision)) is None
    assert stores.accounts.get(ADA) == stored


def test_what_was_never_stored_is_not_changed(stores: Stores) -> None:
    assert stores.accounts.put(replace(ACCOUNT, revision=1)) is None
    assert stores.accounts.all() == []


# Attempts


def test_attempts_are_counted_by_whoever_saw_the_newest_count_and_by_nobody_else(stores: Stores) -> None:
    assert stores.attempts.get("k") is None
    assert stores.attempts.put(Attempts("k", 1, NOW))
    assert not stores.attempts.put(Attempts("k", 1, NOW))
    assert stores.attempts.put(Attempts("k", 2, NOW + MINUTE, revision=1))
    assert stores.attempts.get("k") == Attempts("k", 2, NOW + MINUTE, revision=2)


def test_a_count_is_cleared_alone_and_old_ones_are_forgotten(stores: Stores) -> None:
    for number, key in enumerate(("old", "new", "cleared")):
        stores.attempts.put(Attempts(key, 1, NOW + number * MINUTE))
    stores.attempts.clear("cleared")
    stores.attempts.clear("never there")
    stores.attempts.forget(NOW + MINUTE)

    assert [stores.attempts.get(key) is not None for key in ("old", "new", "cleared")] == [False, True, False]


def test_of_attempts_made_at_once_each_is_counted(kept: Stores) -> None:
    counts = kept.attempts

    def count(_: int) -> None:
        while True:
            past = counts.get("k")
            if counts.put(Attempts("k", past.failures + 1 if past else 1, NOW, past.revision if past else 0)):
                return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(24)))

    assert counts.get("k") == Attempts("k", 24, NOW, revision=24)


def test_of_guesses_made_at_once_no_more_than_five_are_compared(kept: Stores) -> None:
    identity = replace(settled(identity_on_fakes(), EMIL), attempts=kept.attempts, denials=kept.denials)

    def guess(number: int) -> None:
        with pytest.raises(Denied):
            sign_in(identity, EMIL.email, f"guess {number}", NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(guess, range(24)))

    noted = [denial.why for denial in kept.denials.newest(100)]
    assert (noted.count(Why.WRONG), noted.count(Why.WAITING)) == (5, 19)


# Sessions


def test_a_session_is_read_back_as_it_was_stored_until_it_ends(stores: Stores) -> None:
    stores.sessions.add(SESSION)
    assert stores.sessions.get(SESSION.id) == SESSION
    stores.sessions.end(SESSION.id)
    stores.sessions.end(SESSION.id)
    assert stores.sessions.get(SESSION.id) is None


def test_the_use_of_a_session_is_noted_and_does_not_bring_an_ended_one_back(stores: Stores) -> None:
    stores.sessions.add(SESSION)
    stores.sessions.seen(SESSION.id, NOW + MINUTE)
    assert stores.sessions.get(SESSION.id) == replace(SESSION, seen_at=NOW + MINUTE)
    stores.sessions.end(SESSION.id)
    stores.sessions.seen(SESSION.id, NOW + 2 * MINUTE)
    assert stores.sessions.get(SESSION.id) is None


def _three_sessions(stores: Stores) -> tuple[Session, Session, Session]:
    later = replace(SESSION, id="b" * 64, method=Method.OIDC, authenticated_at=NOW + MINUTE, seen_at=NOW + MINUTE)
    others = replace(SESSION, id="c" * 64, email=BOB)
    for session in (SESSION, later, others):
        stores.sessions.add(session)
    return SESSION, later, others


def test_somebodys_sessions_are_listed_the_newest_first_and_end_together(stores: Stores) -> None:
    first, later, others = _three_sessions(stores)

    assert stores.sessions.of(ADA) == [later, first]
    stores.sessions.end_all(ADA)
    assert stores.sessions.of(ADA) == []
    assert stores.sessions.of(BOB) == [others]


@pytest.mark.parametrize("bound", ["authenticated_before", "seen_before"])
def test_sessions_that_are_over_are_forgotten(stores: Stores, bound: str) -> None:
    first, later, others = _three_sessions(stores)
    bounds = {"authenticated_before": NOW, "seen_before": NOW, bound: NOW + MINUTE}
    stores.sessions.forget(**bounds)

    assert [stores.sessions.get(session.id) for session in (first, later, others)] == [None, later, None]


# Tokens


def test_a_token_is_found_by_its_hash_until_it_is_revoked(stores: Stores) -> None:
    stores.tokens.add(TOKEN)
    assert stores.tokens.find(TOKEN.digest) == TOKEN
    assert stores.tokens.find(TOKEN.id) is None
    stores.tokens.revoke(TOKEN.id)
    stores.tokens.revoke(TOKEN.id)
    assert stores.tokens.find(TOKEN.digest) is None


def test_the_use_of_a_token_is_noted(stores: Stores) -> None:
    stores.tokens.add(TOKEN)
    stores.tokens.used(TOKEN.id, NOW + MINUTE)
    assert stores.tokens.find(TOKEN.digest) == replace(TOKEN, last_used_at=NOW + MINUTE)


def test_somebodys_tokens_are_listed_the_newest_first_and_revoked_together(stores: Stores) -> None:
    later = replace(TOKEN, id="t2", digest="e" * 64, made_at=NOW + MINUTE)
    others = replace(TOKEN, id="t3", digest="f" * 64, email=BOB)
    for token in (TOKEN, later, others):
        stores.tokens.add(token)

    assert stores.tokens.of(ADA) == [later, TOKEN]
    stores.tokens.revoke_all(ADA)
    assert [*stores.tokens.of(ADA), *stores.tokens.of(BOB)] == [others]


# Denials


def test_denials_are_listed_the_newest_first_whatever_their_texts_hold(stores: Stores) -> None:
    noted = [
        Denial(NOW, text, "sign-in", Why.WRONG, "::1") for text in ("first", "'; drop table denials; --", "Ø\u202e")
    ]
    for denial in noted:
        stores.denials.note(denial)

    assert stores.denials.newest(2) == [noted[2], noted[1]]
    assert stores.denials.newest(10) == noted[::-1]


# Sealed keys


def test_somebody_has_one_key_and_a_second_one_does_not_take_its_place(stores: Stores) -> None:
    assert stores.keys.get(ADA) is None
    assert stores.keys.add(KEY)
    assert not stores.keys.add(replace(KEY, sealed=b"x" * 48))
    assert stores.keys.get(ADA) == KEY


# Federation


@pytest.mark.parametrize("asking", [ASKING, replace(ASKING, following="", email=None)], ids=["again", "first"])
def test_what_was_asked_is_taken_once(stores: Stores, asking: Asking) -> None:
    stores.askings.add(asking)

    assert [stores.askings.take(asking.id) for _ in range(2)] == [asking, None]


def test_what_was_asked_long_ago_is_forgotten(stores: Stores) -> None:
    later = replace(ASKING, id="l" * 64, asked_at=NOW + MINUTE)
    for asking in (ASKING, later):
        stores.askings.add(asking)
    stores.askings.forget(NOW + MINUTE)

    assert [stores.askings.take(asking.id) for asking in (ASKING, later)] == [None, later]


def test_how_an_account_stands_is_kept_in_place_of_how_it_stood(stores: Stores) -> None:
    assert stores.standings.get(ADA) is None
    for standing in (STANDING, replace(STANDING, roles=frozenset(), refresh=None, is_over=True)):
        stores.standings.put(standing)
        assert stores.standings.get(ADA) == standing


def test_of_those_who_would_look_again_the_first_does(stores: Stores) -> None:
    assert not stores.standings.claim(STANDING, NOW + MINUTE)
    stores.standings.put(STANDING)

    assert [stores.standings.claim(STANDING, NOW + MINUTE) for _ in range(2)] == [True, False]
    assert stores.standings.get(ADA) == replace(STANDING, tried_at=NOW + MINUTE)


def test_of_those_who_keep_a_first_standing_at_once_all_succeed_and_one_stands(kept: Stores) -> None:
    tried = [replace(STANDING, subject=f"s-{number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(kept.standings.put, tried))

    assert kept.standings.get(ADA) in tried


def test_of_those_who_would_look_again_at_once_one_does(kept: Stores) -> None:
    kept.standings.put(STANDING)
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda _: kept.standings.claim(STANDING, NOW + MINUTE), range(8)))

    assert claimed.count(True) == 1


def test_of_those_who_take_what_was_asked_at_once_one_gets_it(kept: Stores) -> None:
    kept.askings.add(ASKING)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: kept.askings.take(ASKING.id), range(8)))

    assert [asking for asking in taken if asking is not None] == [ASKING]


# The database


def test_the_portal_has_its_tables_and_a_project_has_none_of_them(tmp_path: Path) -> None:
    portal = open_portal_database(f"sqlite:///{tmp_path}/portal.db")
    project = open_database(f"sqlite:///{tmp_path}/state.db")

    assert set(inspect(portal).get_table_names()) == set(portal_metadata.tables)
    assert set(portal_metadata.tables) & set(metadata.tables) == {"store_version"}
    assert set(portal_metadata.tables) & set(inspect(project).get_table_names()) == {"store_version"}


def test_no_representation_shows_what_a_database_keeps_secret() -> None:
    shown = repr((ACCOUNT, TOKEN, KEY, ASKING, STANDING))

    assert not [
        secret
        for secret in ("a hash", "d" * 64, "sss", "'state'", "'nonce'", "'verifier'", "sealed'")
        if secret in shown
    ]
