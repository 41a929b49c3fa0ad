"""Federation: what an OpenID provider is asked and says of people, and how their accounts stand with it. Values.

Every moment is in UTC, to the second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from assay.base.roles import Role


@dataclass(frozen=True, slots=True)
class Asking:
    """A browser was sent to the provider, and is awaited.

    Attributes:
        id: SHA-256 of the cookie that it was given, in hexadecimal: another browser cannot come back in its place.
        state: goes through the provider and comes back in the address.
        nonce: goes through the provider and comes back in what it signs.
        verifier: shows that whoever brings the code is who asked (PKCE, RFC 7636).
        asked_at: when.
        following: the page to show afterwards.
        email: who has to come back, when somebody who is signed in shows anew who they are; else None.
    """

    id: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    asked_at: datetime
    following: str = ""
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """What the provider says of somebody.

    Attributes:
        subject: its own name for them, which is never given to anybody else.
        email: as it says; None when it says none, or has not verified that it is theirs.
        groups: in which they are.
        authenticated_at: when they showed it who they are; None when it does not say.
        refresh: with what to ask it again; None when it gives nothing.
    """

    subject: str
    email: str | None
    groups: frozenset[str]
    authenticated_at: datetime | None = None
    refresh: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands with the provider.

    Attributes:
        email: of the account.
        subject: the provider's name for its person, fixed the first time: whoever gets the e-mail later is not them.
        roles: what their groups give them.
        checked_at: when the provider last vouched for them.
        tried_at: when it was last asked, or was to be.
        refresh: with what to ask it again, sealed; None when it gave nothing, or vouches no more.
        is_over: whether it vouches no more.
    """

    email: str
    subject: str
    roles: frozenset[Role]
    checked_at: datetime
    tried_at: datetime
    refresh: bytes | None = field(default=None, repr=False)
    is_over: bool = False
