"""Noting a no: every action that was denied to somebody stands among the denials, once, whichever door they came by."""

from __future__ import annotations

from fastapi import Request

from assay.base.accounts import Why
from assay.base.errors import Denied, ReauthenticationNeeded
from assay.base.roles import Action
from assay.identity.denying import Noted, note_denial, objection
from assay.portal.access import Visitor


def note_denied(request: Request, error: Denied) -> None:
    """Note what an action denied to who asks; what identity denied stands there already."""
    who: Visitor | None = getattr(request.state, "visitor", None)
    if who is None or isinstance(error, Noted):
        return
    what = error.faults[0].where.file
    why = _why(request, who, what)
    note_denial(who.portal.identity, who.email, what, why, who.address, who.portal.clock.now())


def note_not_anew(who: Visitor, error: ReauthenticationNeeded) -> None:
    """Note that a gate refused a token, which cannot show anew who its person is; a browser is asked instead."""
    gate, now = error.faults[0].where.file, who.portal.clock.now()
    note_denial(who.portal.identity, who.email, gate, Why.NOT_ANEW, who.address, now)


def _why(request: Request, who: Visitor, what: str) -> Why:
    """Say for the audit why an action said no; where it asked for no role, it lacked the key to sign with."""
    action = next((action for action in Action if action == what), None)
    if action is None:
        return Why.NO_KEY
    door = who.portal.projects.get(request.path_params.get("project", ""))
    home = door.open(who.principal) if door else None
    return objection(who.caller(home), action) or Why.NO_ROLE
