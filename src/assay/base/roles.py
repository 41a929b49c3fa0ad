"""Who may do what: roles, people with their keys, and the permission table."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person is in the process; one person may be several things, but see the gates' ``distinct_from``."""

    STAKEHOLDER = "stakeholder"
    OWNER = "owner"
    ENGINEER = "engineer"
    VALIDATOR = "validator"
    RELEASE_MANAGER = "release-manager"
    ON_CALL = "on-call"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Action(StrEnum):
    """What can be asked for, written ``scope:resource:action``."""

    REQUEST_NEW = "product:request:new"
    REQUEST_CANCEL = "product:request:cancel"
    CONTRACT_ASSESS = "product:contract:assess"
    RELEASE_OPEN = "product:release:open"
    RELEASE_FREEZE = "product:release:freeze"
    RELEASE_ORDER = "product:release:order"
    BUILD = "product:dataset:build"
    VALIDATE = "product:dataset:validate"
    PUBLISH = "product:solution:publish"
    PREVIEW = "product:dataset:preview"
    SIGN_OFF = "product:gate:sign-off"
    FEEDBACK = "product:release:feedback"
    COMMENT = "product:request:comment"
    COMMENT_ERASE = "project:comment:erase"
    LEDGER_READ = "project:ledger:read"
    LEDGER_IMPORT = "project:ledger:import"
    ACCOUNT_MANAGE = "portal:account:manage"
    DENIAL_READ = "portal:denial:read"


_EVERYONE = frozenset(Role)
_BUILDERS = frozenset({Role.ENGINEER})
_CHECKERS = frozenset({Role.ENGINEER, Role.VALIDATOR})

PERMISSIONS: dict[Action, frozenset[Role]] = {
    Action.REQUEST_NEW: frozenset({Role.STAKEHOLDER, Role.OWNER, Role.ENGINEER}),
    Action.REQUEST_CANCEL: frozenset({Role.STAKEHOLDER, Role.OWNER}),
    Action.CONTRACT_ASSESS: _BUILDERS,
    Action.RELEASE_OPEN: frozenset({Role.ENGINEER, Role.OWNER}),
    Action.RELEASE_FREEZE: _BUILDERS,
    Action.RELEASE_ORDER: frozenset({Role.RELEASE_MANAGER}),
    Action.BUILD: _BUILDERS,
    Action.VALIDATE: _CHECKERS,
    Action.PUBLISH: _CHECKERS,
    Action.PREVIEW: _EVERYONE,  # which columns are seen in clear is the business of `validation.masking`
    Action.SIGN_OFF: _EVERYONE - {Role.AUDITOR},  # which gate takes which role is the gate table's business
    Action.FEEDBACK: frozenset({Role.STAKEHOLDER, Role.OWNER}),
    Action.COMMENT: _EVERYONE - {Role.AUDITOR},  # who looks on takes no part
    Action.COMMENT_ERASE: frozenset({Role.ADMIN}),
    Action.LEDGER_READ: _EVERYONE,
    Action.LEDGER_IMPORT: frozenset({Role.ENGINEER, Role.RELEASE_MANAGER, Role.ON_CALL, Role.ADMIN}),
    Action.ACCOUNT_MANAGE: frozenset({Role.ADMIN}),
    Action.DENIAL_READ: frozenset({Role.ADMIN, Role.AUDITOR}),
}


class Holder(StrEnum):
    """Who holds a key, and so held it when it signed: the person themselves, the portal for them, or a node."""

    PERSON = "person"
    PORTAL = "portal"
    NODE = "node"


HANDS: frozenset[Holder] = frozenset({Holder.PERSON, Holder.PORTAL})
"""Who can hold the key of a person."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key of somebody.

    Attributes:
        raw: the 32 bytes.
        revoked_at: from when on nothing it signs counts, in UTC, by the time that its signer says; None while it is
            good.
        holder: who holds the private half; whatever it signs has to say the same.
        active_from: what it signs before counts for nothing; None for a key that was always good.
        compromised_since: from when on others may sign with it, in UTC; whatever was not seen before counts for
            nothing, for its own time is theirs to write. None where nobody else has it.
        id: the key's name in signatures: SHA-256 of the 32 bytes, in hexadecimal.
    """

    raw: bytes
    revoked_at: datetime | None = None
    holder: Holder = Holder.PERSON
    active_from: datetime | None = None
    compromised_since: datetime | None = None
    id: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", hashlib.sha256(self.raw).hexdigest())

    def signs_at(self, moment: datetime) -> bool:
        """Say whether what it signs at a moment counts, as far as its own times go."""
        return self.ended_by(moment) is None

    def ended_by(self, moment: datetime) -> tuple[str, datetime] | None:
        """Say why nothing counts that it signs at a moment, in words that a moment follows; None where it counts."""
        if self.compromised_since is not None:
            return "is compromised since", self.compromised_since
        if self.revoked_at is not None and moment >= self.revoked_at:
            return "was revoked at", self.revoked_at
        if self.active_from is not None and moment < self.active_from:
            return "is active from", self.active_from
        return None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part: e-mail (the identity), name, roles and keys.

    Attributes:
        products: for which the roles are theirs; None for all of them.
    """

    email: str
    name: str
    roles: frozenset[Role]
    keys: tuple[PublicKey, ...] = ()
    products: frozenset[str] | None = None

    def signs_for(self, product: str) -> bool:
        """Say whether their roles are theirs for a product."""
        return self.products is None or product in self.products

    def astray(self, product: str) -> str:
        """Say why what they sign of a product does not count, for their roles are of others; empty where they are."""
        if self.products is None or product in self.products:
            return ""
        return f"{self.email} signs for {', '.join(sorted(self.products))} alone, and this is of {product or 'none'}"


@dataclass(frozen=True, slots=True)
class NodeIdentity:
    """An automation node as its counterparts know it: a name and its keys, which nobody else holds."""

    name: str
    keys: tuple[PublicKey, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", tuple(replace(key, holder=Holder.NODE) for key in self.keys))


@dataclass(frozen=True, slots=True)
class Roster:
    """Who may sign, for which project: people and nodes, found by the key that signed.

    Attributes:
        project: the name of the project; of another one no statement counts, whoever signed it. None where it is not
            fixed yet: on a node that has admitted nothing.
    """

    people: tuple[Person, ...]
    nodes: tuple[NodeIdentity, ...] = ()
    project: str | None = None
    _by_key: Mapping[str, tuple[Person | NodeIdentity, PublicKey]] = field(init=False, repr=False, compare=False)
    _by_email: Mapping[str, Person] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        holders: tuple[Person | NodeIdentity, ...] = (*self.people, *self.nodes)
        found = {key.id: (holder, key) for holder in reversed(holders) for key in reversed(holder.keys)}
        object.__setattr__(self, "_by_key", found)
        object.__setattr__(self, "_by_email", {person.email.lower(): person for person in reversed(self.people)})

    def find(self, key_id: str) -> tuple[Person | NodeIdentity, PublicKey] | None:
        """Find whose key this is; None when nobody on the roster holds it. Of two who claim one it is the first's."""
        return self._by_key.get(key_id)

    def by_key(self) -> Mapping[str, tuple[Person | NodeIdentity, PublicKey]]:
        """Return every holder by the ids of their keys."""
        return self._by_key

    def person(self, email: str) -> Person | None:
        """Find a person by e-mail, without regard to case."""
        return self._by_email.get(email.lower())

    def holding(self, role: Role) -> tuple[Person, ...]:
        """Return the people who hold a role, in the roster's order."""
        return tuple(p for p in self.people if role in p.roles)


def may(person: Person, action: Action) -> bool:
    """Say whether one of the person's roles permits the action."""
    return bool(person.roles & PERMISSIONS[action])
