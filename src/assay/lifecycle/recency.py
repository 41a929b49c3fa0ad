"""How long before a signature its signer had shown who they are: as a portal says it, and as a gate may ask. Pure.

The portal measures the age on its own clock, and nobody compares moments of two clocks: a project in rehearsal has one
that is set by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from assay.base.accounts import Method
from assay.base.roles import Holder
from assay.lifecycle.gates import Gate
from assay.lifecycle.statements import time_text

_SHOWS: frozenset[str] = frozenset({Method.PASSWORD, Method.OIDC})
"""The methods by which a person shows at a known moment that it is them; what is not here never is recent."""

_MOST_DIGITS = 9
"""Of an age in seconds; what is longer nobody measured."""


def authentication(method: Method, at: datetime, age: timedelta | None) -> dict[str, str]:
    """Return how a portal made sure who acts, as its statements say it.

    Args:
        method: how the person showed who they are.
        at: when, in UTC.
        age: how long before the request, on the portal's clock; None where that was not measured.
    """
    said = {"method": str(method), "at": time_text(at)}
    return said if age is None else said | {"age": str(int(age.total_seconds()))}


def shown_too_long_ago(gate: Gate, holder: Holder, authenticated: Mapping[str, object]) -> str:
    """Say why a sign-off does not count where a gate asks for somebody who has just shown who they are.

    Args:
        gate: that was signed, or is to be.
        holder: who holds the key; only of the portal's is it asked.
        authenticated: how the portal made sure who acts, as `authentication` writes it.

    Returns:
        The reason in words; empty when it counts.
    """
    within = gate.authenticated_within_minutes
    if within is None or holder is not Holder.PORTAL:
        return ""
    seconds = _age(authenticated)
    if seconds is None:
        return f"signed without showing anew who they are; this gate asks for it at most {minutes(within)} before"
    if seconds <= within * 60:
        return ""
    return f"signed {minutes(-(-seconds // 60))} after showing who they are; this gate asks for at most {within}"


def minutes(many: int) -> str:
    """Write a number of minutes."""
    return f"{many} minute{'' if many == 1 else 's'}"


def _age(authenticated: Mapping[str, object]) -> int | None:
    """Return the age in seconds; None for one that is missing or malformed, or of a method that shows nothing."""
    method, age = authenticated.get("method"), authenticated.get("age")
    if not isinstance(method, str) or method not in _SHOWS or not isinstance(age, str):
        return None
    return int(age) if len(age) <= _MOST_DIGITS and age.isascii() and age.isdecimal() else None
