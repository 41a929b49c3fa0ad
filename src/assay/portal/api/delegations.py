"""Delegations: who signs off for whoever calls while they are away, and for whom they do."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter
from pydantic import ConfigDict

from assay.actions.delegating import NOT_NEEDED, Absence, delegate, delegations_of, end_delegation
from assay.base.roles import Action
from assay.portal.api.access import ActsOnce, Caller, reading
from assay.portal.api.answers import Answer, Recorded
from assay.portal.api.delegation_answers import DelegationLine, Delegations

router = APIRouter(prefix="/projects/{project}/delegations")


class NewDelegation(Answer):
    """Who signs off for the caller, from one day to another (in UTC, both counted), for what; empty is all."""

    model_config = ConfigDict(extra="forbid")

    to: str
    starts: date
    ends: date
    reason: str
    products: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()


class End(Answer):
    """Why it is ended."""

    model_config = ConfigDict(extra="forbid")

    reason: str = NOT_NEEDED


@router.get("")
def list_delegations(who: Caller, project: str) -> Delegations:
    """List the delegations of the caller and to them, newest first."""
    lines = delegations_of(reading(who, project))
    return Delegations(lines=tuple(DelegationLine.of(line) for line in lines))


@router.post("", status_code=201)
def name_somebody(who: Caller, project: str, wanted: NewDelegation, once: ActsOnce) -> Recorded:
    """Let somebody sign off for the caller; the answer names the statement."""
    home = who.home(project)
    absence = Absence(wanted.to, wanted.starts, wanted.ends, wanted.reason, wanted.products, wanted.gates)
    (digest,) = once(wanted).act(home, Action.SIGN_OFF, lambda: (delegate(home, absence).digest,))
    return Recorded(name=digest)


@router.post("/{delegation}/end")
def end(who: Caller, project: str, delegation: str, why: End, once: ActsOnce) -> Recorded:
    """End a delegation of the caller's, or to them, before its last day."""
    home = who.home(project)

    def do() -> tuple[str, ...]:
        return (end_delegation(home, delegation, why.reason).digest,)

    (digest,) = once(why).act(home, Action.SIGN_OFF, do)
    return Recorded(name=digest)
