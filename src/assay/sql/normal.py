"""From an expression to its normal form (`assay.sql.relations`): names resolved, order that says nothing gone.

Of two ways to write the same many are told apart all the same; two that mean something else never get one form. What
is not understood raises `Undetermined`. Functions keep the name by which they are written, for sqlglot puts some
together that give different values. Imported only where queries are compared, for sqlglot is slow to import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, ClassVar, NoReturn

from sqlglot import TokenType, exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError

from assay.sql.binding import LOOSE, WRITTEN, check_binding, check_symbols, is_doubled
from assay.sql.functions import OF_ALL_COLUMNS
from assay.sql.relations import Relation, Scope, SourceColumn, Term, Undetermined, columns_text, meaning_of

Maker = Callable[[exp.Expr, Scope], Relation]
"""Makes a relation of a query that stands within an expression."""

_KEPT = ("CAST", "TRY_CAST", "EXTRACT", "TRIM", "SUBSTRING", "POSITION", "OVERLAY")
"""Functions with words between their arguments, which need a parser of their own."""


class _AsWritten(DuckDB):
    """DuckDB's dialect with functions, parentheses and paths within JSON as they are written."""

    def to_json_path(self, path: exp.Expr | None) -> exp.Expr | None:
        """Keep the right side of ``->``: for DuckDB ``'a.b'`` is one key, and ``'$.a.b'`` a path."""
        return path

    class Parser(DuckDB.Parser):  # type: ignore[valid-type, misc]  # an alias there, and a class all the same
        """The parser of it."""

        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            name: parser for name, parser in DuckDB.Parser.FUNCTION_PARSERS.items() if name in _KEPT
        }

        UNARY_PARSERS: ClassVar[dict[Any, Any]] = {
            **DuckDB.Parser.UNARY_PARSERS,
            TokenType.PLUS: lambda _: _refuse("it uses + with nothing before it"),  # else it would be left out
        }

        def _parse_paren(self) -> exp.Expr | None:
            return _marked(super()._parse_paren(), exp.Paren)

        def _parse_cast(self, *given: Any, **options: Any) -> exp.Expr:
            found: exp.Expr = super()._parse_cast(*given, **options)
            return _marked(found, exp.Cast) or found


def _refuse(why: str) -> NoReturn:
    raise Undetermined(why)


def _marked(node: exp.Expr | None, kind: type[exp.Expr]) -> exp.Expr | None:
    if isinstance(node, kind):
        node.meta[WRITTEN] = True
    return node


def parse_as_written(text: str) -> exp.Query:
    """Parse one query, which is known to be one.

    Raises:
        Undetermined: it cannot be parsed this way.
    """
    dialect = _AsWritten()
    try:
        tokens = dialect.tokenize(text)
        found = [tree for tree in dialect.parser().parse(tokens, text) if isinstance(tree, exp.Query)]
    except SqlglotError as error:
        raise Undetermined("the query cannot be taken apart") from error
    if len(found) != 1:
        raise Undetermined("the query cannot be taken apart")
    check_symbols(tokens)
    if any(is_doubled(token) for token in tokens):
        for equation in found[0].find_all(exp.EQ):
            equation.meta[LOOSE] = True
    return found[0]


def term_of(node: exp.Expr, scope: Scope, relation: Maker) -> Term:
    """Return an expression in normal form.

    Args:
        node: the expression.
        scope: what names mean there.
        relation: makes the relation of a query within it.

    Raises:
        Undetermined: it has something that is not understood.
    """
    check_binding(node)
    walk = _Walk(scope, relation)
    text = walk.text(node)
    return Term(text, frozenset(walk.sources) if walk.is_known else None)


def window_of(node: exp.Window, scope: Scope, relation: Maker) -> dict[str, str]:
    """Return in normal form what WINDOW says of a name, with what it says of the one on which that builds.

    Raises:
        Undetermined: it has something that is not understood.
    """
    check_binding(node)
    return {key: text for key, text in _Walk(scope, relation).whole(node).items() if key != "this"}


class _Walk:
    """One walk through an expression; the columns that it meets are noted."""

    def __init__(self, scope: Scope, relation: Maker) -> None:
        self.scope = scope
        self.relation = relation
        self.sources: set[SourceColumn] = set()
        self.is_known = True

    def text(self, node: exp.Expr) -> str:
        return FORMS.get(type(node), _Walk.plain)(self, node)

    def note(self, sources: frozenset[SourceColumn] | None) -> None:
        self.is_known = self.is_known and sources is not None
        self.sources |= sources or frozenset()

    def plain(self, node: exp.Expr) -> str:
        """Write a node by its kind and all that it holds."""
        parts = [f"{k}={self.value(v)}" for k, v in sorted(node.args.items()) if not _is_nothing(k, v)]
        return f"{type(node).__name__}({', '.join(parts)})"

    def value(self, value: Any) -> str:
        if isinstance(value, exp.Expr):
            return self.text(value)
        if isinstance(value, (list, tuple)):
            return f"[{', '.join(self.value(part) for part in value)}]"
        return repr(value.value if isinstance(value, Enum) else value)

    def within(self, node: exp.Expr) -> str:
        return self.text(node.this)

    def refused(self, node: exp.Expr) -> str:
        raise Undetermined(f"it uses {_called(node)}, which stands for columns that it does not name")

    def name(self, node: exp.Identifier) -> str:
        """Write a name: DuckDB ignores its case, but what it is given as the name of a field it keeps."""
        return repr(node.name if isinstance(node.parent, exp.PropertyEQ) else node.name.lower())

    def word(self, node: exp.Var) -> str:
        return repr(node.name.lower())

    def literal(self, node: exp.Literal) -> str:
        return repr(node.this) if node.is_string else str(node.this).lower()

    def column(self, node: exp.Column) -> str:
        parts = [part.name.lower() for part in node.parts]
        if any(isinstance(part, exp.Star) for part in node.parts):
            self.refused(node)
        term = meaning_of(parts, self.scope).term
        self.note(term.sources)
        return term.text

    def field(self, node: exp.Dot) -> str:
        return f"{self.text(node.this)}.{self.text(node.expression)}"

    def several(self, node: exp.Connector) -> str:
        """Write what AND or OR hold together: each once, for neither order nor repetition says anything."""
        parts = sorted({self.text(part) for part in connected(node, type(node))})
        return parts[0] if len(parts) == 1 else f"{type(node).__name__}({', '.join(parts)})"

    def both(self, node: exp.Binary) -> str:
        sides = sorted((self.text(node.this), self.text(node.expression)))
        return f"{type(node).__name__}({', '.join(sides)})"

    def turned(self, node: exp.Binary) -> str:
        kind = "LT" if isinstance(node, exp.GT) else "LTE"
        return f"{kind}({self.text(node.expression)}, {self.text(node.this)})"

    def smaller(self, node: exp.Binary) -> str:
        return f"{type(node).__name__}({self.text(node.this)}, {self.text(node.expression)})"

    def function(self, node: exp.Anonymous) -> str:
        name = node.name.lower()
        if name in OF_ALL_COLUMNS:
            self.refused(node)
        if name == "count" and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Star):
            return "count(*)"
        return f"{name}({', '.join(self.text(argument) for argument in node.expressions)})"

    def ordered(self, node: exp.Ordered) -> str:
        parts = [self.text(node.this), "desc" if node.args.get("desc") else "asc"]
        nulls = "first" if node.args.get("nulls_first") else "last"
        fill = node.args.get("with_fill")
        return f"ordered({', '.join([*parts, nulls, *([self.text(fill)] if fill else [])])})"

    def window(self, node: exp.Window) -> str:
        """Write a window with what WINDOW says of its name in place of the name."""
        parts = self.whole(node)
        return f"window({', '.join(f'{key}={parts[key]}' for key in sorted(parts))})"

    def whole(self, node: exp.Window) -> dict[str, str]:
        """Return what a window holds, together with what the one on which it builds holds."""
        alias = node.args.get("alias")
        name = alias.name.lower() if alias is not None else ""
        defined = self.scope.windows.get(name) if name else {}
        if defined is None:
            raise Undetermined(f"nobody can tell what the window {name} is")
        return {**defined, **self.held(node)}

    def held(self, node: exp.Window) -> dict[str, str]:
        """Return what a window holds besides the name of another."""
        return {
            key: self.value(value) for key, value in node.args.items() if key != "alias" and not _is_nothing(key, value)
        }

    def frame(self, node: exp.WindowSpec) -> str:
        return self.plain(node).lower()

    def query(self, node: exp.Expr) -> str:
        relation = self.relation(node, self.scope)
        self.note(relation.value_sources)
        self.note(relation.row_sources)
        return f"query({relation.rows}, {columns_text(relation.columns)})"

    def listed(self, node: exp.Comprehension) -> str:
        self.is_known = False  # the name that it makes is no column
        return self.plain(node)


FORMS: Mapping[type[exp.Expr], Callable[[_Walk, Any], str]] = {
    exp.Paren: _Walk.within,
    exp.Alias: _Walk.within,
    exp.Identifier: _Walk.name,
    exp.Var: _Walk.word,
    exp.Literal: _Walk.literal,
    exp.Column: _Walk.column,
    exp.Dot: _Walk.field,
    exp.And: _Walk.several,
    exp.Or: _Walk.several,
    exp.EQ: _Walk.both,
    exp.NEQ: _Walk.both,
    exp.LT: _Walk.smaller,
    exp.LTE: _Walk.smaller,
    exp.GT: _Walk.turned,
    exp.GTE: _Walk.turned,
    exp.Anonymous: _Walk.function,
    exp.Ordered: _Walk.ordered,
    exp.Window: _Walk.window,
    exp.WindowSpec: _Walk.frame,
    exp.Comprehension: _Walk.listed,
    exp.Select: _Walk.query,
    exp.Union: _Walk.query,
    exp.Except: _Walk.query,
    exp.Intersect: _Walk.query,
    exp.Subquery: _Walk.query,
    exp.Star: _Walk.refused,
    exp.Columns: _Walk.refused,
    exp.PositionalColumn: _Walk.refused,
    exp.Pivot: _Walk.refused,
}
"""What is written in another way than by its kind and all that it holds."""

_SAYS_NOTHING = {("over", "OVER"), ("nested", False)}


def _is_nothing(key: str, value: Any) -> bool:
    if value is None or value == [] or key.startswith("_"):
        return True
    return isinstance(value, (str, bool)) and (key, value) in _SAYS_NOTHING


def connected(node: exp.Expr, by: type[exp.Expr]) -> Sequence[exp.Expr]:
    """Return the terms that AND (or OR) hold together, through all parentheses."""
    inner = node.unnest()
    if not isinstance(inner, by):
        return [inner]
    return [*connected(inner.this, by), *connected(inner.expression, by)]


def _called(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return f"{node.name.upper()}()"
    return "*" if isinstance(node, (exp.Star, exp.Column)) else type(node).__name__.upper()
