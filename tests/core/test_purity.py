"""Floors 0 to 5 do nothing but compute: what an import contract cannot see is looked for in their syntax trees.

import-linter keeps modules out (os, time, random, ...). What is left are the built-in functions that touch the world,
the clock of `datetime`, which is needed for its values, and state that a module keeps between calls.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from house import PACKAGE, ROOT, pure_rooms

BUILTINS = frozenset({"open", "print", "input", "exec", "eval", "compile", "__import__", "breakpoint"})
"""Disk, terminal and code at run time."""

CHANCE = frozenset({"hash"})
"""Of a text it differs from process to process."""

CLOCKS = frozenset({"now", "utcnow", "today"})
"""Methods of `datetime`, `date` and of every clock: a moment is an argument here."""

CONTAINERS = frozenset({"list", "dict", "set", "bytearray", "defaultdict", "deque", "Counter", "OrderedDict"})

READ_ONLY = frozenset({"Mapping", "Sequence"})


def impurities(source: str) -> list[str]:
    """List what a module of the pure floors may not contain, each with its line."""
    tree = ast.parse(source)
    found = [*_calls(tree), *_kept_state(tree)]
    return [f"line {line}: {what}" for line, what in sorted(found)]


def _calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in BUILTINS | CHANCE:
                yield node.lineno, f"a call of {name}()"
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCKS:
                yield node.lineno, f"a clock, .{name}()"
            case ast.Attribute(value=ast.Name(id=kind) | ast.Attribute(attr=kind), attr=name) if (
                kind in {"datetime", "date"} and name in CLOCKS and id(node) not in called
            ):
                yield node.lineno, f"a clock, .{name}"
            case ast.Global():
                yield node.lineno, f"global {', '.join(node.names)}"


def _kept_state(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Find containers that a module begins empty: they can only be there to be filled.

    A literal table is welcome, and so is an empty one whose type lets nobody fill it.
    """
    for statement in tree.body:
        match statement:
            case ast.AnnAssign(annotation=ast.Subscript(value=ast.Name(id=kind))) if kind in READ_ONLY:
                continue
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value) if _is_empty_container(value):
                yield statement.lineno, "an empty container kept by the module"


def _is_empty_container(value: ast.expr) -> bool:
    match value:
        case ast.List(elts=[]) | ast.Dict(keys=[]):
            return True
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name in {"defaultdict", "deque"} or (name in CONTAINERS and not value.args and not value.keywords)
    return False


@pytest.mark.parametrize("room", pure_rooms())
def test_a_pure_room_touches_nothing(room: str) -> None:
    found = {
        str(path.relative_to(ROOT)): impure
        for path in sorted((PACKAGE / room).rglob("*.py"))
        if (impure := impurities(path.read_text()))
    }

    assert found == {}


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("def read(name):\n    return open(name)", "line 2: a call of open()"),
        ("print('here')", "line 1: a call of print()"),
        ("x = eval('1')", "line 1: a call of eval()"),
        ("__import__('os')", "line 1: a call of __import__()"),
        ("key = hash('text')", "line 1: a call of hash()"),
        ("from datetime import datetime\nat = datetime.now()", "line 2: a clock, .now()"),
        ("import datetime\ndef f():\n    return datetime.date.today()", "line 3: a clock, .today()"),
        ("from datetime import datetime\nclock = datetime.utcnow", "line 2: a clock, .utcnow"),
        ("at = clock.now()", "line 1: a clock, .now()"),
        ("seen = []", "line 1: an empty container kept by the module"),
        ("seen: dict[str, int] = {}", "line 1: an empty container kept by the module"),
        ("seen = set()", "line 1: an empty container kept by the module"),
        ("import collections\nseen = collections.defaultdict(list)", "line 2: an empty container kept by the module"),
        ("n = 0\ndef f():\n    global n\n    n += 1", "line 3: global n"),
    ],
)
def test_the_checker_names_what_is_impure(source: str, line: str) -> None:
    assert impurities(source) == [line]


@pytest.mark.parametrize(
    "source",
    [
        "TABLE = {'a': 1, 'b': 2}",
        "NAMES = frozenset({'a'})",
        "NOTHING: Mapping[str, int] = {}",
        "def f():\n    seen = []\n    return seen",
        "def f(self):\n    return self.now",
        "from datetime import UTC, datetime\nEPOCH = datetime(1970, 1, 1, tzinfo=UTC)",
    ],
)
def test_the_checker_lets_values_and_tables_pass(source: str) -> None:
    assert impurities(source) == []
