"""Takes a query apart into relations: where its rows come from, what decides about them, what its columns are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from assay.base.names import TableRef
from assay.sql.binding import check_binding
from assay.sql.normal import parse_as_written, term_of, window_of
from assay.sql.relations import (
    GIVEN,
    Column,
    Part,
    Relation,
    Scope,
    Slot,
    SourceColumn,
    Term,
    Undetermined,
    columns_text,
    meaning_of,
    united,
    whole_table,
)
from assay.sql.row_counts import aggregates, aggregates_within, expands, is_key

_SELECT = frozenset({
    "expressions", "from_", "joins", "where", "group", "having", "qualify", "windows", "distinct", "order", "limit",
    "offset", "with_",
})  # fmt: skip
_SET_OPERATION = frozenset({"this", "expression", "distinct", "by_name", "order", "limit", "offset", "with_"})
_NESTED = frozenset({"this", "alias", "with_"})
_TABLE = frozenset({"this", "db", "alias"})
_JOIN = frozenset({"this", "on", "side", "kind", "using", "method"})
_NO_TABLES: Mapping[TableRef, Sequence[str]] = {}


def take_apart(text: str, tables: Mapping[TableRef, Sequence[str]] = _NO_TABLES) -> Relation:
    """Return what a query is.

    Args:
        text: the query.
        tables: the columns of tables that it reads, all of each; of others nothing is known.

    Raises:
        Undetermined: it has something that is not understood.
    """
    given = {f"{GIVEN}{table}": whole_table(table, columns) for table, columns in tables.items()}
    try:
        return _relation(parse_as_written(text), None, given)
    except RecursionError as error:
        raise Undetermined("it is nested too deeply") from error


def _inner(node: exp.Expr, scope: Scope) -> Relation:
    return _relation(node, scope, scope.ctes)


def _relation(node: exp.Expr, outer: Scope | None, ctes: Mapping[str, Relation]) -> Relation:
    ctes = _with(node, outer, ctes)
    match node:
        case exp.Subquery():
            _check(node, _NESTED)
            return _relation(node.this, outer, ctes)
        case exp.Select():
            return _Taking(Scope(ctes, outer)).select(node)
        case exp.SetOperation():
            return _set_operation(node, outer, ctes)
    raise Undetermined(f"it uses {type(node).__name__.upper()}")


def _with(node: exp.Expr, outer: Scope | None, ctes: Mapping[str, Relation]) -> Mapping[str, Relation]:
    found = node.args.get("with_")
    if found is None:
        return ctes
    if outer is not None and any(level.slots for _, level in outer.levels()):
        raise Undetermined("it has WITH inside of another query")  # whose columns it might name
    known = dict(ctes)
    for cte in found.expressions:
        name = cte.alias.lower()
        if found.args.get("recursive") and any(t.name.lower() == name for t in cte.this.find_all(exp.Table)):
            raise Undetermined(f"{name} is recursive")
        known[name] = _renamed(_relation(cte.this, None, known), cte.args.get("alias"))
    return known


def _renamed(relation: Relation, alias: exp.Expr | None) -> Relation:
    names = [each.name for each in alias.args.get("columns") or ()] if alias is not None else []
    if not names:
        return relation
    if relation.columns is None or len(names) > len(relation.columns):
        raise Undetermined("names are given to columns that nobody can tell")
    rest = [column.name for column in relation.columns[len(names) :]]
    renamed = (replace(c, name=name) for c, name in zip(relation.columns, [*names, *rest], strict=True))
    return replace(relation, columns=tuple(renamed))


def _check(node: exp.Expr, known: frozenset[str]) -> None:
    """Refuse what a node has besides what is understood."""
    for key, value in node.args.items():
        if key not in known and value not in (None, [], False, ""):
            raise Undetermined(f"it uses {key.strip('_').upper()}")


def _set_operation(node: exp.SetOperation, outer: Scope | None, ctes: Mapping[str, Relation]) -> Relation:
    """Put queries together: by position, so that all columns of all decide about the rows."""
    _check(node, _SET_OPERATION)
    branches = [_relation(side, outer, ctes) for side in (node.left, node.right)]
    kind = " ".join([
        type(node).__name__.upper(),
        *([] if node.args.get("distinct") else ["ALL"]),
        *(["BY NAME"] if node.args.get("by_name") else []),
    ])  # fmt: skip
    slots = tuple(Slot("", kind, columns_text(branch.columns), branch) for branch in branches)
    columns = None if None in (branches[0].columns, branches[1].columns) else _together(branches)
    names = {column.name.lower(): column.term for column in columns or ()}
    taking = _Taking(Scope(ctes, outer, [], names))
    taking.items = [(column.name, column.term) for column in columns or ()]
    taking.endings(node)
    rows, values = ([getattr(b, part) for b in branches] for part in ("row_sources", "value_sources"))
    compared = [] if kind.startswith("UNION ALL") else values
    return Relation(columns, slots, taking.parts, united([*rows, *compared, *taking.row_sources]), united(values))


def _together(branches: Sequence[Relation]) -> tuple[Column, ...] | None:
    pairs = [branch.columns or () for branch in branches]
    if len(pairs[0]) != len(pairs[1]):
        return None
    return tuple(
        Column(one.name, Term(f"{one.term.text} | {other.term.text}", united([one.term.sources, other.term.sources])))
        for one, other in zip(*pairs, strict=True)
    )


class _Taking:
    """One SELECT being taken apart."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.parts: dict[Part, str] = {}
        self.items: list[tuple[str, Term]] = []
        self.plain: list[Column | None] = []
        self.nodes: list[exp.Expr | None] = []
        self.has_star = False
        self.row_sources: list[frozenset[SourceColumn] | None] = []

    def select(self, node: exp.Select) -> Relation:
        _check(node, _SELECT)
        self.read(node)
        for window in node.args.get("windows") or ():
            self.scope.windows[window.this.name.lower()] = window_of(window, self.scope, _inner)
        for item in node.expressions:
            self.item(item)
        self.condition(Part.FILTER, node.args.get("where"))
        self.group(node)
        self.condition(Part.HAVING, node.args.get("having"))
        self.condition(Part.QUALIFY, node.args.get("qualify"))
        self.distinct(node.args.get("distinct"))
        self.endings(node)
        return self.result()

    def result(self) -> Relation:
        names = [name.lower() for name, _ in self.items]
        is_told = not self.has_star and all(names) and len(set(names)) == len(names)
        if not is_told:
            slots = "; ".join(slot.all_columns for slot in self.scope.slots)
            self.parts[Part.SELECT] = f"{[(name, term.text) for name, term in self.items]} of {slots}"
        columns = tuple(Column(name, term) for name, term in self.items) if is_told else None
        values = united([term.sources for _, term in self.items])
        only = self.scope.slots[0].origin if len(self.scope.slots) == 1 else None
        is_closed = not any(level.slots for depth, level in self.scope.levels() if depth)
        if is_told and is_closed and isinstance(only, Relation) and not self.parts and None not in self.plain:
            kept = zip(self.items, self.plain, strict=True)
            columns = tuple(Column(name, inner.term) for (name, _), inner in kept if inner)
            return replace(only, columns=columns, value_sources=values)
        sources = united([*self.row_sources, *(_rows_of(slot) for slot in self.scope.slots)])
        return Relation(columns, tuple(self.scope.slots), self.parts, sources, values)

    # Where rows come from

    def read(self, node: exp.Select) -> None:
        start = node.args.get("from_")
        if start is not None:
            self.scope.slots.append(self.slot(start.this, "FROM", ""))
        for join in node.args.get("joins") or ():
            self.join(join)

    def join(self, join: exp.Join) -> None:
        _check(join, _JOIN)
        words = [str(join.args.get(part) or "").upper() for part in ("method", "side", "kind")]
        kind = " ".join([word for word in words if word not in {"", "INNER", "OUTER"}] + ["JOIN"])
        condition, using = join.args.get("on"), [each.name.lower() for each in join.args.get("using") or ()]
        if kind == "JOIN" and condition is None and not using:
            kind = ","  # which binds less than any JOIN
        slot = self.slot(join.this, kind, "")
        self.scope.slots.append(slot)
        text = ""
        if condition is not None:
            term = self.term(condition)
            self.row_sources.append(term.sources)
            text = term.text
        if using:
            self.scope.merged |= set(using)
            meanings = [meaning_of([name], self.scope).term for name in using]
            self.row_sources += [meaning.sources for meaning in meanings]
            text = f"using {sorted(zip(using, (meaning.text for meaning in meanings), strict=True))}"
        if "NATURAL" in words:
            text = f"all of {[each.all_columns for each in self.scope.slots]}"
            self.row_sources.append(None)
        self.scope.slots[-1] = replace(slot, condition=text)

    def slot(self, node: exp.Expr, join: str, condition: str) -> Slot:
        alias = (node.alias_or_name or "").lower()
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            return Slot(alias, join, condition, *self.table(node))
        if isinstance(node, exp.Subquery):
            return Slot(alias, join, condition, _renamed(_inner(node, self.scope), node.args.get("alias")))
        if isinstance(node, (exp.Table, exp.Unnest, exp.Values, exp.Lateral)):
            _check(node, frozenset({"this", "alias", "expressions", "offset", "view", "outer"}))
            return Slot(alias, join, condition, f"rows of {self.term(node).text}")
        raise Undetermined(f"it reads {type(node).__name__.upper()}")

    def table(self, node: exp.Table) -> tuple[TableRef | Relation, TableRef | None]:
        """Return what a name in FROM stands for, and the table that it is where its columns are given."""
        _check(node, _TABLE)
        alias = node.args.get("alias")
        table = TableRef(node.db.lower() or None, node.name.lower())
        known = self.scope.ctes.get(table.name) if table.schema is None else None
        if known is not None:
            return _renamed(known, alias), None
        given = self.scope.ctes.get(f"{GIVEN}{table}")
        if given is not None:
            return _renamed(given, alias), table
        if alias is not None and alias.args.get("columns"):
            raise Undetermined("names are given to columns that nobody can tell")
        return table, None

    # What is selected

    def item(self, node: exp.Expr) -> None:
        inner = node.unalias()
        if isinstance(inner, exp.Star) or (isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star)):
            self.star(node)
            return
        if not isinstance(node, (exp.Column, exp.Alias)):
            self.add("", self.term(node), node)  # DuckDB makes a name of its text
            return
        plain = None
        if isinstance(inner, exp.Column):
            plain = meaning_of([part.name.lower() for part in inner.parts], self.scope).column
        self.add(node.alias_or_name, self.term(inner), inner, plain)
        if isinstance(node, exp.Alias):
            self.scope.aliases[node.alias.lower()] = self.items[-1][1]

    def star(self, node: exp.Expr) -> None:
        star = node.this if isinstance(node, exp.Column) else node
        table = node.table.lower() if isinstance(node, exp.Column) else ""
        slots = [(i, slot) for i, slot in enumerate(self.scope.slots) if not table or slot.alias == table]
        left_out = _left_out(star)
        is_whole = left_out is not None and not self.scope.merged
        check_binding(star)
        if not is_whole or not slots or any(slot.columns is None or "NATURAL" in slot.join for _, slot in slots):
            self.has_star = True
            self.add("*", Term(f"star {[i for i, _ in slots]} {star.sql(dialect='duckdb')}", None), None)
            return
        for _, slot in slots:
            for column in slot.columns or ():
                if column.name.lower() in (left_out or ()):
                    continue
                parts = [slot.alias, column.name.lower()] if slot.alias else [column.name.lower()]
                meaning = meaning_of(parts, self.scope)
                self.add(column.name, meaning.term, None, meaning.column)

    def add(self, name: str, term: Term, node: exp.Expr | None, plain: Column | None = None) -> None:
        self.items.append((name, term))
        self.nodes.append(node)
        self.plain.append(plain)

    # What decides about the rows

    def condition(self, part: Part, node: exp.Expr | None) -> None:
        if node is not None:
            term = self.term(node.this)
            self.parts[part] = term.text
            self.row_sources.append(term.sources)

    def group(self, node: exp.Select) -> None:
        group = node.args.get("group")
        selected = [each for each in self.nodes if each is not None]
        having = node.args.get("having")
        puts_together = any(aggregates(each) for each in [*selected, *([having.this] if having is not None else [])])
        if group is not None:
            terms = self.keys(group)
            self.parts[Part.GROUP] = ", ".join(sorted({term.text for term in terms}))
            self.row_sources += [term.sources for term in terms]
        elif puts_together:
            self.parts[Part.AGGREGATE] = "to one row"
        else:
            nested = [self.items[i][1].text for i, each in enumerate(self.nodes) if each and aggregates_within(each)]
            self.expanding(nested)
        self.expanding([self.items[i][1].text for i, each in enumerate(self.nodes) if each and expands(each)])

    def expanding(self, texts: Sequence[str]) -> None:
        if texts:
            self.parts[Part.EXPANDS] = "; ".join([self.parts.get(Part.EXPANDS, ""), *texts])

    def keys(self, group: exp.Group) -> list[Term]:
        if group.args.get("all"):
            both = zip(self.items, self.nodes, strict=True)
            return [term for (_, term), node in both if node is None or is_key(node)]
        _check(group, frozenset({"expressions"}))
        return [self.ordinal(each) or self.term(each) for each in group.expressions]

    def ordinal(self, node: exp.Expr) -> Term | None:
        """Return what ``1`` stands for where rows are grouped or sorted."""
        if any(part.is_int for part in node.find_all(exp.Literal)) and isinstance(
            node, (exp.Rollup, exp.Cube, exp.GroupingSets)
        ):
            raise Undetermined("columns are named by their number within grouping sets")
        if not isinstance(node, exp.Literal) or not node.is_int:
            return None
        number = int(node.name)
        if self.has_star or not 0 < number <= len(self.items):
            raise Undetermined(f"nobody can tell which column is number {number}")
        return self.items[number - 1][1]

    def distinct(self, node: exp.Expr | None) -> None:
        if node is None:
            return
        chosen = node.args.get("on")
        if chosen is not None:
            term = self.term(chosen)
            self.parts[Part.DISTINCT] = f"on {term.text}"
            self.row_sources.append(term.sources)
        else:
            self.parts[Part.DISTINCT] = f"all of {[term.text for _, term in self.items]}"
            self.row_sources += [term.sources for _, term in self.items]

    def endings(self, node: exp.Expr) -> None:
        order = node.args.get("order")
        if order is not None:
            self.parts[Part.ORDER] = ", ".join(self.sorting(each) for each in order.expressions)
        limits = [node.args.get(part) for part in ("limit", "offset")]
        if any(limit is not None for limit in limits):
            self.parts[Part.LIMIT] = "; ".join(self.term(limit).text if limit else "" for limit in limits)
        if order is not None and (Part.LIMIT in self.parts or self.parts.get(Part.DISTINCT, "").startswith("on ")):
            self.row_sources += [sources for each in order.expressions for sources in self.sorted_by(each)]

    def sorted_by(self, node: exp.Expr) -> list[frozenset[SourceColumn] | None]:
        if _is_all(node):
            return [term.sources for _, term in self.items]
        return [(self.ordinal(node.this) or self.term(node)).sources]

    def sorting(self, node: exp.Expr) -> str:
        if _is_all(node):
            return f"{[term.text for _, term in self.items]} {self.term(node).text}"
        ordinal = self.ordinal(node.this)
        text = self.term(node).text
        return text if ordinal is None else text.replace(node.this.name, f"({ordinal.text})", 1)

    def term(self, node: exp.Expr) -> Term:
        return term_of(node, self.scope, _inner)


def _left_out(star: exp.Expr) -> frozenset[str] | None:
    """Return the names that ``* EXCLUDE`` leaves out, none for ``*``; None for a star that is something else."""
    if not isinstance(star, exp.Star) or any(value for key, value in star.args.items() if key != "except_"):
        return None
    named = star.args.get("except_") or []
    if not all(isinstance(each, exp.Column) and len(each.parts) == 1 for each in named):
        return None
    return frozenset(each.name.lower() for each in named)


def _is_all(node: exp.Expr) -> bool:
    """Whether it is the ``ALL`` of ``ORDER BY ALL``."""
    return isinstance(node.this, exp.Var) and node.this.name.lower() == "all"


def _rows_of(slot: Slot) -> frozenset[SourceColumn] | None:
    match slot.origin:
        case Relation():
            return slot.origin.row_sources
        case TableRef():
            return frozenset()
    return None
