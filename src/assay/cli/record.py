"""The record: keys and the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from assay.actions.conversation import delete_erased
from assay.actions.exchange import Imported, Verified, export_ledger, import_file, verify_ledger
from assay.actions.home import Home
from assay.base.printable import some
from assay.cli.door import read_file, with_home, write_file
from assay.cli.output import command, count, line, table
from assay.lifecycle.statements import Statement

if TYPE_CHECKING:
    from assay.portal.api import release_answers as told
    from assay.portal.api.look_answers import Verification
    from assay.portal.api.release_answers import Received


@click.group()
def key() -> None:
    """Make your key pair; show whose key you hold."""


@key.command("new")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Where to [default: your key's place].")
def new(out: Path | None) -> None:
    """Make an Ed25519 key pair; the private half stays in the file, the public half goes into people.yaml."""
    from assay.connectors.keys import new_key
    from assay.wiring import default_key

    path = out or default_key()
    signer = new_key(path)
    line(f"Private key: {path} (readable by you alone; make a backup, give it to nobody).")
    line("Public key, for your entry in people.yaml:")
    command(f'keys: [{{public: "{signer.public.raw.hex()}"}}]')


@key.command("show")
@with_home
def show_key(home: Home) -> None:
    """Say whose key it is."""
    if home.person is None or home.signer is None:
        line("No key here. Make one with: assay key new")
        return
    roles = ", ".join(sorted(home.person.roles))
    line(f"{home.person.name} <{home.person.email}> ({roles}), key {home.signer.key_id[:12]}")


@click.group()
def ledger() -> None:
    """Verify, show, export and import the ledger."""


@ledger.command("verify")
@with_home
def verify(home: Home) -> int:
    """Verify the chain and every signature; exit code 1 if anything does not hold."""
    return show_verified(verify_ledger(home.ledger, home.project.roster))


def show_verified(found: Verified | Verification) -> int:
    """Say what a verification found, and return the exit code; shared with what acts through a portal."""
    for fault in found.faults:
        line(str(fault), colour="red")
    if found.faults:
        line(f"The ledger does not hold: {count(len(found.faults), 'fault')}.", bold=True)
        return 1
    line(f"{count(found.events, 'event')}, {count(found.statements, 'signed statement')}: every one holds.")
    line(f"Head {found.head.seq}: {found.head.hash}")
    return 0


@ledger.command("show")
@click.option("--last", "last", type=int, default=20, show_default=True, help="How many of the newest.")
@click.option("--subject", help="Only what was said of this: ontime_daily, R-0001, Q-0001.")
@with_home
def show_ledger(home: Home, last: int, subject: str | None) -> None:
    """Show what happened, oldest first."""
    statements = home.load().record.statements
    rows = [
        (s.statement.at.strftime("%Y-%m-%d %H:%M"), str(s.statement.kind), s.statement.speaker, _about(s.statement))
        for s in statements
        if subject is None or any(subject in meant.id for meant in s.statement.subjects)
    ]
    if not rows:
        line("Nothing was recorded yet." if subject is None else f"Nothing was said of {subject}.")
        return
    table(rows[-last:], ("when (UTC)", "what", "who", "about"))


@ledger.command("export")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="FILE", help="The file to write.")
@with_home
def export(home: Home, out: Path) -> None:
    """Write chain and statements as one file, for a colleague or an archive."""
    save_ledger(out, export_ledger(home.ledger), home.ledger.head().seq)


def save_ledger(out: Path, content: bytes, events: int) -> None:
    """Write an export; shared with what acts through a portal."""
    write_file(out, content)
    line(f"{out}: {count(events, 'event')}.")


@ledger.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@with_home
def import_(home: Home, files: tuple[Path, ...]) -> None:
    """Record the statements of files that are not here yet: sign-offs, exports, bundles, a node's answers."""
    for path in files:
        content = read_file(path, "a file with statements")
        show_imported(path.name, import_file(home.ledger, home.load(), home.clock, content, path.name))
    delete_erased(home)


def show_imported(name: str, done: Imported | Received) -> None:
    """Say what of a file is new here; shared with what acts through a portal."""
    known = f"; {count(done.known, 'statement')} known already" if done.known else ""
    line(f"{name}: {count(len(done.recorded), 'new statement')}{known}.")
    for signed in done.recorded:
        said = signed.statement
        line(f"{said.kind} by {said.speaker}: {_about(said)}", indent=2)


def _about(statement: Statement | told.Statement) -> str:
    names = some([meant.id.partition(":")[2] for meant in statement.subjects], 4)
    where = f" [{statement.environment}]" if statement.environment else ""
    result = f" {statement.result}" if statement.result else ""
    gate = f" at {statement.gate}" if statement.gate else ""
    reason = f": {statement.reason}" if statement.reason else ""
    return f"{names}{where}{result}{gate}{reason}"
