"""Asking: record a request, cancel one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from assay.actions.home import Home
from assay.base.errors import Place, raise_faults, refusal
from assay.base.roles import Action
from assay.discovery.requests import RequestForm, Surroundings, read_request, request_digest
from assay.discovery.texts import TEXT, normal_text, text_fault
from assay.lifecycle.record import Record, Request
from assay.lifecycle.statements import Kind, Meant


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was recorded: its id, and what was asked."""

    id: str
    form: RequestForm


def new_request(home: Home, given: Mapping[str, Any], *, is_new_product: bool = False) -> Asked:
    """Record a request; it takes all that is needed to work on it, or nothing.

    Args:
        home: the asker's.
        given: what was filled in, as `read_request` takes it.
        is_new_product: whether it is asked of a product that is not there yet.

    Raises:
        AssayError: the person may not ask, fields have faults (all of them, each named by its field), or somebody
            recorded something at the same moment.
    """
    form = check_request(home, given, is_new_product=is_new_product)
    loaded = home.load()
    request_id = next_id("Q", loaded.record.requests)
    subject = Meant(f"request:{request_id}", request_digest(form))
    home.say(home.statement(Kind.REQUESTED, subjects=(subject,), details=form.fields()), after=loaded.head)
    return Asked(request_id, form)


def check_request(home: Home, given: Mapping[str, Any], *, is_new_product: bool = False) -> RequestForm:
    """Read what somebody filled in, and record nothing; raises as `new_request` does."""
    home.authorised(Action.REQUEST_NEW)
    record = home.load().record
    around = Surroundings(known_products(home, record), record.releases, home.now().date(), is_new_product)
    return read_request(given, around)


def known_products(home: Home, record: Record) -> tuple[str, ...]:
    """Return the products that can be asked of: those of the project, and those that a standing request began."""
    begun = {request.product for request in record.requests.values() if request.cancelled is None}
    return tuple(sorted({*home.project.products, *begun}))


def cancel_request(home: Home, request_id: str, reason: str) -> None:
    """Cancel a request, with the reason.

    Raises:
        AssayError: no such request, one that is cancelled already or that a release answers, or a reason that is
            none or cannot be kept.
    """
    home.authorised(Action.REQUEST_CANCEL)
    record = home.load().record
    request = request_named(record.requests, request_id)
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
    fault = text_fault(normal_text(reason), TEXT, Place(f"{request_id}: reason"), "a reason")
    raise_faults([fault] if fault else [])
    subject = Meant(f"request:{request_id}", request.digest)
    home.say(home.statement(Kind.CANCELLED, subjects=(subject,), reason=normal_text(reason)))


def request_named(requests: Mapping[str, Request], request_id: str) -> Request:
    """Find a request; the error names the newest that there are."""
    found = requests.get(request_id)
    if found is None:
        newest = tuple(requests)[-_NAMED:]
        earlier = f"{len(requests) - len(newest):,} earlier ones, " if len(requests) > len(newest) else ""
        hint = f"Requests: {earlier}{', '.join(newest) or 'none yet'}."
        raise refusal(request_id, expected="a request of this project", found="none", hint=hint)
    return found


_NAMED = 20
"""So many are named to whoever asked for one that there is not."""


def next_id(letter: str, taken: Iterable[str]) -> str:
    """Return the id after the highest one taken: ``Q-0001``, ``Q-0002``; ids of another form are passed over."""
    numbers = (name.removeprefix(f"{letter}-") for name in taken if name.startswith(f"{letter}-"))
    highest = max((int(number) for number in numbers if number.isdecimal()), default=0)
    return f"{letter}-{highest + 1:04d}"
