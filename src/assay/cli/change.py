"""`assay change`: what the working tree changes, which class that is, and whom it will need. Nothing is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import click

from assay.actions.change import ProductChange, change_ahead
from assay.actions.home import Home
from assay.actions.make import product_meant
from assay.base.errors import Fault, Place, WrongUsage
from assay.base.printable import printable
from assay.cli.door import with_home
from assay.cli.output import as_json, heading, line, table
from assay.lifecycle.ahead import AskedGate
from assay.lifecycle.gates import By
from assay.lifecycle.subjects import SubjectKind

_NODE = "the node"


@click.command()
@click.argument("product", required=False)
@click.option(
    "--since",
    metavar="REVISION|RELEASE",
    help="Compare with this [default: what is released, as freezing does].",
)
@click.option(
    "--rows",
    "is_measured",
    is_flag=True,
    help="Build the released version too, on the sources of dev, compare the rows, and sign what is found.",
)
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or machines.",
)
@with_home
def change(home: Home, product: str | None, since: str | None, is_measured: bool, form: str) -> None:
    """Say what the working tree changes, its class, and who will be asked.

    PRODUCT is one product; without it all of the project are looked at. The class is the one that freezing will find,
    and the node again; nothing is recorded but, with --rows, how the rows compare.
    """
    if is_measured:
        if since is not None:
            raise WrongUsage(Fault(Place("--rows"), "a comparison with what is released", f"--since {since}"))
        from assay.actions.measure import measure_change

        for name, rows in measure_change(home, product_meant(home.project, product), _progress).items():
            click.echo(f"{name}: {rows}", err=True)
    found = change_ahead(home, product, since)
    if form == "json":
        as_json({one.product: _json(one) for one in found})
        return
    for number, one in enumerate(found):
        if number:
            line()
        _show(one)


def _progress(text: str) -> None:
    click.echo(f"{text} ...", err=True)


def _show(one: ProductChange) -> None:
    if one.is_idle:
        line(printable(f"{one.product}: nothing that counts has changed since {one.since}."), bold=True)
        return
    if one.since:
        line(printable(f"{one.product}: {one.change_class}, compared with {one.since}"), bold=True)
        heading("What changes")
        table([(str(c.change_class), printable(c.subject), printable(c.sentence)) for c in one.changes])
    else:
        line(printable(f"{one.product}: first version: {one.change_class}"), bold=True)
        line(printable(one.why_not or "There is nothing to compare with."), indent=2)
    _versions(one)
    if one.breaks:
        heading("Who breaks")
        table([(printable(c.name), c.kind, printable(c.owner)) for c in one.breaks])
    _gates(one)


def _versions(one: ProductChange) -> None:
    if not one.versions:
        return
    heading("Versions")
    for asked in one.versions:
        said = "" if asked.declared >= asked.least else f", and it says {asked.declared}: raise it"
        line(printable(f"{asked.file}: {asked.least} at least{said}"), indent=2)


def _gates(one: ProductChange) -> None:
    """Print what is asked in the order of the process, under what it is asked of, with who can."""
    heading("Who will be asked")
    asked = [gate for gate in one.gates if gate.subjects]
    short = len({email.partition("@")[2] for gate in asked for email in gate.people if "@" in email}) == 1
    for of, gates in groupby(asked, key=_of):
        line(printable(of), indent=2)
        table([(gate.gate.title, _people(gate, short=short)) for gate in gates], indent=4)
    _carried(one.gates)
    if one.not_asked:
        heading(f"Not asked, for it is {one.change_class}")
        for text in _grouped((str(gate.per), gate.title) for gate in one.not_asked):
            line(text, indent=2)


def _of(asked: AskedGate) -> str:
    if asked.gate.per is SubjectKind.RELEASE:
        return str(asked.gate.per)
    return f"{asked.gate.per} {', '.join(_short(name) for name in asked.subjects)}"


def _people(asked: AskedGate, *, short: bool) -> str:
    if asked.gate.by is By.NODE:
        return _NODE
    if asked.gate.same_person:
        return "its author"
    who = ", ".join(email.partition("@")[0] if short else email for email in asked.people)
    return printable(who) or f"nobody yet: {' or '.join(sorted(asked.gate.roles))}"


def _carried(gates: Sequence[AskedGate]) -> None:
    found = [(f"{g.gate.per} {_short(name)}", g.gate.title) for g in gates for name in g.carried]
    if not found:
        return
    heading("Carried from before")
    for text in _grouped(found):
        line(printable(text), indent=2)


def _grouped(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Put what belongs to one together: ``dataset daily: built in dev, checks pass in QA``."""
    found: dict[str, list[str]] = {}
    for name, title in pairs:
        found.setdefault(name, []).append(title)
    return [f"{name}: {', '.join(titles)}" for name, titles in found.items()]


def _short(name: str) -> str:
    return name.rpartition("/")[2]


def _json(one: ProductChange) -> dict[str, Any]:
    return {
        "class": one.change_class,
        "since": one.since or None,
        "changes": [
            {"subject": c.subject, "class": c.change_class, "sentence": c.sentence} for c in one.changes
        ],
        "versions": [
            {"file": v.file, "least": str(v.least), "declared": str(v.declared), "released": str(v.released)}
            for v in one.versions
        ],
        "breaks": [{"name": c.name, "kind": c.kind, "owner": c.owner} for c in one.breaks],
        "gates": [
            {
                "gate": g.gate.id, "title": g.gate.title, "per": g.gate.per, "phase": g.gate.phase, "by": g.gate.by,
                "roles": sorted(g.gate.roles), "people": list(g.people), "asked": list(g.subjects),
                "carried": list(g.carried),
            }
            for g in one.gates
        ],
        "notAsked": [gate.id for gate in one.not_asked],
    }  # fmt: skip
