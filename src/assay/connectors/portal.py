"""A portal's HTTP API, as the terminal calls it: with a token, over TLS, never led to another address."""

from __future__ import annotations

import ipaddress
import json
import secrets
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from assay.base.errors import AssayError, Denied, Fault, Place, refusal

API = "/api/v1"
SECONDS = 60.0
LARGEST_ANSWER = 100_000_000
_FILE = "application/x-tar"


class _Stays(HTTPRedirectHandler):
    """Follows no redirection: what is sent holds a token, and that is for one portal alone."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        return None


class PortalClient:
    """Calls one portal as whoever a token speaks for."""

    def __init__(self, origin: str, token: str, seconds: float = SECONDS) -> None:
        """Keep where and how to call.

        Args:
            origin: the portal's address, as `origin_of` returns it.
            token: of its account page.
            seconds: how long to wait for each answer.
        """
        self.origin = origin
        self._token = token
        self._seconds = seconds
        self._opener = _opener(origin)

    def get(self, *path: str, **query: object) -> Any:
        """Ask for something.

        Args:
            path: its parts after the API's own.
            query: parameters; None is left out, of a list each is given.

        Returns:
            The answer, as JSON gives it.

        Raises:
            AssayError: the portal refused, with its own faults; or cannot be reached, or answers as no portal does.
        """
        return _read(self.origin, self._call(self._address(path, query), None))

    def post(self, *path: str, body: object) -> Any:
        """Have something done, once even if the call is sent twice; arguments, answer and errors as of `get`."""
        return _read(self.origin, self._call(self._address(path, {}), json.dumps(body).encode()))

    def fetch(self, *path: str, **query: object) -> bytes:
        """Ask for a file; arguments and errors as of `get`."""
        content = self._call(self._address(path, query), None)
        if len(content) > LARGEST_ANSWER:
            found = "a larger one"
            raise refusal(self.origin, expected=f"a file of at most {LARGEST_ANSWER:,} bytes", found=found)
        return content

    def send(self, *path: str, content: bytes, **query: object) -> Any:
        """Hand in a file; arguments, answer and errors as of `get`."""
        return _read(self.origin, self._call(self._address(path, query), content, _FILE))

    def _address(self, path: tuple[str, ...], query: Mapping[str, object]) -> str:
        given = {name: value for name, value in query.items() if value is not None}
        whole = "/".join([self.origin + API, *(quote(part, safe="") for part in path)])
        return whole + (f"?{urlencode(given, doseq=True)}" if given else "")

    def _call(self, address: str, body: bytes | None, kind: str = "application/json") -> bytes:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if body is not None:
            headers |= {"Content-Type": kind, "Idempotency-Key": secrets.token_hex(16)}
        asked = Request(address, body, headers)  # noqa: S310 - `origin_of` lets http and https pass, nothing else
        try:
            status, content = self._exchange(asked)
        except (URLError, HTTPException, OSError) as error:
            found = str(getattr(error, "reason", "")) or str(error) or type(error).__name__
            raise refusal(self.origin, expected="a portal that answers", found=found) from error
        if status >= 300:
            raise _refused(self.origin, status, content)
        return content

    def _exchange(self, asked: Request) -> tuple[int, bytes]:
        try:
            with self._opener.open(asked, timeout=self._seconds) as answer:
                return answer.status, answer.read(LARGEST_ANSWER + 1)
        except HTTPError as error:
            with error:
                return error.code, error.read(LARGEST_ANSWER)


def origin_of(address: str) -> tuple[str, str | None]:
    """Read the address of a portal, or of one of its projects (``https://portal.example/p/flights``).

    Returns:
        The origin, and the project's name; None where the address names none.

    Raises:
        AssayError: it is no such address, or would send the token over a network in clear.
    """
    parts = urlsplit(address.strip().rstrip("/"))
    host = parts.hostname or ""
    folders = [part for part in parts.path.split("/") if part]
    is_known = folders == [] or (len(folders) >= 2 and folders[0] == "p")
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query or not is_known:
        wanted = "a portal's address, as https://portal.example or https://portal.example/p/PROJECT"
        raise refusal(address[:200], expected=wanted, found="something else")
    if parts.scheme == "http" and not _is_this_machine(host):
        hint = "A token that is sent in clear is anybody's."
        raise refusal(address[:200], expected="https", found="http to another machine", hint=hint)
    return f"{parts.scheme}://{parts.netloc.lower()}", folders[1] if folders else None


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _opener(origin: str) -> OpenerDirector:
    """Return what opens addresses; what is for this machine is handed to no proxy."""
    host = urlsplit(origin).hostname or ""
    return build_opener(_Stays, *([ProxyHandler({})] if _is_this_machine(host) else []))


def _read(origin: str, content: bytes) -> Any:
    try:
        return json.loads(content) if len(content) <= LARGEST_ANSWER else None
    except ValueError as error:
        raise refusal(origin, expected="an answer in JSON", found="something else", hint=_NO_PORTAL) from error


_NO_PORTAL = "Is this the address of a portal of Assay?"


def _refused(origin: str, status: int, content: bytes) -> AssayError:
    """Make of an answer that says no the error that the same action gives on this machine."""
    if status == 401:
        hint = f"It has expired or was revoked. Make another on the account page, then: assay login {origin}"
        return refusal(origin, expected="a token that is good", found="one that opens nothing", hint=hint)
    if 300 <= status < 400:
        return refusal(origin, expected="an answer", found="the way to another address", hint=_NO_PORTAL)
    told = _told(content)
    faults = [Fault(Place(f["where"]), f["expected"], f["found"], f["hint"]) for f in told.get("faults", ())]
    kind = Denied if status == 403 else AssayError
    if faults:
        return kind(*faults)
    return kind(Fault(Place(origin), "what was asked for", str(told.get("detail", f"status {status}"))))


def _told(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except ValueError:
        return {}
    if not isinstance(told, dict):
        return {}
    listed = told.get("faults")
    faults = [fault for fault in listed if _is_fault(fault)] if isinstance(listed, list) else []
    return {**told, "faults": faults}


def _is_fault(told: object) -> bool:
    names = ("where", "expected", "found", "hint")
    return isinstance(told, dict) and all(isinstance(told.get(name), str) for name in names)
