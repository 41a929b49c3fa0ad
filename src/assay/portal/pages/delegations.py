"""Delegations: who signs off for somebody who is away; named by them, ended by either of the two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from assay.actions.delegating import Absence, delegable_gates, delegate, delegations_of, end_delegation
from assay.actions.home import Home
from assay.base.errors import AssayError, Denied, Fault, Place, raise_faults
from assay.base.roles import Action, may
from assay.portal.access import OwnForm, SignedIn, Visitor, text, texts
from assay.portal.answers import go, page, titles_of
from assay.portal.once import once
from assay.portal.view import new_form_id

router = APIRouter()
BOXES = 30
"""Up to so many products are ticked in a list; of more the names are typed."""


@router.get("/p/{project}/delegations")
def show(who: SignedIn, project: str) -> Response:
    """Show who signs off for whom, and the form to name somebody."""
    return _page(who, who.home(project))


@router.post("/p/{project}/delegations")
def name_somebody(who: SignedIn, form: OwnForm, project: str) -> Response:
    """Let somebody sign off for whoever sends it, or say all that is wrong with what they want."""
    with once(who.portal, text(form, "form")) as led:
        return go(led) if led is not None else _named(who, form, project)


def _named(who: Visitor, form: FormData, project: str) -> Response:
    home = who.home(project)
    try:
        home.authorised(Action.SIGN_OFF)
        delegate(home, _absence(form))
    except Denied:
        raise
    except AssayError as error:
        return _page(who, home, error.faults, form)
    leads_to = f"/p/{project}/delegations"
    who.portal.forms.send(text(form, "form"), leads_to, who.portal.clock.now())
    return go(leads_to)


@router.post("/p/{project}/delegations/{delegation}/end")
def end(who: SignedIn, form: OwnForm, project: str, delegation: str) -> Response:
    """End a delegation before its last day."""
    home = who.home(project)
    try:
        end_delegation(home, delegation)
    except Denied:
        raise
    except AssayError as error:
        return _page(who, home, error.faults)
    return go(f"/p/{project}/delegations")


def _absence(form: FormData) -> Absence:
    names = (name.strip() for typed in texts(form, "product") for name in typed.split(","))
    faults: list[Fault] = []
    starts, ends = (_day(form, name, faults) for name in ("starts", "ends"))
    raise_faults(faults)
    return Absence(
        to=text(form, "to"), starts=starts, ends=ends, reason=text(form, "reason"),
        products=tuple(name for name in names if name), gates=texts(form, "gate"),
    )  # fmt: skip


def _day(form: FormData, name: str, faults: list[Fault]) -> date:
    """Read a day; what is none is a fault, and stands for no day that anybody means."""
    typed = text(form, name)
    try:
        return date.fromisoformat(typed)
    except ValueError:
        faults.append(Fault(Place(name), "a day, as 2026-03-12", repr(typed[:40]) if typed else "none"))
        return date.min


def _page(who: Visitor, home: Home, faults: Sequence[Fault] = (), typed: FormData | None = None) -> Response:
    assert home.person is not None
    person, products = home.person, titles_of(home)
    others = (each for each in home.project.roster.people if each != person and may(each, Action.SIGN_OFF))
    return page(
        who, home, "delegations.html.j2", "work", 409 if faults else 200,
        lines=delegations_of(home), may_delegate=may(person, Action.SIGN_OFF), others=tuple(others),
        products=products if len(products) <= BOXES else None, titles=products,
        gates=[gate for gate in delegable_gates(home) if gate.roles & person.roles],
        gate_titles={gate.id: f"{gate.per}: {gate.title}" for gate in home.table},
        faults=faults, form_id=new_form_id(), typed=typed or {},
        chosen=frozenset((*texts(typed, "product"), *texts(typed, "gate"))) if typed is not None else frozenset(),
    )  # fmt: skip
