"""Audit: the ledger by person, product and gate; verified, and taken along as a file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from assay.actions.audit import audit, audit_csv, ledger_file, verification
from assay.actions.home import Home
from assay.actions.trail import Trail, Wanted
from assay.base.errors import AssayError, Fault, Place, raise_faults
from assay.base.roles import Action, may
from assay.identity.denying import list_denials
from assay.lifecycle.statements import Kind
from assay.portal.access import NotFound, OwnForm, SignedIn, Visitor
from assay.portal.answers import page, titles_of
from assay.portal.choosing import choice_of, meant

router = APIRouter()
_FIELDS = ("person", "product", "gate", "kind", "since", "until", "q")


@router.get("/p/{project}/audit")
def show(request: Request, who: SignedIn, project: str, before: str = "") -> Response:
    """Show the ledger's newest rows, or those that were looked for."""
    return _page(request, who, who.home(project), before)


@router.post("/p/{project}/audit/verify")
def verify(request: Request, who: SignedIn, form: OwnForm, project: str) -> Response:
    """Verify every link and signature, and say what was found."""
    home = who.home(project)
    return _page(request, who, home, "", verified=verification(home))


@router.get("/p/{project}/audit.csv")
def rows(request: Request, who: SignedIn, project: str) -> Response:
    """Give the rows that were looked for as CSV."""
    home = who.home(project)
    lines = audit_csv(home, _trail(request, project), _wanted(_typed(request, home)))
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=_saved(f"{project}-audit.csv"))


@router.get("/p/{project}/ledger.tar")
def ledger(who: SignedIn, project: str) -> Response:
    """Give the whole ledger as one file, which verifies anywhere."""
    content = ledger_file(who.home(project))
    return Response(content, media_type="application/x-tar", headers=_saved(f"{project}-ledger.tar"))


@router.get("/p/{project}/denials")
def denials(who: SignedIn, project: str) -> Response:
    """Show what the portal denied to whom."""
    home = who.home(project)
    found = list_denials(who.portal.identity, who.caller(home), who.portal.clock.now(), limit=500)
    return page(who, home, "denials.html.j2", "audit", denials=found)


def _page(request: Request, who: Visitor, home: Home, before: str, **values: Any) -> Response:
    typed = _typed(request, home)
    faults: tuple[Fault, ...] = ()
    try:
        wanted = _wanted(typed)
    except AssayError as error:
        wanted, faults = Wanted(), error.faults
    start = int(before) if before.isascii() and before.isdecimal() and len(before) < 12 else None
    found = audit(home, _trail(request, home.project.name), wanted, start)
    assert home.person is not None
    return page(
        who, home, "audit.html.j2", "audit", 409 if faults else 200,
        found=found, typed=typed, faults=faults, people=home.project.roster.people,
        choice=choice_of(titles_of(home), typed["product"]), gates=home.table, kinds=tuple(Kind),
        wrong={fault.where.file for fault in faults},
        csv=str(request.url.replace(path=f"/p/{home.project.name}/audit.csv").remove_query_params("before")),
        older=str(request.url.include_query_params(before=found.before)) if found.before else "",
        may_see_denials=may(home.person, Action.DENIAL_READ), verified=values.get("verified"),
    )  # fmt: skip


def _typed(request: Request, home: Home) -> dict[str, str]:
    """Read what was typed; a product may be named by its title."""
    typed = {name: request.query_params.get(name, "").strip()[:1_000] for name in _FIELDS}
    return {**typed, "product": meant(titles_of(home), typed["product"])}


def _wanted(typed: dict[str, str]) -> Wanted:
    """Read what is looked for; days are whole days in UTC.

    Raises:
        AssayError: a kind that there is not, or no day; all such faults.
    """
    faults: list[Fault] = []
    since, until = (_day(typed[name], name, faults) for name in ("since", "until"))
    kind = next((kind for kind in Kind if kind == typed["kind"]), None)
    if typed["kind"] and kind is None:
        faults.append(Fault(Place("kind"), "a kind of statement", repr(typed["kind"][:40])))
    raise_faults(faults)
    return Wanted(
        typed["person"] or None, typed["product"] or None, typed["gate"] or None, kind,
        since, _day_after(until), typed["q"],
    )  # fmt: skip


def _day(typed: str, name: str, faults: list[Fault]) -> datetime | None:
    try:
        day = date.fromisoformat(typed) if typed else None
    except ValueError:
        faults.append(Fault(Place(name), "a day, as 2026-03-12", repr(typed[:40])))
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None


def _day_after(day: datetime | None) -> datetime | None:
    """Return the next day; None for none, and after the calendar's last one, where nothing comes any more."""
    return day + timedelta(days=1) if day is not None and day.date() < date.max else None


def _trail(request: Request, project: str) -> Trail:
    trail: Trail | None = request.app.state.trails.get(project)
    if trail is None:
        raise NotFound
    return trail


def _saved(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
