"""Who is told nothing any more."""

from __future__ import annotations

from dataclasses import replace

from assay.base.federation import Standing
from assay.connectors.vault import SealingVault
from assay.identity.accounts import disable_account, make_account
from assay.identity.identity import Federation, Identity
from assay.identity.telling import is_barred
from fakes.accounts import MemorySealedKeys
from fakes.cast import EMIL, STELLA
from fakes.federation import MemoryAskings, MemoryProvider, MemoryStandings
from fakes.identity import ADMIN, DAY, HOUR, NOW, identity_on_fakes, settled


def federated(*, is_down: bool = False, refresh: str | None = None, is_over: bool = False) -> Identity:
    """Return identity with a provider that vouched for Emil a moment ago, and knows nobody now."""
    provider, standings = MemoryProvider(), MemoryStandings()
    provider.is_down = is_down
    seal = SealingVault(bytes(32), MemorySealedKeys())
    kept = seal.seal(f"refresh token of {EMIL.email}", refresh) if refresh else None
    standings.put(Standing(EMIL.email, "s-1", EMIL.roles, NOW, NOW, kept, is_over))
    identity = replace(
        identity_on_fakes(), federation=Federation(provider, MemoryAskings(), standings, seal, {"all": EMIL.roles})
    )
    make_account(identity, ADMIN, EMIL, NOW, with_password=False)
    return identity


def test_whoever_has_an_account_is_told() -> None:
    assert not is_barred(settled(identity_on_fakes(), EMIL), EMIL.email.upper(), NOW)


def test_whoever_has_no_account_yet_is_told_for_a_letter_may_bring_them() -> None:
    assert not is_barred(identity_on_fakes(), STELLA.email, NOW)


def test_whoever_is_disabled_is_told_nothing() -> None:
    identity = settled(identity_on_fakes(), EMIL)
    disable_account(identity, ADMIN, EMIL.email, NOW)
    assert is_barred(identity, EMIL.email, NOW)


def test_whom_the_provider_took_off_is_told_nothing_within_an_hour() -> None:
    identity = federated(refresh="r-1")
    assert not is_barred(identity, EMIL.email, NOW)
    assert is_barred(identity, EMIL.email, NOW + HOUR)
    assert is_barred(identity, EMIL.email, NOW + DAY)


def test_whom_the_provider_took_off_before_is_told_nothing() -> None:
    assert is_barred(federated(is_over=True), EMIL.email, NOW)


def test_a_provider_that_does_not_answer_keeps_nobody_from_being_told() -> None:
    assert not is_barred(federated(is_down=True, refresh="r-1"), EMIL.email, NOW + HOUR)
