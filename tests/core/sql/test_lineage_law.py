"""The law of comparing queries: what is called the same, or only more columns, gives an engine the rows that were.

Queries are made by chance from a small grammar and changed by chance as people change them: another alias, a column
more, two terms in another order, another name somewhere.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from itertools import combinations

import duckdb
import pytest

from assay.sql.lineage import Likeness, compare_queries
from soak import count

PAIRS = count(200, 4_000)
TABLES: Mapping[str, Sequence[str]] = {"t1": ("a", "b", "c"), "u1": ("a", "b", "c")}
SWAPS = [("x", "v"), ("y", "v"), ("z", "v"), ("k1", "k9"), ("k2", "k1")]


class Writer:
    """Writes queries by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def may(self, share: float) -> bool:
        return self.chance.random() < share

    def expression(self, names: Sequence[str], depth: int = 0) -> str:
        if depth > 1 or self.may(0.5):
            return self.chance.choice(names)
        if self.may(0.3):
            return str(self.chance.randint(0, 2))
        left, right = (self.expression(names, depth + 1) for _ in range(2))
        return f"({left} {self.chance.choice('+-*')} {right})"

    def condition(self, names: Sequence[str]) -> str:
        terms = [
            f"{self.expression(names)} {self.chance.choice(['<', '>', '=', '>='])} {self.expression(names)}"
            for _ in range(self.chance.randint(1, 2))
        ]
        return f" {self.chance.choice(['and', 'or'])} ".join(terms)

    def source(self, tables: Mapping[str, Sequence[str]], depth: int) -> tuple[str, Sequence[str]]:
        if depth < 1 and self.may(0.2):
            query, columns = self.select(tables, depth + 1)
            return f"({query})", columns
        name = self.chance.choice(list(tables))
        return name, tables[name]

    def select(self, tables: Mapping[str, Sequence[str]], depth: int = 0) -> tuple[str, Sequence[str]]:
        body, columns = self.source(tables, depth)
        first = self.chance.choice("xyt")
        rows, names = f"{body} as {first}", [*columns, *(f"{first}.{column}" for column in columns)]
        if self.may(0.4):
            other, more = self.source(tables, depth)
            join = self.chance.choice(["join", "left join", "cross join"])
            on = f" on z.{self.chance.choice(more)} = {first}.{self.chance.choice(columns)}"
            rows += f" {join} {other} as z{'' if join == 'cross join' else on}"
            names = [
                *(f"{first}.{c}" for c in columns),
                *(f"z.{c}" for c in more),
                *(c for c in columns if c not in more),
            ]
        is_grouped = self.may(0.25)
        items: list[str] = []
        given: list[str] = []
        for name in self.chance.sample("abcd", self.chance.randint(1, 3)):
            items.append(f"{self.item(names, given, is_grouped=is_grouped)} as {name}")
            given.append(name)
        if not is_grouped and "join" not in rows and self.may(0.15):
            items, given = ["*"], list(columns)
        where = f" where {self.condition([*names, *(given if self.may(0.2) else [])])}" if self.may(0.4) else ""
        group = f" group by {self.chance.choice(['all', '1', *names])}" if is_grouped else ""
        distinct, order = "distinct " if self.may(0.08) else "", f" order by {given[0]}" if self.may(0.1) else ""
        return f"select {distinct}{', '.join(items)} from {rows}{where}{group}{order}", given

    def item(self, names: Sequence[str], given: Sequence[str], *, is_grouped: bool) -> str:
        if is_grouped and self.may(0.6):
            return f"{self.chance.choice(['sum', 'count', 'max'])}({self.expression(names)})"
        if given and self.may(0.15):
            return f"({given[-1]} + 1)"
        if self.may(0.1):
            return f"(select max(u1.a) from u1 where u1.b = {self.chance.choice(names)})"
        return self.expression(names)

    def query(self) -> str:
        if self.may(0.5):
            return self.select(TABLES)[0]
        name = self.chance.choice(["k1", "k2"])
        inner, columns = self.select(TABLES)
        return f"with {name} as ({inner}) {self.select({**TABLES, name: columns})[0]}"

    def changed(self, query: str) -> str:
        kind = self.chance.randrange(5)
        if kind == 0:
            places = [match.start() for match in re.finditer(" from ", query)]
            new = f", {self.chance.choice(['a', 'x.a', 'b', '1'])} as {self.chance.choice('abef')}"
            at = self.chance.choice(places)
            return query[:at] + new + query[at:]
        if kind == 1:
            old, name = self.chance.choice(SWAPS)
            return re.sub(rf"\b{old}\b", name, query)
        if kind == 2:
            places = [match.start() for match in re.finditer(r"\b[abc]\b", query)]
            at = self.chance.choice(places or [len(query)])
            return query[:at] + self.chance.choice("abc") + query[at + 1 :]
        if kind == 3:
            return re.sub(r"(\S+) < (\S+)", r"\2 > \1", query, count=1)
        return re.sub(r"where (.*?) and ([^)]*?)( group| order|$)", r"where \2 and \1\3", query, count=1)


def fill(engine: duckdb.DuckDBPyConnection, chance: random.Random) -> None:
    for table in TABLES:
        engine.execute(f"create or replace table {table} (a int, b int, c int)")
        values = (f"({', '.join(chance.choice(['0', '1', '2', '3', 'null']) for _ in 'abc')})" for _ in range(12))
        engine.execute(f"insert into {table} values {', '.join(values)}")


def rows(engine: duckdb.DuckDBPyConnection, query: str, names: Sequence[str] = ()) -> list[str]:
    found = engine.execute(query)
    given = [name for name, *_ in found.description]
    kept = [given.index(name) for name in names] if names else range(len(given))
    return sorted(repr([row[index] for index in kept]) for row in found.fetchall())


@pytest.mark.parametrize("seed", [7])
def test_what_is_called_the_same_or_more_columns_keeps_the_rows_in_an_engine(seed: int) -> None:
    writer, engine = Writer(seed), duckdb.connect()
    told = dict.fromkeys(Likeness, 0)
    for _ in range(PAIRS):
        old = writer.query()
        new = writer.changed(old)
        fill(engine, writer.chance)
        try:
            before = rows(engine, old)
            engine.execute(new)
        except duckdb.Error:
            continue  # not every text made by chance is a query
        found = compare_queries(old, new)
        told[found.likeness] += old != new
        names = [name for name, *_ in engine.execute(old).description] if found.added else []
        if found.likeness is not Likeness.OTHER:
            assert rows(engine, new, names) == before, (old, new)
    assert min(told.values()) > PAIRS / 40, f"too few of a kind prove nothing: {told}"


BINARY = (
    "+", "-", "*", "/", "//", "%", "^", "**", "||", "&", "|", "<<", ">>", "=", "==", "<>", "!=", "<", "<=", ">", ">=",
    "~", "!~", "^@", "@>", "<@", "&&", "->", "->>", "~~", "!~~", "~~*", "~~~", "<=>", "AND", "OR", "IN", "LIKE",
    "ILIKE", "GLOB", "NOT LIKE", "NOT IN", "SIMILAR TO", "IS DISTINCT FROM", "IS NOT DISTINCT FROM", "COLLATE",
    "AT TIME ZONE",
)  # fmt: skip
PREFIXES = ("-", "+", "NOT ", "~", "@")
SUFFIXES = (
    " IS NULL", " IS NOT NULL", " ISNULL", " NOTNULL", " IS TRUE", " IN (2, 3)", " NOT IN (2, 3)", " BETWEEN 1 AND 3",
    " NOT BETWEEN 1 AND 3", "::VARCHAR", "::INT", "[1]", " IN [2, NULL]", " LIKE 'a' ESCAPE '$'",
)  # fmt: skip
VALUES = [
    ("7", "3", "2"), ("true", "false", "true"), ("'abc'", "'b'", "'c'"), ("'1'", "2", "3"), ("1", "0", "null"),
    ("'{\"a\":1}'::json", "'a'", "'1'"), ("true", "'b'", "'b'"), ("[1, 2]", "[2]", "[3]"), ("2", "[2]", "true"),
    ("'{\"a\":\"x\"}'::json", "'a'", "'x'"), ("true", "'{\"true\":true}'::json", "'true'"),
]  # fmt: skip
FORMS = count(450, 9_000)


def forms(chance: random.Random) -> list[str]:
    """Return an expression of two operators without parentheses, and both ways to put them."""
    x, y, z = chance.choice(VALUES)
    one, two = (chance.choice(BINARY) for _ in range(2))
    prefix, suffix = chance.choice(PREFIXES), chance.choice(SUFFIXES)
    kind = chance.randrange(5)
    if kind == 0:
        return [f"{prefix}{x} {one} {y}", f"({prefix}{x}) {one} {y}", f"{prefix}({x} {one} {y})"]
    if kind == 1:
        return [f"{x} {one} {y}{suffix}", f"({x} {one} {y}){suffix}", f"{x} {one} ({y}{suffix})"]
    if kind == 2:
        return [f"{x}{suffix} {one} {y}", f"({x}{suffix}) {one} {y}"]
    return [f"{x} {one} {y} {two} {z}", f"({x} {one} {y}) {two} {z}", f"{x} {one} ({y} {two} {z})"]


def value(engine: duckdb.DuckDBPyConnection, expression: str) -> str:
    try:
        return repr(engine.execute(f"select ({expression}) as v, typeof({expression})").fetchall())
    except duckdb.Error:
        return "an error"


@pytest.mark.parametrize("seed", [11])
def test_parentheses_that_are_said_to_change_nothing_change_nothing_in_an_engine(seed: int) -> None:
    chance, engine = random.Random(seed), duckdb.connect()
    told = dict.fromkeys(Likeness, 0)
    for _ in range(FORMS):
        for old, new in combinations(forms(chance), 2):
            found = compare_queries(f"select {old} as v", f"select {new} as v").likeness
            told[found] += 1
            if found is Likeness.SAME:
                assert value(engine, old) == value(engine, new), (old, new)
    assert told[Likeness.SAME] > FORMS / 5, f"too few prove nothing: {told}"
