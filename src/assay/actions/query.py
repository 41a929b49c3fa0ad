"""Querying: look at what an environment serves, in SQL or as a table; reading only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assay.actions.workshop import Workshop, open_pointer
from assay.base.errors import refusal
from assay.base.snapshots import Column, Pointer, Slot


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave."""

    columns: tuple[Column, ...]
    rows: Sequence[tuple[Any, ...]]


def ask(workshop: Workshop, environment: str, product: str, sql: str, slot: Slot = Slot.CURRENT) -> Answer:
    """Run one SELECT over the datasets of a product, and over its cut as ``sources.NAME``.

    Raises:
        AssayError: nothing is built there, or the query fails.
    """
    with open_pointer(workshop, served(workshop, environment, product, slot)) as engine:
        return Answer(engine.columns(sql), engine.query(sql))


def served(workshop: Workshop, environment: str, product: str, slot: Slot = Slot.CURRENT) -> Pointer:
    """Return what an environment serves of a product.

    Raises:
        AssayError: nothing is built there.
    """
    pointer = workshop.pointers.get(environment, product, slot)
    if pointer is None:
        hint = f"Run: assay build {product} --env {environment}"
        raise refusal(f"{product} in {environment}", expected="built datasets", found="none", hint=hint)
    return pointer
