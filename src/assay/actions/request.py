"""Asking: record a request, cancel one."""

from __future__ import annotations

from collections.abc import Iterable

from assay.actions.home import Home
from assay.base.errors import refusal
from assay.base.roles import Action
from assay.discovery.requests import RequestForm, request_digest
from assay.lifecycle.record import Request
from assay.lifecycle.statements import Kind, Meant


def new_request(home: Home, form: RequestForm) -> str:
    """Record a request and return its id.

    Raises:
        AssayError: the person may not ask, or it follows a release that does not exist.
    """
    home.authorised(Action.REQUEST_NEW)
    loaded = home.load()
    record = loaded.record
    if form.follows is not None and form.follows not in record.releases:
        raise refusal("request", expected="to follow a release of this project", found=form.follows)
    request_id = next_id("Q", record.requests)
    subject = Meant(f"request:{request_id}", request_digest(form))
    home.say(home.statement(Kind.REQUESTED, subjects=(subject,), details=form.fields()), after=loaded.head)
    return request_id


def cancel_request(home: Home, request_id: str, reason: str) -> None:
    """Cancel a request, with the reason.

    Raises:
        AssayError: no such request, one that is cancelled already, or no reason.
    """
    home.authorised(Action.REQUEST_CANCEL)
    record = home.load().record
    request = request_named(record.requests.values(), request_id)
    if request.cancelled is not None:
        raise refusal(request_id, expected="a request that stands", found=f"cancelled: {request.cancelled}")
    answer = next((r.id for r in record.releases.values() if request_id in r.requests and r.cancelled is None), None)
    if answer is not None:
        hint = "Cancel the release first, if nobody wants it any more."
        raise refusal(
            request_id, expected="a request that no release answers", found=f"{answer}, which does", hint=hint
        )
    if not reason.strip():
        raise refusal(request_id, expected="a reason", found="none", hint="Say why with --reason.")
    subject = Meant(f"request:{request_id}", request.digest)
    home.say(home.statement(Kind.CANCELLED, subjects=(subject,), reason=reason))


def request_named(requests: Iterable[Request], request_id: str) -> Request:
    """Find a request; the error lists those there are."""
    known = {request.id: request for request in requests}
    if request_id not in known:
        hint = f"Requests: {', '.join(known) or 'none yet'}."
        raise refusal(request_id, expected="a request of this project", found="none", hint=hint)
    return known[request_id]


def next_id(letter: str, taken: Iterable[str]) -> str:
    """Return the id after the highest one taken: ``Q-0001``, ``Q-0002``; ids of another form are passed over."""
    numbers = (name.removeprefix(f"{letter}-") for name in taken if name.startswith(f"{letter}-"))
    highest = max((int(number) for number in numbers if number.isdecimal()), default=0)
    return f"{letter}-{highest + 1:04d}"
