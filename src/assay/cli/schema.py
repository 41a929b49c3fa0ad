"""`assay schema`: JSON Schemas of the files of a project, by which editors complete, explain and check them."""

from __future__ import annotations

import json
from pathlib import Path

import click

from assay.base.errors import WrongUsage, refusal
from assay.base.printable import printable
from assay.cli.door import read_file, write_file
from assay.cli.output import command, heading, line, table
from assay.connectors.contract_schema import load_contract_schema
from assay.project.schemas import FOLDER, KINDS, file_schema, header
from assay.stores.worktree import find_project

_WHAT = "a schema"


@click.command()
@click.argument("kind", required=False, metavar="[KIND]")
@click.option("--write", is_flag=True, help=f"Write all of them to {FOLDER}; what is there already stays.")
@click.option(
    "--project", envvar="ASSAY_PROJECT", type=click.Path(path_type=Path), metavar="DIR",
    help="Where to write [default: the nearest project above].",
)  # fmt: skip
def schema(kind: str | None, write: bool, project: Path | None) -> None:
    """Print the JSON Schema of a kind of file; without KIND, list the kinds.

    Editors with the YAML language server read the comment that stands first in a file.
    """
    if write and kind is not None:
        wrong = refusal("assay schema", expected="KIND or --write", found="both", hint="--write writes all of them.")
        raise WrongUsage(*wrong.faults)
    if write:
        written = write_schemas(find_project((project or Path.cwd()).resolve()))
        line(f"{FOLDER}: {', '.join(written) or 'nothing new: all of them are there'}.")
    elif kind is not None:
        click.echo(_text(kind), nl=False)
    else:
        table([(name, of.files) for name, of in KINDS.items()], ("kind", "files"))
        heading("Completion in an editor")
        line("assay schema --write, once in each clone; then the first line of a file:", indent=2)
        for name, path in (("product", "products/NAME/product.yaml"), ("tests", "products/NAME/tests/STEP.yaml")):
            command(header(name, path), indent=2)


def write_schemas(project: Path) -> tuple[str, ...]:
    """Write the schemas of all kinds into a project, and return those that were not there, or not so.

    Raises:
        AssayError: there is no room or no leave to write.
    """
    changed = []
    for kind in KINDS:
        path, text = project / FOLDER / f"{kind}.json", _text(kind).encode()
        if not path.is_file() or read_file(path, _WHAT) != text:
            write_file(path, text)
            changed.append(printable(path.name))
    return tuple(changed)


def _text(kind: str) -> str:
    return json.dumps(file_schema(kind, load_contract_schema()), indent=2, ensure_ascii=False) + "\n"
