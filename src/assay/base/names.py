"""Names: what may be called what, and how a table is named in a step."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assay.base.errors import refusal

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
"""Products, datasets, steps, solutions and environments: lower-case words joined by ``_``, 63 characters at most."""

_RELEASE = re.compile(r"R-\d+")

SOURCES = "sources"
"""The schema under which a step reads what was received: ``sources.flights``."""


def check_name(text: str, what: str, where: str) -> str:
    """Return the name if it is one.

    Raises:
        AssayError: not lower-case letters, digits and ``_`` starting with a letter, or longer than 63.
    """
    if not NAME.fullmatch(text):
        raise refusal(where, expected=f"a {what} name of lower-case letters, digits and _", found=repr(text))
    return text


def is_release_id(text: str) -> bool:
    """Say whether a name is that of a release, ``R-0001``; whether there is one of it, a record knows."""
    return _RELEASE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, order=True)
class TableRef:
    """A table as a step names it.

    Attributes:
        schema: None for a dataset or step of the same product, ``sources`` for a source, else another product.
        name: the table's name.
    """

    schema: str | None
    name: str

    @property
    def is_source(self) -> bool:
        """Whether this names something received."""
        return self.schema == SOURCES

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


def parse_table_ref(text: str) -> TableRef:
    """Read ``name`` or ``schema.name``.

    Raises:
        AssayError: more than two parts, or a part that is not a name.
    """
    parts = text.split(".")
    if len(parts) > 2:
        raise refusal(text, expected="name or schema.name", found=f"{len(parts)} parts")
    for part in parts:
        check_name(part, "table", text)
    return TableRef(parts[0], parts[1]) if len(parts) == 2 else TableRef(None, parts[0])
