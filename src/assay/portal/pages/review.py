"""Review and accept: what waits for somebody, everything there is to look at, and their answer.

Each part that can be opened has an address of its own, so that the portal knows what was opened and what was not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, Response

from assay.actions.again import asks_again
from assay.actions.home import Home, release_named
from assay.actions.items import Asked, Item
from assay.actions.preview import Preview, Wish, preview
from assay.actions.review import Review, review
from assay.actions.row_comparison import compare_rows
from assay.actions.shown import Opened
from assay.actions.signoff import Choice, sign_off
from assay.base.canonical import Digest
from assay.base.errors import AssayError, Denied, Fault, ReauthenticationNeeded, refusal
from assay.comparison.results import Comparison
from assay.lifecycle.gates import gate_named
from assay.lifecycle.record import Release
from assay.lifecycle.subjects import SubjectKind
from assay.portal.access import NotFound, OwnForm, SignedIn, Visitor, text, texts
from assay.portal.answers import go, page, titles_of
from assay.portal.once import once
from assay.portal.security import DASHBOARD_POLICY
from assay.portal.sign_in import provider_of
from assay.portal.view import new_form_id
from assay.portal.wishes import Asking, asking

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One gate with all the items that wait at it for the person who looks: one form, one answer.

    Attributes:
        asks_again: whether they will have to show anew who they are before they accept.
        on_behalf_of: e-mail of the absent person for whom they would answer; empty where it is their own.
        instead: why it is theirs then, as a sentence; empty where it is their own.
    """

    gate: str
    words: str
    environment: str | None
    asks_again: bool
    on_behalf_of: str
    instead: str
    rows: tuple[tuple[Item, Asked], ...]

    @property
    def seen(self) -> str:
        """What the form brings back, to compare with how things stand when it is sent."""
        return json.dumps({key: digest for item, _ in self.rows for key, digest in item.seen.items()})


@router.get("/p/{project}/releases/{release}/review")
def show(request: Request, who: SignedIn, project: str, release: str, gate: str = "") -> Response:
    """Show what waits for somebody in a release."""
    return _page(request, who, who.home(project), release, gate=gate)


@router.post("/p/{project}/releases/{release}/review")
def answer(request: Request, who: SignedIn, form: OwnForm, project: str, release: str) -> Response:
    """Accept or reject what somebody chose at one gate; nothing is signed unless all of it can be."""
    with once(who.portal, text(form, "form")) as led:
        return go(led) if led is not None else _answered(request, who, form, project, release)


def _answered(request: Request, who: Visitor, form: FormData, project: str, release: str) -> Response:
    home = who.home(project)
    gate, subjects = text(form, "gate"), texts(form, "subject")
    choice = Choice(
        gate=gate,
        subjects=subjects,
        rejects=text(form, "answer") == "reject",
        reason=text(form, "reason"),
        opened=_opened(who, home, release, subjects),
        seen=_seen(form),
        on_behalf_of=text(form, "for"),
    )
    try:
        _check(form, subjects)
        sign_off(home, release, choice)
    except (Denied, ReauthenticationNeeded):
        raise
    except AssayError as error:
        return _page(request, who, home, release, gate=gate, faults=error.faults, typed=form)
    leads_to = f"/p/{project}/releases/{release}/review?done={'rejected' if choice.rejects else 'accepted'}"
    who.portal.forms.send(text(form, "form"), leads_to, who.portal.clock.now())
    return go(leads_to)


@router.get("/p/{project}/releases/{release}/review/{part}")
def look(request: Request, who: SignedIn, project: str, release: str, part: str, subject: str = "") -> Response:
    """Show one part of one subject, and remember that it was opened."""
    home = who.home(project)
    found = review(home, release)
    item = next((one for one in found.items if one.subject.id == subject), None)
    if item is None or part not in parts_of(item):
        raise NotFound
    wish = asking(request.query_params)
    rows, faults = _rows(home, item, wish) if part == Opened.PREVIEW else (None, ())
    compared = _compared(home, found.release, item) if part == Opened.COMPARISON else None
    who.portal.looks.note(who.principal.key, home.project.name, release, subject, part, who.portal.clock.now())
    return page(
        who, home, "look.html.j2", "releases",
        release=found.release, item=item, part=part, wish=wish, rows=rows, compared=compared, faults=faults,
        parts=parts_of(item),
        pager=lambda number: str(request.url.include_query_params(page=number)),
    )  # fmt: skip


@router.get("/p/{project}/pages/{environment}/{product}/{name}")
def published(who: SignedIn, project: str, environment: str, product: str, name: str) -> Response:
    """Give a published dashboard, in a sandbox of its own."""
    home = who.home(project)
    content = home.pages.read(f"{environment}/{product}/{name}") if _is_plain(environment, product, name) else None
    if content is None:
        raise NotFound
    return HTMLResponse(content, headers={"Content-Security-Policy": DASHBOARD_POLICY, "X-Frame-Options": "SAMEORIGIN"})


def parts_of(item: Item) -> tuple[Opened, ...]:
    """Return what can be opened of an item, in the order in which it is looked at."""
    there = {
        Opened.CONTRACT: bool(item.contracts),
        Opened.CHECKS: bool(item.measured),
        Opened.COMPARISON: item.numbers is not None,
        Opened.PREVIEW: item.subject.kind is SubjectKind.DATASET,
        Opened.DASHBOARD: item.page is not None,
    }
    return tuple(part for part, is_there in there.items() if is_there)


def _page(
    request: Request, who: Visitor, home: Home, release: str, *, gate: str = "",
    faults: Sequence[Fault] = (), typed: FormData | None = None,
) -> Response:  # fmt: skip
    found = review(home, release)
    return page(
        who, home, "review.html.j2", "releases", 409 if faults else 200,
        it=found,
        release=release_named(home.load().record, release),
        title=titles_of(home).get(found.release.product, found.release.product),
        sheets=_sheets(home, found, gate),
        oidc=provider_of(who),
        parts={item.subject.id: parts_of(item) for item in found.items},
        opened=who.portal.looks.of(who.principal.key, home.project.name, release),
        form_id=new_form_id(),
        faults=faults,
        typed=typed or {},
        typed_subjects=texts(typed, "subject") if typed is not None else (),
        done=request.query_params.get("done", ""),
    )  # fmt: skip


def _sheets(home: Home, found: Review, first: str) -> list[Sheet]:
    """Put what waits into one form a gate and absent person, the gate that was asked for first."""
    rows: dict[tuple[str, str], list[tuple[Item, Asked]]] = {}
    for item in found.items:
        for asked in item.asked:
            rows.setdefault((asked.gate, asked.on_behalf_of), []).append((item, asked))
    sheets = [_sheet(home, gate, tuple(at)) for (gate, _), at in rows.items()]
    return sorted(sheets, key=lambda sheet: sheet.gate != first)


def _sheet(home: Home, name: str, rows: tuple[tuple[Item, Asked], ...]) -> Sheet:
    gate, asked = gate_named(home.table, name), rows[0][1]
    return Sheet(
        name, asked.words, asked.environment, gate is not None and asks_again(home, gate), asked.on_behalf_of,
        asked.instead, rows,
    )  # fmt: skip


def _opened(who: Visitor, home: Home, release: str, subjects: Sequence[str]) -> dict[str, tuple[Opened, ...]]:
    looks = who.portal.looks.of(who.principal.key, home.project.name, release)
    return {subject: tuple(part for part in Opened if part in looks.get(subject, ())) for subject in subjects}


def _seen(form: FormData) -> Mapping[str, Digest]:
    """Read what the page showed; what is no such thing shows nothing, and so nothing can be signed with it."""
    try:
        told = json.loads(text(form, "seen"))
    except (ValueError, RecursionError):
        return {}
    return {str(key): Digest(str(digest)) for key, digest in told.items()} if isinstance(told, dict) else {}


def _check(form: FormData, subjects: Sequence[str]) -> None:
    """Refuse an answer about nothing, or that is neither yes nor no; an empty list would mean everything."""
    if not subjects:
        raise refusal("what it is about", expected="at least one item", found="none chosen")
    if text(form, "answer") not in ("accept", "reject"):
        raise refusal("answer", expected="accept or reject", found="neither")


def _rows(home: Home, item: Item, wish: Asking) -> tuple[Preview | None, Sequence[Fault]]:
    environment = next((asked.environment for asked in item.asked if asked.environment), "dev")
    product, _, dataset = item.subject.name.partition("/")
    try:
        return preview(home, product, dataset, environment, wish.wish()), ()
    except AssayError as error:
        faults = error.faults
    try:
        return preview(home, product, dataset, environment, Wish()), faults
    except AssayError:
        return None, faults


def _compared(home: Home, release: Release, item: Item) -> Comparison | None:
    """Compare row by row with the released version; where that cannot be done the numbers stand alone."""
    try:
        return compare_rows(home, release, item.subject)
    except AssayError:
        return None


_LONGEST_NAME = 200
"""Of an environment, a product or a page; file systems take little more."""


def _is_plain(*names: str) -> bool:
    return all(
        0 < len(name) <= _LONGEST_NAME and name.replace("-", "").replace("_", "").replace(".html", "").isalnum()
        for name in names
    )
