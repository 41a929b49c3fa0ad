"""Who calls the API: the token that a program brings, the home it opens, and a call that is sent a second time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from assay.actions.home import Home
from assay.base.errors import refusal
from assay.base.roles import Action
from assay.identity.tokens import open_token
from assay.portal.access import PasswordNeeded, SignInNeeded, Visitor, address_of, portal_of
from assay.portal.api.answers import Answer
from assay.portal.once import once as sent_once

T = TypeVar("T")
LONGEST_KEY = 200

_token = HTTPBearer(auto_error=False, description="A token from the account page: `assay_...`")


def bearer(request: Request, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_token)]) -> Visitor:
    """Return who calls. A session's cookie opens nothing here, so that no page of another site can call.

    Raises:
        SignInNeeded: there is no token, or one that opens nothing.
        PasswordNeeded: whose it is still has the password they were given.
    """
    portal = portal_of(request)
    principal = open_token(portal.identity, sent.credentials, portal.clock.now()) if sent else None
    if principal is None:
        raise SignInNeeded
    if principal.must_change:
        raise PasswordNeeded
    found = Visitor(portal, principal, "", address_of(request))
    request.state.visitor = found
    return found


Caller = Annotated[Visitor, Depends(bearer)]


def reading(who: Visitor, project: str) -> Home:
    """Open a project's home for somebody who may read its ledger: all that is told rests on that.

    Raises:
        NotFound: there is none of that name in which they take part.
        AssayError: role or token do not permit it.
    """
    home = who.home(project)
    home.authorised(Action.LEDGER_READ)
    return home


@dataclass(frozen=True, slots=True)
class Once:
    """A call that acts: the same key, by the same person, at the same address, with the same body, acts once.

    Attributes:
        who: calls.
        key: of this call; None where none was sent, and each call acts.
        body: what its body says, as a digest.
    """

    who: Visitor
    key: str | None
    body: str

    def act(self, home: Home, action: Action, do: Callable[[], Sequence[str]]) -> tuple[str, ...]:
        """Act, or find what the first call did.

        Args:
            home: the caller's.
            action: what is done; who may not do it is not told either what an earlier call did.
            do: does it, and returns the names of what it made, without spaces.

        Raises:
            AssayError: the key was sent before with another body; or as the action does, and then it may be sent again.
        """
        if self.key is None:
            return tuple(do())
        home.authorised(action)
        with sent_once(self.who.portal, self.key) as led:
            if led is None:
                made = tuple(do())
                self.who.portal.forms.send(self.key, " ".join((self.body, *made)), self.who.portal.clock.now())
                return made
        body, *known = led.split(" ")
        if body != self.body:
            raise refusal("Idempotency-Key", expected="a key of its own", found="one that was sent with another body")
        return tuple(known)


def once(
    request: Request,
    who: Caller,
    key: Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=LONGEST_KEY)] = None,
) -> Callable[[Answer], Once]:
    """Return what makes a call act once, given its body."""

    def of(body: Answer) -> Once:
        parts = ["api", who.email, request.url.path, key]
        return Once(who, _digest(parts) if key else None, _digest(body.model_dump(mode="json")))

    return of


def _digest(value: object) -> str:
    """Return the digest of anything that came as JSON, however it is written."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


ActsOnce = Annotated[Callable[[Answer], Once], Depends(once)]


def newest_first(
    values: Sequence[T], name: Callable[[T], str], before: str, limit: int
) -> tuple[tuple[T, ...], str | None]:
    """Take some values from the end.

    Args:
        values: oldest first.
        name: of a value.
        before: the name where the page before ended; empty for the newest. One that there is not ends before all.
        limit: how many at most.

    Returns:
        The values, newest first; and the name where they end, None where there are no more.
    """
    end = len(values) if not before else next((i for i, value in enumerate(values) if name(value) == before), 0)
    start = max(end - limit, 0)
    found = tuple(reversed(values[start:end]))
    return found, name(found[-1]) if start > 0 else None
