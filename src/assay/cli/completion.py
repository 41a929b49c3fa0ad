"""`assay completion`: what a shell asks when somebody presses Tab, and the script by which it does.

Names are told from the project's folders, its file and its database as they lie there: no command is loaded for them,
nothing is judged, and whatever goes wrong is no completion and no word.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, ShellComplete, ZshComplete

from assay.cli.main import COMMANDS, VARIABLE, cli

_MARKER = "assay.yaml"
_OPENED = "opened"
_RELEASE = "release:"

_SHELLS: Mapping[str, type[ShellComplete]] = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}
_FIRST_LINES: Mapping[str, str] = {
    "bash": 'Put this into ~/.bashrc: eval "$(assay completion bash)"',
    "zsh": 'Put this into ~/.zshrc: eval "$(assay completion zsh)"',
    "fish": "Put this into ~/.config/fish/completions/assay.fish: assay completion fish | source",
}

Names = Callable[[Path], Iterable[str]]


@click.command()
@click.argument("shell", type=click.Choice(list(_SHELLS)))
def completion(shell: str) -> None:
    """Print the script that completes commands, options and the project's names in a shell."""
    click.echo(f"# {_FIRST_LINES[shell]}")
    click.echo(_SHELLS[shell](cli, {}, "assay", VARIABLE).source())


def complete(instruction: str) -> int:
    """Answer a shell that asks; it is told nothing where there is nothing to tell.

    Args:
        instruction: as the script passes it in the variable, ``bash_complete``.
    """
    try:
        shell, _, what = instruction.partition("_")
        asked = _SHELLS[shell](cli, {}, "assay", VARIABLE)
        if what != "complete":
            return 1
        args, incomplete = asked.get_completion_args()
        items = _completions(asked, args, incomplete)
        click.echo("\n".join(map(asked.format_completion, items)))
    except Exception:  # noqa: BLE001  (an entry point, and no word of ours may land in what somebody is typing)
        return 1
    return 0


def _completions(asked: ShellComplete, args: list[str], incomplete: str) -> Sequence[CompletionItem[Any]]:
    if not args and not incomplete.startswith("-"):
        return [CompletionItem(n, help=text) for n, (_, text) in COMMANDS.items() if n.startswith(incomplete)]
    names = names_asked(args, incomplete)
    if names is None:
        return asked.get_completions(args, incomplete)
    root = _project(args)
    found = sorted(set(names(root))) if root is not None else []
    return [CompletionItem(name) for name in found if name.startswith(incomplete)]


def names_asked(args: Sequence[str], incomplete: str) -> Names | None:
    """Say which names of the project are asked for; None where the command itself has to be looked at.

    Args:
        args: the words before, without the program's name.
        incomplete: the beginning of the word.
    """
    if args[-1] in _OPTIONS:
        return _OPTIONS[args[-1]]
    if incomplete.startswith("-") or args[-1].startswith("-"):
        return None
    for length in (2, 1):
        if tuple(args[:length]) in _ARGUMENTS:
            places = _ARGUMENTS[tuple(args[:length])]
            given = sum(1 for number, word in enumerate(args[length:], length) if _is_argument(args, number, word))
            return places[given] if given < len(places) else None
    return None


def _is_argument(args: Sequence[str], number: int, word: str) -> bool:
    """Whether a word stands for itself: it is no option, and no value of one."""
    return not word.startswith("-") and not (args[number - 1] in _OPTIONS or args[number - 1] in _WITH_VALUES)


def _project(args: Sequence[str]) -> Path | None:
    """Return the project's folder as the command would find it; None where there is none."""
    named = args[args.index("--project") + 1] if "--project" in args[:-1] else os.environ.get("ASSAY_PROJECT")
    start = Path(named).expanduser() if named else Path.cwd()
    return next((folder for folder in (start, *start.parents) if (folder / _MARKER).is_file()), None)


def _products(root: Path) -> Iterable[str]:
    return (path.parent.name for path in root.glob("products/*/product.yaml"))


def _steps(root: Path) -> Iterable[str]:
    """Give products, and steps as PRODUCT.STEP."""
    yield from _products(root)
    for path in root.glob("products/*/workflow/*.*"):
        yield f"{path.parts[-3]}.{path.stem}"


def _datasets(root: Path) -> Iterable[str]:
    return (path.name.partition(".")[0] for path in root.glob("products/*/contracts/*.odcs.yaml"))


def _environments(root: Path) -> Iterable[str]:
    """Give the environments in which the project's people build: those without a node."""
    from assay.base.reading import read_yaml

    listed = read_yaml((root / _MARKER).read_bytes(), _MARKER).value["environments"]
    return (name for name, entry in listed.items() if "node" not in entry)


def _releases(root: Path) -> Iterable[str]:
    """Give every release that was ever opened, from the ledger as it lies there."""
    state = root / ".assay" / "state.db"
    if not state.is_file():
        return
    with closing(sqlite3.connect(f"file:{state}?mode=ro", uri=True, timeout=0)) as database:
        for (text,) in database.execute("SELECT data FROM events WHERE kind = 'statement-recorded'"):
            data = json.loads(text)
            if data.get("kind") == _OPENED:
                yield from (name.removeprefix(_RELEASE) for name in data["subjects"] if name.startswith(_RELEASE))


def _versions(root: Path) -> Iterable[str]:
    yield from _environments(root)
    yield from _releases(root)


_ARGUMENTS: Mapping[tuple[str, ...], Sequence[Names]] = {
    ("status",): (_releases,),
    ("assess",): (_releases,),
    ("release", "new"): (_products,),
    ("release", "show"): (_releases,),
    ("release", "cancel"): (_releases,),
    ("release", "order"): (_releases,),
    ("release", "rollback"): (_products,),
    ("change",): (_products,),
    ("plan",): (_products,),
    ("build",): (_products,),
    ("sql",): (_steps,),
    ("test",): (_steps,),
    ("shell",): (_products,),
    ("compare",): (_versions, _versions, _datasets),
    ("freeze",): (_releases,),
    ("publish",): (_releases,),
    ("signoff",): (_releases,),
    ("bundle", "build"): (_releases,),
    ("monitor",): (_products,),
    ("node", "deploy"): (_releases,),
    ("feedback", "ask"): (_releases,),
    ("feedback", "give"): (_releases,),
}
"""Command to what each of its arguments names; `validate` is not here, for it takes files as well."""

_OPTIONS: Mapping[str, Names] = {"--product": _products, "--env": _environments, "--now": _products}
"""Options to what they name, of whatever command."""

_WITH_VALUES = frozenset(
    {"--cut", "--project", "--key", "--reason", "--feeds", "--since", "--on", "--last", "-k", "-o"}
)
"""Other options behind which the next word is their value."""
