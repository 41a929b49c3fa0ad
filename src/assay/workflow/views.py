"""Views: steps that keep no rows; whoever reads one gets its query, over the very snapshots of its inputs.

For a build there are no views. A step that reads one reads what the view rests on, and what it means is its own code
and that of its views, so that nothing else of planning and building has to know of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from assay.base.canonical import digest_value
from assay.base.errors import AssayError, Fault, Place
from assay.base.names import TableRef
from assay.workflow.steps import Language, Step

_READERS = {Language.PYTHON: "Python", Language.R: "R", Language.SPARK_SQL: "Spark's SQL"}


def as_view(step: Step, place: Place) -> Step:
    """Return a step that keeps no rows.

    Args:
        step: as it was parsed.
        place: where that is said.

    Raises:
        AssayError: not a query that DuckDB runs, or one that is built in slices.
    """
    if step.language is not Language.SQL:
        hint = "Leave `materialized: view` out: only a query can be run again within another one."
        raise AssayError(Fault(place, "a query that DuckDB runs", step.file, hint))
    if step.slicing is not None:
        hint = "Leave out `incremental` or `materialized: view`: what keeps no rows has no slices of them."
        raise AssayError(Fault(place, "either a view or slices", "both", hint))
    return replace(step, is_view=True)


def view_faults(steps: Mapping[str, Step]) -> tuple[Fault, ...]:
    """Find the readers of views that need rows: programs, and slices over a view."""
    faults = []
    for step in steps.values():
        for table in step.reads:
            if table.schema is not None or table.name not in steps or not steps[table.name].is_view:
                continue
            if step.language is not Language.SQL:
                hint = f"Take `materialized: view` from {table.name}, or read it in SQL that DuckDB runs."
                expected = f"a table with rows of its own, for a step in {_READERS[step.language]}"
                faults.append(Fault(step.places[table], expected, f"the view {table}", hint))
            if step.slicing is not None and step.slicing.table == table:
                hint = f"Name a table on which {table} rests and that {step.name} reads too, or make {table} a table."
                faults.append(Fault(step.places[table], "slices over a table", f"over the view {table}", hint))
    return tuple(faults)


def without_views(steps: Mapping[str, Step]) -> dict[str, Step]:
    """Return the steps that have rows, each with the views that it reads put into it.

    Args:
        steps: by name, each after all that it reads.
    """
    seen: dict[str, Step] = {}
    for name, step in steps.items():
        own = [seen[t.name] for t in step.reads if t.schema is None and t.name in seen and seen[t.name].is_view]
        seen[name] = _through(step, own) if own else step
    return {name: step for name, step in seen.items() if not step.is_view}


def _through(step: Step, read: list[Step]) -> Step:
    """Return a step that reads what its views rest on; ``read``: the views that it reads, with theirs put in."""
    views: dict[str, Step] = {}
    for view in read:
        views |= {each.name: each for each in (*view.views, view)}
    names = {TableRef(None, name) for name in views}
    reads = {table for each in (step, *views.values()) for table in each.reads} - names
    places = {**{table: place for view in read for table, place in view.places.items()}, **step.places}
    made_of = {name: view.digest for name, view in sorted(views.items())}
    return replace(
        step,
        digest=digest_value({"step": step.digest, "views": made_of}),
        reads=tuple(sorted(reads, key=str)),
        places={table: place for table, place in places.items() if table in reads},
        uses_as_of=step.uses_as_of or any(view.uses_as_of for view in views.values()),
        views=tuple(views.values()),
    )
