"""My work: what waits for a person, in words of the business: what, why them, how long, by when, what otherwise.

The words stand in one table, a row a gate; a gate of a team's own table that has no row says its title.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from assay.actions.home import Home
from assay.actions.paging import PageOf, page_of
from assay.actions.requests import day_of
from assay.actions.standings import Answer, of_signer
from assay.actions.status import Overview, overview, standings_remembered
from assay.actions.tasks import Task
from assay.documentation.deeds import deed
from assay.lifecycle.gates import gate_named
from assay.lifecycle.record import Record, Release

NODE = "node"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a gate asks of a person.

    Attributes:
        words: what to do, as an imperative.
        minutes: how long it usually takes a person who knows the product.
        otherwise: what happens as long as nobody does it.
        where: the page on which it is done; empty for what is done at a terminal.
    """

    words: str
    minutes: int
    otherwise: str
    where: str = ""


REVIEW = "review"
_LOOK = "The release stops here. Production goes on serving what it serves now."
_BUILD = "The release stays in development; nothing changes in production."

ASKS: dict[str, Ask] = {
    "contract.feasible": Ask("Say of each column whether we have it, can derive it or miss it", 20, _BUILD),
    "contract.approved-by-owner": Ask(
        "Approve what is promised, as its owner", 10,
        "It may be built meanwhile, but nothing enters validation before the promise is approved.", REVIEW,
    ),
    "contract.approved-by-stakeholder": Ask(
        "Approve what is promised, for those who will use it", 10,
        "It may be built meanwhile, but nothing enters validation before the promise is approved.", REVIEW,
    ),
    "dataset.feeds-delivered": Ask("Confirm that the data it is made of is delivered", 5, _BUILD, REVIEW),
    "dataset.dev.built": Ask("Build it in development and sign for it", 30, _BUILD),
    "solution.dev.built": Ask("Build it in development and sign for it", 30, _BUILD),
    "release.frozen": Ask("Freeze what goes into validation", 2, _BUILD),
    "dataset.qa.checked": Ask("Build it in QA from what was frozen, and check every rule", 10, _LOOK),
    "solution.qa.published": Ask("Publish it to QA and check that it shows what it promises", 5, _LOOK),
    "release.ordered": Ask("Sign the release order", 5, _LOOK, "order"),
    "release.feedback-asked": Ask(
        "Ask those who decide with it what they think of it", 2, "Nobody learns whether it answers the question."
    ),
}  # fmt: skip
ACCEPTANCES: dict[str, Ask] = {
    "accepted-by-engineer": Ask("Accept what you made, or take it back", 10, _LOOK, REVIEW),
    "accepted-by-other-engineer": Ask("Look at it with other eyes, and accept or reject it", 30, _LOOK, REVIEW),
    "accepted-by-stakeholder": Ask("See whether it answers your question, and accept or reject it", 15, _LOOK, REVIEW),
}
"""By the ending of a gate's id."""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One thing that waits for a person.

    Attributes:
        ask: what it is, how long it takes, what happens otherwise.
        task: the gate and the subjects.
        product: whose.
        title: of the product.
        why_me: the role through which it came to them.
        others: who can do it instead, e-mails.
        by: the earliest day for which it was asked; None where no request names one.
        changes: what the release changes against what is served now, a sentence each; empty for a first version.
    """

    ask: Ask
    task: Task
    product: str
    title: str
    why_me: str
    others: tuple[str, ...]
    by: date | None
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """Something that a person did: in words, when (UTC), and for which release."""

    words: str
    at: datetime
    release: str | None


@dataclass(frozen=True, slots=True)
class Work:
    """What a person finds on their first page.

    Attributes:
        overview: how everything stands, as `status` shows it.
        page: what waits for them, what is due first at the top; one page of it, or all.
        waits: what waits for somebody else.
        done: what they signed last, newest first.
    """

    overview: Overview
    page: PageOf[WorkItem]
    waits: tuple[Task, ...]
    done: tuple[Done, ...]

    @property
    def items(self) -> tuple[WorkItem, ...]:
        """What stands on the page."""
        return self.page.items


def my_work(home: Home, number: int = 1, size: int | None = None) -> Work:
    """Say what waits for the person who acts, and for what they wait.

    Args:
        home: opened for them.
        number: of the page of what waits for them, from 1.
        size: how much stands on a page; None for all of it on one.
    """
    view = overview(home)
    record = home.load().record
    mine = {(task.release, task.gate) for task in view.mine}
    waits = [t for line in view.releases for t in line.waits_for if (t.release, t.gate) not in mine]
    tasks = _by_day(record, view.mine)
    page = page_of(tasks, number, size or max(len(tasks), 1), lambda task: task)
    releases = {task.release: record.releases[task.release] for task in page.items}
    stand = standings_remembered(home, record, releases.values())
    items = page.each(lambda task: _item(home, record, task, stand[task.release].changes))
    return Work(view, items, tuple(waits), _done(home, record))


def _by_day(record: Record, tasks: Sequence[Task]) -> list[Task]:
    """Put first what is needed first."""
    days = {name: needed_by(record, record.releases[name]) for name in {task.release for task in tasks}}
    return sorted(tasks, key=lambda task: days[task.release] or date.max)


def ask_of(task: Task) -> Ask:
    """Return what a task asks, in words."""
    known = ASKS.get(task.gate) or ACCEPTANCES.get(task.gate.rpartition(".")[2])
    return known or Ask(task.title[:1].upper() + task.title[1:], 10, _LOOK)


def needed_by(record: Record, release: Release) -> date | None:
    """Return the earliest day for which a release was asked; None where no request names one."""
    asked = (day_of(record.requests[name]) for name in release.requests if name in record.requests)
    return min((day for day in asked if day is not None), default=None)


def _item(home: Home, record: Record, task: Task, changes: tuple[str, ...]) -> WorkItem:
    assert home.person is not None
    release = record.releases[task.release]
    product = home.project.products.get(release.product)
    return WorkItem(
        ask=ask_of(task),
        task=task,
        product=release.product,
        title=product.title if product else release.product,
        why_me=_why(home, task),
        others=tuple(email for email in task.who if email not in (home.person.email, NODE)),
        by=needed_by(record, release),
        changes=changes,
    )


def _done(home: Home, record: Record) -> tuple[Done, ...]:
    """Return what who acts signed last, newest first; it is remembered until they sign again."""
    if home.person is None:
        return ()
    who = home.person.email

    def work_out() -> Answer[_Deeds]:
        return Answer(_Deeds(tuple(_newest_of(record, who))), frozenset({of_signer(who)}))

    return home.standings.remember(home, record, _Deeds, who, work_out).done


@dataclass(frozen=True, slots=True)
class _Deeds:
    """What somebody signed last."""

    done: tuple[Done, ...]


def _newest_of(record: Record, who: str) -> Iterator[Done]:
    own = (s.statement for s in reversed(record.statements) if s.statement.signer == who)
    for said in islice(own, _SHOWN):
        absent = record.roster.person(said.on_behalf_of)
        name = f" for {absent.name if absent else said.on_behalf_of}" if said.on_behalf_of else ""
        yield Done(f"You {deed(said)}{name}", said.at, said.release)


_SHOWN = 8


def _why(home: Home, task: Task) -> str:
    assert home.person is not None
    if task.instead:
        return task.instead
    gate = gate_named(home.table, task.gate)
    roles = sorted(gate.roles & home.person.roles) if gate else []
    if gate and gate.same_person:
        return "You built it, and its author accepts first."
    return f"It is asked of a person with the role {' or '.join(roles)}, which you hold." if roles else ""
