"""`assay contract diff`: what changed between two versions of a contract, for whom, and which version that asks for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assay.base.errors import AssayError, Fault, Place, WrongUsage, refusal
from assay.base.names import is_release_id
from assay.base.printable import printable
from assay.cli.door import read_file
from assay.cli.output import as_json, count, line
from assay.project.layout import CONTRACT

if TYPE_CHECKING:
    from assay.actions.contract_diff import Compared
    from assay.contract.difference import ContractDifference, Direction
    from assay.project.model import Project

_WHAT = "a contract"


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", required=False, metavar="[NEW]")
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or machines.",
)
@click.option(
    "--project", envvar="ASSAY_PROJECT", type=click.Path(path_type=Path), metavar="DIR",
    help="In which project is looked for who reads what breaks [default: the nearest one above].",
)  # fmt: skip
def diff(old: str, new: str | None, form: str, project: Path | None) -> int:
    """Compare two versions of a contract; exit code 1 if the new version's number says less than what changed.

    OLD and NEW are files, or REVISION:FILE of git. Without NEW the file is compared as it is now; if OLD is a revision
    or a release (R-0001) alone, all contracts of the project are. Two releases are compared with each other.
    """
    from assay.actions.contract_diff import compare_all, compare_files, compare_releases

    if is_release_id(old):
        if new is not None and not is_release_id(new):
            raise WrongUsage(Fault(Place("contract diff"), "another release, or none for the working tree", new))
        from assay.wiring import open_home

        found: Sequence[Compared] = compare_releases(open_home(project), old, new)
        if not found:
            line(f"No contract has changed since {old}.")
            return 0
    elif new is None and ":" not in old and not Path(old).is_file():
        root = _root(project)
        files = _files(root)
        contracts = {name: content for name, content in files.items() if name.endswith(CONTRACT)}
        found = compare_all(_at(root, old), contracts, _project(files), old)
        if not found:
            line(f"No contract has changed since {old}.")
            return 0
    else:
        target = new if new is not None else old.partition(":")[2]
        if not target:
            raise WrongUsage(Fault(Place("contract diff"), "a file to compare with", "none", "Name NEW as well."))
        if target == old:
            raise WrongUsage(Fault(Place("contract diff"), "two versions", "one file", "Name NEW, or REVISION:FILE."))
        found = [compare_files((old, _content(old)), (target, _content(target)), _project_of(target, project))]
    if form == "json":
        as_json({one.file: _json(one) for one in found})
    else:
        for one in found:
            _show(one)
    return int(any(one.is_refused for one in found))


def _content(name: str) -> bytes:
    """Read a file, or what a revision has of it; a file whose name has a colon is a file."""
    revision, colon, file = name.partition(":")
    path = Path(name)
    if path.exists() or not colon:
        return read_file(path, _WHAT)
    from assay.connectors.git import GitRepository

    path = Path(file)
    if not path.parent.is_dir():
        raise refusal(name, expected="a folder that is there", found=f"none at {path.parent}")
    found = GitRepository(path.parent, lambda one: one == path.name).files_at(revision)
    if path.name not in found:
        raise refusal(name, expected=f"a file that {revision} has", found="none")
    return found[path.name]


def _at(root: Path, revision: str) -> dict[str, bytes]:
    from assay.connectors.git import GitRepository
    from assay.project.layout import is_project_file

    return dict(GitRepository(root, lambda one: one.endswith(CONTRACT) and is_project_file(one)).files_at(revision))


def _root(project: Path | None) -> Path:
    from assay.stores.worktree import find_project

    return find_project((project or Path.cwd()).resolve())


def _project_of(file: str, project: Path | None) -> Project | None:
    """Read the project in which a file lies; None where there is none, or it has faults: that is not what was asked."""
    try:
        return _project(_files(_root(project or Path(file).resolve().parent)))
    except AssayError:
        return None


def _files(root: Path) -> dict[str, bytes]:
    from assay.project.layout import is_project_file
    from assay.stores.worktree import read_files

    return read_files(root, is_project_file)


def _project(files: dict[str, bytes]) -> Project | None:
    from assay.project.reading import read_project

    try:
        return read_project(files)
    except AssayError:
        return None


def _show(one: Compared) -> None:
    if one.difference is None:
        line(printable(f"{one.file}: {'gone; whoever reads it breaks' if one.is_gone else 'new'}"), bold=True)
        return
    line(printable(f"{one.file}: {one.difference.old} to {one.difference.new}, {_verdict(one.difference)}"), bold=True)
    for change in one.difference.differences:
        line(printable(f"{change.bump} · {change.direction} · {change.sentence}"), indent=2)
        for words in _words(change.direction):
            line(words, indent=4)
    for consumer in one.consumers:
        line(printable(f"read by the {consumer.kind} {consumer.name} ({consumer.owner})"), indent=2, colour="yellow")


def _words(direction: Direction) -> Sequence[str]:
    from assay.contract.difference import CONSUMER_WORDS, PRODUCER_WORDS

    both = {"whoever reads it": CONSUMER_WORDS, "whoever delivers it": PRODUCER_WORDS}
    return [f"{who}: {words[direction]}" for who, words in both.items() if direction in words]


def _verdict(found: ContractDifference) -> str:
    changes = count(len(found.differences), "change")
    if not found.differences:
        return "nothing has changed"
    if found.is_too_small:
        return f"{changes}: the version has to be {found.least} at least"
    return f"{changes}: the version is high enough ({found.least} at least)"


def _json(one: Compared) -> dict[str, Any]:
    found = one.difference
    if found is None:
        return {"change": "gone" if one.is_gone else "new"}
    return {
        "change": "changed" if found.differences else "none",
        "old": str(found.old),
        "new": str(found.new),
        "bump": found.bump,
        "least": str(found.least),
        "isTooSmall": found.is_too_small,
        "changes": [
            {
                "path": change.path, "sentence": change.sentence, "direction": change.direction, "bump": change.bump,
                "effect": change.effect,
            }
            for change in found.differences
        ],
        "consumers": [{"name": c.name, "kind": c.kind, "owner": c.owner} for c in one.consumers],
    }  # fmt: skip
