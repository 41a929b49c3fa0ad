"""Showing anew who one is: before a gate is signed that asks for it, with a key that a portal holds."""

from __future__ import annotations

from collections.abc import Iterable

from assay.actions.home import Home
from assay.base.errors import Fault, Place, ReauthenticationNeeded
from assay.lifecycle.gates import Gate
from assay.lifecycle.recency import minutes, shown_too_long_ago

_HINT = "Sign in the browser, which asks you for it, or with a key of your own; a token cannot show it."


def asks_again(home: Home, gate: Gate) -> bool:
    """Say whether whoever acts would have to show anew who they are to satisfy a gate."""
    return bool(shown_too_long_ago(gate, home.holder, home.authentication))


def check_recent(home: Home, gates: Iterable[Gate]) -> None:
    """Refuse what would not count because it was too long ago that whoever acts showed who they are.

    It comes last before signing: nobody types a password for what is refused anyway.

    Raises:
        ReauthenticationNeeded: one of the gates asks for it.
    """
    faults = [
        Fault(
            Place(gate.id),
            f"somebody who showed at most {minutes(gate.authenticated_within_minutes)} before who they are",
            "nobody who did",
            _HINT,
        )
        for gate in gates
        if gate.authenticated_within_minutes is not None and asks_again(home, gate)
    ]
    if faults:
        raise ReauthenticationNeeded(*faults)
