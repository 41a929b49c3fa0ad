"""Where lineage events go: a file with a line for each, or an OpenLineage service over HTTP."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from threading import Thread
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from assay.base.errors import Place, refusal
from assay.project.binding import bind

SECONDS = 5.0
"""How long a service may take for an event; a build waits for it."""

_PATH = "/api/v1/lineage"


class LineageFile:
    """The `LineageEvents` port on a file: each event one line of JSON, written at its end in one go."""

    def __init__(self, root: Path, path: str, variables: Mapping[str, str], place: Place) -> None:
        """Keep where to write.

        Args:
            root: the folder to which the path is relative.
            path: as written, ``${VAR}`` included.
            variables: what ``${VAR}`` stands for.
            place: where the path is written, for errors.
        """
        self._root, self._path, self._variables, self._place = root, path, variables, place

    def emit(self, event: Mapping[str, Any]) -> None:
        """Write an event; two processes at once write whole lines."""
        path = self._root / bind(self._path, self._variables, self._place)
        content = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _append(path, content)
        except OSError as error:
            found = (error.strerror or str(error)).lower()
            raise refusal(f"{self._place}: {self._path}", expected="a file to write to", found=found) from error


class LineageService:
    """The `LineageEvents` port on an OpenLineage service: a POST for each event, led to no other address."""

    def __init__(
        self, url: str, api_key: str | None, variables: Mapping[str, str], place: Place, seconds: float = SECONDS
    ) -> None:
        """Keep where to send.

        Args:
            url: the service's address, ``${VAR}`` included; without a path the standard's own is taken.
            api_key: sent as a bearer token, ``${VAR}`` included; None for none.
            variables: what ``${VAR}`` stands for.
            place: where the address is written, for errors.
            seconds: how long to wait for each answer.
        """
        self._url, self._api_key, self._variables, self._place = url, api_key, variables, place
        self._seconds = seconds

    def emit(self, event: Mapping[str, Any]) -> None:
        """Send an event; anything but an answer of 2xx in time is refused."""
        address, headers = self._address(), {"Content-Type": "application/json"}
        if self._api_key is not None:
            headers["Authorization"] = f"Bearer {bind(self._api_key, self._variables, self._place)}"
        body = json.dumps(event, ensure_ascii=False).encode()
        failed: list[Exception] = []

        def send() -> None:
            try:
                self._send(address, headers, body)
            except Exception as error:  # noqa: BLE001  (whoever waits for it gets it)
                failed.append(error)

        sending = Thread(target=send, daemon=True)  # a name that is looked up, or words that trickle, end at no timeout
        sending.start()
        sending.join(self._seconds)
        if sending.is_alive():
            found = f"none within {self._seconds:g} seconds"
            raise refusal(self._shown(address), expected="a service that answers", found=found)
        if failed:
            raise failed[0]

    def _send(self, address: str, headers: Mapping[str, str], body: bytes) -> None:
        host = urlsplit(address).hostname or ""
        opener = build_opener(_Stays, *([ProxyHandler({})] if host in _HERE else []))
        try:
            with opener.open(Request(address, body, dict(headers)), timeout=self._seconds) as answer:  # noqa: S310 - checked
                answer.read(1)
        except HTTPError as error:
            error.close()
            raise refusal(self._shown(address), expected="events to be taken", found=f"HTTP {error.code}") from error
        except (URLError, HTTPException, OSError, ValueError) as error:
            reason = getattr(error, "reason", None)
            found = (reason.strerror if isinstance(reason, OSError) else None) or type(reason or error).__name__
            raise refusal(self._shown(address), expected="a service that answers", found=found.lower()) from error

    def _address(self) -> str:
        address = bind(self._url, self._variables, self._place)
        try:
            parts = urlsplit(address)
            is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_one = False
        if not is_one:
            raise refusal(str(self._place), expected="an address of http or https", found="another")
        return address if parts.path.strip("/") else f"{address.rstrip('/')}{_PATH}"

    def _shown(self, address: str) -> str:
        """Return the host alone: what else an address holds may be a secret."""
        parts = urlsplit(address)
        return f"{self._place}: {parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"


class _Stays(HTTPRedirectHandler):
    """Follows no redirection: what is sent may hold a key, and that is for one service alone."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        return None


_HERE = {"localhost", "127.0.0.1", "::1"}
"""What is for this machine is handed to no proxy."""


def _append(path: Path, content: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        written = os.write(file, content)
        if written != len(content):  # the disk is full: no half of a line stays
            os.ftruncate(file, os.fstat(file).st_size - written)
            raise OSError(28, "No space left on device")
    finally:
        os.close(file)
