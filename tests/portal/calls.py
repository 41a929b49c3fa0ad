"""Calls of the API, for tests: tokens of people, and a client that brings one."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.testclient import TestClient

from assay.base.accounts import Method, Principal
from assay.base.roles import Action, may
from assay.identity.denying import Caller
from assay.identity.portal import Portal
from assay.identity.tokens import MadeToken, make_token
from assay.portal.app import build_app

V1 = "/api/v1"
TOWN = f"{V1}/projects/town"


def caller_of(portal: Portal, person: str) -> Caller:
    """Return somebody as if they were in a session, with the roles of the town."""
    principal = Principal(f"{person}@example.org", Method.PASSWORD, portal.clock.now(), "a session")
    return Caller(portal.projects["town"].open(principal).person, principal)


def token_of(portal: Portal, person: str, scopes: Iterable[Action] | None = None, days: int = 1) -> MadeToken:
    """Make somebody's token; None for every scope that they may have."""
    caller = caller_of(portal, person)
    assert caller.person is not None
    wanted = [action for action in Action if may(caller.person, action)] if scopes is None else scopes
    return make_token(portal.identity, caller, "a test", frozenset(wanted), days, portal.clock.now())


def call_as(portal: Portal, secret: str | None) -> TestClient:
    """Return a program that brings a token; None for one without."""
    headers = {"authorization": f"Bearer {secret}"} if secret else {}
    return TestClient(build_app(portal), base_url=portal.address, headers=headers, follow_redirects=False)
