"""Steps of a product for the tests of the workflow room, written as short as they can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache

from assay.base.canonical import Digest, digest_text
from assay.base.errors import Place
from assay.base.names import TableRef, parse_table_ref
from assay.workflow.graph import Graph, build_graph
from assay.workflow.steps import Step, parse_step

FOLDER = "products/p/workflow"
AS_OF = date(2013, 12, 31)
SOURCES = (TableRef("sources", "flights"), TableRef("sources", "weather"), TableRef("other", "dataset"))


@cache  # properties come back to the same steps over and over
def sql(name: str, text: str) -> Step:
    return parse_step(f"{FOLDER}/{name}.sql", text.encode(), {})


def reading(name: str, reads: Iterable[str]) -> Step:
    """Give a step of which only matters what it reads."""
    tables = tuple(parse_table_ref(read) for read in sorted(reads))
    file = f"{FOLDER}/{name}.sql"
    return replace(
        sql("any", "select 1"), name=name, file=file, reads=tables, places=dict.fromkeys(tables, Place(file, 1))
    )


def python(name: str, text: str, modules: Mapping[str, str] | None = None) -> Step:
    files = {path: source.encode() for path, source in (modules or {}).items()}
    return parse_step(f"{FOLDER}/{name}.py", text.encode(), files)


def graph(**texts: str) -> Graph:
    return build_graph("p", [sql(name, text) for name, text in texts.items()], SOURCES)


def version(text: str) -> Digest:
    return digest_text(text)


def versions(**named: str) -> dict[TableRef, Digest]:
    """Give versions by names written with ``__`` for the dot."""
    return {parse_table_ref(name.replace("__", ".")): version(text) for name, text in named.items()}
