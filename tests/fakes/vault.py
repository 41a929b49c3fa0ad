"""A vault in memory whose keys are made from the e-mails: the same in every test."""

from __future__ import annotations

from assay.base.accounts import account_name
from assay.base.errors import refusal
from fakes.cast import SeededSigner


class MemoryVault:
    """The `Vault` port on seeded keys."""

    def __init__(self) -> None:
        self._keys: dict[str, SeededSigner] = {}

    def make(self, email: str) -> str:
        name = account_name(email)
        if not name or name in self._keys:
            raise refusal(email, expected="somebody whose key the portal does not hold yet", found="another")
        self._keys[name] = SeededSigner(name)
        return self._keys[name].public.raw.hex()

    def public(self, email: str) -> str | None:
        key = self._keys.get(account_name(email))
        return None if key is None else key.public.raw.hex()

    def signer(self, email: str) -> SeededSigner:
        key = self._keys.get(account_name(email))
        if key is None:
            raise refusal(email, expected="a key that the portal holds", found="none")
        return key
