"""What somebody means who names something of the lineage."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from assay.base.errors import AssayError, refusal
from assay.base.printable import some
from assay.project.lineage import Lineage
from assay.project.lineage_members import Node


def target_named(lineage: Lineage, text: str) -> Node:
    """Return what is meant by ``product.dataset``, ``sources.name``, a column of either, or a solution.

    Args:
        lineage: of the project.
        text: as it was typed; a solution is ``product/solution``, or ``product.solution`` where no dataset is that,
            and a chart of it stands behind ``: ``.

    Raises:
        AssayError: nothing there is called so; the hint names what is close.
    """
    key = _table(lineage, text)
    if key is not None:
        return Node(key)
    owner, _, column = text.partition(": ") if ": " in text else text.rpartition(".")
    key = _table(lineage, owner)
    if key is None or not column:
        raise _unknown(text, [table.key for table in lineage.tables.values()], "a dataset, a source or a solution")
    names = lineage.members(key).names
    node = next((node for node in lineage.members(key).edges if node.column.lower() == column.lower()), None)
    if node is not None or names is None:
        return node or Node(key, column.lower())
    is_shown = lineage.tables[key].is_shown
    known = [str(Node(key, name)) for name in names]
    raise _unknown(text, known, f"a chart or key figure of {key}" if is_shown else f"a column of {key}")


def _table(lineage: Lineage, text: str) -> str | None:
    slashed = "/".join(text.split(".", 1))
    return next((key for key in (text, slashed) if key in lineage.tables), None)


def _unknown(text: str, known: Sequence[str], expected: str) -> AssayError:
    close = get_close_matches(text, known, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"There are: {some(known, _SHOWN) or 'none'}."
    return refusal(text, expected=expected, found="nothing of this name", hint=hint)


_SHOWN = 8
