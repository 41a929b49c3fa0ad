"""The portals for which this machine's user has a token: one file of their configuration, theirs alone to read."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from assay.base.errors import AssayError, refusal

_OTHERS = 0o077


class Logins:
    """Tokens by the origin of their portal, in a file of mode 0600."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def origins(self) -> tuple[str, ...]:
        """Return for which portals there is a token."""
        return tuple(sorted(self._read()))

    def token(self, origin: str) -> str | None:
        """Return the token for a portal; None where there is none.

        Raises:
            AssayError: the file cannot be read, or others on this machine can.
        """
        return self._read().get(origin)

    def keep(self, origin: str, token: str) -> None:
        """Keep the token for a portal, in place of an earlier one."""
        self._write(self._read() | {origin: token})

    def forget(self, origin: str) -> bool:
        """Forget the token for a portal; say whether there was one."""
        known = self._read()
        if origin not in known:
            return False
        self._write({other: token for other, token in known.items() if other != origin})
        return True

    def _read(self) -> dict[str, str]:
        try:
            mode, content = self._path.stat().st_mode, self._path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            raise self._fault("a file with tokens", (error.strerror or str(error)).lower()) from error
        if os.name == "posix" and mode & _OTHERS:
            raise self._fault(
                "tokens that only their owner can read", f"mode {mode & 0o777:o}", f"Run: chmod 600 {self._path}"
            )
        try:
            known = json.loads(content)
        except ValueError as error:
            raise self._fault("tokens by portal, as JSON", "something else", "Delete it and log in again.") from error
        return {str(origin): str(token) for origin, token in known.items()} if isinstance(known, dict) else {}

    def _write(self, known: dict[str, str]) -> None:
        """Write aside first, never readable by others: nobody sees half of it, and no moment shows it to them."""
        aside = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(known, file, indent=2, sort_keys=True)
            aside.replace(self._path)
        except OSError as error:
            aside.unlink(missing_ok=True)
            raise self._fault("room and leave to write a file", (error.strerror or str(error)).lower()) from error

    def _fault(self, expected: str, found: str, hint: str = "") -> AssayError:
        return refusal(str(self._path), expected=expected, found=found, hint=hint)
