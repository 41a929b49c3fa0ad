"""Notifications: e-mail and chat through Apprise, one address a channel. No address, whole or in part, leaves here."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from assay.base.errors import AssayError, Fault, Place, raise_faults, refusal
from assay.base.telling import Channel, Letter
from assay.project.binding import bind, variables_of

_RECIPIENT = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
"""An address as the HTML standard takes it: no comma, no space, no line end, so that it is one and stays one."""
_PLACE_OF_EMAIL = "{email}"
_ANYBODY = "somebody@example.org"
_MAIL = re.compile(r"mailtos?://", re.IGNORECASE)
_WHOLE_VARIABLE = re.compile(r"\s*\$\{[A-Za-z_][A-Za-z0-9_]*\}\s*")


class AppriseNotifier:
    """The `Notifier` port on Apprise: mail gets HTML, of which Apprise makes the plain part; chats get plain text."""

    def __init__(self, channels: Sequence[Channel], variables: Mapping[str, str]) -> None:
        """Take the channels.

        Args:
            channels: with distinct names.
            variables: what ``${VAR}`` stands for; inside an address its value is quoted, as a whole address it is one.

        Raises:
            AssayError: two channels of one name, a variable without a value, or an address that Apprise does not know.
        """
        _silence()
        _load_services()
        self._addresses = {channel.name: channel.address for channel in channels}
        self._variables = dict(variables)
        names = [channel.name for channel in channels]
        faults = [Fault(_place(n), "a name of its own", "the same one again") for n in {*names} if names.count(n) > 1]
        faults += [fault for channel in channels for fault in self._faults(channel.name)]
        raise_faults(faults)

    @property
    def channels(self) -> Sequence[str]:
        """The names of the channels."""
        return tuple(self._addresses)

    def send(self, channel: str, email: str, letter: Letter) -> bool:
        """Hand a letter over; False when the channel did not take it."""
        if not _RECIPIENT.fullmatch(email):
            raise refusal(f"people.yaml: {email!r}", expected="an e-mail that letters can go to", found="another")
        from apprise import NotifyFormat, NotifyType

        address = self._address(channel, email)
        is_mail = _MAIL.match(address) is not None
        return bool(
            self._service(address).notify(
                body=letter.html if is_mail else letter.text,
                title=" ".join(letter.title.split()),
                notify_type=NotifyType.INFO,
                body_format=NotifyFormat.HTML if is_mail else NotifyFormat.TEXT,
            )
        )

    def _faults(self, name: str) -> Sequence[Fault]:
        try:
            address = self._address(name, _ANYBODY)
        except AssayError as error:
            return error.faults
        if len(self._service(address)) == 1:
            return ()
        hint = "Its address is not shown, for it may hold a secret; see Apprise's list of services."
        return [Fault(_place(name), "an address of a service that Apprise knows", "another", hint)]

    def _address(self, channel: str, email: str) -> str:
        """Return where a letter goes; what is put into the address is quoted, so that it stays in its place."""
        text = self._addresses[channel]
        values = self._variables
        if not _WHOLE_VARIABLE.fullmatch(text):
            values = {name: quote(values[name], safe="") for name in variables_of(text) if name in values}
        return bind(text, values, _place(channel)).replace(_PLACE_OF_EMAIL, quote(email, safe="@"))

    def _service(self, address: str) -> Any:
        from apprise import Apprise, AppriseAsset

        service = Apprise(asset=AppriseAsset(app_id="Assay", app_desc="Assay", app_url="", async_mode=False))
        service.add(address)
        return service


def _place(channel: str) -> Place:
    return Place(f"portal.yaml: tell: {channel}")


def _silence() -> None:
    """Keep Apprise's log to itself: it may name addresses, and what matters of it is the answer of `send`."""
    log = logging.getLogger("apprise")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())


def _load_services() -> None:
    """Load what Apprise knows, before anything is sent; one of its modules imports what Python 3.13 has no more."""
    from apprise import Apprise

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="'imghdr'", category=DeprecationWarning)
        Apprise.instantiate("json://127.0.0.1")
