"""What the API answers about delegations. Read by both ends of the wire."""

from __future__ import annotations

from datetime import date

from assay.base.canonical import Digest
from assay.portal.api.answers import Answer


class Delegation(Answer):
    """A delegation as it was signed; None in products or gates is all of them."""

    id: str
    digest: Digest
    absent: str
    to: str
    products: frozenset[str] | None
    gates: frozenset[str] | None
    starts: date
    ends: date
    reason: str


class DelegationLine(Answer):
    """A delegation and how it stands: ``now``, ``later``, ``over`` or ``ended``, and by whom."""

    delegation: Delegation
    state: str
    ended_by: str | None


class Delegations(Answer):
    """The delegations of the asker and to them, newest first."""

    lines: tuple[DelegationLine, ...]
