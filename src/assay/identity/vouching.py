"""Vouching: whoever came through the provider is there as long as it vouches for them, and it is asked every hour.

Roles are the roster's, for a signature counts by the roster alone. The provider's groups withhold some; they give none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from assay.base.errors import AssayError
from assay.base.federation import Claims, Standing
from assay.base.roles import Role
from assay.identity.identity import Federation, Identity

BELIEVED_FOR = timedelta(hours=1)
"""So long the provider's last word counts; whoever was taken off there is out of here by then."""

ASKED_AFTER = timedelta(minutes=30)
"""So long after its last word it is asked again, by whichever request comes first: while it cannot be reached, there is
as much time again before anybody has to leave."""

TRIED_EVERY = timedelta(minutes=1)
"""A provider that does not answer holds up one request in so long."""


def roles_of(groups: Iterable[str], roles_by_group: Mapping[str, frozenset[Role]]) -> frozenset[Role]:
    """Return the roles that groups give. Pure."""
    return frozenset(role for group in groups for role in roles_by_group.get(group, ()))


def vouched_roles(identity: Identity, email: str, now: datetime) -> frozenset[Role] | None:
    """Return which roles the provider leaves to somebody.

    Args:
        identity: the portal's.
        email: of the account.
        now: the moment, in UTC.

    Returns:
        None where it does not vouch for them: never did, does no more, has not been reached for an hour, or is being
        asked at this moment by another request after such an hour.
    """
    federation = identity.federation
    standing = federation.standings.get(email) if federation is not None else None
    if federation is None or standing is None or standing.is_over:
        return None
    if is_due(standing, now) and federation.standings.claim(standing, now):
        standing = _looked_again(identity, federation, replace(standing, tried_at=now), now)
    return standing.roles if is_believed(standing, now) else None


def is_believed(standing: Standing, now: datetime) -> bool:
    """Say whether the provider's last word still counts. Pure."""
    return not standing.is_over and now - standing.checked_at < BELIEVED_FOR


def is_due(standing: Standing, now: datetime) -> bool:
    """Say whether it is time to ask the provider again. Pure."""
    return now - standing.checked_at >= ASKED_AFTER and now - standing.tried_at >= TRIED_EVERY


def sealed_refresh(federation: Federation, email: str, claims: Claims) -> bytes | None:
    """Return what the provider gave to ask it again, as it is kept."""
    return None if claims.refresh is None else federation.seal.seal(_purpose(email), claims.refresh)


def _looked_again(identity: Identity, federation: Federation, standing: Standing, now: datetime) -> Standing:
    """Ask the provider; the standing stays as it was while it cannot be reached, or gave nothing to ask with."""
    refresh = federation.seal.unseal(_purpose(standing.email), standing.refresh) if standing.refresh else None
    if refresh is None:
        return standing
    try:
        claims = federation.provider.look_again(standing.subject, refresh, now)
    except AssayError:
        return standing
    roles = roles_of(claims.groups, federation.roles_by_group) if claims is not None else frozenset()
    if claims is None or not roles:
        over = replace(standing, refresh=None, is_over=True)
        federation.standings.put(over)
        identity.sessions.end_all(standing.email)
        return over
    kept = sealed_refresh(federation, standing.email, claims)
    present = replace(standing, roles=roles, checked_at=now, refresh=kept)
    federation.standings.put(present)
    return present


def _purpose(email: str) -> str:
    return f"refresh token of {email}"
