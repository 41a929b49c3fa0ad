"""The dialects of SQL as tables in Markdown, drawn from what decides: for the pages of the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.contract.formats.dialects import ABILITIES, NESTED, TYPES, Dialect


def dialect_table() -> str:
    """Draw what CREATE TABLE takes in each dialect."""
    header = ("`--dialect`", "system", "`NOT NULL`", "keys", "conditions", "comments", "partitions")
    rows = [
        (
            f"`{name}`",
            one.title,
            *map(_yes, (one.has_not_null, one.has_keys, one.has_checks)),
            one.comments,
            one.partitions,
        )
        for name, one in ABILITIES.items()
    ]
    return "\n".join(_drawn(header, rows))


def type_table() -> str:
    """Draw how each dialect spells each type."""
    header = ("type", *(ABILITIES[dialect].title for dialect in Dialect))
    rows = [
        (f"`{name}`", *(f"`{_spelled(name, row[dialect])}`" for dialect in Dialect))
        for name, row in {**TYPES, **NESTED}.items()
    ]
    return "\n".join(_drawn(header, rows))


def _spelled(name: str, text: str) -> str:
    return f"{text}(n)" if name.endswith("(n)") else text.replace("{}", "...")


def _yes(is_taken: bool) -> str:
    return "yes" if is_taken else "no"


def _drawn(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield "|" + " --- |" * len(header)
    yield from (f"| {' | '.join(row)} |" for row in rows)
