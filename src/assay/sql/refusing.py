"""What of a query in another dialect cannot be given to DuckDB with the same meaning: each by its name, at its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from assay.base.errors import Fault, Place
from assay.sql.carried import (
    FUNCTIONS,
    GRAMMAR,
    KEEPS_CASE,
    NAMED,
    TEXT_TYPES,
)
from assay.sql.carrying import unsure_quotients
from assay.sql.dialects import MEANINGS, Dialect
from assay.sql.form_checks import CHECKS, OTHERWISE
from assay.sql.spark import CLOCK, DAYS_OF_THE_CLOCK
from assay.sql.tokens import line_at

_MOST_NESTED = 6
_T = exp.DataType.Type


def refused_nodes(tree: exp.Query, text: str, file: str, dialect: Dialect) -> Iterator[Fault]:
    """Find what is not carried.

    Args:
        tree: of the query, as sqlglot read it.
        text: from which it was read.
        file: the name to show in errors.
        dialect: in which it is written.
    """
    title = MEANINGS[dialect].title
    seen: set[tuple[int, str]] = set()

    def fault(node: exp.Expr, expected: str, hint: str) -> Iterator[Fault]:
        line, found = line_of(node, text), _written(node, text)
        if (line, found) not in seen:
            seen.add((line, found))
            yield Fault(Place(file, line), expected, found, hint)

    same = f"what means the same in {title} and in DuckDB"
    for node in tree.walk():
        if _is_moment_of_now(node):
            yield from fault(node, CLOCK.expected, CLOCK.hint)
        elif not _is_carried(node, dialect):
            yield from fault(node, f"SQL of {title} that is carried to DuckDB", OTHERWISE)
        else:
            for hint in _hints(node, dialect):
                yield from fault(node, same, hint)
    for node in filter(_is_deep, tree.find_all(exp.Div, exp.Mod, exp.Nullif)):
        yield from fault(node, f"at most {_MOST_NESTED} quotients or NULLIF in each other", "Name one in a WITH.")
    for node in unsure_quotients(tree, dialect):
        yield from fault(node, f"types by which {title} and DuckDB divide alike", "Cast it: CAST(... AS BIGINT).")
    for identifier, other in _alike(tree, dialect):
        yield from fault(identifier, f"another name than {other}: for DuckDB case does not count", "Rename one.")


def _is_carried(node: exp.Expr, dialect: Dialect) -> bool:
    if isinstance(node, exp.Anonymous):
        return dialect in NAMED.get(node.name.lower(), ())
    return type(node) in GRAMMAR or dialect in FUNCTIONS.get(type(node), ())


def nameless(tree: exp.Query, text: str, file: str) -> Iterator[Fault]:
    """Find the columns of a table that have no name, or one that each engine makes up."""
    for selected in tree.selects:
        if not isinstance(selected, (exp.Column, exp.Alias, exp.Star)):
            hint = "Give it a name with AS."
            yield Fault(Place(file, line_of(selected, text)), "a name for each column", _written(selected, text), hint)


def _hints(node: exp.Expr, dialect: Dialect) -> Iterator[str]:
    hints = (check(node, dialect) for kind, check in CHECKS.items() if isinstance(node, kind))
    return (hint for hint in hints if hint)


def _is_deep(node: exp.Expr) -> bool:
    """Whether too many nodes above it are written with it in them twice: what is doubled each time has no end."""
    count = 0
    above: exp.Expr | None = node.parent
    below = node
    while above is not None and count <= _MOST_NESTED:
        is_divisor = isinstance(above, (exp.Div, exp.Mod)) and above.args["expression"] is below
        count += is_divisor or isinstance(above, exp.Nullif)
        below, above = above, above.parent
    return count > _MOST_NESTED


def line_of(node: exp.Expr, text: str) -> int:
    """Return the line on which a node is written, or else what it holds, or what holds it."""
    starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
    above = node.parent
    while not starts and above is not None:
        starts, above = [part.meta["start"] for part in above.walk() if "start" in part.meta], above.parent
    return line_at(text, min(starts, default=0))


def _written(node: exp.Expr, text: str) -> str:
    """Return the words by which a node is called where it stands."""
    if "start" in node.meta and not isinstance(node, exp.Identifier):
        return text[node.meta["start"] : node.meta["end"] + 1]
    if type(node) in _WORDS:
        return _WORDS[type(node)]
    if isinstance(node, exp.Cast):
        return f"a cast to {node.to.sql()}"
    if isinstance(node, (exp.Column, exp.Identifier, exp.Literal, exp.Table)):
        return node.sql()
    if isinstance(node, exp.Func):
        return node.name.upper() if isinstance(node, exp.Anonymous) else node.sql_name().replace("_", " ")
    return type(node).__name__.upper()


_WORDS: Mapping[type[exp.Expr], str] = {
    exp.Div: "/", exp.Mod: "%", exp.DPipe: "||", exp.RegexpLike: "a regular expression", exp.Bracket: "[...]",
    exp.Dot: "a field of a column", exp.TableSample: "a sample", exp.BitwiseAnd: "&", exp.BitwiseOr: "|",
    exp.BitwiseXor: "^", exp.Union: "sets of several kinds", exp.Intersect: "sets of several kinds",
    exp.Except: "sets of several kinds", exp.GroupingSets: "GROUPING SETS",
}  # fmt: skip


def _is_moment_of_now(node: exp.Expr) -> bool:
    if not isinstance(node, (exp.Cast, exp.Func)) or not isinstance(node.this, exp.Literal):
        return False
    is_moment = not isinstance(node, exp.Cast) or node.to.this not in TEXT_TYPES
    first = next(iter(node.this.name.lower().split()), "") if node.this.is_string else ""
    makes = isinstance(node, exp.Cast) or type(node) not in FUNCTIONS
    return first in DAYS_OF_THE_CLOCK and is_moment and makes


def _alike(tree: exp.Query, dialect: Dialect) -> Iterator[tuple[exp.Expr, str]]:
    """Find names that differ for the dialect in case alone."""
    if dialect not in KEEPS_CASE:
        return
    known: dict[str, str] = {}
    for node in tree.find_all(exp.Identifier):
        fold = str.lower if dialect is Dialect.POSTGRES else str.upper
        meant = node.name if node.args.get("quoted") else fold(node.name)
        first = known.setdefault(node.name.lower(), meant)
        if first != meant:
            yield node, first
