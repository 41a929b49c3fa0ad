"""What of a Python source can make it compute otherwise: its tree without words for people and for type checkers.

A tree is only ever compared with another one of the same moment; what is remembered is a digest of tokens, for trees
change with Python's versions (decision 15).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from assay.workflow.python_tokens import python_digest

_TYPING = frozenset({"typing", "typing_extensions", "collections.abc", "types", "__future__"})
"""Modules that are imported to write types; what is used of them besides stays."""

_LOOKS_AT_ITSELF = frozenset({
    "__annotations__", "__doc__", "__all__", "get_type_hints", "get_annotations", "inspect", "signature", "getdoc",
    "eval", "exec", "globals", "locals", "vars", "getattr", "pydoc", "doctest", "__code__", "__dict__", "__globals__",
})  # fmt: skip
"""Names of a source that may read its own words or types, so that these count."""


def says_the_same(old: str, new: str) -> bool:
    """Say whether two Python sources compute the same for certain, from their text alone.

    Args:
        old: a text that Python can parse.
        new: so also.
    """
    return python_digest(old) == python_digest(new) or _meaning(old) == _meaning(new)


@lru_cache(maxsize=128)
def _meaning(source: str) -> str:
    module = ast.parse(source)
    if _LOOKS_AT_ITSELF & set(_names(module)):
        return ast.dump(module)
    bare = _Bare(_passed_on(module)).visit(module)
    bare.body = list(_without_types(bare))
    return ast.dump(bare)


def _names(module: ast.AST) -> Iterator[str]:
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.alias(name=name, asname=other):
                yield from name.split(".")
                yield other or ""


def _passed_on(module: ast.AST) -> frozenset[str]:
    """Return names that are used otherwise than to call them: what gets such a function may read its types."""
    called = {id(node.func) for node in ast.walk(module) if isinstance(node, ast.Call)}
    found = set()
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name) if id(node) not in called:
                found.add(name)
    return frozenset(found)


class _Bare(ast.NodeTransformer):
    """Takes the words for people and type checkers out of a tree, where nothing else can read them."""

    def __init__(self, passed_on: frozenset[str]) -> None:
        self._passed_on = passed_on

    def visit_Module(self, node: ast.Module) -> ast.AST:
        self.generic_visit(node)
        node.body = _without_docstring(node.body)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Keep the annotations in a class: a dataclass is made of them."""
        node.body = _without_docstring(
            [part if isinstance(part, ast.AnnAssign) else self._kept(part) for part in node.body]
        )
        return node

    def _kept(self, part: ast.stmt) -> Any:
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.generic_visit(part)
            part.body = _without_docstring(part.body)
            return part
        return self.visit(part)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        """Take the annotations of a function that is only ever called: any other may be dispatched by them."""
        self.generic_visit(node)
        node.body = _without_docstring(node.body)
        if not node.decorator_list and node.name not in self._passed_on:
            node.returns = None
            for argument in _arguments(node):
                argument.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Make an annotated assignment a plain one; a mere declaration stays, for it makes a name local."""
        self.generic_visit(node)
        if node.value is None or not isinstance(node.target, ast.Name):
            return node
        return ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node)


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    of = node.args
    listed = [*of.posonlyargs, *of.args, *of.kwonlyargs, of.vararg, of.kwarg]
    return [each for each in listed if each is not None]


def _without_docstring(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest or [ast.Pass()]
    return list(body)


def _without_types(module: ast.Module) -> Iterator[ast.stmt]:
    """Leave out imports for types alone that nothing uses, and what type checkers alone see."""
    start = _from_where_checked(module)
    seen = [part for at, part in enumerate(module.body) if not (at > start and _is_for_checkers(part))]
    used = {name for part in seen if not _imported(part) for name in _names(part)}
    is_plain = not any(_has_types_at_run_time(node) for node in ast.walk(module))
    for part in seen:
        names = _imported(part)
        if names and isinstance(part, (ast.Import, ast.ImportFrom)):
            kept = [each for each in names if (each.asname or each.name).partition(".")[0] in used or not is_plain]
            of_types = {part.module} if isinstance(part, ast.ImportFrom) else {each.name for each in names}
            if of_types <= _TYPING and len(kept) < len(names):
                if kept:
                    part.names = kept
                    yield part
                continue
        yield part


def _imported(part: ast.stmt, module: str = "") -> list[ast.alias]:
    if isinstance(part, ast.ImportFrom) and not part.level and module in ("", part.module):
        return part.names
    return part.names if isinstance(part, ast.Import) and not module else []


def _from_where_checked(module: ast.Module) -> int:
    """Return the place of the import of TYPE_CHECKING; behind the end if the name may be bound in another way too."""
    places = [at for at, part in enumerate(module.body) for each in _imported(part, "typing") if _is_checking(each)]
    mentions = 0
    for node in ast.walk(module):
        if isinstance(node, ast.alias) and node.name == "*":
            return len(module.body)
        if not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)):
            for _, value in ast.iter_fields(node):
                mentions += (value if isinstance(value, list) else [value]).count("TYPE_CHECKING")
    return places[0] if len(places) == mentions == 1 else len(module.body)


def _is_checking(alias: ast.alias) -> bool:
    return alias.name == "TYPE_CHECKING" and alias.asname is None


def _is_for_checkers(part: ast.stmt) -> bool:
    return (
        isinstance(part, ast.If)
        and not part.orelse
        and isinstance(part.test, ast.Name)
        and part.test.id == "TYPE_CHECKING"
    )


def _has_types_at_run_time(node: ast.AST) -> bool:
    """Whether a part keeps its types when it runs, so that also imports for types count."""
    if isinstance(node, (ast.ClassDef, ast.AnnAssign)):
        return True
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    return bool(node.decorator_list or node.returns or any(each.annotation for each in _arguments(node)))
