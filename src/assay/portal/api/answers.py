"""What the API answers about people, work and requests. Both ends of the wire read these: the portal and the terminal.

An answer has the attributes of the action's own value as far as it is told, under the same names: so one printer
serves both. A field that was told once is never taken away within a version of the API.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict

from assay.actions.requests import Became
from assay.base.canonical import Digest
from assay.base.roles import Action, Role
from assay.lifecycle.gates import Phase
from assay.lifecycle.statements import Kind, Result
from assay.lifecycle.subjects import SubjectKind


class Answer(BaseModel):
    """A value as it is told."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    @classmethod
    def of(cls, value: object) -> Self:
        """Tell a value of an action: what has a field here is taken, all else stays inside."""
        return cls.model_validate(value, from_attributes=True)


class Fault(Answer):
    """One thing that is wrong: the place, what was expected there, what was found, and what to do next."""

    where: Annotated[str, BeforeValidator(str)]
    expected: str
    found: str
    hint: str = ""

    def __str__(self) -> str:
        line = f"{self.where}: expected {self.expected}, found {self.found}"
        return f"{line}. {self.hint}" if self.hint else line


NOT_ANEW = "re-authentication-needed"
"""The code of a refusal by a gate that asks who signs to show anew who they are. A token cannot: in the browser it is
asked for, and a key of one's own is good without."""


class Refusal(Answer):
    """What is answered instead: in a few words, and every fault that was seen; a code where a program can act on it."""

    detail: str
    faults: tuple[Fault, ...] = ()
    code: str = ""


class Person(Answer):
    """Somebody who takes part; their roles are those that count now."""

    email: str
    name: str
    roles: frozenset[Role]


class Project(Answer):
    """A project in which the asker takes part."""

    name: str
    title: str
    person: Person


class Me(Answer):
    """Who asks, and for what their token was made."""

    email: str
    scopes: frozenset[Action]
    projects: tuple[Project, ...]


class Step(Answer):
    """What to do: in words, and the command at a terminal."""

    words: str
    command: str


class Task(Answer):
    """One thing that somebody can do now; ``who`` can, by e-mail, or ``node`` where a machine does it."""

    release: str
    gate: str
    title: str
    subjects: tuple[str, ...]
    step: Step
    who: tuple[str, ...]
    why: str
    on_behalf_of: str = ""
    instead: str = ""


class Subject(Answer):
    """What a gate is asked for."""

    kind: SubjectKind
    name: str
    id: str


class Rejected(Answer):
    """What somebody said no to, and why."""

    subject: Subject
    why: str


class ReleaseName(Answer):
    """Which release."""

    id: str
    product: str


class ReleaseLine(Answer):
    """A release on its way, in a line."""

    release: ReleaseName
    version: str
    change_class: str
    phase: Phase | None
    settled: int
    asked: int
    carried: int
    waits_for: tuple[Task, ...]
    rejections: tuple[Rejected, ...]
    since: datetime


class Run(Answer):
    """A run in production."""

    at: datetime
    result: Result | None


class Served(Answer):
    """What production serves of a product; ``late`` says why it is not newer."""

    product: str
    version: str | None
    release: str | None
    as_of: str | None
    last_run: Run | None
    late: str


class Request(Answer):
    """A request as it was recorded; ``cancelled`` is the reason."""

    id: str
    product: str
    fields: dict[str, Any]
    by: str
    at: datetime
    cancelled: str | None


class Recorded(Answer):
    """What was recorded: a request's id, or a statement's digest."""

    name: str


class Overview(Answer):
    """How everything stands."""

    project: str
    person: Person | None
    mine: tuple[Task, ...]
    releases: tuple[ReleaseLine, ...]
    asked: tuple[Request, ...]
    served: tuple[Served, ...]
    debts: tuple[str, ...]
    faults: tuple[Fault, ...]
    suggestion: Task | None


class Ask(Answer):
    """What is asked of a person, how many minutes it takes, and what happens as long as nobody does it."""

    words: str
    minutes: int
    otherwise: str


class WorkItem(Answer):
    """One thing that waits for the asker."""

    ask: Ask
    task: Task
    product: str
    title: str
    why_me: str
    others: tuple[str, ...]
    by: date | None
    changes: tuple[str, ...]


class Done(Answer):
    """Something that the asker did."""

    words: str
    at: datetime
    release: str | None


class Work(Answer):
    """What waits for the asker, for what they wait, what they did last, and how everything stands."""

    overview: Overview
    items: tuple[WorkItem, ...]
    waits: tuple[Task, ...]
    done: tuple[Done, ...]


class RequestLine(Answer):
    """A request and what became of it."""

    request: Request
    title: str
    became: Became
    words: str
    release: str | None
    needed_by: date | None
    due: str
    is_overdue: bool


class Requests(Answer):
    """Some requests, newest first; ``before`` is given back for those that follow, None where there are no more."""

    requests: tuple[RequestLine, ...]
    before: str | None


class Entry(Answer):
    """One thing that was said or happened; ``missing`` says why a text is not to be had."""

    at: datetime
    who: str
    name: str
    kind: Kind
    told: str
    text: str | None
    missing: str
    comment: Digest | None


class Conversation(Answer):
    """A request whole, with its conversation."""

    line: RequestLine
    entries: tuple[Entry, ...]
