"""What every answer says to a browser, how much a request may bring, and how often somebody may ask."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES = 1_000_000
"""The largest form or API call; the longest text that an action takes is a hundredth of it."""

UPLOAD_BYTES = 32_000_000
"""The largest file that is taken in: a node's answers of several years. A larger one is imported at a terminal."""

_UPLOAD = re.compile(r"/p/[^/]+/imports|/api/v1/projects/[^/]+/ledger/imports")
"""The addresses that take files. Their bodies are not held here: they are read once it is known who sends them."""

HEADERS: dict[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Every answer carries these, unless its route says otherwise."""

DASHBOARD_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""A dashboard brings its own scripts. In the sandbox it has an origin of its own: it sees no cookie and can ask
nothing of the portal."""

SECURE = "max-age=31536000; includeSubDomains"


class TooLarge(Exception):
    """A file that is larger than what is taken in."""


class Guard:
    """The outermost layer: bounds what comes in, and sets the headers of what goes out."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self._app = app
        self._headers = HEADERS | ({"Strict-Transport-Security": SECURE} if is_https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; one that brings too much is refused before anything reads it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["method"] == "POST" and _UPLOAD.fullmatch(scope["path"]):
            await self._app(scope, _counted(receive), sending)
            return
        body = await _body(receive)
        if body is None:
            answer = PlainTextResponse(f"A form holds {BODY_BYTES:,} bytes at most. Nothing was recorded.\n", 413)
            await answer(scope, receive, sending)
            return
        await self._app(scope, _replayed(body, receive), sending)


async def _body(receive: Receive) -> bytes | None:
    """Read a request's body; None when it is larger than may be, or whoever sends it is gone before its end."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_BYTES:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _counted(receive: Receive) -> Receive:
    """Give a body as it comes, as long as it is not too large."""
    size = 0

    async def counting() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > UPLOAD_BYTES:
            raise TooLarge
        return message

    return counting


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read to whoever reads it next, and after it what the connection says."""
    given = False

    async def giving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return giving


class Limit:
    """So many attempts a minute for each name; who asks more often waits. Counted in this process alone."""

    def __init__(self, attempts: int, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._attempts = attempts
        self._seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._seen: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, name: str) -> bool:
        """Count an attempt; say whether it is within the limit. What is left grows back evenly."""
        now = self._clock()
        with self._lock:
            left, at = self._seen.pop(name, (float(self._attempts), now))
            left = min(self._attempts, left + (now - at) * self._attempts / self._seconds)
            allowed = left >= 1
            self._seen[name] = (left - 1 if allowed else left, now)
            while len(self._seen) > _NAMES:
                self._seen.popitem(last=False)
        return allowed


_NAMES = 10_000
"""How many names are remembered; the one asked for longest ago is forgotten."""
