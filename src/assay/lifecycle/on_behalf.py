"""On whose behalf: what a sign-off for somebody absent has to rest on. Pure, and asked by both sides alike."""

from __future__ import annotations

from assay.base.roles import Action, Roster, may
from assay.lifecycle.delegations import Delegation
from assay.lifecycle.gates import Gate
from assay.lifecycle.recency import shown_too_long_ago
from assay.lifecycle.statements import Statement


def unbacked(gate: Gate, product: str, said: Statement, delegation: Delegation | None, roster: Roster) -> str:
    """Say why a sign-off on somebody's behalf does not count; empty when it does, and for one on nobody's.

    Args:
        gate: at which it was given.
        product: of which product its subject is; empty where that is not known.
        said: the sign-off.
        delegation: on which it rests, see `Delegating.backing`; None for none.
        roster: who takes part now.
    """
    if not said.on_behalf_of:
        return ""
    start = f"{said.signer} signed for {said.on_behalf_of}"
    delegate = roster.person(said.signer)
    if not gate.delegates:
        return f"{start}, and this gate takes no delegate"
    if delegation is None:
        return f"{start}, and no delegation of theirs is here that was not ended before"
    if delegate is None or not may(delegate, Action.SIGN_OFF):
        return f"{start}, and may sign nothing themselves"
    if delegation.holder not in gate.holders:
        return f"{start}, and delegation {delegation.id} was signed with a key that this gate does not take"
    if shown_too_long_ago(gate, delegation.holder, delegation.authenticated):
        return f"{start}, who had not just shown who they are when they signed delegation {delegation.id}"
    if not delegation.covers(gate.id, product):
        return f"{start}, and delegation {delegation.id} is not for this gate of {product or 'this'}"
    if not delegation.holds_on(said.at):
        return f"{start} on {said.at:%Y-%m-%d}, and {delegation.id} lasts from {delegation.starts} to {delegation.ends}"
    return ""
