"""Requests: ask in words of the business, see what became of it, and talk about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from assay.actions.conversation import comment
from assay.actions.home import Home
from assay.actions.request import cancel_request, known_products, new_request
from assay.actions.requests import Became, request_line, request_lines
from assay.actions.timeline import timeline
from assay.base.errors import AssayError, Denied, Fault
from assay.base.roles import Action, may
from assay.discovery.fields import FIELDS, RequestField
from assay.portal.access import OwnForm, SignedIn, Visitor, text
from assay.portal.answers import go, page, titles_of
from assay.portal.once import once
from assay.portal.view import new_form_id

router = APIRouter()
NEW_PRODUCT = "(new)"
"""Chosen in the list of products for one that is not there yet; its name is typed beside."""

_OVER = frozenset({Became.DELIVERED, Became.CANCELLED, Became.ROLLED_BACK})


@router.get("/p/{project}/requests")
def requests(who: SignedIn, project: str) -> Response:
    """List what was asked and what became of it."""
    home = who.home(project)
    lines = tuple(reversed(request_lines(home)))
    return page(
        who, home, "requests.html.j2", "requests",
        open=[line for line in lines if line.became not in _OVER],
        over=[line for line in lines if line.became in _OVER],
        titles=titles_of(home), may_ask=_may(home, Action.REQUEST_NEW),
    )  # fmt: skip


@router.get("/p/{project}/requests/new")
def show_form(who: SignedIn, project: str) -> Response:
    """Show the form in which to ask."""
    home = who.home(project)
    home.authorised(Action.REQUEST_NEW)
    return _form(who, home, {})


@router.post("/p/{project}/requests")
def ask(who: SignedIn, form: OwnForm, project: str) -> Response:
    """Record a request whole, or say beside each field what is wrong with it."""
    with once(who.portal, text(form, "form")) as led:
        return go(led) if led is not None else _asked(who, form, project)


def _asked(who: Visitor, form: FormData, project: str) -> Response:
    home, given = who.home(project), _given(form)
    is_new = text(form, "product") == NEW_PRODUCT
    try:
        asked = new_request(home, given, is_new_product=is_new)
    except Denied:
        raise
    except AssayError as error:
        return _form(who, home, {**given, "is_new": is_new}, error.faults)
    leads_to = f"/p/{project}/requests/{asked.id}"
    who.portal.forms.send(text(form, "form"), leads_to, who.portal.clock.now())
    return go(leads_to)


@router.get("/p/{project}/requests/{name}")
def show(who: SignedIn, project: str, name: str) -> Response:
    """Show one request, what became of it and what was said about it."""
    return _request_page(who, who.home(project), name)


@router.post("/p/{project}/requests/{name}/comments")
def say(who: SignedIn, form: OwnForm, project: str, name: str) -> Response:
    """Add to the conversation."""
    with once(who.portal, text(form, "form")) as led:
        return go(led) if led is not None else _said(who, form, project, name)


def _said(who: Visitor, form: FormData, project: str, name: str) -> Response:
    home, said = who.home(project), text(form, "text")
    try:
        comment(home, name, said)
    except Denied:
        raise
    except AssayError as error:
        return _request_page(who, home, name, error.faults, said)
    leads_to = f"/p/{project}/requests/{name}#conversation"
    who.portal.forms.send(text(form, "form"), leads_to, who.portal.clock.now())
    return go(leads_to)


@router.post("/p/{project}/requests/{name}/cancel")
def cancel(who: SignedIn, form: OwnForm, project: str, name: str) -> Response:
    """Cancel a request, with the reason."""
    home, reason = who.home(project), text(form, "reason")
    try:
        cancel_request(home, name, reason)
    except Denied:
        raise
    except AssayError as error:
        return _request_page(who, home, name, error.faults, reason=reason)
    return go(f"/p/{project}/requests/{name}")


def _given(form: FormData) -> dict[str, Any]:
    """Read the fields as they were typed; the criteria stand one a line."""
    given: dict[str, Any] = {str(field): text(form, str(field)) or None for field in RequestField}
    criteria = text(form, str(RequestField.ACCEPTANCE)).split("\n")
    given[str(RequestField.ACCEPTANCE)] = [line.strip() for line in criteria if line.strip()]
    if given[str(RequestField.PRODUCT)] == NEW_PRODUCT:
        given[str(RequestField.PRODUCT)] = text(form, "new_product") or None
    return given


def _form(who: Visitor, home: Home, given: Mapping[str, Any], faults: Sequence[Fault] = ()) -> Response:
    beside: dict[str, list[Fault]] = {}
    for fault in faults:
        beside.setdefault(fault.where.file, []).append(fault)
    return page(
        who, home, "request_new.html.j2", "requests", 409 if faults else 200,
        given={name: value for name, value in given.items() if value is not None},
        fields=FIELDS, beside=beside, form_id=new_form_id(), NEW_PRODUCT=NEW_PRODUCT,
        products=known_products(home, home.load().record), titles=titles_of(home),
    )  # fmt: skip


def _request_page(
    who: Visitor, home: Home, name: str,
    faults: Sequence[Fault] = (), typed: str = "", reason: str = "",
) -> Response:  # fmt: skip
    line = request_line(home, name)
    return page(
        who, home, "request.html.j2", "requests", 409 if faults else 200,
        line=line, said=timeline(home, name), fields=FIELDS, titles=titles_of(home), form_id=new_form_id(),
        faults=faults, typed=typed, reason=reason,
        may_comment=_may(home, Action.COMMENT),
        may_cancel=_may(home, Action.REQUEST_CANCEL) and line.became is Became.RECORDED,
    )  # fmt: skip


def _may(home: Home, action: Action) -> bool:
    return home.person is not None and may(home.person, action)
