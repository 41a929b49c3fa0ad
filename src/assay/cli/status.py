"""Status and next: the two commands to type when in doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import click

from assay.actions.case import Standing, standing_of
from assay.actions.home import Home, release_named
from assay.actions.products import ServedLine
from assay.actions.status import Overview, ReleaseLine, overview
from assay.actions.tasks import Task, all_tasks
from assay.base.printable import some
from assay.cli.door import with_home
from assay.cli.output import command, count, day, heading, line, table
from assay.documentation.process import process_diagram, process_rows
from assay.lifecycle.decide import GateState, Status
from assay.lifecycle.gates import ChangeClass, Phase

if TYPE_CHECKING:
    from assay.base.roles import Person
    from assay.portal.api import answers as told
    from assay.portal.api import release_answers as told_releases

View: TypeAlias = "Overview | told.Overview"
"""As the action gives it, or as a portal tells it; so below."""
AnyTask: TypeAlias = "Task | told.Task"
AnyState: TypeAlias = "GateState | told_releases.GateState"

NODE = "node"

_MARKS: dict[Status, str] = {
    Status.SATISFIED: "✓",
    Status.CARRIED: "↷",
    Status.OPEN: "○",
    Status.STALE: "!",
    Status.REJECTED: "✗",
    Status.BLOCKED: "·",
}


@click.command()
@click.argument("release", required=False)
@with_home
def status(home: Home, release: str | None) -> int:
    """Say who I am, what needs me, how every release stands, and what production serves.

    With a RELEASE: every gate of it, who satisfied it, what is missing and who can act.
    """
    if release is not None:
        return show_release(home, release)
    view = overview(home)
    show_who(view.person, f"{view.project} (design side)")
    _warnings(home)
    show_overview(view)
    return 0


@click.command("next")
@with_home
def next(home: Home) -> None:
    """Say the one thing to do next, and its command."""
    show_next(overview(home))


@click.command()
@click.option("--mermaid", is_flag=True, help="As a picture: a Mermaid flow chart.")
@click.option(
    "--class",
    "change_class",
    type=click.Choice([str(one) for one in ChangeClass]),
    help="Only what this change class asks for.",
)
@with_home
def process(home: Home, mermaid: bool, change_class: str | None) -> None:
    """Show the team's gate table: what is asked, per what, of whom, in which order."""
    gates = tuple(gate for gate in home.table if change_class is None or ChangeClass(change_class) in gate.classes)
    if mermaid:
        click.echo(process_diagram(gates), nl=False)
    else:
        for phase, rows in process_rows(gates).items():
            heading(phase)
            table(rows)


def show_who(person: Person | told.Person | None, where: str) -> None:
    """Say who looks, and where they are; shared with what acts through a portal."""
    if person is None:
        line(f"{where}; looking on: no key was given.", bold=True)
    else:
        roles = ", ".join(sorted(person.roles))
        line(f"{person.name} <{person.email}>, {roles}; {where}", bold=True)


def show_overview(view: View) -> None:
    """Print how everything stands; shared with what acts through a portal."""
    for fault in view.faults:
        line(f"Does not hold: {fault}", colour="red")
    _mine(view)
    _releases(view)
    _served(view)
    _debts(view)


def show_next(view: View) -> None:
    """Print the one thing to do next; shared with what acts through a portal."""
    _suggest(view, indent=0)


def _warnings(home: Home) -> None:
    if len(home.keys_here) > 1:
        line(
            f"Identities not independent: the keys of {len(home.keys_here)} people lie on this machine.",
            colour="yellow",
        )
    if home.is_rehearsal:
        line(f"Rehearsal: the clock is set to {day(home.now())} UTC.", colour="yellow")


def _mine(view: View) -> None:
    heading("Needs me")
    if not view.mine:
        line("Nothing.", indent=2)
    for task in view.mine:
        line(f"{task.release}  {_do(task)}", indent=2)
        if task.instead:
            line(task.instead, indent=4)
        if task.why:
            line(task.why, indent=4, colour="yellow")
        command(task.step.command)


def _releases(view: View) -> None:
    heading("Releases on their way")
    if not view.releases:
        line("None.", indent=2)
    for entry in view.releases:
        _release_line(entry)


def _release_line(entry: ReleaseLine | told.ReleaseLine) -> None:
    version = f" {entry.version}" if entry.version else ""
    carried = f", {entry.carried} carried" if entry.carried else ""
    line(
        f"{entry.release.id}  {entry.release.product}{version}  {entry.change_class}  "
        f"{entry.phase or 'done'}  {entry.settled}/{entry.asked} gates{carried}",
        indent=2,
    )
    for state in entry.rejections:
        line(f"rejected: {state.subject.name} by {state.why}", indent=8, colour="red")
    for task in entry.waits_for[:4]:
        line(f"waits for {_people(task)}: {task.title} ({', '.join(map(_short, task.subjects))})", indent=8)
    if len(entry.waits_for) > 4:
        line(f"and {len(entry.waits_for) - 4} more: assay status {entry.release.id}", indent=8)
    line(f"last moved {day(entry.since)}", indent=8)


def _served(view: View) -> None:
    heading("Production")
    for entry in view.served:
        line(_served_line(entry), indent=2)
        if entry.late:
            line(f"not newer, because {entry.late}", indent=8, colour="yellow")


def _served_line(entry: ServedLine | told.Served) -> str:
    if entry.version is None:
        return f"{entry.product}: nothing released yet"
    run = f", last run {day(entry.last_run.at)}" if entry.last_run else ""
    as_of = f", data as of {entry.as_of}" if entry.as_of else ""
    return f"{entry.product} serves {entry.version} ({entry.release}){as_of}{run}"


def _debts(view: View) -> None:
    if view.debts:
        heading("Debts")
    for debt in view.debts:
        line(debt, indent=2)
    heading("Next")
    _suggest(view, indent=2)


def _suggest(view: View, indent: int) -> None:
    """Say the one thing to do next; the command only to whom it is for."""
    task, mine = view.suggestion, view.suggestion in view.mine
    rejected = [state for entry in view.releases for state in entry.rejections]
    if task is not None:
        line(_sentence(task, view), indent=indent)
        if task.instead:
            line(task.instead, indent=indent)
        if mine or task.who == (NODE,):
            command(task.step.command)
    elif rejected:
        line(f"{_short(rejected[0].subject.name)} was rejected by {rejected[0].why}", indent=indent)
        line("It waits to be corrected, or for the rejection to be withdrawn.", indent=indent)
    elif view.asked:
        asked = view.asked[0]
        line(f"{asked.id} ({asked.fields['title']}) waits for a release:", indent=indent)
        command(f"assay release new {asked.product} --request {asked.id}")
    else:
        line("Nothing waits for anybody. A new question starts with:", indent=indent)
        command("assay request new")


def _sentence(task: AnyTask, view: View) -> str:
    mine = task in view.mine
    subjects = ", ".join(_short(name) for name in task.subjects)
    if task.who == (NODE,):
        return f"{task.release}: {task.step.words}."
    return f"{task.release}: {'' if mine else _people(task) + ' can '}{task.step.words} ({subjects})."


def _do(task: AnyTask) -> str:
    return f"{task.step.words}: {', '.join(_short(name) for name in task.subjects)}"


def _people(task: AnyTask) -> str:
    if not task.who:
        return "nobody on the roster"
    return some([email.partition("@")[0] for email in task.who], 3)


def _short(name: str) -> str:
    return name.rpartition("/")[2]


def show_release(home: Home, release_id: str) -> int:
    """Print every gate of a release; shared with ``assay release show``."""
    record = home.load().record
    standing = standing_of(home, record, release_named(record, release_id))
    show_standing(standing, all_tasks(standing))
    return 0


def show_standing(standing: Standing | told_releases.Standing, tasks: Sequence[AnyTask]) -> None:
    """Print how a release stands and what can be done now; shared with what acts through a portal."""
    release, states = standing.release, standing.decision.states
    titles = {state.gate.id: state.gate.title for state in states}
    version = f" {release.version}" if release.version else " (not frozen yet)"
    line(f"{release.id}  {release.product}{version}  {standing.change_class}", bold=True)
    if release.rolled_back is not None:
        line(f"Rolled back: {release.rolled_back.statement.reason}", indent=2, colour="yellow")
    for change in standing.changes:
        line(change, indent=2)
    for phase in Phase:
        asked = [state for state in states if state.gate.phase is phase and state.status is not Status.NOT_ASKED]
        if asked:
            _phase(phase, asked, titles)
    heading("Next")
    for task in tasks[:1]:
        line(f"{_people(task)}: {task.step.words}", indent=2)
        command(task.step.command)
    if not tasks:
        line("Nothing can be done now." if standing.decision.unsettled else "All done.", indent=2)


def _phase(phase: Phase, states: Sequence[AnyState], titles: Mapping[str, str]) -> None:
    """Print the gates of a phase; one that nobody can enter yet is a line."""
    heading(phase)
    if all(state.status is Status.BLOCKED for state in states):
        line(f"{count(len(states), 'gate')}, not open yet", indent=2)
        return
    table([(_mark(s), _short(s.subject.name), s.gate.title, _note(s, titles)) for s in states])
    for state in states:
        if is_stale(state):
            line(f"! {_short(state.subject.name)}, {state.gate.title}: {state.why}", indent=2, colour="yellow")


def is_stale(state: AnyState) -> bool:
    """Say whether a gate was satisfied once and something changed since; it may wait for others besides."""
    return state.status in (Status.STALE, Status.BLOCKED) and bool(state.why)


def _mark(state: AnyState) -> str:
    return _MARKS[Status.STALE if is_stale(state) else state.status]


def _note(state: AnyState, titles: Mapping[str, str]) -> str:
    """Say in a few words who satisfied a gate, or who can."""
    if state.status in (Status.SATISFIED, Status.CARRIED) and state.by is not None:
        said = state.by.statement
        carried = f", from {said.release}" if state.status is Status.CARRIED else ""
        absent = f" for {said.on_behalf_of.partition('@')[0]}" if said.on_behalf_of else ""
        return f"{said.signer.partition('@')[0]}{absent} {said.at:%d %b}{carried}"
    if state.status is Status.BLOCKED:
        return f"{'again ' if state.why else ''}after: {titles[state.waits_for[0].partition(' ')[0]]}"
    who = ", ".join(email.partition("@")[0] for email in state.who[:3]) or "nobody on the roster"
    if state.status is Status.REJECTED:
        return f"rejected by {state.why}"
    return f"{who} can" if state.status is Status.OPEN else f"again: {who} can"
