"""The node's commands, for the machine on which production runs."""

from __future__ import annotations

from pathlib import Path

import click

from assay.actions.exchange import export_ledger, import_file
from assay.automation.admit import admit as admit_bundle
from assay.automation.deploy import deploy as deploy_release
from assay.automation.node import Node
from assay.automation.release import Served
from assay.automation.release import release as release_on_order
from assay.automation.release import rollback as rollback_on_order
from assay.automation.report import report
from assay.automation.report import runs as runs_of
from assay.automation.roster import verify_node
from assay.automation.schedule import run_due, run_now
from assay.base.canonical import short
from assay.base.errors import WrongUsage, refusal
from assay.cli.door import read_file, write_file
from assay.cli.node_door import NODE_HOME, with_node
from assay.cli.node_roster import roster, roster_state_as_json, show_roster_state
from assay.cli.node_runs import runs_as_json, show_runs, show_status, status_as_json
from assay.cli.output import command, count, line, table
from assay.lifecycle.statements import GOOD, Statement

_ANSWER = click.option(
    "--answer", type=click.Path(path_type=Path), metavar="FILE",
    help="Also write the node's ledger there, for the design side to import.",
)  # fmt: skip


@click.group()
def node() -> None:
    """Run a production of its own: admit, deploy, run, release, roll back."""


node.add_command(roster)


@node.command("init")
@click.option("--name", required=True, help="By which its statements are signed.")
@click.option("--roster", type=click.Path(path_type=Path), required=True, help="Who may sign here, at first.")
@click.option("--one-admin", is_flag=True, help="Let one admin change the roster alone; everybody is told so.")
@click.option("--set", "variables", multiple=True, metavar="NAME=VALUE", help="What ${NAME} stands for here.")
@click.option("--rehearsal", is_flag=True, help="Let the clock be set by hand; everything it signs says so.")
@NODE_HOME
def init(home: Path, name: str, roster: Path, variables: tuple[str, ...], rehearsal: bool, one_admin: bool) -> None:
    """Make a node: its folder, key, roster and gate table; from then on they are this node's own.

    The roster is as people.yaml, and may say `for: [PRODUCT]` of a person. It goes into the node's ledger, and from
    then on two admins on it change it (assay node roster).
    """
    from assay.wiring import init_node

    settings = {}
    for variable in variables:
        key, equals, value = variable.partition("=")
        if not equals:
            raise WrongUsage(*refusal("--set", expected="NAME=VALUE", found=variable).faults)
        settings[key] = value
    content = read_file(roster, "a roster")
    public = init_node(home, name, content, settings, rehearsal=rehearsal, one_admin=one_admin)
    line(f"The node {name} lives in {home}.")
    line("Its public key, for the environment prod in assay.yaml:")
    command(f'keys: [{{public: "{public}"}}]')


@node.command("admit")
@click.argument("file", type=click.Path(path_type=Path))
@_ANSWER
@with_node
def admit(node: Node, file: Path, answer: Path | None) -> None:
    """Verify a bundle against this node's own table and roster, and let it in or name all that is missing."""
    done = admit_bundle(node, read_file(file, "a bundle"), file.name)
    word = "was admitted before" if done.already else "is admitted"
    line(f"{done.release}: {done.payload.product} {done.payload.version} ({done.payload.change_class}) {word}.")
    line(f"{count(done.statements, 'statement')} verified; payload {short(done.payload.digest)}.")
    command(f"assay node deploy {done.release}")
    _answer(node, answer)


@node.command("deploy")
@click.argument("release_id", metavar="RELEASE")
@_ANSWER
@with_node
def deploy(node: Node, release_id: str, answer: Path | None) -> int:
    """Populate production from an admitted payload, check, compare with QA on the same cut, publish as candidate."""
    done = deploy_release(node, release_id, _progress)
    _say(done.statements)
    _answer(node, answer)
    return 0 if done.is_good else 1


@node.command("run")
@click.option("--due", is_flag=True, help="Everything that its schedule says is due.")
@click.option("--now", "product", metavar="PRODUCT", help="This product's served release, due or not.")
@_ANSWER
@with_node
def run(node: Node, due: bool, product: str | None, answer: Path | None) -> int:
    """Run what is due; a run that fails leaves yesterday's data served."""
    if due == (product is not None):
        raise WrongUsage(
            *refusal("assay node run", expected="either --due or --now PRODUCT", found="neither or both").faults
        )
    said = run_due(node, _progress) if product is None else run_now(node, product, _progress)
    if not said:
        line("Nothing is due.")
    _say(said)
    _answer(node, answer)
    return 0 if all(s.result in GOOD for s in said) else 1


@node.command("release")
@click.argument("file", type=click.Path(path_type=Path))
@_ANSWER
@with_node
def release(node: Node, file: Path, answer: Path | None) -> None:
    """Release on a signed order."""
    _served(release_on_order(node, read_file(file, "a release order"), file.name))
    _answer(node, answer)


@node.command("rollback")
@click.argument("file", type=click.Path(path_type=Path))
@_ANSWER
@with_node
def rollback(node: Node, file: Path, answer: Path | None) -> None:
    """Serve the release before the present one again, on a signed order."""
    done = rollback_on_order(node, read_file(file, "a rollback order"), file.name)
    _served(done)
    line(f"The data is as of {done.as_of}. To catch up:")
    command(f"assay node run --now {done.product}")
    _answer(node, answer)


_FORM = click.option(
    "-o", "--output", "form", type=click.Choice(["text", "json"]), default="text", help="For people or machines."
)


@node.command("status")
@_FORM
@with_node
def status(node: Node, form: str) -> None:
    """Say what this node serves, what is on its way, what is due and comes next, and how the last runs went."""
    view = report(node)
    if form == "json":
        status_as_json(node.name, view, roster_state_as_json(node), is_rehearsal=node.is_rehearsal)
        return
    show_status(node.name, view, is_rehearsal=node.is_rehearsal)
    show_roster_state(node)


@node.command("runs")
@click.argument("product", required=False)
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@_FORM
@with_node
def runs(node: Node, product: str | None, last: int, form: str) -> None:
    """List the runs of this node: for which moment, at which try, when, and what came of it."""
    found = runs_of(node, product)[-last:]
    runs_as_json(found) if form == "json" else show_runs(found, of_one=product is not None)


@node.command("worker")
@click.option("--inbox", type=click.Path(path_type=Path), metavar="DIR", help="Where files arrive [HOME/inbox].")
@click.option("--outbox", type=click.Path(path_type=Path), metavar="DIR", help="Where its ledger goes [HOME/outbox].")
@click.option(
    "--every-seconds", type=click.FloatRange(min=0.1), default=5, show_default=True, metavar="N",
    help="How long to rest between two turns.",
)  # fmt: skip
@NODE_HOME
def worker(home: Path, inbox: Path | None, outbox: Path | None, every_seconds: float) -> int:
    """Keep the node running: do what is due, take in what arrives in the inbox, lay the ledger into the outbox.

    A file is taken in when it has lain unchanged for a turn; write it as NAME.part and rename it at the end. It ends
    with Ctrl-C or SIGTERM, at any moment, and the next one goes on.
    """
    from assay.cli.worker import work

    return work(home, inbox or home / "inbox", outbox or home / "outbox", every_seconds)


@node.command("export")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE", help="The file to write.")
@with_node
def export(node: Node, out: Path) -> None:
    """Write the node's ledger, for the design side to import."""
    _answer(node, out)


@node.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@with_node
def import_(node: Node, file: Path) -> None:
    """Record statements that were signed elsewhere; a release order brings its own."""
    done = import_file(node.ledger, node.load(), node.clock, read_file(file, "a file with statements"), file.name)
    line(f"{file.name}: {count(len(done.recorded), 'new statement')}, {done.known} known already.")


@node.command("verify")
@with_node
def verify(node: Node) -> int:
    """Verify the node's chain, its roster and every signature in it; exit code 1 if anything does not hold."""
    found = verify_node(node)
    for fault in found.faults:
        line(str(fault), colour="red")
    word = "every one holds" if not found.faults else f"{count(len(found.faults), 'fault')}"
    line(f"{count(found.events, 'event')}, {count(found.statements, 'signed statement')}: {word}.")
    line(f"Head {found.head.seq}: {found.head.hash}")
    return 1 if found.faults else 0


def _answer(node: Node, path: Path | None) -> None:
    if path is not None:
        write_file(path, export_ledger(node.ledger))
        line(f"{path.name}: {count(node.ledger.head().seq, 'event')}, for the design side:")
        command(f"assay ledger import {path.name}")


def _progress(text: str) -> None:
    line(f"{text} ...", indent=2)


def _say(statements: tuple[Statement, ...]) -> None:
    rows = [
        (str(s.kind), ", ".join(m.id.partition(":")[2].rpartition("/")[2] for m in s.subjects), str(s.result), _what(s))
        for s in statements
    ]
    table(rows)


def _what(said: Statement) -> str:
    rows = said.details.get("rows")
    parts = [said.reason] if said.reason else []
    if isinstance(rows, int):
        parts.append(f"{rows:,} rows")
    elif isinstance(rows, dict):
        parts += [f"{name} {number:,} rows" for name, number in rows.items()]
    if said.details.get("as_of"):
        parts.append(f"as of {said.details['as_of']}")
    return ", ".join(parts)


def _served(done: Served) -> None:
    line(f"{done.release}: version {done.version} is served, data as of {done.as_of}.", bold=True)
    for text in done.announcement.splitlines():
        line(text, indent=2)
