"""Limits within which a program of the author runs, and how they are written: ``2 GiB``, ``30 min``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NUMBER = r"(\d{1,6}(?:\.\d{1,3})?)"
_AMOUNT = re.compile(rf"{_NUMBER} ?([A-Za-z]+)")
BYTES: Mapping[str, int] = {"MB": 10**6, "GB": 10**9, "MiB": 2**20, "GiB": 2**30}
"""The units of memory."""
SECONDS: Mapping[str, int] = {"s": 1, "min": 60, "h": 3600}
"""The units of time."""
MEMORY = rf"{_NUMBER} ?({'|'.join(BYTES)})"
DURATION = rf"{_NUMBER} ?({'|'.join(SECONDS)})"
"""The forms of both, for whoever knows no parser."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a step may take, at most.

    Attributes:
        memory_bytes: of address space; None for no limit of its own.
        seconds: of time; None for what everybody has.
    """

    memory_bytes: int | None = None
    seconds: float | None = None


NO_LIMITS = Limits()
"""Nothing was said."""


def parse_memory(text: str) -> int:
    """Read an amount of memory, such as ``2 GiB``; return bytes.

    Raises:
        ValueError: not a number and a unit, or none at all; the message says what was expected.
    """
    return round(_amount(text, BYTES, "an amount of memory, such as 2 GiB"))


def parse_duration(text: str) -> float:
    """Read a length of time, such as ``30 min``; return seconds.

    Raises:
        ValueError: as for `parse_memory`.
    """
    return _amount(text, SECONDS, "a length of time, such as 30 min")


def written_duration(seconds: float) -> str:
    """Write a length of time in the largest unit that gives a whole number, such as ``2 h``."""
    unit = max((unit for unit, size in SECONDS.items() if seconds % size == 0), key=SECONDS.__getitem__, default="s")
    return f"{seconds / SECONDS[unit]:g} {unit}"


def _amount(text: str, units: Mapping[str, int], expected: str) -> float:
    found = _AMOUNT.fullmatch(text)
    amount = float(found[1]) * units.get(found[2], 0) if found else 0
    if not amount:
        raise ValueError(f"{expected} (units: {', '.join(units)})")
    return amount
