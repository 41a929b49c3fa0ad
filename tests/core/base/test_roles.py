"""Who may do what, tried for every role on every action."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from assay.base.roles import PERMISSIONS, Action, NodeIdentity, Person, PublicKey, Role, Roster, may

ADA = Person("Ada@example.org", "Ada", frozenset({Role.ENGINEER}), (PublicKey(b"a" * 32),))
NODE = NodeIdentity("harbour", (PublicKey(b"n" * 32, datetime(2026, 1, 1, tzinfo=UTC)),))
ROSTER = Roster((ADA,), (NODE,))

ALLOWED = {
    Action.REQUEST_NEW: "stakeholder owner engineer",
    Action.REQUEST_CANCEL: "stakeholder owner",
    Action.CONTRACT_ASSESS: "engineer",
    Action.RELEASE_OPEN: "engineer owner",
    Action.RELEASE_FREEZE: "engineer",
    Action.RELEASE_ORDER: "release-manager",
    Action.BUILD: "engineer",
    Action.VALIDATE: "engineer validator",
    Action.PUBLISH: "engineer validator",
    Action.PREVIEW: "stakeholder owner engineer validator release-manager on-call auditor admin",
    Action.SIGN_OFF: "stakeholder owner engineer validator release-manager on-call admin",
    Action.FEEDBACK: "stakeholder owner",
    Action.COMMENT: "stakeholder owner engineer validator release-manager on-call admin",
    Action.COMMENT_ERASE: "admin",
    Action.LEDGER_READ: "stakeholder owner engineer validator release-manager on-call auditor admin",
    Action.LEDGER_IMPORT: "engineer release-manager on-call admin",
    Action.ACCOUNT_MANAGE: "admin",
    Action.DENIAL_READ: "auditor admin",
}


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says_and_nothing_else(role: Role, action: Action) -> None:
    assert may(Person("x@example.org", "X", frozenset({role})), action) is (str(role) in ALLOWED[action].split())


def test_every_action_is_in_the_table_and_nobody_without_a_role_may_anything() -> None:
    assert set(PERMISSIONS) == set(Action)
    assert not any(may(Person("x@example.org", "X", frozenset()), action) for action in Action)


def test_a_signer_is_found_by_the_key_and_a_person_by_the_address_in_any_case() -> None:
    assert ROSTER.find(hashlib.sha256(b"a" * 32).hexdigest()) == (ADA, ADA.keys[0])
    assert ROSTER.find(NODE.keys[0].id) == (NODE, NODE.keys[0])
    assert ROSTER.find("0" * 64) is None
    assert ROSTER.person("ada@EXAMPLE.org") is ADA
    assert ROSTER.holding(Role.OWNER) == ()
