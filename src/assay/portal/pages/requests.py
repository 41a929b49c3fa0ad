"""Requests: ask in words of the business, see what became of it, and talk about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, Response

from assay.actions.conversation import comment
from assay.actions.home import Home
from assay.actions.releases import let_look
from assay.actions.request import cancel_request, known_products, new_request
from assay.actions.requests import Became, Sought, Which, request_line, requests_page
from assay.actions.timeline import timeline
from assay.base.errors import AssayError, Denied, Fault, Place, raise_faults
from assay.base.roles import Action, may
from assay.discovery.fields import FIELDS, RequestField
from assay.portal.access import OwnForm, SignedIn, Visitor, text
from assay.portal.answers import go, page, titles_of
from assay.portal.choosing import choice_of, known, meant
from assay.portal.once import once
from assay.portal.turning import page_number, turn_to
from assay.portal.view import new_form_id, render

router = APIRouter()
NEW_PRODUCT = "(new)"
"""Chosen in the list of products for one that is not there yet; its name is typed beside."""

_LOOKED_FOR = ("which", "product", "q", "page")


@router.get("/p/{project}/requests")
def requests(request: Request, who: SignedIn, project: str) -> Response:
    """List what was asked and what became of it."""
    home = who.home(project)
    typed = {name: request.query_params.get(name, "").strip()[:1_000] for name in _LOOKED_FOR}
    titles = _askable(home)
    faults: tuple[Fault, ...] = ()
    try:
        sought, number = _sought(titles, typed)
    except AssayError as error:
        sought, number, faults = Sought(), 1, error.faults
    return page(
        who, home, "requests.html.j2", "requests", 409 if faults else 200,
        found=requests_page(home, sought, number), which=sought.which, faults=faults, typed=typed,
        choice=choice_of(titles, typed["product"]), turn=turn_to({**typed, "which": sought.which}),
        tab=turn_to({**typed, "page": ""}, "which"),
        titles=titles, may_ask=_may(home, Action.REQUEST_NEW),
    )  # fmt: skip


def _sought(titles: Mapping[str, str], typed: Mapping[str, str]) -> tuple[Sought, int]:
    """Read what is looked for, and the number of the page.

    Raises:
        AssayError: a state, a product or a page that there is not; all such faults.
    """
    faults: list[Fault] = []
    product, number = None, 1
    which = next((each for each in Which if each == (typed["which"] or Which.OPEN)), None)
    if which is None:
        faults.append(Fault(Place("which"), f"one of {', '.join(Which)}", repr(typed["which"][:40])))
    try:
        product = known(titles, typed["product"])
    except AssayError as error:
        faults += error.faults
    try:
        number = page_number(typed["page"])
    except AssayError as error:
        faults += error.faults
    raise_faults(faults)
    return Sought(which or Which.OPEN, product, typed["q"]), number


def _askable(home: Home) -> dict[str, str]:
    """Return what can be asked of, by name: with its title, or the name where a request began it."""
    titles = titles_of(home)
    return {name: titles.get(name, name) for name in known_products(home, home.load().record)}


@router.get("/p/{project}/products")
def products(who: SignedIn, project: str, product: str = "") -> Response:
    """Offer the products whose name or title fits what somebody types."""
    home = who.home(project)
    let_look(home)
    choice = choice_of(_askable(home), product.strip()[:1_000])
    return HTMLResponse(render("products.html.j2", who.csrf, {"choice": choice}))


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
    home = who.home(project)
    given = _given(form, _askable(home))
    is_new = text(form, "product") == NEW_PRODUCT or bool(not text(form, "product") and text(form, "new_product"))
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


def _given(form: FormData, titles: Mapping[str, str]) -> dict[str, Any]:
    """Read the fields as they were typed; the criteria stand one a line."""
    given: dict[str, Any] = {str(field): text(form, str(field)) or None for field in RequestField}
    criteria = text(form, str(RequestField.ACCEPTANCE)).split("\n")
    given[str(RequestField.ACCEPTANCE)] = [line.strip() for line in criteria if line.strip()]
    product = text(form, "product")
    is_new = product in ("", NEW_PRODUCT)
    given[str(RequestField.PRODUCT)] = text(form, "new_product") or None if is_new else meant(titles, product)
    return given


def _form(who: Visitor, home: Home, given: Mapping[str, Any], faults: Sequence[Fault] = ()) -> Response:
    titles = _askable(home)
    beside: dict[str, list[Fault]] = {}
    for fault in faults:
        beside.setdefault(fault.where.file, []).append(fault)
    return page(
        who, home, "request_new.html.j2", "requests", 409 if faults else 200,
        given={name: value for name, value in given.items() if value is not None},
        fields=FIELDS, beside=beside, form_id=new_form_id(), NEW_PRODUCT=NEW_PRODUCT,
        choice=choice_of(titles, "" if given.get("is_new") else given.get("product") or ""),
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
