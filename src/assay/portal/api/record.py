"""The record: the ledger's rows, its verification, and the whole of it as one file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from assay.actions.audit import audit, ledger_file, verification
from assay.actions.trail import Trail, Wanted
from assay.lifecycle.statements import Kind
from assay.portal.access import NotFound
from assay.portal.api.access import Caller
from assay.portal.api.answers import Answer
from assay.portal.api.look_answers import AuditPage, Verification
from assay.portal.api.requests import Limit

router = APIRouter(prefix="/projects/{project}")
TAR = "application/x-tar"
LAST_DAY = date(9999, 12, 30)
"""There has to be a day after it."""


class Search(Answer):
    """What is looked for in the ledger; days are whole days in UTC, the last one included."""

    person: str | None = None
    product: str | None = None
    gate: str | None = None
    kind: Kind | None = None
    since: Annotated[date | None, Query(le=LAST_DAY)] = None
    until: Annotated[date | None, Query(le=LAST_DAY)] = None
    text: str = ""
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None
    limit: Limit = 100

    @property
    def wanted(self) -> Wanted:
        """The same for the action."""
        until = None if self.until is None else _start(self.until) + timedelta(days=1)
        since = None if self.since is None else _start(self.since)
        return Wanted(self.person, self.product, self.gate, self.kind, since, until, self.text)


@router.get("/audit")
def rows(request: Request, who: Caller, project: str, search: Annotated[Search, Query()]) -> AuditPage:
    """Tell the ledger's newest rows, or those that are looked for."""
    home = who.home(project)
    trail: Trail | None = request.app.state.trails.get(project)
    if trail is None:
        raise NotFound
    return AuditPage.of(audit(home, trail, search.wanted, search.before, search.limit))


@router.get("/ledger", response_class=Response, responses={200: {"content": {TAR: {}}}})
def ledger(who: Caller, project: str) -> Response:
    """Give the whole ledger as one file, which verifies anywhere."""
    name = f'attachment; filename="{project}-ledger.tar"'
    return Response(ledger_file(who.home(project)), media_type=TAR, headers={"Content-Disposition": name})


@router.get("/ledger/verification")
def verify(who: Caller, project: str) -> Verification:
    """Verify every link and signature anew."""
    return Verification.of(verification(who.home(project)))


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
