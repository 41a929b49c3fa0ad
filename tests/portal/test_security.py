"""The outermost layer: what is cut off on its way is nothing that was sent."""

from __future__ import annotations

from anyio.from_thread import start_blocking_portal
from starlette.types import Message, Receive, Scope, Send

from assay.portal.security import Guard

SCOPE: Scope = {"type": "http", "method": "POST", "path": "/p/town/requests"}
FIRST: Message = {"type": "http.request", "body": b"csrf=1&text=Do not re", "more_body": True}
LAST: Message = {"type": "http.request", "body": b"lease it", "more_body": False}
GONE: Message = {"type": "http.disconnect"}


def passed_on(*messages: Message) -> list[bytes]:
    """Return the bodies that reach the application when these messages come."""
    waiting, reached = list(messages), list[bytes]()

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        assert message["type"].startswith("http.response.")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append((await receive())["body"])

    with start_blocking_portal() as loop:  # of a thread of its own: in this one the browser's loop may run
        loop.call(Guard(app, is_https=False), SCOPE, receive, send)
    return reached


def test_a_body_that_comes_in_parts_is_passed_on_whole() -> None:
    assert passed_on(FIRST, LAST) == [b"csrf=1&text=Do not release it"]


def test_a_body_whose_sender_is_gone_before_its_end_is_not_passed_on() -> None:
    assert passed_on(FIRST, GONE) == []
