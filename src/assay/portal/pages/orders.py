"""Orders: the release manager signs, or goes back; the files for the node are given out; a release is cancelled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from assay.actions.home import Home
from assay.actions.open_release import cancel_release
from assay.actions.order_sheet import Answered, OrderSheet, order_sheet, rollback_sheet
from assay.actions.ship import order_release, order_rollback, seal_bundle
from assay.actions.shipment import newest_shipment, shipment
from assay.actions.shown import Opened
from assay.base.errors import AssayError, Denied, Fault, ReauthenticationNeeded
from assay.base.roles import Action, may
from assay.lifecycle.statements import Kind
from assay.portal.access import NotFound, OwnForm, SignedIn, Visitor, text
from assay.portal.answers import go, page, titles_of
from assay.portal.api.record import saved
from assay.portal.once import once
from assay.portal.sign_in import provider_of
from assay.portal.view import new_form_id

router = APIRouter()
_PASSED_ON = (Denied, ReauthenticationNeeded)
"""What the application answers the same way for every page."""


@router.get("/p/{project}/releases/{release}/order")
def show(who: SignedIn, project: str, release: str) -> Response:
    """Show what the release order would say, or the order that was signed and what to do with it."""
    return _order_page(who, who.home(project), release)


@router.post("/p/{project}/releases/{release}/order")
def order(who: SignedIn, form: OwnForm, project: str, release: str) -> Response:
    """Sign the release order, or say what is missing or has changed since the page was shown."""
    with once(who.portal, text(form, "form")) as led:
        return go(led) if led is not None else _ordered(who, form, project, release)


def _ordered(who: Visitor, form: FormData, project: str, release: str) -> Response:
    home = who.home(project)
    try:
        order_release(home, release, _opened(who, home, release), _seen(form))
    except _PASSED_ON:
        raise
    except AssayError as error:
        return _order_page(who, home, release, error.faults)
    return _sent(who, form, f"/p/{project}/releases/{release}/order")


@router.get("/p/{project}/releases/{release}/order.tar")
def order_file(who: SignedIn, project: str, release: str) -> Response:
    """Give the release order as the file for the node."""
    return saved(newest_shipment(who.home(project), release, Kind.ORDERED), f"{release}.order.tar")


@router.get("/p/{project}/releases/{release}/order/{part}")
def look(who: SignedIn, project: str, release: str, part: str) -> Response:
    """Show one part of what the order rests on, and remember that it was opened."""
    home = who.home(project)
    sheet = order_sheet(home, release)
    if part not in _parts(sheet):
        raise NotFound
    subject, now = f"release:{release}", who.portal.clock.now()
    who.portal.looks.note(who.principal.key, home.project.name, release, subject, part, now)
    return page(who, home, "order_look.html.j2", "releases", it=sheet, part=part, title=_title(home, sheet))


@router.post("/p/{project}/releases/{release}/bundle")
def bundle(who: SignedIn, form: OwnForm, project: str, release: str) -> Response:
    """Seal the bundle and give it as the file for the node; twice is the same file."""
    home = who.home(project)
    return saved(shipment(home, seal_bundle(home, release)), f"{release}.bundle.tar")


@router.post("/p/{project}/releases/{release}/cancel")
def cancel(who: SignedIn, form: OwnForm, project: str, release: str) -> Response:
    """Cancel a release, with the reason; what was signed for it still counts for the next one."""
    with once(who.portal, text(form, "form")) as led:
        if led is not None:
            return go(led)
        cancel_release(who.home(project), release, text(form, "reason"))
        return _sent(who, form, f"/p/{project}/releases/{release}")


@router.get("/p/{project}/releases/{release}/rollback")
def show_rollback(who: SignedIn, project: str, release: str) -> Response:
    """Show what a rollback would bring back, or the order that was signed and what to do with it."""
    return _rollback_page(who, who.home(project), release)


@router.post("/p/{project}/releases/{release}/rollback")
def roll_back(who: SignedIn, form: OwnForm, project: str, release: str) -> Response:
    """Sign the order to go back to the release before, with the reason."""
    with once(who.portal, text(form, "form")) as led:
        return go(led) if led is not None else _rolled_back(who, form, project, release)


def _rolled_back(who: Visitor, form: FormData, project: str, release: str) -> Response:
    home, reason = who.home(project), text(form, "reason")
    found = home.load().record.releases.get(release)
    try:
        order_rollback(home, found.product if found else "", reason, served=release)
    except _PASSED_ON:
        raise
    except AssayError as error:
        return _rollback_page(who, home, release, error.faults, reason)
    return _sent(who, form, f"/p/{project}/releases/{release}/rollback")


@router.get("/p/{project}/releases/{release}/rollback.tar")
def rollback_file(who: SignedIn, project: str, release: str) -> Response:
    """Give the order to roll a release back as the file for the node."""
    return saved(newest_shipment(who.home(project), release, Kind.ROLLBACK_ORDERED), f"{release}.rollback.tar")


def _order_page(who: Visitor, home: Home, release: str, faults: Sequence[Fault] = ()) -> Response:
    sheet = order_sheet(home, release)
    return page(
        who, home, "order.html.j2", "releases", 409 if faults else 200,
        it=sheet, title=_title(home, sheet), answers=_by_gate(sheet.answered), seen=json.dumps(dict(sheet.seen)),
        parts=_parts(sheet), opened=_opened(who, home, release), form_id=new_form_id(), faults=faults,
        oidc=provider_of(who), may_import=_may(home, Action.LEDGER_IMPORT),
    )  # fmt: skip


def _rollback_page(who: Visitor, home: Home, release: str, faults: Sequence[Fault] = (), reason: str = "") -> Response:
    sheet = rollback_sheet(home, release)
    return page(
        who, home, "rollback.html.j2", "releases", 409 if faults else 200,
        it=sheet, title=titles_of(home).get(sheet.release.product, sheet.release.product), reason=reason,
        form_id=new_form_id(), faults=faults, oidc=provider_of(who), may_import=_may(home, Action.LEDGER_IMPORT),
    )  # fmt: skip


def _sent(who: Visitor, form: FormData, leads_to: str) -> Response:
    """Lead on, and remember that this form was sent."""
    who.portal.forms.send(text(form, "form"), leads_to, who.portal.clock.now())
    return go(leads_to)


def _parts(sheet: OrderSheet) -> tuple[Opened, ...]:
    """Return what can be opened before a release order is signed."""
    there = {Opened.ACCEPTANCES: sheet.answered, Opened.COMPARISON: sheet.comparisons}
    return tuple(part for part, found in there.items() if found)


def _opened(who: Visitor, home: Home, release: str) -> tuple[Opened, ...]:
    looks = who.portal.looks.of(who.principal.key, home.project.name, release).get(f"release:{release}", frozenset())
    return tuple(part for part in Opened if part in looks)


def _seen(form: FormData) -> Mapping[str, str]:
    """Read what the page showed; what is no such thing shows nothing, and so nothing can be signed with it."""
    try:
        told = json.loads(text(form, "seen"))
    except (ValueError, RecursionError):
        return {}
    return {str(name): str(shown) for name, shown in told.items()} if isinstance(told, dict) else {}


def _by_gate(answered: Sequence[Answered]) -> dict[str, tuple[Answered, ...]]:
    """Return the answers by the gate's title, in the order of the process."""
    titles = dict.fromkeys(each.title for each in answered)
    return {title: tuple(each for each in answered if each.title == title) for title in titles}


def _title(home: Home, sheet: OrderSheet) -> str:
    return titles_of(home).get(sheet.release.product, sheet.release.product)


def _may(home: Home, action: Action) -> bool:
    return home.person is not None and may(home.person, action)
