"""The record: the ledger's rows, its verification, the whole or a part of it as a file, and files that are taken in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from assay.actions.audit import audit, ledger_file, statements_file, verification
from assay.actions.receive import receive
from assay.actions.trail import Trail, Wanted
from assay.base.canonical import Digest
from assay.lifecycle.statements import Kind
from assay.portal.access import NotFound
from assay.portal.api.access import Caller
from assay.portal.api.answers import Answer
from assay.portal.api.look_answers import AuditPage, Verification
from assay.portal.api.release_answers import Received
from assay.portal.api.requests import Limit

router = APIRouter(prefix="/projects/{project}")
TAR = "application/x-tar"
LAST_DAY = date(9999, 12, 30)
"""There has to be a day after it."""


MOST = 500
"""So many statements in one file."""

_BODY = {"required": True, "content": {TAR: {}}}
LONGEST_NAME = 200
PLAIN = r"^[^\x00-\x1f\x7f]+$"
"""A name of a file that a line of an error can hold."""


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
    return saved(ledger_file(who.home(project)), f"{project}-ledger.tar")


@router.get("/ledger/statements", response_class=Response, responses={200: {"content": {TAR: {}}}})
def statements(
    who: Caller, project: str, digest: Annotated[list[Digest], Query(min_length=1, max_length=MOST)]
) -> Response:
    """Give some statements, by their digests, as a file for another home: one as its envelope, else an archive."""
    return saved(statements_file(who.home(project), digest), f"{project}-statements.tar")


async def sent_file(request: Request, who: Caller) -> bytes:
    """Read a body that is a file, once it is known who sends it; how large it may be the outermost layer says."""
    return await request.body()


@router.post("/ledger/imports", status_code=201, openapi_extra={"requestBody": _BODY})
def take_in(
    who: Caller, project: str, content: Annotated[bytes, Depends(sent_file)],
    name: Annotated[str, Query(max_length=LONGEST_NAME, pattern=PLAIN)] = "file",
) -> Received:  # fmt: skip
    """Record what a file says that is not here yet, as a node's answer; sending it again changes nothing."""
    return Received.of(receive(who.home(project), content, name))


@router.get("/ledger/verification")
def verify(who: Caller, project: str) -> Verification:
    """Verify every link and signature anew."""
    return Verification.of(verification(who.home(project)))


def saved(content: bytes, name: str) -> Response:
    """Answer with a file to keep."""
    return Response(content, media_type=TAR, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
