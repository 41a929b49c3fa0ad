"""A post office on loopback that speaks SMTP: keeps what it is handed, asks for a password, and can be shut."""

from __future__ import annotations

from asyncio import Server
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "portal", "p@ss/w?rd&more"


@dataclass
class Mailbox:
    """What the post office was handed: who it was for by the envelope, and the message."""

    letters: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802  # the library's own name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append((envelope.rcpt_tos, message))
        return "250 taken"


class _OnFreePort(Controller):
    """Learns which port it was given, before it looks whether it answers there."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # the library's own


class PostOfficeServer:
    """Serves a mailbox on a free port of loopback."""

    def __init__(self, *, asks_password: bool = False) -> None:
        self.box = Mailbox()
        self._asks = asks_password
        self._controller: _OnFreePort | None = None
        self.port = 0

    def __enter__(self) -> PostOfficeServer:
        self._controller = _OnFreePort(
            self.box, hostname="127.0.0.1", port=self.port, ready_timeout=20.0,
            auth_required=self._asks, auth_require_tls=False, authenticator=_check if self._asks else None,
        )  # fmt: skip
        self._controller.start()
        self.port = self._controller.port
        return self

    def __exit__(self, *_: object) -> None:
        assert self._controller is not None
        self._controller.stop()

    def address(self, login: str = "") -> str:
        """Return the channel's address, as it stands in settings."""
        return f"mailto://{login}127.0.0.1:{self.port}?from=assay@example.org&to={{email}}"


def _check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    is_right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=is_right)
