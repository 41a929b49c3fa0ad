"""Writing SQL: a SELECT from its parts, and conditions joined."""

from __future__ import annotations

from collections.abc import Iterable


def select(
    expressions: Iterable[str],
    relation: str,
    *,
    where: str = "",
    group: str = "",
    having: str = "",
    order: str = "",
    limit: int | None = None,
) -> str:
    """Write a SELECT in one line; parts that are empty are left out."""
    parts = {
        "SELECT": ", ".join(expressions),
        "FROM": relation,
        "WHERE": where,
        "GROUP BY": group,
        "HAVING": having,
        "ORDER BY": order,
        "LIMIT": "" if limit is None else str(limit),
    }
    return " ".join(f"{word} {part}" for word, part in parts.items() if part)


def all_of(conditions: Iterable[str]) -> str:
    """Join conditions that must all hold."""
    return " AND ".join(conditions)


def any_of(conditions: Iterable[str]) -> str:
    """Join conditions of which one is enough."""
    return " OR ".join(conditions)
