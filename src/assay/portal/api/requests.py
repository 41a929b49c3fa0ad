"""Requests: asked for, listed, talked about, cancelled."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from assay.actions.conversation import comment
from assay.actions.request import cancel_request, new_request
from assay.actions.requests import request_line, request_lines
from assay.actions.timeline import timeline
from assay.base.roles import Action
from assay.portal.api.access import ActsOnce, Caller, newest_first, reading
from assay.portal.api.answers import Answer, Conversation, Entry, Recorded, Request, RequestLine, Requests

router = APIRouter(prefix="/projects/{project}/requests")
LARGEST_PAGE = 500
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE)]


class NewRequest(Answer):
    """What is asked: the fields by name, as in a file for ``assay request new --file``."""

    model_config = ConfigDict(extra="forbid")

    fields: dict[str, Any] = Field(description="title, product, question, deliverable, audience, needed_by and others")
    is_new_product: bool = False


class NewComment(Answer):
    """What is said; markup is text."""

    model_config = ConfigDict(extra="forbid")

    text: str


class Reason(Answer):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    reason: str


@router.get("")
def list_requests(who: Caller, project: str, before: str = "", limit: Limit = 100) -> Requests:
    """List the requests and what became of each, newest first."""
    lines, rest = newest_first(request_lines(reading(who, project)), lambda line: line.request.id, before, limit)
    return Requests(requests=tuple(RequestLine.of(line) for line in lines), before=rest)


@router.post("", status_code=201)
def ask(who: Caller, project: str, asked: NewRequest, once: ActsOnce) -> Request:
    """Record a request whole, or nothing; each fault is named by its field."""
    home = who.home(project)

    def do() -> tuple[str, ...]:
        return (new_request(home, asked.fields, is_new_product=asked.is_new_product).id,)

    (name,) = once(asked).act(home, Action.REQUEST_NEW, do)
    return Request.of(home.load().record.requests[name])


@router.get("/{name}")
def show(who: Caller, project: str, name: str) -> Conversation:
    """Tell a request whole, with its conversation."""
    home = reading(who, project)
    entries = tuple(Entry.of(entry) for entry in timeline(home, name))
    return Conversation(line=RequestLine.of(request_line(home, name)), entries=entries)


@router.post("/{name}/comments", status_code=201)
def say(who: Caller, project: str, name: str, said: NewComment, once: ActsOnce) -> Recorded:
    """Comment on a request or a release; the answer names the comment's statement."""
    home = who.home(project)
    (digest,) = once(said).act(home, Action.COMMENT, lambda: (comment(home, name, said.text).digest,))
    return Recorded(name=digest)


@router.post("/{name}/cancel")
def cancel(who: Caller, project: str, name: str, why: Reason, once: ActsOnce) -> Recorded:
    """Cancel a request, with the reason."""
    home = who.home(project)

    def do() -> tuple[str, ...]:
        cancel_request(home, name, why.reason)
        return (name,)

    once(why).act(home, Action.REQUEST_CANCEL, do)
    return Recorded(name=name)
