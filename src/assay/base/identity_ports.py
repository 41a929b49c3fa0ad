"""The ports of identity: what the portal asks of the world to know who is there, beside the ports of the actions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from assay.base.accounts import Account, Attempts, Denial, SealedKey, Session, Token
from assay.base.federation import Asking, Claims, Standing
from assay.base.ports import Signer


class Accounts(Protocol):
    """Keeps accounts by their names, which `account_name` makes of an e-mail."""

    def get(self, name: str) -> Account | None:
        """Return an account; None when there is none of that name."""
        ...

    def put(self, account: Account) -> Account | None:
        """Replace the row whose revision is the account's, or make it where that is 0.

        Returns:
            The account with its next revision; None when the row has another one, and then nothing is changed.
        """
        ...

    def all(self) -> Sequence[Account]:
        """Return every account, ordered by name."""
        ...


class AttemptCounts(Protocol):
    """Counts what was tried with an e-mail. It need not outlive a power cut."""

    def get(self, key: str) -> Attempts | None:
        """Return what was tried; None where nothing was since the last right password."""
        ...

    def put(self, attempts: Attempts) -> bool:
        """Replace the row whose revision is the given one, by the next; False, and nothing, when it has another."""
        ...

    def clear(self, key: str) -> None:
        """Forget what was tried with an e-mail."""
        ...

    def forget(self, before: datetime) -> None:
        """Forget what was tried last before a moment."""
        ...


class Sessions(Protocol):
    """Keeps sessions by the hash of their cookie."""

    def add(self, session: Session) -> None:
        """Keep a new session."""
        ...

    def get(self, session_id: str) -> Session | None:
        """Return a session; None when there is none, or none any more."""
        ...

    def seen(self, session_id: str, at: datetime) -> None:
        """Note that a session was used; one that ended meanwhile stays ended."""
        ...

    def of(self, email: str) -> Sequence[Session]:
        """Return the sessions of an account, the newest first."""
        ...

    def end(self, session_id: str) -> None:
        """End a session; ending one that has ended is nothing."""
        ...

    def end_all(self, email: str) -> None:
        """End every session of an account."""
        ...

    def forget(self, *, authenticated_before: datetime, seen_before: datetime) -> None:
        """End the sessions that began before one moment, or were last used before the other."""
        ...


class Tokens(Protocol):
    """Keeps API tokens by their hash."""

    def add(self, token: Token) -> None:
        """Keep a new token."""
        ...

    def find(self, digest: str) -> Token | None:
        """Return the token with this hash; None when there is none, or it was revoked."""
        ...

    def of(self, email: str) -> Sequence[Token]:
        """Return the tokens of an account, the newest first."""
        ...

    def used(self, token_id: str, at: datetime) -> None:
        """Note that a token was used."""
        ...

    def revoke(self, token_id: str) -> None:
        """Revoke a token; revoking one that is not there is nothing."""
        ...

    def revoke_all(self, email: str) -> None:
        """Revoke every token of an account."""
        ...


class Denials(Protocol):
    """Keeps what was denied; nothing is ever changed."""

    def note(self, denial: Denial) -> None:
        """Add a denial."""
        ...

    def newest(self, limit: int) -> Sequence[Denial]:
        """Return so many denials, the newest first."""
        ...


class Passwords(Protocol):
    """Hashes passwords, slowly, and compares them. One password typed on two keyboards is one (Unicode's NFKC)."""

    def hash(self, password: str) -> str:
        """Return a hash to keep; each time another one, for it is salted.

        Raises:
            AssayError: the text has characters that no keyboard gives (half of a surrogate pair).
        """
        ...

    def verify(self, hashed: str | None, password: str) -> bool:
        """Say whether a password is the one that was hashed.

        Args:
            hashed: what `hash` gave; None where there is nothing to compare with: then the answer is no, after as much
                work as for a yes, so that the time does not tell who has an account.
            password: as it was typed.
        """
        ...

    def is_weak(self, hashed: str) -> bool:
        """Say whether a hash was made with less work than is asked for today, and should be made again."""
        ...


class SealedKeys(Protocol):
    """Keeps people's keys as the vault sealed them."""

    def get(self, email: str) -> SealedKey | None:
        """Return somebody's key; None when they have none."""
        ...

    def add(self, key: SealedKey) -> bool:
        """Keep a key; False, and nothing, when its person has one already."""
        ...


class Vault(Protocol):
    """Holds one key for each person who signs in the browser. A private half never leaves it."""

    def make(self, email: str) -> str:
        """Make somebody's key and return its public half in hexadecimal, for ``people.yaml``.

        Raises:
            AssayError: they have one already.
        """
        ...

    def public(self, email: str) -> str | None:
        """Return the public half of somebody's key in hexadecimal; None when they have none."""
        ...

    def signer(self, email: str) -> Signer:
        """Return what signs with somebody's key.

        Raises:
            AssayError: they have none, or it cannot be opened: sealed by another vault, or changed since.
        """
        ...


class Seal(Protocol):
    """Seals secrets that have to be read again, under the portal's master key."""

    def seal(self, purpose: str, secret: str) -> bytes:
        """Return a secret as it may be stored; it opens for the same purpose alone."""
        ...

    def unseal(self, purpose: str, sealed: bytes) -> str | None:
        """Return a secret; None for one that does not open: of another purpose or master key, or changed since."""
        ...


class Provider(Protocol):
    """An OpenID provider, which vouches for people."""

    def ask(self, asking: Asking) -> str:
        """Return the address to which the browser goes, to be asked there who is before it.

        Raises:
            AssayError: the provider cannot be reached, or is not the one that was configured.
        """
        ...

    def vouch(self, asking: Asking, code: str, now: datetime) -> Claims | None:
        """Return for whom the provider vouches.

        Args:
            asking: what it was asked.
            code: what the browser brought back.
            now: the moment, in UTC.

        Returns:
            None when it vouches for nobody: the code is not its own, was used, or was made for another asking.

        Raises:
            AssayError: it cannot be reached.
        """
        ...

    def look_again(self, subject: str, refresh: str, now: datetime) -> Claims | None:
        """Return what the provider says today of somebody for whom it vouched; None when it does no more.

        Raises:
            AssayError: it cannot be reached, or cannot say.
        """
        ...


class Askings(Protocol):
    """Keeps what was asked of a provider until the browser comes back, once."""

    def add(self, asking: Asking) -> None:
        """Keep what was asked."""
        ...

    def take(self, asking_id: str) -> Asking | None:
        """Return what was asked and forget it; None when there is nothing, or it was taken."""
        ...

    def forget(self, before: datetime) -> None:
        """Forget what was asked before a moment."""
        ...


class Standings(Protocol):
    """Keeps how accounts stand with the provider."""

    def get(self, email: str) -> Standing | None:
        """Return how an account stands; None when the provider never vouched for it."""
        ...

    def put(self, standing: Standing) -> None:
        """Keep how an account stands now, in place of how it stood."""
        ...

    def claim(self, standing: Standing, at: datetime) -> bool:
        """Take it upon oneself to look again; False when somebody else did since this standing was read."""
        ...
