"""Two versions of a step: whether the newer one computes the same, the same and more columns, or something else."""

from __future__ import annotations

from collections.abc import Collection

from assay.sql.lineage import Likeness, QueryDifference, compare_queries, is_unmoved_by
from assay.workflow.python_meaning import says_the_same
from assay.workflow.steps import Language, Step

_SLICED = "it is built in other slices, and that they can be made by themselves is its author's word"
_UNTOLD = "nobody can tell from its code what changes"


def compare_steps(old: Step, new: Step) -> QueryDifference:
    """Compare two versions of a step. What its code does not tell is `Likeness.OTHER`."""
    if old.language is not new.language:
        return QueryDifference(Likeness.OTHER, sentence="it is written in another language")
    if old.slicing != new.slicing:
        return QueryDifference(Likeness.OTHER, sentence=_SLICED)
    if new.language is Language.SQL:
        return compare_queries(old.text, new.text)
    if new.language is Language.PYTHON and _is_same_python(old, new):
        return QueryDifference(Likeness.SAME)
    return QueryDifference(Likeness.OTHER, sentence=_UNTOLD)


def reads_by_name(step: Step, added: Collection[str]) -> bool:
    """Say whether a step computes what it did when a table that it reads gets more columns; other code may see all."""
    return step.language is Language.SQL and is_unmoved_by(step.text, added)


def _is_same_python(old: Step, new: Step) -> bool:
    given = [
        ([(p.name, p.table, p.form) for p in step.parameters], step.uses_as_of, step.modules.keys())
        for step in (old, new)
    ]
    if given[0] != given[1]:
        return False
    modules = (
        old.modules[path] == content or says_the_same(_text(old.modules[path]), _text(content))
        for path, content in new.modules.items()
    )
    return says_the_same(old.text, new.text) and all(modules)


def _text(content: bytes) -> str:
    return content.decode("utf-8-sig")
