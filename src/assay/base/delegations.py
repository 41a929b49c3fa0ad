"""Delegation: who acts for somebody absent, for what and when; never a way for one person to be two.

The rule stands on this floor because deciding will need it: a sign-off asks it whether the delegate may sign.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True)
class Delegation:
    """Somebody acts for somebody else.

    Attributes:
        id: by which it is ended.
        from_email: who is absent.
        to_email: who acts for them.
        project: where.
        products: for which products; None for all of them.
        gates: at which gates, by their ids; None for all of them.
        starts: the first day, in UTC.
        ends: the last day, in UTC, which still counts.
        reason: in the words of whoever is absent.
        ended_at: when it was ended before its last day, in UTC; None while it was not.
    """

    id: str
    from_email: str
    to_email: str
    project: str
    products: frozenset[str] | None
    gates: frozenset[str] | None
    starts: date
    ends: date
    reason: str
    ended_at: datetime | None = None

    def covers(self, project: str, product: str, gate: str) -> bool:
        """Say whether it is about this gate of this product."""
        return (
            self.project == project
            and (self.products is None or product in self.products)
            and (self.gates is None or gate in self.gates)
        )

    def holds_at(self, now: datetime) -> bool:
        """Say whether it counts at a moment."""
        if self.ended_at is not None and now >= self.ended_at:
            return False
        return self.starts <= now.astimezone(UTC).date() <= self.ends


def delegates_for(
    delegations: Iterable[Delegation],
    absent: str,
    *,
    project: str,
    product: str,
    gate: str,
    now: datetime,
    taking_part: AbstractSet[str] = frozenset(),
) -> tuple[str, ...]:
    """Return who may act for somebody at a gate, in the order in which it was delegated.

    A delegate acts with the absent person's roles, and so could be the engineer and the other engineer of one release.
    That is why nobody who takes part in it themselves is a delegate there; and what was delegated to somebody they
    cannot hand on.

    Args:
        delegations: all there are.
        absent: the e-mail of the person for whom to act.
        project: where.
        product: of which product the release is.
        gate: the gate's id.
        now: the moment, in UTC.
        taking_part: the e-mails of those who signed in this release, or would sign otherwise, for themselves.
    """
    others = {email.lower() for email in taking_part} | {absent.lower()}
    found = (
        delegation.to_email
        for delegation in delegations
        if delegation.from_email.lower() == absent.lower()
        and delegation.to_email.lower() not in others
        and delegation.covers(project, product, gate)
        and delegation.holds_at(now)
    )
    return tuple({email.lower(): email for email in found}.values())
