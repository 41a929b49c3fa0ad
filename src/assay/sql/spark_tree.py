"""What sqlglot's tree tells of a query in Spark's dialect beyond what it tells of every one; see `sql.tree`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from assay.base.errors import Fault, Place
from assay.sql.tokens import Token

_PARAMETERS = (exp.Placeholder, exp.Parameter)


def telling_parts(tree: exp.Query) -> tuple[exp.Expr, ...]:
    """Return the parts of a query that tell what it reads and what it may not do; a table in a hint is a mere name."""
    kinds = (exp.Table, exp.Lateral, exp.DML, exp.TableSample, exp.QueryTransform, *_PARAMETERS)
    return tuple(part for part in tree.find_all(*kinds) if part.find_ancestor(exp.Hint) is None)


def refused_parts(parts: Sequence[exp.Expr], tokens: Sequence[Token], file: str) -> Iterator[Fault]:
    """Find what only Spark has: scripts, earlier versions of a table, parameters other than the logical date."""
    for part in parts:
        if isinstance(part, exp.QueryTransform):
            hint = "Write the step in Python, with a parameter annotated pyspark.sql.DataFrame."
            yield Fault(Place(file, _line(tokens, "transform")), "a query of tables alone", "a script", hint)
        if isinstance(part, exp.Table) and part.args.get("version"):
            yield Fault(Place(file, _line(tokens, "of")), "a table as it is", "an earlier version of one", "")
        if isinstance(part, _PARAMETERS) and _name(part) != "as_of":
            written = f":{_name(part)}" if _name(part) else "?"
            yield Fault(Place(file, _line(tokens, _name(part))), "no parameter but :as_of", written)


def asks_for(name: str, parts: Sequence[exp.Expr]) -> bool:
    """Whether a query has a parameter."""
    return any(isinstance(part, _PARAMETERS) and _name(part) == name for part in parts)


def _name(part: exp.Expr) -> str:
    return part.name if part.this else ""


def _line(tokens: Sequence[Token], word: str) -> int | None:
    return next((token.line for token in tokens if (token.name == word if word else token.text == "?")), None)
