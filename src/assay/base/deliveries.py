"""What a source holds now, as it is landed: pieces that are brought one by one, each as one Parquet file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivery:
    """One piece of what a source holds: a file, an object, a table.

    Attributes:
        name: tells it from all others of this machine.
        shown: its name as it may be shown: with ``${VAR}`` where the contract has it.
        mark: by which it is known not to have changed since it was brought; None where nothing tells without reading
            it, or not for sure yet.
        bring: writes it to a path as one new Parquet file, or raises an `AssayError`: also where it changed meanwhile.
        lies_at: of a Parquet file that is read where it lies, its absolute path; None for what is brought.
    """

    name: str
    shown: str
    mark: str | None
    bring: Callable[[str], None]
    lies_at: str | None = None
