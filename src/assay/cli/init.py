"""`assay init`: a new project in a folder."""

from __future__ import annotations

import re
from pathlib import Path

import click

from assay.base.errors import refusal
from assay.base.names import NAME, check_name
from assay.base.printable import printable
from assay.cli.door import read_file, write_file
from assay.cli.output import command, heading, line

_OTHER = re.compile(r"[^a-z0-9]+")


@click.command()
@click.argument("folder", default=Path(), type=click.Path(path_type=Path, file_okay=False), metavar="[DIR]")
@click.option("--name", metavar="NAME", help="Of the project [default: the folder's].")
def init(folder: Path, name: str | None) -> None:
    """Make a new project in a folder, the current one by default; nothing that is there is written over."""
    from assay.cli.schema import write_schemas
    from assay.connectors.git_person import git_person
    from assay.project.layout import PROJECT
    from assay.project.reading import read_project
    from assay.project.starting import NOBODY, first_files

    if (folder / PROJECT).exists():
        hint = "Look at it: assay status"
        raise refusal(str(folder / PROJECT), expected="a folder without a project", found="one", hint=hint)
    called = check_name(name, "project", "--name") if name is not None else _name_of(folder)
    nearest = next(one for one in (folder.resolve(), *folder.resolve().parents) if one.is_dir())
    person = git_person(nearest)
    files = first_files(called, folder.resolve().name or called, person or NOBODY)
    kept = [path for path in files if (folder / path).exists()]
    read_project({path: read_file(folder / path, "a file of a project") if path in kept else files[path]
                  for path in files})  # fmt: skip
    for path in (path for path in files if path not in kept):
        write_file(folder / path, files[path])
        line(printable(f"{path} is written."))
    write_schemas(folder)
    for path in kept:
        line(printable(f"{path} was there and is kept."), colour="yellow")
    _tell_next(folder, person, is_ignored=_is_ignored(folder))


def _is_ignored(folder: Path) -> bool:
    from assay.project.starting import IGNORED, STATE

    lines = read_file(folder / IGNORED, "a text").decode(errors="replace").split()
    return any(entry.strip("/") == STATE.strip("/") for entry in lines)


def _name_of(folder: Path) -> str:
    """Make a name of the folder's."""
    name = _OTHER.sub("_", folder.resolve().name.lower()).strip("_")
    name = (name if name[:1].isalpha() else f"project_{name}")[:63].strip("_")
    if not NAME.fullmatch(name):
        raise refusal(str(folder), expected="a folder's name to make the project's of", found=repr(folder.name))
    return name


def _tell_next(folder: Path, person: tuple[str, str] | None, *, is_ignored: bool) -> None:
    heading("Next")
    if person is None:
        line("people.yaml: put yourself in the place of you@example.org; git does not say who you are.", indent=2)
    if not is_ignored:
        line("Add .assay/ to .gitignore: what lies there is of this machine alone.", indent=2)
    if folder.resolve() != Path.cwd():
        command(printable(f"cd {folder}"))
    command("assay key new            # your key; its public half goes into people.yaml")
    command("assay contract infer FILES... -o sources/NAME.odcs.yaml")
    command("assay contract lint")
    command("git init && git add . && git commit -m 'A new project'")
